//! Restrictions: who may write nothing for a time, because a moderator has decided so.

use chrono::{DateTime, SecondsFormat};

use crate::{auth::Principal, clock};

/// The sentence for somebody who may read, and not write.
pub(crate) fn sentence(who: &Principal) -> Option<String> {
    let until = who.restricted_until?;
    if until <= clock::now_micros() {
        return None;
    }
    let until = DateTime::from_timestamp_micros(until)?;
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    Some(format!(
        "A moderator has restricted your account until {until}: you can read, but not write."
    ))
}
