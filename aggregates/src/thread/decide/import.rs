//! Import: a conversation of elsewhere is whole, and stays the one that was imported.

use super::Decision;
use crate::thread::{Imported, Refusal, Thread, ThreadEvent};

pub(super) fn note(thread: &Thread, imported: Imported) -> Decision {
    if thread.imported {
        return Ok(vec![]);
    }
    if thread.open.is_some() {
        return Err(Refusal::ReplyRunning);
    }
    Ok(vec![ThreadEvent::Imported(imported)])
}
