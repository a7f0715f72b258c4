//! Drafts: the text of running replies, kept before anybody is shown it.

use uuid::Uuid;

use super::{Store, StoreError, on_either};

/// A piece of a running reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The reply.
    pub turn: Uuid,
    /// The epoch it was opened with; another one now means that it is not ours any more.
    pub epoch: i64,
    /// Which of its texts.
    pub channel: Channel,
    /// Where the piece begins in that text, in bytes.
    pub offset: u64,
    /// The piece.
    pub text: String,
}

/// A reply has two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// What is said.
    Text,
    /// What was thought before.
    Reasoning,
}

impl Channel {
    /// As stored.
    pub(super) fn code(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Reasoning => 1,
        }
    }
}

/// What is kept of a running reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftText {
    /// What is said so far.
    pub text: String,
    /// What was thought so far.
    pub reasoning: String,
}

impl DraftText {
    /// Joins the chunks as stored: channel and text, in the order of their offsets.
    pub(super) fn of(chunks: Vec<(i16, String)>) -> Self {
        let mut draft = Self::default();
        for (channel, text) in chunks {
            if channel == Channel::Text.code() {
                draft.text.push_str(&text);
            } else {
                draft.reasoning.push_str(&text);
            }
        }
        draft
    }
}

impl Store {
    /// The draft of a reply; empty when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn draft(&self, turn: Uuid) -> Result<DraftText, StoreError> {
        on_either!(self, database => database.draft(turn).await)
    }

    /// Removes the drafts of turns that are not open, which a crash can leave behind; how many chunks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_drafts(&self) -> Result<u64, StoreError> {
        on_either!(self, database => database.forget_drafts().await)
    }

    /// Writes chunks in one transaction; for each whether it was written, and not fenced.
    /// Writing a chunk again changes nothing.
    pub(super) async fn write_chunks(&self, chunks: &[Chunk]) -> Result<Vec<bool>, StoreError> {
        on_either!(self, database => database.write_chunks(chunks).await)
    }

    /// Removes the drafts of these turns.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_drafts(&self, turns: &[Uuid]) -> Result<(), StoreError> {
        on_either!(self, database => database.remove_drafts(turns).await)
    }
}
