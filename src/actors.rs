//! Conversations as actors: one actor a thread decides, one committer makes it durable, one spawned
//! future a turn calls the provider.
//!
//! An actor is a cache with a queue: correctness comes from the stream head check in the append, so a
//! second actor for the same thread (another node, or one that is just being replaced) can only lose a
//! race and reload. Nothing is answered, published or started before the commit it rests on.

mod accounts;
mod attachments;
mod cases;
mod changes;
mod completions;
mod configuration;
mod context;
mod directory;
mod embeddings;
mod erasures;
mod feed;
mod grounding;
mod holds;
mod house_policy;
mod imports;
mod ingests;
mod judging;
mod lookups;
mod messages;
mod passivation;
mod rag_sessions;
mod records;
mod recovery;
mod reviewing;
mod settle;
mod thread;
mod turn;

use std::{sync::Arc, time::Duration};

use aggregates::thread::{ContextRule, Route, TurnOptions};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use crate::store::CommandRecord;
pub use accounts::{AccountEnd, AccountError, Accounts, Issued};
pub use cases::{Alone, CaseError, Cases, Effects};
pub use completions::{Begun, CompletionRecord, Foreign};
pub use configuration::{BeingClosed, Configuration, ConfigurationError};
pub use context::manifest::{Asked, AskedMessage, ContextManifest, LookupsShown, NotesShown};
pub use directory::Directory;
pub use embeddings::{Embedder, EmbeddingRecord, NoVectors, Vectors};
pub use erasures::{Erasures, Ordered, UnknownKind, owner_of};
pub use feed::{Ended, Ending, Feed, Feeds, Frame, Lookup, Subscriber};
pub use grounding::{Passage, Retrieve, Retrieved};
pub use holds::{Held, HoldError, Holds};
pub use house_policy::{HousePolicy, HousePolicyError, InForce};
pub use imports::{Arrival, ImportError, Imports, Past, PastAnswer, PastStep, PastText};
pub use ingests::{DocumentModels, IngestError, Ingests, Taken};
pub use messages::{CommandError, Done, Origin};
pub use rag_sessions::RagSessions;
pub use records::Records;
pub use recovery::recover;
pub use reviewing::completions::Exchange;

use crate::{
    moderation::Moderation,
    providers::Providers,
    shutdown::Shutdown,
    store::{Committer, Drafts, Store},
    tools::Tools,
};

/// What every actor and turn needs; built once.
#[derive(Clone)]
pub struct Services {
    /// The log's read side.
    pub store: Store,
    /// The one way to append.
    pub committer: Committer,
    /// The written-ahead deltas.
    pub drafts: Drafts,
    /// Whom to ask.
    pub providers: Arc<Providers>,
    /// Who judges what is said.
    pub moderation: Moderation,
    /// Where documents are looked through.
    pub ingests: Ingests,
    /// Who finds passages in them.
    pub retriever: Arc<dyn Retrieve>,
    /// What models may have called.
    pub tools: Tools,
    /// Where turns are spawned.
    pub shutdown: Shutdown,
    /// Turns whose deltas can be followed here.
    pub feeds: Feeds,
    /// This node, for as long as its data directory lives.
    pub node: Uuid,
    /// This run of this node, the owner of its open turns.
    pub boot: Uuid,
    /// Cancelled when running turns shall be recorded as interrupted.
    pub interrupt: CancellationToken,
    /// What the operator chose.
    pub settings: Settings,
}

/// What the operator chose for actors.
#[derive(Clone, Debug)]
pub struct Settings {
    /// An actor that nobody used for so long goes to rest.
    pub passivate_after: Duration,
    /// Tokens that any model is shown at most, where that is less than it reads.
    pub context_budget: Option<u64>,
}

impl Services {
    /// How the context of a turn is chosen that asks this provider first, with room for what it is shown beside the
    /// conversation: passages of documents, or what it looks up.
    #[must_use]
    pub fn context_rule(&self, route: &Route, options: &TurnOptions) -> ContextRule {
        let mut rule = context::rule(&self.providers, route, self.settings.context_budget);
        let budgets = rule.limits.iter_mut().map(|limit| &mut limit.budget_tokens);
        for budget in budgets.chain([&mut rule.budget_tokens]) {
            if options.grounding.is_some() {
                *budget = budget.saturating_sub(grounding::NOTES_TOKENS);
            }
            if options.web {
                *budget -= lookups::room(*budget);
            }
        }
        rule
    }
}
