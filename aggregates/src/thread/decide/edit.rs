//! Edit: the last user message is said again, differently, in the same place; so is its answer.

use super::{Decision, archive, reply, send, verdict};
use crate::{
    ids::MessageId,
    thread::{PendingTurn, Refusal, SendMessage, Thread},
};

pub(super) fn edit(thread: &Thread, target: MessageId, mut send: SendMessage) -> Decision {
    archive::check_writable(thread, send.archived_is_readonly)?;
    let last = thread
        .answerable()
        .filter(|last| last.id == target)
        .ok_or(Refusal::NotTheLastUserMessage)?;
    let answer = last.index + 1;
    reply::check_room(thread, answer)?;

    let (context, judged) = (send.context.clone(), send.judged.take());
    let sent = send::message_sent(send, last.index, Some(last.id));
    let turn = PendingTurn {
        refusal: verdict::refusal(judged.as_ref()),
        ..PendingTurn::asked_by(&sent, thread.answer_at(answer))
    };

    let mut events = verdict::with_verdict(sent, judged);
    let interrupts = reply::runs_at(thread, answer);
    events.extend(reply::start_or_wait(thread, turn, context, interrupts));
    Ok(events)
}
