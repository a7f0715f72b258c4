//! Archive and unarchive: nothing happens when it is so already.

use crate::thread::{Refusal, Thread, ThreadEvent};

pub(super) fn archive(thread: &Thread) -> Vec<ThreadEvent> {
    if thread.archived {
        vec![]
    } else {
        vec![ThreadEvent::Archived {}]
    }
}

pub(super) fn unarchive(thread: &Thread) -> Vec<ThreadEvent> {
    if thread.archived {
        vec![ThreadEvent::Unarchived {}]
    } else {
        vec![]
    }
}

/// An archived thread is read-only where the setting says so.
pub(super) fn check_writable(thread: &Thread, archived_is_readonly: bool) -> Result<(), Refusal> {
    if thread.archived && archived_is_readonly {
        return Err(Refusal::Archived);
    }
    Ok(())
}
