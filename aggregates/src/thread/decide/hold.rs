//! Legal holds: there has to be something that they keep, and each is released once.

use super::Decision;
use crate::{
    hold::{Hold, HoldRefusal, Release},
    thread::{Thread, ThreadEvent},
};

pub(super) fn lay(thread: &Thread, hold: Hold) -> Decision {
    if thread.owner.is_none() && !thread.is_being_erased() {
        return Err(HoldRefusal::Nothing.into());
    }
    Ok(match thread.holds.may_lay(hold.hold)? {
        true => vec![ThreadEvent::Held(hold)],
        false => vec![],
    })
}

pub(super) fn release(thread: &Thread, release: Release) -> Decision {
    thread.holds.may_release(release.hold)?;
    Ok(vec![ThreadEvent::Released(release)])
}
