//! The life of a reply: it starts or waits, is asked to stop, and ends; then the next one starts.

use super::{Decision, verdict};
use crate::{
    ids::TurnId,
    thread::{
        Attempt, ContextRule, PendingTurn, Refusal, ReplyEnd, StopReason, Thread, ThreadEvent,
        turns::MOST_PENDING,
    },
    verdict::Verdict,
};

/// A turn for the place `index` may wait: there is room, or it takes the room of another for that place.
pub(super) fn check_room(thread: &Thread, index: u64) -> Result<(), Refusal> {
    let takes_anothers = thread.pending.iter().any(|waiting| waiting.index == index);
    if thread.pending.len() >= MOST_PENDING && !takes_anothers {
        return Err(Refusal::QueueFull);
    }
    Ok(())
}

/// What follows the wish for an answer: its turn starts (and is refused), or waits for the running one, which an
/// interrupting wish asks to stop.
pub(super) fn start_or_wait(
    thread: &Thread,
    turn: PendingTurn,
    context: ContextRule,
    interrupts: bool,
) -> Vec<ThreadEvent> {
    match &thread.open {
        None => begin(turn, context),
        Some(_) if interrupts => Vec::from_iter(stop(thread, StopReason::Superseded)),
        Some(_) => vec![],
    }
}

/// A turn starts; one that is refused ends at once.
fn begin(mut turn: PendingTurn, context: ContextRule) -> Vec<ThreadEvent> {
    match turn.refusal.take() {
        Some(refusal) => verdict::refused(turn, refusal).into(),
        None => vec![turn.start(context)],
    }
}

/// Whether the running turn answers what the place `index` answers: an edit or a reload of that takes its
/// place, one of another message does not concern it.
pub(super) fn runs_at(thread: &Thread, index: u64) -> bool {
    thread.open.as_ref().is_some_and(|open| open.index == index)
}

/// The running turn shall stop, unless it was told so before.
pub(super) fn stop(thread: &Thread, reason: StopReason) -> Option<ThreadEvent> {
    let open = thread.open.as_ref().filter(|open| !open.stop_requested)?;
    Some(ThreadEvent::StopRequested {
        turn: open.turn,
        reason,
    })
}

pub(super) fn request_stop(
    thread: &Thread,
    turn: Option<TurnId>,
    reason: StopReason,
) -> Vec<ThreadEvent> {
    let running = thread.open.as_ref().map(|open| open.turn);
    if turn.is_some() && turn != running {
        return vec![];
    }
    Vec::from_iter(stop(thread, reason))
}

/// The four endings. An erased conversation's turn may end too, with what it cost and without a word.
pub(super) fn end(
    thread: &Thread,
    end: ReplyEnd,
    verdict: Option<Verdict>,
    next_context: ContextRule,
    ending: fn(ReplyEnd) -> ThreadEvent,
) -> Decision {
    let ended = thread
        .open
        .as_ref()
        .filter(|open| open.turn == end.turn)
        .ok_or(Refusal::TurnNotRunning(end.turn))?;

    let mut events = vec![];
    if ended.erased {
        events.push(ending(wordless(end)));
    } else {
        events.push(ending(end));
        events.extend(verdict.map(|verdict| verdict::on_answer(ended.turn, verdict)));
    }
    for next in &thread.pending {
        let mut next = next.clone();
        next.follow(ended);
        let refused = next.refusal.is_some();
        events.extend(begin(next, next_context.clone()));
        if !refused {
            break;
        }
    }
    Ok(events)
}

fn wordless(end: ReplyEnd) -> ReplyEnd {
    let attempts = end.attempts.into_iter().map(|attempt| Attempt {
        error: attempt.error.map(|_| String::new()),
        ..attempt
    });
    ReplyEnd {
        text: String::new(),
        reasoning: None,
        error: None,
        attempts: attempts.collect(),
        ..end
    }
}
