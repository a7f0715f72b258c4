//! Erasure: the running reply ends first; a thread that is not open has nothing to erase.

use super::{Decision, reply};
use crate::{
    ids::{TurnId, UserId},
    thread::{Destroyed, Refusal, StopReason, Thread, ThreadEvent},
};

pub(super) fn request(thread: &Thread) -> Vec<ThreadEvent> {
    if thread.owner.is_none() {
        return vec![];
    }
    let mut events = Vec::from_iter(reply::stop(thread, StopReason::Erased));
    events.push(ThreadEvent::ErasureRequested {});
    events
}

pub(super) fn order(thread: &Thread, by: UserId, reason: String) -> Vec<ThreadEvent> {
    let mut events = request(thread);
    if !events.is_empty() {
        events.insert(0, ThreadEvent::ErasureOrdered { by, reason });
    }
    events
}

/// Its end has no word of it, because that belongs to whatever the thread is by then.
pub(super) fn keep(
    thread: &Thread,
    turn: TurnId,
    text: String,
    reasoning: Option<String>,
) -> Vec<ThreadEvent> {
    let open = thread.open.as_ref().filter(|open| open.turn == turn);
    let nothing = text.is_empty() && reasoning.is_none();
    match open {
        Some(open) if open.erased && !open.kept && !nothing => vec![ThreadEvent::ReplyKept {
            turn,
            text,
            reasoning,
        }],
        _ => vec![],
    }
}

pub(super) fn confirm(thread: &Thread, erasure: u64, receipt: Vec<Destroyed>) -> Decision {
    if erasure <= thread.erasures_confirmed {
        return Ok(vec![]);
    }
    if erasure > thread.erasures || thread.erased_turn().is_some() {
        return Err(Refusal::ErasureNotDone);
    }
    Ok(vec![ThreadEvent::ErasureConfirmed { erasure, receipt }])
}
