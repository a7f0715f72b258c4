//! Tools are called by the turn that runs, one after the other in the record, until it is to stop.

use super::Decision;
use crate::{
    ids::TurnId,
    thread::{
        OpenTurn, Refusal, Thread, ThreadEvent,
        tools::{MOST_CALLS, ToolAnswered, ToolCalled},
    },
};

/// Nothing leaves the server for a turn that is to stop.
pub(super) fn call(thread: &Thread, called: ToolCalled) -> Decision {
    let open = running(thread, called.turn)?;
    if open.stop_requested || called.call != open.calls + 1 || called.call > MOST_CALLS {
        return Err(Refusal::NoMoreCalls);
    }
    Ok(vec![ThreadEvent::ToolCalled(called)])
}

/// What came of a call that was made is recorded even when the turn is to stop.
pub(super) fn answer(thread: &Thread, answered: ToolAnswered) -> Decision {
    let open = running(thread, answered.turn)?;
    if answered.call == 0 || answered.call > open.calls {
        return Err(Refusal::NotCalled);
    }
    Ok(vec![ThreadEvent::ToolAnswered(answered)])
}

fn running(thread: &Thread, turn: TurnId) -> Result<&OpenTurn, Refusal> {
    let open = thread.open.as_ref();
    open.filter(|open| open.turn == turn && !open.erased)
        .ok_or(Refusal::TurnNotRunning(turn))
}
