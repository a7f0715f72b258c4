//! Erasure: the running reply ends first; a thread that is not open has nothing to erase.

use super::reply;
use crate::thread::{StopReason, Thread, ThreadEvent};

pub(super) fn request(thread: &Thread) -> Vec<ThreadEvent> {
    if thread.owner.is_none() {
        return vec![];
    }
    let mut events = Vec::from_iter(reply::stop(thread, StopReason::Erased));
    events.push(ThreadEvent::ErasureRequested {});
    events
}
