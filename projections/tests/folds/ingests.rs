//! Documents, from their announcement to their end; and their passages, from when they are found.

use aggregates::{
    IngestId, RagSessionId, UserId,
    ingest::{IngestAnnounced, IngestEvent, IngestReceived, IngestRequested, IngestedChunk},
    thread::{Attempt, Route, Usage},
};
use projections::{
    Chunks, Event, IngestStatus, Ingests, UsageView,
    testing::{Given, given, happened},
};
use uuid::Uuid;

fn ingest() -> IngestId {
    IngestId(Uuid::from_u128(1))
}

fn document(events: impl IntoIterator<Item = IngestEvent>) -> Given {
    let events = events.into_iter();
    given(happened(
        events.map(|event| (ingest().to_string(), Event::Ingest(event))),
    ))
}

fn chunk(text: &str, page: Option<u32>) -> IngestedChunk {
    IngestedChunk {
        page,
        heading: Some("Cells".to_owned()),
        text: text.to_owned(),
    }
}

fn pending() -> Vec<IngestEvent> {
    vec![
        IngestEvent::Announced(IngestAnnounced {
            ingest: ingest(),
            owner: UserId(Uuid::from_u128(2)),
            filename: "upload.pdf".to_owned(),
            mime: "application/pdf".to_owned(),
            size: 9,
        }),
        IngestEvent::Received(IngestReceived {
            pieces: vec![],
            fingerprint: String::new(),
        }),
        IngestEvent::Requested(IngestRequested {
            session: RagSessionId(Uuid::from_u128(3)),
            filename: "notes.pdf".to_owned(),
            institution: Some("north".to_owned()),
        }),
    ]
}

fn chunked() -> Vec<IngestEvent> {
    let mut events = pending();
    events.push(IngestEvent::Started {
        parser: "1".to_owned(),
    });
    events.push(IngestEvent::Chunked {
        first: 0,
        chunks: vec![chunk("The nuclei", None), chunk("Walls", Some(2))],
    });
    events.push(IngestEvent::Chunked {
        first: 2,
        chunks: vec![chunk("Membranes", Some(3))],
    });
    events
}

#[test]
fn a_document_is_what_has_become_of_it() {
    use IngestStatus::{Announced, Completed, Failed, Pending, Processing, Received};
    let mut events = chunked();
    events.push(IngestEvent::Completed {
        chunks: 3,
        pages: Some(3),
    });
    let so_far = |count: usize| {
        document(events[..count].to_vec())
            .rows::<Ingests>()
            .remove(0)
    };
    let statuses = [
        Announced, Received, Pending, Processing, Processing, Processing, Completed,
    ];
    for (count, status) in (1..).zip(statuses) {
        assert_eq!(so_far(count).status, status, "{count}");
    }
    let row = so_far(7);
    assert_eq!((row.filename.as_str(), row.chunks), ("notes.pdf", 3));
    assert_eq!(row.institution.as_deref(), Some("north"));
    assert_eq!(so_far(1).filename, "upload.pdf");

    let mut failed = pending();
    failed.push(IngestEvent::Failed {
        error: "Broken.".to_owned(),
    });
    let row = document(failed).rows::<Ingests>().remove(0);
    assert_eq!(
        (row.status, row.error.as_deref()),
        (Failed, Some("Broken."))
    );
}

#[test]
fn passages_are_found_by_their_words_and_headings() {
    let rows = document(chunked()).rows::<Chunks>();
    let places: Vec<_> = rows.iter().map(|row| (row.place, row.page)).collect();
    assert_eq!(places, [(0, None), (1, Some(2)), (2, Some(3))]);
    assert_eq!(rows[1].chunk, format!("{}:1", ingest()));
    assert_eq!(
        (rows[1].text.as_str(), rows[1].words.as_str()),
        ("Walls", " cell wall ")
    );
}

#[test]
fn a_vector_is_beside_its_passage() {
    let mut events = chunked();
    events.push(IngestEvent::Embedded {
        first: 1,
        route: Route {
            provider: "up".to_owned(),
            model: "m".to_owned(),
        },
        vectors: vec!["one".to_owned(), "two".to_owned(), "nobody's".to_owned()],
        usage: Usage::default(),
        owner: None,
    });
    let rows = document(events).rows::<Chunks>();
    let vectors: Vec<_> = rows.iter().map(|row| row.vector.as_deref()).collect();
    assert_eq!(vectors, [None, Some("one"), Some("two")]);
    assert_eq!(rows[1].embedder.as_deref(), Some("up/m"));
}

#[test]
fn what_a_document_has_cost_is_its_owners() {
    let route = Route {
        provider: "up".to_owned(),
        model: "m".to_owned(),
    };
    let usage = Usage {
        prompt_tokens: 10,
        completion_tokens: 3,
        estimated: false,
    };
    let attempt = Attempt {
        route: route.clone(),
        duration_ms: 1,
        error: None,
        status: None,
        model: None,
        usage,
        shown_from: None,
        images: vec![],
    };
    let embedded = |owner| IngestEvent::Embedded {
        first: 0,
        route: route.clone(),
        vectors: vec![],
        usage,
        owner,
    };
    let owner = UserId(Uuid::from_u128(2));
    let mut events = chunked();
    events.extend([
        IngestEvent::Described {
            owner,
            attempts: vec![attempt.clone(), attempt],
        },
        embedded(Some(owner)),
        // One of before nobody knows the owner of.
        embedded(None),
    ]);
    let rows = document(events).rows::<UsageView>();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!(row.thread, owner.to_string());
    assert_eq!((row.prompt_tokens, row.completion_tokens), (30, 9));
    assert_eq!((row.turns, row.failed), (0, 0));
}

#[test]
fn nothing_is_left_of_a_deleted_document() {
    let mut events = chunked();
    events.push(IngestEvent::Deleted {});
    let story = document(events);
    story.shows::<Ingests>(&[]).shows::<Chunks>(&[]);
}
