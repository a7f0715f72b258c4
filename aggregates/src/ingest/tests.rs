//! The rules of a document's way into a session.

use cqrs_es::{Aggregate, DomainEvent};
use serde_json::json;
use uuid::Uuid;

use super::{
    Ingest, IngestAnnounced, IngestCommand as Command, IngestEvent as Event, IngestReceived,
    IngestRefusal, IngestRequested, IngestedChunk, Stage,
};
use crate::{
    ids::{BlobId, IngestId, RagSessionId, UserId},
    testing::given,
    thread::{Attachment, Attempt, Route, Usage},
};

fn announced() -> IngestAnnounced {
    IngestAnnounced {
        ingest: IngestId(Uuid::from_u128(1)),
        owner: UserId(Uuid::from_u128(2)),
        filename: "notes.pdf".to_owned(),
        mime: "application/pdf".to_owned(),
        size: 3,
    }
}

fn received() -> IngestReceived {
    IngestReceived {
        pieces: vec![],
        fingerprint: "00".to_owned(),
    }
}

fn requested(session: u128) -> IngestRequested {
    IngestRequested {
        session: RagSessionId(Uuid::from_u128(session)),
        filename: "notes.pdf".to_owned(),
        institution: None,
    }
}

fn chunk(text: &str) -> IngestedChunk {
    IngestedChunk {
        page: Some(1),
        heading: None,
        text: text.to_owned(),
    }
}

fn route() -> Route {
    Route {
        provider: "up".to_owned(),
        model: "m".to_owned(),
    }
}

fn attempt() -> Attempt {
    Attempt {
        route: route(),
        duration_ms: 3,
        error: None,
        status: None,
        model: None,
        usage: Usage {
            prompt_tokens: 9,
            completion_tokens: 4,
            estimated: false,
        },
        shown_from: None,
        images: vec![],
    }
}

fn add(after: u64, texts: &[&str]) -> Command {
    Command::Add {
        after,
        chunks: texts.iter().map(|text| chunk(text)).collect(),
    }
}

fn start() -> Command {
    Command::Start {
        parser: "1".to_owned(),
    }
}

fn pending() -> Vec<Event> {
    vec![
        Event::Announced(announced()),
        Event::Received(received()),
        Event::Requested(requested(7)),
    ]
}

fn processing() -> Vec<Event> {
    let mut events = pending();
    events.push(Event::Started {
        parser: "1".to_owned(),
    });
    events
}

#[test]
fn a_document_is_announced_received_and_looked_through() {
    given::<Ingest>([])
        .when(Command::Announce(announced()))
        .then([Event::Announced(announced())])
        .when(Command::Receive(received()))
        .then([Event::Received(received())])
        .when(Command::Request(requested(7)))
        .then([Event::Requested(requested(7))])
        .when(start())
        .then([Event::Started {
            parser: "1".to_owned(),
        }])
        .when(add(0, &["a", "b"]))
        .then([Event::Chunked {
            first: 0,
            chunks: vec![chunk("a"), chunk("b")],
        }])
        .when(add(2, &["c"]))
        .then([Event::Chunked {
            first: 2,
            chunks: vec![chunk("c")],
        }])
        .when(Command::Complete {
            chunks: 3,
            pages: Some(1),
        })
        .then([Event::Completed {
            chunks: 3,
            pages: Some(1),
        }]);
}

#[test]
fn a_text_needs_no_upload() {
    given::<Ingest>([])
        .when(Command::Submit(announced(), received(), requested(7)))
        .then(pending());
}

#[test]
fn an_upload_url_is_used_once() {
    given::<Ingest>([Event::Announced(announced()), Event::Received(received())])
        .when(Command::Receive(received()))
        .then_refused(IngestRefusal::Used);
}

#[test]
fn nothing_is_looked_through_before_it_is_here() {
    given::<Ingest>([Event::Announced(announced())])
        .when(Command::Request(requested(7)))
        .then_refused(IngestRefusal::Empty);
    given::<Ingest>([])
        .when(Command::Request(requested(7)))
        .then_refused(IngestRefusal::Unknown);
}

#[test]
fn a_document_that_is_asked_for_twice_is_looked_through_once() {
    given::<Ingest>(pending())
        .when(Command::Request(requested(7)))
        .then_nothing()
        .when(Command::Request(requested(8)))
        .then_refused(IngestRefusal::Elsewhere);
}

#[test]
fn bytes_that_the_session_has_are_recognised_once() {
    let same_as = IngestId(Uuid::from_u128(9));
    let session = RagSessionId(Uuid::from_u128(7));
    let ingest = given::<Ingest>([Event::Announced(announced()), Event::Received(received())])
        .when(Command::Recognise { session, same_as })
        .then([Event::Recognised { session, same_as }])
        .when(Command::Recognise { session, same_as })
        .then_nothing()
        .state();
    assert_eq!(ingest.same_as(), Some(same_as));
    assert!(!ingest.is_under_way());
    given::<Ingest>(pending())
        .when(Command::Recognise { session, same_as })
        .then_nothing();
}

#[test]
fn one_that_was_broken_off_is_gone_on_with_by_the_same_parser() {
    given::<Ingest>(processing()).when(start()).then_nothing();
    given::<Ingest>(processing())
        .when(Command::Start {
            parser: "2".to_owned(),
        })
        .then_refused(IngestRefusal::OtherParser);
}

#[test]
fn two_that_look_through_one_document_add_nothing_twice() {
    let chunked = Event::Chunked {
        first: 0,
        chunks: vec![chunk("a")],
    };
    let mut events = processing();
    events.push(chunked);
    for command in [
        add(0, &["a"]),
        Command::Complete {
            chunks: 2,
            pages: None,
        },
    ] {
        given::<Ingest>(events.clone())
            .when(command)
            .then_refused(IngestRefusal::Faster);
    }
}

#[test]
fn vectors_follow_one_another() {
    let embed = |after| Command::Embed {
        after,
        route: route(),
        vectors: vec!["AAAAAA==".to_owned()],
        usage: Usage::default(),
    };
    let embedded = |first| Event::Embedded {
        first,
        route: route(),
        vectors: vec!["AAAAAA==".to_owned()],
        usage: Usage::default(),
        owner: Some(announced().owner),
    };
    given::<Ingest>(processing())
        .when(add(0, &["a", "b"]))
        .then([Event::Chunked {
            first: 0,
            chunks: vec![chunk("a"), chunk("b")],
        }])
        .when(embed(0))
        .then([embedded(0)])
        .when(embed(1))
        .then([embedded(1)])
        .when(embed(1))
        .then_refused(IngestRefusal::Faster);
    given::<Ingest>(pending())
        .when(embed(0))
        .then_refused(IngestRefusal::NotRunning);
}

#[test]
fn a_completed_document_gets_the_vectors_that_it_lacks_and_those_of_another_model() {
    let by = |model: &str| Route {
        model: model.to_owned(),
        ..route()
    };
    let embed = |after, model| Command::Embed {
        after,
        route: by(model),
        vectors: vec!["AAAAAA==".to_owned()],
        usage: Usage::default(),
    };
    let embedded = |first, model| Event::Embedded {
        first,
        route: by(model),
        vectors: vec!["AAAAAA==".to_owned()],
        usage: Usage::default(),
        owner: Some(announced().owner),
    };
    let mut events = processing();
    events.extend([
        Event::Chunked {
            first: 0,
            chunks: vec![chunk("a"), chunk("b")],
        },
        Event::Completed {
            chunks: 2,
            pages: None,
        },
    ]);
    given::<Ingest>(events.clone())
        .when(embed(0, "m"))
        .then([embedded(0, "m")])
        .when(embed(0, "m"))
        .then_refused(IngestRefusal::Faster);
    given::<Ingest>(events.clone())
        .when(embed(0, "m"))
        .then([embedded(0, "m")])
        .when(embed(1, "other"))
        .then_refused(IngestRefusal::Faster);
    given::<Ingest>(events.clone())
        .when(embed(0, "m"))
        .then([embedded(0, "m")])
        .when(embed(0, "other"))
        .then([embedded(0, "other")]);

    let mut ingest = Ingest::default();
    let mut lacks = vec![];
    events.extend([embedded(0, "m"), embedded(1, "m")]);
    for event in events {
        ingest.apply(event);
        lacks.push(ingest.lacks_vectors_of(&by("m")));
    }
    let last = lacks.len() - 3;
    assert!(lacks[..last].iter().all(|lacks| !lacks));
    assert_eq!(lacks[last..], [true, true, false]);
    assert!(ingest.lacks_vectors_of(&by("other")));
}

#[test]
fn a_picture_is_described_once() {
    let describe = |described: Result<Vec<IngestedChunk>, String>| Command::Describe {
        attempts: vec![attempt()],
        described,
    };
    let told = || Event::Described {
        owner: announced().owner,
        attempts: vec![attempt()],
    };
    let ingest = given::<Ingest>(processing())
        .when(describe(Ok(vec![chunk("A cat.")])))
        .then([
            told(),
            Event::Chunked {
                first: 0,
                chunks: vec![chunk("A cat.")],
            },
        ])
        .when(start())
        .then_nothing()
        .state();
    assert!(ingest.is_described());
    let mut described = processing();
    described.push(told());
    described.push(Event::Chunked {
        first: 0,
        chunks: vec![chunk("A cat.")],
    });
    given::<Ingest>(described)
        .when(describe(Ok(vec![chunk("A dog.")])))
        .then_refused(IngestRefusal::Faster);

    let ingest = given::<Ingest>(processing())
        .when(describe(Err("Nobody answers.".to_owned())))
        .then([
            told(),
            Event::Failed {
                error: "Nobody answers.".to_owned(),
            },
        ])
        .state();
    assert_eq!(ingest.stage(), Stage::Failed);
    let mut deleted = processing();
    deleted.push(Event::Deleted {});
    given::<Ingest>(deleted)
        .when(describe(Ok(vec![])))
        .then_refused(IngestRefusal::Unknown);
}

#[test]
fn what_has_ended_changes_no_more() {
    let completed = || {
        let mut events = processing();
        events.push(Event::Completed {
            chunks: 0,
            pages: None,
        });
        events
    };
    for command in [
        start(),
        add(0, &["a"]),
        Command::Complete {
            chunks: 0,
            pages: None,
        },
        Command::Fail {
            error: "no".to_owned(),
        },
    ] {
        given::<Ingest>(completed())
            .when(command)
            .then_refused(IngestRefusal::NotRunning);
    }
}

#[test]
fn a_document_fails_before_it_begins_too() {
    for events in [pending(), processing()] {
        let failed = || Event::Failed {
            error: "no".to_owned(),
        };
        let ingest = given::<Ingest>(events)
            .when(Command::Fail {
                error: "no".to_owned(),
            })
            .then([failed()])
            .state();
        assert_eq!(ingest.stage(), Stage::Failed);
    }
}

#[test]
fn a_deleted_document_ends_at_every_stage_and_is_erased() {
    for events in [vec![Event::Announced(announced())], pending(), processing()] {
        given::<Ingest>(events)
            .when(Command::Delete)
            .then([Event::Deleted {}, Event::ErasureRequested {}])
            .when(Command::Delete)
            .then_nothing()
            .when(Command::ConfirmErasure { receipt: vec![] })
            .then([Event::ErasureConfirmed { receipt: vec![] }])
            .when(add(0, &["late"]))
            .then_refused(IngestRefusal::Unknown);
    }
}

#[test]
fn what_nobody_has_deleted_is_not_erased() {
    given::<Ingest>(pending())
        .when(Command::ConfirmErasure { receipt: vec![] })
        .then_refused(IngestRefusal::NotDeleted);
}

#[test]
fn the_stored_shape_of_every_event_is_for_ever() {
    let [one, two, seven] = [1, 2, 7].map(|number| Uuid::from_u128(number).to_string());
    let piece = Attachment {
        blob: BlobId(Uuid::from_u128(7)),
        mime: "text/plain".to_owned(),
        size: 5,
        sha256: "00ff".to_owned(),
        key: "c2VjcmV0".to_owned(),
    };
    for (event, stored) in [
        (
            Event::Announced(announced()),
            json!({ "ingest.announced": { "ingest": one, "owner": two, "filename": "notes.pdf", "mime": "application/pdf", "size": 3 } }),
        ),
        (
            Event::Received(IngestReceived {
                pieces: vec![piece],
                ..received()
            }),
            json!({ "ingest.received": {
                "pieces": [{ "blob": seven, "mime": "text/plain", "size": 5, "sha256": "00ff", "key": "c2VjcmV0" }],
                "fingerprint": "00",
            } }),
        ),
        (
            Event::Requested(IngestRequested {
                institution: Some("north".to_owned()),
                ..requested(7)
            }),
            json!({ "ingest.requested": { "session": seven, "filename": "notes.pdf", "institution": "north" } }),
        ),
        (
            Event::Recognised {
                session: RagSessionId(Uuid::from_u128(7)),
                same_as: IngestId(Uuid::from_u128(1)),
            },
            json!({ "ingest.recognised": { "session": seven, "same_as": one } }),
        ),
        (
            Event::Started {
                parser: "1".to_owned(),
            },
            json!({ "ingest.started": { "parser": "1" } }),
        ),
        (
            Event::Chunked {
                first: 4,
                chunks: vec![IngestedChunk {
                    heading: Some("Cells".to_owned()),
                    ..chunk("a")
                }],
            },
            json!({ "ingest.chunked": { "first": 4, "chunks": [{ "page": 1, "heading": "Cells", "text": "a" }] } }),
        ),
        (
            Event::Embedded {
                first: 4,
                route: route(),
                vectors: vec!["AAAAAA==".to_owned()],
                usage: Usage::default(),
                owner: None,
            },
            json!({ "ingest.embedded": {
                "first": 4, "route": { "provider": "up", "model": "m" }, "vectors": ["AAAAAA=="],
                "usage": { "prompt_tokens": 0, "completion_tokens": 0, "estimated": false },
            } }),
        ),
        (
            Event::Embedded {
                first: 0,
                route: route(),
                vectors: vec![],
                usage: Usage::default(),
                owner: Some(announced().owner),
            },
            json!({ "ingest.embedded": {
                "first": 0, "route": { "provider": "up", "model": "m" }, "vectors": [],
                "usage": { "prompt_tokens": 0, "completion_tokens": 0, "estimated": false }, "owner": two,
            } }),
        ),
        (
            Event::Described {
                owner: announced().owner,
                attempts: vec![attempt()],
            },
            json!({ "ingest.described": { "owner": two, "attempts": [{
                "route": { "provider": "up", "model": "m" }, "duration_ms": 3,
                "usage": { "prompt_tokens": 9, "completion_tokens": 4, "estimated": false },
            }] } }),
        ),
        (
            Event::Completed {
                chunks: 5,
                pages: Some(2),
            },
            json!({ "ingest.completed": { "chunks": 5, "pages": 2 } }),
        ),
        (
            Event::Failed {
                error: "no".to_owned(),
            },
            json!({ "ingest.failed": { "error": "no" } }),
        ),
        (Event::Deleted {}, json!({ "ingest.deleted": {} })),
    ] {
        assert_eq!(serde_json::to_value(&event).unwrap(), stored);
        assert_eq!(
            serde_json::from_value::<Event>(stored.clone()).unwrap(),
            event
        );
        assert!(stored.get(event.event_type()).is_some());
    }
}
