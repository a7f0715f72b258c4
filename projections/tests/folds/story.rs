//! Short words for what happens to a conversation.

use aggregates::{
    MessageId, ThreadId, TurnId, UserId,
    thread::{
        ContextRule, Cut, Dialect, FinishReason, MessageSent, Opened, ReplyEnd, ReplyStarted,
        Route, Stage, Tail, ThreadEvent, ToolAnswered, ToolCalled, ToolName, TurnOptions, Usage,
        VerdictRecorded,
    },
    verdict::{Action, Severity, Verdict},
};
use projections::{
    Event,
    testing::{Given, given, happened},
};
use uuid::Uuid;

/// Message or turn number `n`.
pub(crate) const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// Its text.
pub(crate) fn text(n: u128) -> String {
    id(n).to_string()
}

pub(crate) const THREAD: u128 = 0xc0;
pub(crate) const OWNER: u128 = 0xa1;

pub(crate) fn thread() -> String {
    ThreadId(id(THREAD)).to_string()
}

/// What happens to the one conversation.
pub(crate) fn story(events: impl IntoIterator<Item = ThreadEvent>) -> Given {
    given(happened(
        events
            .into_iter()
            .map(|event| (thread(), Event::Thread(event))),
    ))
}

pub(crate) fn opened() -> ThreadEvent {
    ThreadEvent::Opened(Opened {
        owner: UserId(id(OWNER)),
        dialect: Dialect::Assistant,
        reference: Some("ann:web:0011aabb".to_owned()),
        channel: Some("web".to_owned()),
        name: None,
    })
}

pub(crate) fn route() -> Route {
    Route {
        provider: "echo".to_owned(),
        model: "echo-1".to_owned(),
    }
}

fn message(n: u128, index: u64, words: &str, replaces: Option<u128>) -> ThreadEvent {
    ThreadEvent::MessageSent(MessageSent {
        message: MessageId(id(n)),
        index,
        text: words.to_owned(),
        attachments: vec![],
        replaces: replaces.map(|n| MessageId(id(n))),
        turn: TurnId(id(n + 1)),
        route: route(),
        options: TurnOptions::default(),
    })
}

/// Message `n`, answered by turn `n + 1`.
pub(crate) fn sent(n: u128, index: u64, words: &str) -> ThreadEvent {
    message(n, index, words, None)
}

pub(crate) fn edited(n: u128, index: u64, words: &str, replaces: u128) -> ThreadEvent {
    message(n, index, words, Some(replaces))
}

fn reply(n: u128, index: u64, answers: u128, replaces: Option<u128>) -> ThreadEvent {
    ThreadEvent::ReplyStarted(ReplyStarted {
        turn: TurnId(id(n)),
        answers: MessageId(id(answers)),
        index,
        replaces: replaces.map(|n| TurnId(id(n))),
        route: route(),
        options: TurnOptions::default(),
        context: ContextRule {
            rule: "recent-1".to_owned(),
            budget_tokens: 1_000,
            limits: vec![],
        },
    })
}

/// Turn `n` answers message `n - 1`.
pub(crate) fn started(n: u128, index: u64) -> ThreadEvent {
    reply(n, index, n - 1, None)
}

pub(crate) fn started_again(n: u128, index: u64, answers: u128, replaces: u128) -> ThreadEvent {
    reply(n, index, answers, Some(replaces))
}

/// The end of turn `n`.
pub(crate) fn end(n: u128, words: &str) -> ReplyEnd {
    ReplyEnd {
        turn: TurnId(id(n)),
        text: words.to_owned(),
        reasoning: None,
        route: route(),
        finish: Some(FinishReason::Stop),
        error: None,
        usage: Usage {
            prompt_tokens: 10,
            completion_tokens: 3,
            estimated: false,
        },
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    }
}

pub(crate) fn completed(n: u128, words: &str) -> ThreadEvent {
    ThreadEvent::ReplyCompleted(end(n, words))
}

pub(crate) fn failed(n: u128, words: &str) -> ThreadEvent {
    ThreadEvent::ReplyFailed(ReplyEnd {
        finish: None,
        error: Some("nobody answers".to_owned()),
        ..end(n, words)
    })
}

pub(crate) fn stopped(n: u128, words: &str) -> ThreadEvent {
    ThreadEvent::ReplyStopped(ReplyEnd {
        finish: None,
        ..end(n, words)
    })
}

pub(crate) fn interrupted(n: u128, words: &str) -> ThreadEvent {
    ThreadEvent::ReplyInterrupted(ReplyEnd {
        finish: None,
        ..end(n, words)
    })
}

/// What was said of message `of` of turn `n`.
pub(crate) fn judged(n: u128, of: Option<u128>, verdict: Verdict) -> ThreadEvent {
    let output = of == Some(n);
    ThreadEvent::VerdictRecorded(VerdictRecorded {
        turn: TurnId(id(n)),
        stage: if output { Stage::Output } else { Stage::Input },
        message: of.map(|n| MessageId(id(n))),
        warning: verdict.is_flagged().then(|| "Careful.".to_owned()),
        verdict,
        refusal: None,
    })
}

/// A card's number, and an address.
pub(crate) fn card() -> Verdict {
    Verdict {
        action: Action::Redact,
        severity: Severity::High,
        pii_categories: vec!["pii_credit_card".to_owned(), "pii_email".to_owned()],
        ..Verdict::default()
    }
}

pub(crate) fn truncated(before: u64) -> ThreadEvent {
    ThreadEvent::HistoryTruncated {
        cut: Cut {
            from: 1,
            to: before - 1,
        },
        deleted: 1,
        kept: 1,
    }
}

pub(crate) fn rewound(from: u64, to: u64) -> ThreadEvent {
    ThreadEvent::HistoryRewound {
        cut: Cut { from, to },
        deleted: 1,
        tail: Tail::default(),
    }
}

pub(crate) fn restored() -> ThreadEvent {
    ThreadEvent::HistoryRestored {
        restored: 1,
        tail: Tail::default(),
    }
}

/// A question and its answer: four events with `opened`.
pub(crate) fn exchange() -> Vec<ThreadEvent> {
    vec![
        opened(),
        sent(1, 1, "Hello?"),
        started(2, 2),
        completed(2, "Hello!"),
    ]
}

/// An exchange and what happens then.
pub(crate) fn and_then(more: impl IntoIterator<Item = ThreadEvent>) -> Given {
    let mut events = exchange();
    events.extend(more);
    story(events)
}

/// Turn `n` has something looked up, which is shown as this.
pub(crate) fn called(n: u128, call: u32, label: &str) -> ThreadEvent {
    ThreadEvent::ToolCalled(ToolCalled {
        turn: TurnId(id(n)),
        call,
        round: 1,
        tool: ToolName::WebSearch,
        route: route(),
        arguments: "{}".to_owned(),
        label: label.to_owned(),
        verdict: None,
    })
}

pub(crate) fn answered(n: u128, call: u32) -> ThreadEvent {
    ThreadEvent::ToolAnswered(ToolAnswered {
        turn: TurnId(id(n)),
        call,
        done: true,
        result: "Tea is green.".to_owned(),
        duration_ms: 1,
        verdict: None,
        kept_back: false,
    })
}
