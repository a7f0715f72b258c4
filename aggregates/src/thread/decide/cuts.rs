//! Truncate, rewind, restore: what of the history is seen. The caller counts and looks up; what it found
//! is refused as stale when the thread has grown since.

use super::{Decision, reply};
use crate::thread::{Cut, Refusal, StopReason, Tail, Thread, ThreadCommand, ThreadEvent};

/// Hides the old part. Turns to come keep their places.
pub(super) fn truncate(
    thread: &Thread,
    before: u64,
    deleted: u64,
    kept: u64,
    next_index: u64,
) -> Decision {
    check_fresh(thread, next_index)?;
    let outside = before <= 1 || before > thread.next_index();
    let cut = ThreadCommand::truncation(before);
    let running = thread.open.iter().map(|turn| turn.index);
    let waiting = thread.pending.iter().map(|turn| turn.index);
    let hides_a_turn = running.chain(waiting).any(|answer| before >= answer);
    if outside || hides_a_turn || thread.cuts.covers(cut) {
        return Err(Refusal::BadCut);
    }
    Ok(vec![ThreadEvent::HistoryTruncated { cut, deleted, kept }])
}

/// Hides the new part, with the turns in it: those that wait are dropped, the running one stops.
pub(super) fn rewind(
    thread: &Thread,
    from: u64,
    deleted: u64,
    tail: Tail,
    next_index: u64,
) -> Decision {
    check_fresh(thread, next_index)?;
    if from < 1 || from >= thread.next_index() || thread.is_hidden(from) {
        return Err(Refusal::BadCut);
    }
    check_tail(tail, from)?;
    let cut = Cut {
        from,
        to: thread.next_index() - 1,
    };
    let mut events = vec![ThreadEvent::HistoryRewound { cut, deleted, tail }];
    if thread.open.as_ref().is_some_and(|turn| turn.index >= from) {
        events.extend(reply::stop(thread, StopReason::Superseded));
    }
    Ok(events)
}

/// Shows everything again.
pub(super) fn restore(thread: &Thread, restored: u64, tail: Tail, next_index: u64) -> Decision {
    if thread.cuts().is_empty() {
        return Ok(vec![]);
    }
    check_fresh(thread, next_index)?;
    check_tail(tail, thread.next_index())?;
    Ok(vec![ThreadEvent::HistoryRestored { restored, tail }])
}

fn check_fresh(thread: &Thread, next_index: u64) -> Result<(), Refusal> {
    if next_index != thread.next_index() {
        return Err(Refusal::Stale);
    }
    Ok(())
}

/// What a history ends with lies in it: an edit would otherwise take a place that is not its own.
fn check_tail(tail: Tail, end: u64) -> Result<(), Refusal> {
    let user = tail.user.map(|(_, index)| index);
    let answer = tail.answer.map(|(_, index)| index);
    if user.into_iter().chain(answer).any(|index| index >= end) {
        return Err(Refusal::Stale);
    }
    Ok(())
}
