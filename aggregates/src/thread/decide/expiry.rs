//! Expiry: what is too old is named once; what is held or erased does not expire.

use super::Decision;
use crate::thread::{Destroyed, Expired, Refusal, Thread, ThreadEvent};

/// Messages that one event names.
const MOST: usize = 1_000;

pub(super) fn expire(thread: &Thread, expired: &Expired) -> Vec<ThreadEvent> {
    let known = &thread.expiry;
    let is_new = expired.before > known.before || expired.through > known.through;
    if thread.owner.is_none() || !thread.holds.are_none() || !is_new {
        return vec![];
    }
    let event = |messages: &[_]| {
        ThreadEvent::ContentExpired(Expired {
            messages: messages.to_vec(),
            ..*expired
        })
    };
    match expired.messages.as_slice() {
        [] => vec![event(&[])],
        messages => messages.chunks(MOST).map(event).collect(),
    }
}

pub(super) fn confirm(thread: &Thread, expiry: u64, receipt: Vec<Destroyed>) -> Decision {
    if expiry <= thread.expiry.confirmed {
        return Ok(vec![]);
    }
    if expiry > thread.expiry.count {
        return Err(Refusal::ErasureNotDone);
    }
    Ok(vec![ThreadEvent::ExpiryConfirmed { expiry, receipt }])
}
