//! What a completion decides.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use uuid::Uuid;

use super::*;
use crate::{
    case::Decision,
    ids::{BlobId, CompletionId},
    testing::given,
    thread::{Attachment, Dialect, FinishReason, Stage, Usage},
    verdict::{Action, Severity, Verdict},
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
        messages: vec![Said::words(Speaker::User, "hello")],
        sampling: Sampling::default(),
        streamed: false,
    }
}

fn asks(refusal: Option<&str>) -> CompletionCommand {
    CompletionCommand::Request {
        requested: requested(),
        verdicts: vec![Verdict::default()],
        asked: Some(0),
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
        asked: (stage == Stage::Input).then_some(0),
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

fn misdirected() -> CompletionCommand {
    CompletionCommand::NoteMisdirected {
        requested: requested(),
        verdicts: vec![Verdict::default()],
        asked: Some(0),
        told: "Thread not found.".to_owned(),
    }
}

#[test]
fn what_has_nowhere_to_go_is_noted_with_its_verdict_and_is_over() {
    given::<Completion>([])
        .when(misdirected())
        .then([
            CompletionEvent::Requested(requested()),
            judged(Stage::Input, Verdict::default(), None),
            CompletionEvent::Misdirected {
                told: "Thread not found.".to_owned(),
            },
        ])
        .when(CompletionCommand::Erase)
        .then([CompletionEvent::Erased {}]);
    given::<Completion>([CompletionEvent::Requested(requested())])
        .when(misdirected())
        .then_refused(CompletionRefusal::Exists);
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
    let shown = Attachment {
        blob: BlobId(Uuid::from_u128(3)),
        mime: "image/jpeg".to_owned(),
        size: 41,
        sha256: "00".to_owned(),
        key: "k".to_owned(),
    };
    let stored = serde_json::to_string(&Said {
        attachments: vec![shown],
        ..Said::words(Speaker::User, "")
    });
    assert_eq!(
        stored.unwrap(),
        r#"{"by":"user","text":"","attachments":[{"blob":"00000000-0000-0000-0000-000000000003","mime":"image/jpeg","size":41,"sha256":"00","key":"k"}]}"#
    );
    let stored = serde_json::to_string(&CompletionEvent::Stopped(ended("hi")));
    assert_eq!(
        stored.unwrap(),
        r#"{"completion.stopped":{"owner":"00000000-0000-0000-0000-000000000007","end":{"turn":"00000000-0000-0000-0000-000000000001","text":"hi","route":{"provider":"groq","model":"m"},"finish":"stop","usage":{"prompt_tokens":0,"completion_tokens":0,"estimated":false},"context_messages":0}}}"#
    );
    let stored = serde_json::to_string(&CompletionEvent::Misdirected {
        told: "Thread not found.".to_owned(),
    });
    assert_eq!(
        stored.unwrap(),
        r#"{"completion.misdirected":{"told":"Thread not found."}}"#
    );
    let erased = serde_json::to_string(&CompletionEvent::Erased {});
    assert_eq!(erased.unwrap(), r#"{"completion.erased":{}}"#);
}

fn review(stage: Stage, ruling: Ruling) -> CompletionCommand {
    let by = UserId(Uuid::from_u128(8));
    CompletionCommand::Review { stage, by, ruling }
}

fn ruling(decision: Decision, instead_of: Option<Decision>) -> Ruling {
    Ruling::Decided {
        decision,
        instead_of,
        reason: "seen".to_owned(),
        policy: None,
    }
}

fn recorded(stage: Stage, decision: Decision, instead_of: Option<Decision>) -> CompletionEvent {
    CompletionEvent::DecisionRecorded {
        stage,
        by: UserId(Uuid::from_u128(8)),
        decision,
        instead_of,
        reason: "seen".to_owned(),
        policy: None,
    }
}

fn redacted(stage: Stage) -> CompletionEvent {
    CompletionEvent::Redacted {
        stage,
        text: "[Redacted by a moderator]".to_owned(),
    }
}

fn over() -> [CompletionEvent; 2] {
    [
        CompletionEvent::Requested(requested()),
        CompletionEvent::Completed(ended("hi")),
    ]
}

#[test]
fn a_decision_is_noted_with_its_reason_and_redacts_what_it_is_about() {
    for stage in [Stage::Input, Stage::Output] {
        given::<Completion>(over())
            .when(review(stage, ruling(Decision::Redact, None)))
            .then([recorded(stage, Decision::Redact, None), redacted(stage)]);
        for decision in [
            Decision::Dismiss,
            Decision::Confirm,
            Decision::RestrictUser,
            Decision::HideThread,
        ] {
            given::<Completion>(over())
                .when(review(stage, ruling(decision, None)))
                .then([recorded(stage, decision, None)]);
        }
    }
}

#[test]
fn another_decision_and_an_overturned_one_show_it_again() {
    let stage = Stage::Output;
    let (was, restored) = (Some(Decision::Redact), CompletionEvent::Restored { stage });
    given::<Completion>(over())
        .when(review(stage, ruling(Decision::Dismiss, was)))
        .then([recorded(stage, Decision::Dismiss, was), restored.clone()]);
    given::<Completion>(over())
        .when(review(stage, ruling(Decision::Redact, was)))
        .then([recorded(stage, Decision::Redact, was)]);
    let undone = Ruling::Overturned {
        undone: Decision::Redact,
        reason: "no".to_owned(),
    };
    given::<Completion>(over())
        .when(review(stage, undone))
        .then([
            CompletionEvent::DecisionOverturned {
                stage,
                by: UserId(Uuid::from_u128(8)),
                undone: Decision::Redact,
                reason: "no".to_owned(),
            },
            restored,
        ]);
}

#[test]
fn of_what_is_still_being_made_or_gone_nothing_is_decided() {
    let redact = || review(Stage::Input, ruling(Decision::Redact, None));
    given::<Completion>([CompletionEvent::Requested(requested())])
        .when(redact())
        .then_refused(CompletionRefusal::StillOpen);
    given::<Completion>([])
        .when(redact())
        .then_refused(CompletionRefusal::Gone);
    let [first, second] = over();
    given::<Completion>([first, second, CompletionEvent::Erased {}])
        .when(redact())
        .then_refused(CompletionRefusal::Gone);
}

#[test]
fn a_question_is_the_case_that_is_answered_and_its_answer_another() {
    let verdict = |severity| Verdict {
        severity,
        ..Verdict::default()
    };
    let question = CompletionVerdict {
        stage: Stage::Input,
        verdicts: vec![verdict(Severity::High), verdict(Severity::Low)],
        asked: Some(0),
        warning: None,
        refusal: None,
    };
    let (case, of) = question.of_case(ID).unwrap();
    assert_eq!((case, of.severity), (ID.question(), Severity::High));
    assert_eq!(stage_of(ID, case), Stage::Input);
    // Before it was said which, the last one was meant.
    let older = CompletionVerdict {
        asked: None,
        ..question.clone()
    };
    assert_eq!(older.of_case(ID).unwrap().1.severity, Severity::Low);
    let answer = CompletionVerdict {
        stage: Stage::Output,
        ..older
    };
    let (case, _) = answer.of_case(ID).unwrap();
    assert_eq!(case, ID.turn().answer());
    assert_eq!(stage_of(ID, case), Stage::Output);
    let nowhere = CompletionVerdict {
        asked: Some(9),
        ..question
    };
    assert_eq!(nowhere.of_case(ID), None);
}

#[test]
fn the_stored_shape_of_a_verdict_is_that_of_before_but_for_who_is_answered() {
    let stored = r#"{"verdict.recorded":{"stage":"output","verdicts":[]}}"#;
    let parsed: CompletionEvent = serde_json::from_str(stored).unwrap();
    assert_eq!(serde_json::to_string(&parsed).unwrap(), stored);
    let stored = serde_json::to_string(&redacted(Stage::Input)).unwrap();
    assert_eq!(
        stored,
        r#"{"completion.redacted":{"stage":"input","text":"[Redacted by a moderator]"}}"#
    );
}
