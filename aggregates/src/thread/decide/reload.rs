//! Reload: the last user message is answered again.

use super::{Decision, reply};
use crate::{
    ids::TurnId,
    thread::{ContextRule, PendingTurn, Refusal, Route, Thread, ThreadEvent, TurnOptions},
};

pub(super) fn reload(
    thread: &Thread,
    turn: TurnId,
    route: Route,
    options: TurnOptions,
    context: ContextRule,
) -> Decision {
    let last = thread.answerable().ok_or(Refusal::NothingToAnswer)?;
    let index = last.index + 1;
    reply::check_room(thread, index)?;

    let mut events = vec![ThreadEvent::ReloadRequested {
        turn,
        answers: last.id,
        index,
        route: route.clone(),
        options: options.clone(),
    }];
    let turn = PendingTurn {
        turn,
        answers: last.id,
        index,
        replaces: thread.answer_at(index),
        route,
        options,
    };
    let interrupts = reply::runs_at(thread, index);
    events.extend(reply::start_or_wait(thread, turn, context, interrupts));
    Ok(events)
}
