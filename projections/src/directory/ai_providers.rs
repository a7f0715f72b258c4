//! `ai_providers`: whom chats ask.

use aggregates::ai_provider::AiProviderEvent;

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// An AI provider.
    pub struct AiProviderRow in "ai_providers" {
        /// Its id.
        pub provider: String,
        /// Whose it is.
        pub project: String,
        /// What people call it.
        pub name: String,
        /// How to talk to it, as `openai`.
        pub kind: String,
        /// The model that is asked where nobody names one.
        pub model: String,
        /// What it wants to see before it answers.
        pub secret: Option<String>,
        /// Where it is, when not at its kind's usual place.
        pub base_url: Option<String>,
        /// What else it is told: a JSON object.
        pub config: Option<String>,
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
        by_secret: r#""secret""#,
    }
}

configured!(AiProviderRow, "ai-provider", provider, project);

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct AiProviders;

impl Projection for AiProviders {
    const VERSION: u32 = 1;
    type Row = AiProviderRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::AiProvider(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<AiProviderRow>, key: &str, event: &Recorded) -> Option<AiProviderRow> {
        let Event::AiProvider(happened) = &event.event else {
            return row;
        };
        match happened {
            AiProviderEvent::Created(made) => Some(AiProviderRow {
                provider: key.to_owned(),
                project: made.project.to_string(),
                name: made.name.clone(),
                kind: made.kind.clone(),
                model: made.model.clone(),
                secret: made.secret.as_ref().map(ToString::to_string),
                base_url: made.base_url.clone(),
                config: made.config.clone(),
                created: event.recorded_at,
                updated: event.recorded_at,
                number: i64::try_from(event.position).unwrap_or(i64::MAX),
            }),
            AiProviderEvent::Changed(change) => {
                let row = row?;
                Some(AiProviderRow {
                    name: change.name.clone().unwrap_or(row.name),
                    kind: change.kind.clone().unwrap_or(row.kind),
                    model: change.model.clone().unwrap_or(row.model),
                    secret: match &change.secret {
                        Some(secret) => secret.as_ref().map(ToString::to_string),
                        None => row.secret,
                    },
                    base_url: change.base_url.clone().unwrap_or(row.base_url),
                    config: change.config.clone().unwrap_or(row.config),
                    updated: event.recorded_at,
                    ..row
                })
            }
            AiProviderEvent::Deleted {}
            | AiProviderEvent::ErasureRequested {}
            | AiProviderEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::AiProvider(AiProviderEvent::Created(_)))
    }
}
