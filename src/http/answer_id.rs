//! An answer's id, of a completion or of a reply, as clients of completions are shown it: `chatcmpl-` with its UUID behind
//! it, without hyphens.

use std::str::FromStr;

use uuid::Uuid;

const PREFIX: &str = "chatcmpl-";

/// As it is shown.
pub(crate) fn printed(answer: Uuid) -> String {
    format!("{PREFIX}{}", answer.simple())
}

/// One that was shown, or the UUID alone.
pub(crate) fn read<T: FromStr>(text: &str) -> Option<T> {
    text.strip_prefix(PREFIX).unwrap_or(text).parse().ok()
}
