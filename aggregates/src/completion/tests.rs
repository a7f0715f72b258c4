//! What a completion decides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use uuid::Uuid;

use super::*;
use crate::{
    ids::CompletionId,
    testing::given,
    thread::{Dialect, FinishReason, Stage, Usage},
    verdict::{Action, Verdict},
};

const OWNER: UserId = UserId(Uuid::from_u128(7));
const ID: CompletionId = CompletionId(Uuid::from_u128(1));

fn route() -> Route {
    Route {
        provider: "groq".to_owned(),
        model: "m".to_owned(),
    }
}

fn requested() -> Requested {
    Requested {
        completion: ID,
        owner: OWNER,
        dialect: Dialect::Openai,
        route: route(),
        messages: vec![Said {
            by: Speaker::User,
            text: "hello".to_owned(),
        }],
        sampling: Sampling::default(),
        streamed: false,
    }
}

fn asks(refusal: Option<&str>) -> CompletionCommand {
    CompletionCommand::Request {
        requested: requested(),
        verdicts: vec![Verdict::default()],
        warning: None,
        refusal: refusal.map(str::to_owned),
    }
}

fn end(text: &str) -> ReplyEnd {
    ReplyEnd {
        turn: ID.turn(),
        text: text.to_owned(),
        reasoning: None,
        route: route(),
        finish: Some(FinishReason::Stop),
        error: None,
        usage: Usage::default(),
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    }
}

fn ended(text: &str) -> CompletionEnd {
    CompletionEnd {
        owner: OWNER,
        end: end(text),
    }
}

fn judged(stage: Stage, verdict: Verdict, refusal: Option<&str>) -> CompletionEvent {
    CompletionEvent::VerdictRecorded(CompletionVerdict {
        stage,
        verdicts: vec![verdict],
        warning: None,
        refusal: refusal.map(str::to_owned),
    })
}

#[test]
fn a_question_is_recorded_with_its_verdict_and_its_answer_with_its_own() {
    let flagged = Verdict {
        action: Action::Flag,
        ..Verdict::default()
    };
    given::<Completion>([])
        .when(asks(None))
        .then([
            CompletionEvent::Requested(requested()),
            judged(Stage::Input, Verdict::default(), None),
        ])
        .when(CompletionCommand::End(
            CompletionOutcome::Completed,
            end("hi"),
            Some(flagged.clone()),
        ))
        .then([
            CompletionEvent::Completed(ended("hi")),
            judged(Stage::Output, flagged, None),
        ]);
}

#[test]
fn a_refused_question_is_answered_in_the_same_commit() {
    let events = given::<Completion>([]).when(asks(Some("No."))).decided();
    assert_eq!(events.len(), 4);
    let CompletionEvent::Completed(end) = &events[2] else {
        panic!("{events:?}")
    };
    assert!(end.end.is_refusal());
    assert_eq!((end.end.text.as_str(), end.owner), ("No.", OWNER));
    assert_eq!(events[3], judged(Stage::Output, Verdict::exempt(), None));
}

#[test]
fn what_was_asked_once_is_not_asked_again() {
    given::<Completion>([CompletionEvent::Requested(requested())])
        .when(asks(None))
        .then_refused(CompletionRefusal::Exists);
}

#[test]
fn it_ends_once() {
    let over = [
        CompletionEvent::Requested(requested()),
        CompletionEvent::Interrupted(ended("h")),
    ];
    let again = CompletionCommand::End(CompletionOutcome::Completed, end("hi"), None);
    given::<Completion>(over)
        .when(again.clone())
        .then_refused(CompletionRefusal::NotOpen);
    given::<Completion>([])
        .when(again)
        .then_refused(CompletionRefusal::NotOpen);
}

#[test]
fn it_is_erased_when_it_has_ended_and_not_before() {
    given::<Completion>([CompletionEvent::Requested(requested())])
        .when(CompletionCommand::Erase)
        .then_refused(CompletionRefusal::StillOpen);
    given::<Completion>([
        CompletionEvent::Requested(requested()),
        CompletionEvent::Stopped(ended("")),
    ])
    .when(CompletionCommand::Erase)
    .then([CompletionEvent::Erased {}])
    .when(CompletionCommand::Erase)
    .then_nothing();
    given::<Completion>([])
        .when(CompletionCommand::Erase)
        .then_refused(CompletionRefusal::NotOpen);
}

#[test]
fn the_stored_shape_of_a_question_and_its_end_is_for_ever() {
    let stored = serde_json::to_string(&CompletionEvent::Requested(Requested {
        sampling: Sampling {
            temperature: Some(0.5),
            stop: vec!["END".to_owned()],
            ..Sampling::default()
        },
        streamed: true,
        ..requested()
    }));
    assert_eq!(
        stored.unwrap(),
        r#"{"completion.requested":{"completion":"00000000-0000-0000-0000-000000000001","owner":"00000000-0000-0000-0000-000000000007","dialect":"openai","route":{"provider":"groq","model":"m"},"messages":[{"by":"user","text":"hello"}],"sampling":{"temperature":0.5,"stop":["END"]},"streamed":true}}"#
    );
    let stored = serde_json::to_string(&CompletionEvent::Stopped(ended("hi")));
    assert_eq!(
        stored.unwrap(),
        r#"{"completion.stopped":{"owner":"00000000-0000-0000-0000-000000000007","end":{"turn":"00000000-0000-0000-0000-000000000001","text":"hi","route":{"provider":"groq","model":"m"},"finish":"stop","usage":{"prompt_tokens":0,"completion_tokens":0,"estimated":false},"context_messages":0}}}"#
    );
    let erased = serde_json::to_string(&CompletionEvent::Erased {});
    assert_eq!(erased.unwrap(), r#"{"completion.erased":{}}"#);
}
