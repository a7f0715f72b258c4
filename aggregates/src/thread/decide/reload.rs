//! Reload: the last user message is answered again.

use super::{Decision, reply, verdict};
use crate::{
    ids::TurnId,
    thread::{ContextRule, PendingTurn, Refusal, Route, Thread, ThreadEvent, TurnOptions},
    verdict::Judged,
};

/// The turn that is wished for.
pub(super) struct Asked {
    pub(super) turn: TurnId,
    pub(super) route: Route,
    pub(super) options: TurnOptions,
    pub(super) said: Option<String>,
}

pub(super) fn reload(
    thread: &Thread,
    Asked {
        turn,
        route,
        options,
        said,
    }: Asked,
    context: ContextRule,
    judged: Option<Judged>,
) -> Decision {
    let last = thread.answerable().ok_or(Refusal::NothingToAnswer)?;
    let index = last.index + 1;
    reply::check_room(thread, index)?;

    let kept = said.is_some().then(|| turn.wish());
    let mut events = vec![ThreadEvent::ReloadRequested {
        turn,
        answers: last.id,
        index,
        route: route.clone(),
        options: options.clone(),
        said,
    }];
    let turn = PendingTurn {
        turn,
        answers: last.id,
        index,
        replaces: thread.answer_at(index),
        route,
        options,
        refusal: verdict::refusal(judged.as_ref()),
    };
    events.extend(judged.map(|judged| verdict::on_input(turn.turn, kept, judged)));
    let interrupts = reply::runs_at(thread, index);
    events.extend(reply::start_or_wait(thread, turn, context, interrupts));
    Ok(events)
}
