//! Rename: a person's name stays, a generated one fills the gap and has its price.

use super::Decision;
use crate::thread::{Attempt, Refusal, Thread, ThreadEvent};

/// Characters, not bytes.
const LONGEST: usize = 150;

pub(super) fn rename(thread: &Thread, name: &str, generated: bool) -> Decision {
    let name = checked(name)?;
    if generated && thread.named {
        return Ok(vec![]);
    }
    Ok(vec![ThreadEvent::Renamed { name, generated }])
}

/// It was paid for, even when the thread is another one by now.
pub(super) fn note(thread: &Thread, mut attempts: Vec<Attempt>, erasure: u64) -> Vec<ThreadEvent> {
    if attempts.is_empty() {
        return vec![];
    }
    if thread.erasures != erasure {
        attempts.iter_mut().for_each(|attempt| attempt.error = None);
    }
    vec![ThreadEvent::TitleAsked { attempts }]
}

/// The name without the space around it.
pub(super) fn checked(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST {
        return Err(Refusal::BadName);
    }
    Ok(name.to_owned())
}
