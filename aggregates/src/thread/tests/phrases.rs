//! The words the tests are told in.
//!
//! The message sent at place `n` is `message(n)`, the turn that answers it is `turn(n + 1)`, at place `n + 1`.
//! What takes a place again has another number: `message(11)` and `turn(12)` at places 1 and 2, say.

use uuid::Uuid;

use crate::{
    ids::{MessageId, TurnId, UserId},
    testing::{self, Given},
    thread::{
        ContextRule, Cut, Dialect, FinishReason, MessageSent, Opened, Opening, ReplyEnd,
        ReplyStarted, Route, SendMessage, Stage, StopReason, Tail, Thread, ThreadCommand,
        ThreadEvent, TurnOptions, TurnPolicy, Usage, VerdictRecorded,
    },
    verdict::{Action, Judged, Severity, Verdict},
};

pub(super) const OWNER: UserId = UserId(Uuid::from_u128(0xada));

pub(super) fn given(events: impl IntoIterator<Item = ThreadEvent>) -> Given<Thread> {
    testing::given(events)
}

pub(super) fn message(number: u64) -> MessageId {
    MessageId(Uuid::from_u128(number.into()))
}

pub(super) fn turn(number: u64) -> TurnId {
    TurnId(Uuid::from_u128(number.into()))
}

pub(super) fn route() -> Route {
    Route {
        provider: "echo".to_owned(),
        model: "echo-1".to_owned(),
    }
}

pub(super) fn context() -> ContextRule {
    ContextRule {
        rule: "recent-1".to_owned(),
        budget_tokens: 4096,
        limits: vec![],
    }
}

pub(super) fn opening() -> Opening {
    Opening {
        owner: OWNER,
        dialect: Dialect::Assistant,
        reference: None,
        channel: None,
        name: None,
    }
}

pub(super) fn send_message(number: u64) -> SendMessage {
    SendMessage {
        opening: None,
        message: message(number),
        turn: turn(number + 1),
        text: format!("question {number}"),
        judged: None,
        attachments: vec![],
        route: route(),
        options: TurnOptions::default(),
        context: context(),
        policy: TurnPolicy::Queue,
        archived_is_readonly: true,
    }
}

// Commands.

pub(super) fn send(number: u64) -> ThreadCommand {
    ThreadCommand::Send(send_message(number))
}

pub(super) fn send_with(number: u64, policy: TurnPolicy) -> ThreadCommand {
    ThreadCommand::Send(SendMessage {
        policy,
        ..send_message(number)
    })
}

pub(super) fn send_opening(number: u64, policy: TurnPolicy) -> ThreadCommand {
    ThreadCommand::Send(SendMessage {
        opening: Some(opening()),
        policy,
        ..send_message(number)
    })
}

pub(super) fn edit(target: u64, number: u64) -> ThreadCommand {
    ThreadCommand::Edit {
        target: message(target),
        send: send_message(number),
    }
}

pub(super) fn send_judged(number: u64, judged: Judged) -> ThreadCommand {
    ThreadCommand::Send(SendMessage {
        judged: Some(judged),
        ..send_message(number)
    })
}

pub(super) fn reload(number: u64) -> ThreadCommand {
    ThreadCommand::Reload {
        turn: turn(number),
        route: route(),
        options: TurnOptions::default(),
        context: context(),
        said: None,
        judged: None,
    }
}

pub(super) fn complete(number: u64) -> ThreadCommand {
    complete_turn(turn(number))
}

pub(super) fn complete_turn(turn: TurnId) -> ThreadCommand {
    ThreadCommand::CompleteReply(reply_end_of(turn), None, context())
}

pub(super) fn request_stop(number: Option<u64>) -> ThreadCommand {
    ThreadCommand::RequestStop {
        turn: number.map(turn),
        reason: StopReason::Asked,
    }
}

pub(super) fn truncate(before: u64, next_index: u64) -> ThreadCommand {
    ThreadCommand::Truncate {
        before,
        deleted: 2,
        kept: 2,
        next_index,
    }
}

pub(super) fn rewind(from: u64, tail: Tail, next_index: u64) -> ThreadCommand {
    ThreadCommand::Rewind {
        from,
        deleted: 2,
        tail,
        next_index,
    }
}

pub(super) fn restore(tail: Tail, next_index: u64) -> ThreadCommand {
    ThreadCommand::Restore {
        restored: 2,
        tail,
        next_index,
    }
}

pub(super) fn tail(user: u64, answer: u64) -> Tail {
    Tail {
        user: Some((message(user), user)),
        answer: Some((turn(answer), answer)),
    }
}

// Events.

pub(super) fn opened() -> ThreadEvent {
    ThreadEvent::Opened(Opened {
        owner: OWNER,
        dialect: Dialect::Assistant,
        reference: None,
        channel: None,
        name: None,
    })
}

pub(super) fn sent(number: u64) -> ThreadEvent {
    ThreadEvent::MessageSent(message_sent(number))
}

pub(super) fn message_sent(number: u64) -> MessageSent {
    MessageSent {
        message: message(number),
        index: number,
        text: format!("question {number}"),
        attachments: vec![],
        replaces: None,
        turn: turn(number + 1),
        route: route(),
        options: TurnOptions::default(),
    }
}

/// `message(number)` in the place `index`, instead of `message(replaced)`.
pub(super) fn edited(number: u64, index: u64, replaced: u64) -> ThreadEvent {
    ThreadEvent::MessageSent(MessageSent {
        index,
        replaces: Some(message(replaced)),
        ..message_sent(number)
    })
}

/// `turn(number)` shall answer the message `answers` at the place before `index`.
pub(super) fn reload_requested(number: u64, answers: u64, index: u64) -> ThreadEvent {
    ThreadEvent::ReloadRequested {
        turn: turn(number),
        answers: message(answers),
        index,
        route: route(),
        options: TurnOptions::default(),
        said: None,
    }
}

/// The first answer at its place.
pub(super) fn started(number: u64) -> ThreadEvent {
    again(number, number - 1, number, None)
}

/// `turn(number)` answers `message(answers)` in the place `index`, instead of `turn(replaced)`.
pub(super) fn again(number: u64, answers: u64, index: u64, replaced: Option<u64>) -> ThreadEvent {
    ThreadEvent::ReplyStarted(ReplyStarted {
        turn: turn(number),
        answers: message(answers),
        index,
        replaces: replaced.map(turn),
        route: route(),
        options: TurnOptions::default(),
        context: context(),
    })
}

pub(super) fn stopping(number: u64, reason: StopReason) -> ThreadEvent {
    ThreadEvent::StopRequested {
        turn: turn(number),
        reason,
    }
}

pub(super) fn superseded(number: u64) -> ThreadEvent {
    stopping(number, StopReason::Superseded)
}

pub(super) fn reply_end(number: u64) -> ReplyEnd {
    reply_end_of(turn(number))
}

pub(super) fn reply_end_of(turn: TurnId) -> ReplyEnd {
    ReplyEnd {
        turn,
        text: format!("answer {}", turn.0.as_u128()),
        reasoning: None,
        route: route(),
        finish: None,
        error: None,
        usage: Usage::default(),
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    }
}

pub(super) fn completed(number: u64) -> ThreadEvent {
    ThreadEvent::ReplyCompleted(reply_end(number))
}

/// Says no.
pub(super) fn blocked() -> Judged {
    Judged {
        verdict: Verdict {
            action: Action::Block,
            severity: Severity::Critical,
            injection_categories: vec!["jailbreak".to_owned()],
            ..Verdict::default()
        },
        warning: None,
        refusal: Some("No.".to_owned()),
    }
}

/// Finds personal data, which is not in the text any more.
pub(super) fn redacted() -> Judged {
    Judged {
        verdict: Verdict {
            action: Action::Redact,
            severity: Severity::High,
            pii_categories: vec!["pii_credit_card".to_owned()],
            ..Verdict::default()
        },
        warning: Some("A card number was taken out.".to_owned()),
        refusal: None,
    }
}

/// What was said of `message(number)`.
pub(super) fn judged(number: u64, judged: Judged) -> ThreadEvent {
    ThreadEvent::VerdictRecorded(judgement(number + 1, Some(message(number)), judged))
}

pub(super) fn judgement(
    number: u64,
    message: Option<MessageId>,
    judged: Judged,
) -> VerdictRecorded {
    VerdictRecorded {
        turn: turn(number),
        stage: Stage::Input,
        message,
        verdict: judged.verdict,
        warning: judged.warning,
        refusal: judged.refusal,
    }
}

/// What was said of the answer of `turn(number)`.
pub(super) fn answer_judged(number: u64, verdict: Verdict) -> ThreadEvent {
    ThreadEvent::VerdictRecorded(VerdictRecorded {
        turn: turn(number),
        stage: Stage::Output,
        message: Some(turn(number).answer()),
        verdict,
        warning: None,
        refusal: None,
    })
}

/// `turn(number)` begins and ends with `No.`, instead of `turn(replaced)`.
pub(super) fn refused_again(
    number: u64,
    answers: u64,
    index: u64,
    replaced: Option<u64>,
) -> Vec<ThreadEvent> {
    let ThreadEvent::ReplyStarted(started) = again(number, answers, index, replaced) else {
        unreachable!("it begins")
    };
    let nothing = ContextRule {
        rule: "none".to_owned(),
        budget_tokens: 0,
        limits: vec![],
    };
    vec![
        ThreadEvent::ReplyStarted(ReplyStarted {
            context: nothing,
            ..started
        }),
        ThreadEvent::ReplyCompleted(ReplyEnd {
            text: "No.".to_owned(),
            finish: Some(FinishReason::ContentFilter),
            ..reply_end(number)
        }),
        answer_judged(number, Verdict::exempt()),
    ]
}

/// `turn(number)` begins and ends with `No.`
pub(super) fn refused(number: u64) -> Vec<ThreadEvent> {
    refused_again(number, number - 1, number, None)
}

pub(super) fn truncated(to: u64) -> ThreadEvent {
    ThreadEvent::HistoryTruncated {
        cut: Cut { from: 1, to },
        deleted: 2,
        kept: 2,
    }
}

pub(super) fn rewound(from: u64, to: u64, tail: Tail) -> ThreadEvent {
    ThreadEvent::HistoryRewound {
        cut: Cut { from, to },
        deleted: 2,
        tail,
    }
}

pub(super) fn restored(tail: Tail) -> ThreadEvent {
    ThreadEvent::HistoryRestored { restored: 2, tail }
}

/// A thread in which so many messages were sent and answered.
pub(super) fn conversation(exchanges: u64) -> Vec<ThreadEvent> {
    let mut events = vec![opened()];
    for index in (1..).step_by(2).take(exchanges as usize) {
        events.extend([sent(index), started(index + 1), completed(index + 1)]);
    }
    events
}

/// [`conversation`], and then.
pub(super) fn after(
    exchanges: u64,
    events: impl IntoIterator<Item = ThreadEvent>,
) -> Vec<ThreadEvent> {
    let mut all = conversation(exchanges);
    all.extend(events);
    all
}
