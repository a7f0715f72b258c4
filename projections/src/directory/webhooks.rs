//! `webhooks`: who is told of events, and with which secrets.

use aggregates::webhook::WebhookEvent;
use serde::{Deserialize, Serialize};

use super::configured;
use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A webhook.
    pub struct WebhookRow in "webhooks" {
        /// Its id.
        pub webhook: String,
        /// Where it is told.
        pub url: String,
        /// What it is for.
        pub description: Option<String>,
        /// What it signs with, encrypted under the server's key.
        pub secret: String,
        /// What it signed with before and still signs with: a JSON list, see [`Replaced`].
        pub replaced: String,
        /// When the secret was replaced last.
        pub rotated: Option<i64>,
        /// Which types of events it wants: a JSON list of patterns.
        pub events: String,
        /// Of which thread alone.
        pub thread: Option<String>,
        /// Of which user alone.
        pub user: Option<String>,
        /// Why it is told nothing: `asked`, `gone` or `failing`; nothing: it is told.
        pub disabled: Option<String>,
        /// Since when.
        pub disabled_at: Option<i64>,
        /// When it was enabled last.
        pub enabled_at: Option<i64>,
        /// From where on it is told once more.
        pub replay_from: Option<i64>,
        /// Where in the log that was asked for last.
        pub replayed: Option<i64>,
        /// When it was made.
        pub created: i64,
        /// When it was last changed.
        pub updated: i64,
        /// Where it was made in the log: it is told of what came after.
        pub number: i64,
    }
    indexes {
        by_number: r#""number""#,
    }
}

configured!(WebhookRow, "webhook", webhook);

/// A secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Encrypted, as the new one.
    pub secret: String,
    /// When, in microseconds since 1970.
    pub at: i64,
}

impl Replaced {
    /// How long one signs beside those that came after it, in microseconds.
    pub const SIGNS: i64 = 24 * 60 * 60 * 1_000_000;
}

impl WebhookRow {
    /// The secrets that were replaced and sign at this time, the oldest first.
    #[must_use]
    pub fn replaced(&self, now: i64) -> Vec<Replaced> {
        let mut all: Vec<Replaced> = serde_json::from_str(&self.replaced).unwrap_or_default();
        all.retain(|one| now.saturating_sub(one.at) < Replaced::SIGNS);
        all
    }
}

/// The projection. What is deleted has no row.
#[derive(Clone, Copy, Debug)]
pub struct Webhooks;

impl Projection for Webhooks {
    const VERSION: u32 = 2;
    type Row = WebhookRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Webhook(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<WebhookRow>, key: &str, event: &Recorded) -> Option<WebhookRow> {
        let Event::Webhook(happened) = &event.event else {
            return row;
        };
        let at = event.recorded_at;
        let position = i64::try_from(event.position).unwrap_or(i64::MAX);
        match happened {
            WebhookEvent::Created(made) => Some(WebhookRow {
                webhook: key.to_owned(),
                url: made.url.clone(),
                description: made.description.clone(),
                secret: made.secret.clone(),
                replaced: "[]".to_owned(),
                rotated: None,
                events: list(&made.events),
                thread: made.thread.map(|thread| thread.to_string()),
                user: made.user.map(|user| user.to_string()),
                disabled: None,
                disabled_at: None,
                enabled_at: None,
                replay_from: None,
                replayed: None,
                created: at,
                updated: at,
                number: position,
            }),
            WebhookEvent::Changed(change) => {
                let row = row?;
                let thread = change.thread.map(|to| to.map(|thread| thread.to_string()));
                let user = change.user.map(|to| to.map(|user| user.to_string()));
                Some(WebhookRow {
                    url: change.url.clone().unwrap_or(row.url),
                    description: change.description.clone().unwrap_or(row.description),
                    events: change.events.as_deref().map_or(row.events, list),
                    thread: thread.unwrap_or(row.thread),
                    user: user.unwrap_or(row.user),
                    updated: at,
                    ..row
                })
            }
            WebhookEvent::Rotated { secret } => {
                let row = row?;
                let mut replaced = row.replaced(at);
                replaced.push(Replaced {
                    secret: row.secret,
                    at,
                });
                Some(WebhookRow {
                    secret: secret.clone(),
                    replaced: serde_json::to_string(&replaced).unwrap_or_default(),
                    rotated: Some(at),
                    updated: at,
                    ..row
                })
            }
            WebhookEvent::Disabled { why } => Some(WebhookRow {
                disabled: Some(why.as_str().to_owned()),
                disabled_at: Some(at),
                updated: at,
                ..row?
            }),
            WebhookEvent::Enabled {} => Some(WebhookRow {
                disabled: None,
                disabled_at: None,
                enabled_at: Some(at),
                updated: at,
                ..row?
            }),
            WebhookEvent::Replayed { from } => Some(WebhookRow {
                replay_from: Some(i64::try_from(*from).unwrap_or(i64::MAX)),
                replayed: Some(position),
                ..row?
            }),
            WebhookEvent::Tested {} => row,
            WebhookEvent::Deleted {}
            | WebhookEvent::ErasureRequested {}
            | WebhookEvent::ErasureConfirmed { .. } => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Webhook(WebhookEvent::Created(_)))
    }
}

fn list(patterns: &[String]) -> String {
    serde_json::to_string(patterns).unwrap_or_default()
}
