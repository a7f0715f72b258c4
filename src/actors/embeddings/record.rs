//! What the log knows of an embedding.

use aggregates::{
    EmbeddingId,
    embedding::{Embedding, EmbeddingEvent},
    verdict::Action,
};
use cqrs_es::Aggregate;

use crate::{actors::Directory, store::StoreError};

/// More events than an embedding has.
const ALL: u32 = 16;

/// How far one is. The vectors are in no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddingRecord {
    /// It is being made.
    Open,
    /// It was made.
    Completed,
    /// Moderation has kept this text from models, in these words.
    Refused(usize, String),
    /// It failed, in these words.
    Failed(String),
    /// Its contents are gone.
    Erased,
}

impl Directory {
    /// What the log knows of an embedding.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn embedding(&self, id: EmbeddingId) -> Result<Option<EmbeddingRecord>, StoreError> {
        let store = &self.services().store;
        let events = store
            .read_stream(Embedding::TYPE, &id.to_string(), 0, ALL)
            .await?;
        let mut record = None;
        for recorded in events {
            let event: EmbeddingEvent = serde_json::from_str(&recorded.payload)
                .map_err(|error| StoreError::Unreadable(format!("embedding {id}: {error}")))?;
            record = Some(match event {
                EmbeddingEvent::Requested(_) => EmbeddingRecord::Open,
                EmbeddingEvent::VerdictRecorded(said) => {
                    let Some(refusal) = said.refusal else {
                        continue;
                    };
                    let mut verdicts = said.verdicts.iter();
                    let blocked = verdicts.position(|verdict| verdict.action == Action::Block);
                    EmbeddingRecord::Refused(blocked.unwrap_or(0), refusal)
                }
                EmbeddingEvent::Refused {} => continue,
                EmbeddingEvent::Completed(_) => EmbeddingRecord::Completed,
                EmbeddingEvent::Failed(end) => {
                    EmbeddingRecord::Failed(end.error.unwrap_or_default())
                }
                EmbeddingEvent::Erased {} => EmbeddingRecord::Erased,
            });
        }
        Ok(record)
    }
}
