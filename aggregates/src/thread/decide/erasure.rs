//! Erasure: the running reply ends first; a thread that is not open has nothing to erase.

use super::{Decision, reply};
use crate::thread::{Destroyed, Refusal, StopReason, Thread, ThreadEvent};

pub(super) fn request(thread: &Thread) -> Vec<ThreadEvent> {
    if thread.owner.is_none() {
        return vec![];
    }
    let mut events = Vec::from_iter(reply::stop(thread, StopReason::Erased));
    events.push(ThreadEvent::ErasureRequested {});
    events
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
