//! What people see: pure folds over the events of the log.
//!
//! A [`Projection`] makes the rows of one [`Table`]. An event names the rows it touches
//! ([`Projection::keys`]); each of them is folded on its own ([`Projection::fold`]). What
//! loads and saves rows lives elsewhere and knows projections only by their [`Definition`].

mod batch;
mod projection;
mod recorded;
mod row;

pub mod cases;
pub mod completions;
pub mod conversations;
pub mod directory;
pub mod embeddings;
pub mod holds;
pub mod ingests;
pub mod names;
pub mod quotas;
pub mod rag_sessions;
pub mod replay;
pub mod search;
pub mod sessions;
pub mod shadows;
pub mod testing;
pub mod thread_list;
pub mod transcript;
pub mod usage;

pub use batch::{Batch, Changes, Definition};
pub use cases::{CaseRow, CaseState, Cases};
pub use completions::{CompletionRow, Completions};
pub use conversations::{ConversationRow, Conversations};
pub use directory::{
    AiProviderRow, AiProviders, ChatRow, Chats, ConfiguredRow, DocumentRow, DocumentTextRow,
    DocumentTexts, Documents, KeyRow, Keys, Policies, PolicyRow, ProjectRow, Projects, Replaced,
    SecretRow, Secrets, UserRow, Users, WebhookRow, Webhooks,
};
pub use embeddings::{EmbeddingRow, Embeddings};
pub use holds::{HeldKind, HoldRow, HoldsView};
pub use ingests::{ChunkRow, Chunks, IngestRow, IngestStatus, Ingests, chunk_key};
pub use names::{NameRow, Names};
pub use projection::{Clear, Projection};
pub use quotas::{QuotaRow, Quotas};
pub use rag_sessions::{RagSessionRow, RagSessions};
pub use recorded::{Event, Recorded};
pub use replay::Replay;
pub use row::{Cell, Column, Index, Kind, Row, Table, Tally, Value, Words};
pub use search::{Excerpt, Search, SearchRow, SearchTerms};
pub use sessions::{SessionRow, Sessions};
pub use shadows::{ShadowRow, Shadows};
pub use thread_list::{ThreadList, ThreadRow, UNNAMED};
pub use transcript::{Author, LookupRow, MessageStatus, Transcript, TranscriptRow};
pub use usage::{UsageRow, UsageView};

/// Every projection there is. A new one is added here and nowhere else.
#[must_use]
pub fn all() -> Vec<Definition> {
    vec![
        Definition::of::<Transcript>(),
        Definition::of::<Conversations>(),
        Definition::of::<ThreadList>(),
        Definition::of::<Names>(),
        Definition::of::<UsageView>(),
        Definition::of::<Completions>(),
        Definition::of::<Embeddings>(),
        Definition::of::<Sessions>(),
        Definition::of::<Quotas>(),
        Definition::of::<Cases>(),
        Definition::of::<Shadows>(),
        Definition::of::<Users>(),
        Definition::of::<Keys>(),
        Definition::of::<Projects>(),
        Definition::of::<Secrets>(),
        Definition::of::<AiProviders>(),
        Definition::of::<Policies>(),
        Definition::of::<Chats>(),
        Definition::of::<Documents>(),
        Definition::of::<DocumentTexts>(),
        Definition::of::<Search>(),
        Definition::of::<RagSessions>(),
        Definition::of::<Ingests>(),
        Definition::of::<Chunks>(),
        Definition::of::<HoldsView>(),
        Definition::of::<Webhooks>(),
    ]
}
