//! `embeddings`: whose texts were turned into vectors. What they said is in the log alone.

use aggregates::embedding::EmbeddingEvent;

use crate::{
    Event, Projection, Recorded,
    conversations::dialect,
    row::row,
    transcript::{MessageStatus, count},
};

row! {
    /// An embedding.
    pub struct EmbeddingRow in "embeddings" {
        /// Its id.
        pub embedding: String,
        /// Whose it is.
        pub owner: String,
        /// Which API asked: `openai`, …
        pub dialect: String,
        /// How far it is; one that moderation has refused has failed.
        pub status: MessageStatus,
        /// The provider that makes it.
        pub provider: String,
        /// Its model.
        pub model: String,
        /// How many texts there are.
        pub texts: i64,
        /// When it was asked for.
        pub created: i64,
        /// When it was over.
        pub finished: Option<i64>,
    }
    indexes {
        by_owner: r#""owner", "embedding""#,
        by_provider: r#""provider", "created", "embedding""#,
    }
}

/// The projection. What is erased has no row.
#[derive(Clone, Copy, Debug)]
pub struct Embeddings;

impl Projection for Embeddings {
    const VERSION: u32 = 2;
    type Row = EmbeddingRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Embedding(EmbeddingEvent::VerdictRecorded(_)) => vec![],
            Event::Embedding(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<EmbeddingRow>, key: &str, event: &Recorded) -> Option<EmbeddingRow> {
        let Event::Embedding(happened) = &event.event else {
            return row;
        };
        let ended = |status| {
            let row = row.clone()?;
            Some(EmbeddingRow {
                status,
                finished: Some(event.recorded_at),
                ..row
            })
        };
        match happened {
            EmbeddingEvent::Requested(sent) => Some(EmbeddingRow {
                embedding: key.to_owned(),
                owner: sent.owner.to_string(),
                dialect: dialect(sent.dialect).to_owned(),
                status: MessageStatus::Generating,
                provider: sent.route.provider.clone(),
                model: sent.route.model.clone(),
                texts: count(sent.texts.len() as u64),
                created: event.recorded_at,
                finished: None,
            }),
            EmbeddingEvent::Completed(_) => ended(MessageStatus::Completed),
            EmbeddingEvent::Failed(_) | EmbeddingEvent::Refused {} => ended(MessageStatus::Failed),
            EmbeddingEvent::VerdictRecorded(_) => row,
            EmbeddingEvent::Erased {} => None,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Embedding(EmbeddingEvent::Requested(_)))
    }
}
