//! Send: the message is kept at once; its answer starts at once or waits.

use super::{Decision, archive, open, reply, verdict};
use crate::{
    ids::MessageId,
    thread::{MessageSent, PendingTurn, Refusal, SendMessage, Thread, TurnPolicy},
};

pub(super) fn send(thread: &Thread, mut send: SendMessage) -> Decision {
    let opened = match (thread.owner, send.opening.take()) {
        (Some(_), _) => None,
        (None, Some(opening)) => Some(open::opened(opening)?),
        (None, None) => return Err(Refusal::NotOpen),
    };
    if thread.is_kept_from_its_owner() {
        return Err(Refusal::Hidden);
    }
    archive::check_writable(thread, send.archived_is_readonly)?;
    if send.policy == TurnPolicy::Reject && is_busy(thread) {
        return Err(Refusal::ReplyRunning);
    }
    let index = thread.next_index();
    reply::check_room(thread, index + 1)?;

    let interrupts = send.policy == TurnPolicy::Interrupt;
    let (context, judged) = (send.context.clone(), send.judged.take());
    let sent = message_sent(send, index, None);
    let turn = PendingTurn {
        refusal: verdict::refusal(judged.as_ref()),
        ..PendingTurn::asked_by(&sent, None)
    };

    let mut events = Vec::from_iter(opened);
    events.extend(verdict::with_verdict(sent, judged));
    events.extend(reply::start_or_wait(thread, turn, context, interrupts));
    Ok(events)
}

/// The event of a new message, or of one that says another again.
pub(super) fn message_sent(
    send: SendMessage,
    index: u64,
    replaces: Option<MessageId>,
) -> MessageSent {
    MessageSent {
        message: send.message,
        index,
        text: send.text,
        attachments: send.attachments,
        replaces,
        turn: send.turn,
        route: send.route,
        options: send.options,
    }
}

/// Whether the sender can know of a reply to wait for: what runs on after an erasure is not theirs.
fn is_busy(thread: &Thread) -> bool {
    thread.open.as_ref().is_some_and(|open| !open.erased) || !thread.pending.is_empty()
}
