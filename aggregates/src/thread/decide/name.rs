//! Rename: a person's name stays, a generated one fills the gap.

use super::Decision;
use crate::thread::{Refusal, Thread, ThreadEvent};

/// Characters, not bytes.
const LONGEST: usize = 150;

pub(super) fn rename(thread: &Thread, name: &str, generated: bool) -> Decision {
    let name = checked(name)?;
    if generated && thread.named {
        return Ok(vec![]);
    }
    Ok(vec![ThreadEvent::Renamed { name, generated }])
}

/// The name without the space around it.
pub(super) fn checked(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(Refusal::BadName);
    }
    Ok(name.to_owned())
}
