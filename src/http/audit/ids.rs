//! Ids as other APIs print them: a user has a short one there, and a completion or a reply is `chatcmpl-` with its UUID
//! behind it, without hyphens.

use std::str::FromStr;

use aggregates::{CompletionId, UserId, ids::is_short_id};

use super::{error::Error, routes::recent};
use crate::http::Api;

const ANSWER: &str = "chatcmpl-";
const USER: &str = "user_";

/// A completion, or a reply, by either of its ids.
pub(super) fn answer<T: FromStr>(text: &str) -> Option<T> {
    text.strip_prefix(ANSWER).unwrap_or(text).parse().ok()
}

/// A completion's id where its answer is printed.
pub(super) fn printed(completion: CompletionId) -> String {
    format!("{ANSWER}{}", completion.0.simple())
}

/// A user, by either of their ids; by the short one only while they have an account.
pub(super) async fn user(api: &Api, text: &str) -> Result<Option<UserId>, Error> {
    if let Ok(user) = text.parse() {
        return Ok(Some(user));
    }
    if !is_short_id(text, USER) {
        return Ok(None);
    }
    let views = &api.views;
    let row = recent(api, || views.user_by_short(text)).await?;
    Ok(row.and_then(|row| row.user.parse().ok()))
}
