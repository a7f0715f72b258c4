//! What an embedding decides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use uuid::Uuid;

use super::*;
use crate::{
    ids::EmbeddingId,
    testing::given,
    thread::{Dialect, Usage},
};

const OWNER: UserId = UserId(Uuid::from_u128(7));

fn route() -> Route {
    Route {
        provider: "up".to_owned(),
        model: "m".to_owned(),
    }
}

fn sent() -> TextsSent {
    TextsSent {
        embedding: EmbeddingId(Uuid::from_u128(1)),
        owner: OWNER,
        dialect: Dialect::Openai,
        route: route(),
        texts: vec!["one".to_owned(), "two".to_owned()],
        dimensions: None,
    }
}

fn asks(refusal: Option<&str>) -> EmbeddingCommand {
    EmbeddingCommand::Request {
        sent: sent(),
        verdicts: vec![Verdict::default(), Verdict::default()],
        warning: None,
        refusal: refusal.map(str::to_owned),
    }
}

fn judged(refusal: Option<&str>) -> EmbeddingEvent {
    EmbeddingEvent::VerdictRecorded(EmbeddingVerdict {
        verdicts: vec![Verdict::default(), Verdict::default()],
        warning: None,
        refusal: refusal.map(str::to_owned),
    })
}

fn attempt(prompt_tokens: u64, error: Option<&str>) -> Attempt {
    Attempt {
        route: route(),
        duration_ms: 12,
        error: error.map(str::to_owned),
        status: None,
        model: None,
        usage: Usage {
            prompt_tokens,
            ..Usage::default()
        },
        shown_from: None,
        images: vec![],
    }
}

fn failed(error: &str) -> EmbeddingEvent {
    EmbeddingEvent::Failed(EmbeddingEnd {
        owner: OWNER,
        route: route(),
        dimensions: None,
        error: Some(error.to_owned()),
        usage: Usage::default(),
        attempts: vec![],
    })
}

fn fails(error: &str) -> EmbeddingCommand {
    EmbeddingCommand::Fail {
        error: error.to_owned(),
        attempts: vec![],
    }
}

#[test]
fn what_is_refused_is_over_with_its_question() {
    given::<Embedding>([])
        .when(asks(Some("No.")))
        .then([
            EmbeddingEvent::Requested(sent()),
            judged(Some("No.")),
            EmbeddingEvent::Refused {},
        ])
        .when(fails("too late"))
        .then_refused(EmbeddingRefusal::NotOpen);
}

#[test]
fn its_end_is_its_owners_and_counts_every_call() {
    let attempts = vec![attempt(3, Some("slow down")), attempt(8, None)];
    let end = EmbeddingEnd {
        owner: OWNER,
        route: route(),
        dimensions: Some(1_536),
        error: None,
        usage: Usage {
            prompt_tokens: 11,
            ..Usage::default()
        },
        attempts: attempts.clone(),
    };
    given::<Embedding>([])
        .when(asks(None))
        .then([EmbeddingEvent::Requested(sent()), judged(None)])
        .when(EmbeddingCommand::Complete {
            dimensions: 1_536,
            attempts,
        })
        .then([EmbeddingEvent::Completed(end)])
        .when(fails("again"))
        .then_refused(EmbeddingRefusal::NotOpen);
}

#[test]
fn what_was_asked_once_is_not_asked_again() {
    given::<Embedding>([EmbeddingEvent::Requested(sent())])
        .when(asks(None))
        .then_refused(EmbeddingRefusal::Exists);
}

#[test]
fn it_is_erased_when_it_is_over_and_not_before() {
    given::<Embedding>([])
        .when(EmbeddingCommand::Erase)
        .then_refused(EmbeddingRefusal::NotOpen);
    given::<Embedding>([EmbeddingEvent::Requested(sent())])
        .when(EmbeddingCommand::Erase)
        .then_refused(EmbeddingRefusal::StillOpen);
    given::<Embedding>([EmbeddingEvent::Requested(sent())])
        .when(fails("gone"))
        .then([failed("gone")])
        .when(EmbeddingCommand::Erase)
        .then([EmbeddingEvent::Erased {}])
        .when(EmbeddingCommand::Erase)
        .then_nothing();
}

#[test]
fn the_stored_shape_of_texts_and_their_end_is_for_ever() {
    let stored = |event| serde_json::to_string(&event).unwrap();
    let asked = TextsSent {
        dimensions: Some(256),
        ..sent()
    };
    assert_eq!(
        stored(EmbeddingEvent::Requested(asked)),
        r#"{"embedding.requested":{"embedding":"00000000-0000-0000-0000-000000000001","owner":"00000000-0000-0000-0000-000000000007","dialect":"openai","route":{"provider":"up","model":"m"},"texts":["one","two"],"dimensions":256}}"#
    );
    assert_eq!(
        stored(failed("no")),
        r#"{"embedding.failed":{"owner":"00000000-0000-0000-0000-000000000007","route":{"provider":"up","model":"m"},"error":"no","usage":{"prompt_tokens":0,"completion_tokens":0,"estimated":false}}}"#
    );
    assert_eq!(
        stored(EmbeddingEvent::Refused {}),
        r#"{"embedding.refused":{}}"#
    );
    assert_eq!(
        stored(EmbeddingEvent::Erased {}),
        r#"{"embedding.erased":{}}"#
    );
}
