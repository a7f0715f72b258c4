//! `chats`: how completions are made.

use aggregates::chat::ChatEvent;

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A chat.
    pub struct ChatRow in "chats" {
        /// Its id.
        pub chat: String,
        /// Whose it is.
        pub project: String,
        /// Whom it asks.
        pub ai_provider: String,
        /// What people call it.
        pub name: Option<String>,
        /// How the model is to behave where a request says nothing.
        pub system_message: Option<String>,
        /// The model, when not the provider's own.
        pub model: Option<String>,
        /// When it was made.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
        /// Where it was made in the log: the newer one has the larger number.
        pub number: i64,
    }
    indexes {
        by_project: r#""project", "number" DESC"#,
        by_number: r#""number" DESC"#,
        by_provider: r#""ai_provider""#,
    }
}

configured!(ChatRow, "chat", chat, project);

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Chats;

impl Projection for Chats {
    const VERSION: u32 = 1;
    type Row = ChatRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Chat(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<ChatRow>, key: &str, event: &Recorded) -> Option<ChatRow> {
        let Event::Chat(happened) = &event.event else {
            return row;
        };
        match happened {
            ChatEvent::Created(made) => Some(ChatRow {
                chat: key.to_owned(),
                project: made.project.to_string(),
                ai_provider: made.ai_provider.to_string(),
                name: made.name.clone(),
                system_message: made.system_message.clone(),
                model: made.model.clone(),
                created: event.recorded_at,
                updated: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            ChatEvent::Deleted {}
            | ChatEvent::ErasureRequested {}
            | ChatEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Chat(ChatEvent::Created(_)))
    }
}
