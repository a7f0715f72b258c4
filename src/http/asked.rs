//! The message that a turn was made for.

use aggregates::{MessageId, TurnId};

use super::Api;
use crate::views::ViewError;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Which; none for a reload, which answers an older one again.
    pub(crate) message: Option<MessageId>,
    /// What its author was told of what moderation took out of it.
    pub(crate) warning: Option<String>,
}

/// As the record has it.
pub(crate) async fn asked_by(api: &Api, turn: TurnId) -> Result<Asked, ViewError> {
    let answer = api.views.message(turn.0).await?;
    let Some(message) = answer.and_then(|row| row.answers?.parse::<MessageId>().ok()) else {
        return Ok(Asked::default());
    };
    let row = api.views.message(message.0).await?;
    let row = row.filter(|row| row.turn == turn.to_string());
    Ok(row.map_or_else(Asked::default, |row| Asked {
        message: Some(message),
        warning: row.warning,
    }))
}
