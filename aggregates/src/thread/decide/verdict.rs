//! Verdicts: they stand beside what they judge, and a refusal is the whole answer.

use crate::{
    ids::{MessageId, TurnId},
    thread::{
        ContextRule, FinishReason, MessageSent, PendingTurn, ReplyEnd, Stage, ThreadEvent, Usage,
        VerdictRecorded,
    },
    verdict::{Judged, Verdict},
};

/// A message, and what was said of it.
pub(super) fn with_verdict(sent: MessageSent, judged: Option<Judged>) -> Vec<ThreadEvent> {
    let verdict = judged.map(|judged| on_input(sent.turn, Some(sent.message), judged));
    let mut events = vec![ThreadEvent::MessageSent(sent)];
    events.extend(verdict);
    events
}

/// What is answered instead of a model.
pub(super) fn refusal(judged: Option<&Judged>) -> Option<String> {
    judged.and_then(|judged| judged.refusal.clone())
}

/// On what a person wrote, for this turn to answer.
pub(super) fn on_input(turn: TurnId, message: Option<MessageId>, judged: Judged) -> ThreadEvent {
    ThreadEvent::VerdictRecorded(VerdictRecorded {
        turn,
        stage: Stage::Input,
        message,
        verdict: judged.verdict,
        warning: judged.warning,
        refusal: judged.refusal,
    })
}

/// On the answer that this turn has made.
pub(super) fn on_answer(turn: TurnId, verdict: Verdict) -> ThreadEvent {
    ThreadEvent::VerdictRecorded(VerdictRecorded {
        turn,
        stage: Stage::Output,
        message: Some(turn.answer()),
        verdict,
        warning: None,
        refusal: None,
    })
}

/// The whole life of a turn that is refused: nobody is asked and nothing is shown to anybody.
pub(super) fn refused(turn: PendingTurn, refusal: String) -> [ThreadEvent; 3] {
    let (id, route) = (turn.turn, turn.route.clone());
    let nothing = ContextRule {
        rule: "none".to_owned(),
        budget_tokens: 0,
        limits: vec![],
    };
    let end = ReplyEnd {
        turn: id,
        text: refusal,
        reasoning: None,
        route,
        finish: Some(FinishReason::ContentFilter),
        error: None,
        usage: Usage::default(),
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    };
    [
        turn.start(nothing),
        ThreadEvent::ReplyCompleted(end),
        on_answer(id, Verdict::exempt()),
    ]
}
