//! `Turn-Policy`: what happens to a message while a reply is running.

use aggregates::thread::TurnPolicy;
use http::{HeaderMap, HeaderValue};

use super::Api;

/// As the request's header says, else the server's setting; `None`: the header says something else.
pub(crate) fn of(api: &Api, headers: &HeaderMap) -> Option<TurnPolicy> {
    match headers.get("turn-policy").map(HeaderValue::as_bytes) {
        None => Some(api.settings.turn_policy),
        Some(b"queue") => Some(TurnPolicy::Queue),
        Some(b"reject") => Some(TurnPolicy::Reject),
        Some(b"interrupt") => Some(TurnPolicy::Interrupt),
        Some(_) => None,
    }
}
