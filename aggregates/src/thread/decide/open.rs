//! Open: a thread comes to be, once, and again after its erasure.

use super::{Decision, name};
use crate::thread::{Opened, Opening, Refusal, Thread, ThreadEvent};

pub(super) fn open(thread: &Thread, opening: Opening) -> Decision {
    if thread.owner.is_some() {
        return Err(Refusal::AlreadyOpen);
    }
    Ok(vec![opened(opening)?])
}

/// The event, which a first send causes too.
pub(super) fn opened(opening: Opening) -> Result<ThreadEvent, Refusal> {
    let name = opening.name.as_deref().map(name::checked).transpose()?;
    Ok(ThreadEvent::Opened(Opened {
        owner: opening.owner,
        dialect: opening.dialect,
        reference: opening.reference,
        channel: opening.channel,
        name,
    }))
}
