//! A user's ids: other APIs print a short one.

use aggregates::{UserId, ids::is_short_id};

use super::{error::Error, routes::recent};
use crate::http::Api;

const USER: &str = "user_";

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
