//! What may be wanted of a document on its way into a session.

use super::events::{IngestAnnounced, IngestReceived, IngestRequested, IngestedChunk};
use crate::{
    ids::{IngestId, RagSessionId},
    thread::{Attempt, Destroyed, Route, Usage},
};

/// A command to an ingest.
#[derive(Clone, Debug)]
pub enum IngestCommand {
    /// Somebody wants to send a document.
    Announce(IngestAnnounced),
    /// Its bytes are here, all of them.
    Receive(IngestReceived),
    /// It is to be looked through. Idempotent within a session.
    Request(IngestRequested),
    /// All three at once, for what needs no upload.
    Submit(IngestAnnounced, IngestReceived, IngestRequested),
    /// The session has these bytes already. Idempotent.
    Recognise {
        /// For whose questions it was to be.
        session: RagSessionId,
        /// The document that has them.
        same_as: IngestId,
    },
    /// Somebody looks through it, with a parser of this name; so many passages are there already.
    Start {
        /// The parser and its version: another one might find other passages.
        parser: String,
    },
    /// A model was asked what is seen in this picture. Once.
    Describe {
        /// All calls.
        attempts: Vec<Attempt>,
        /// The passages of what it has said; or why it has said nothing, a sentence for people, and then that is the end.
        described: Result<Vec<IngestedChunk>, String>,
    },
    /// These passages follow those that are there.
    Add {
        /// How many are there: somebody else may have been faster.
        after: u64,
        /// In their order.
        chunks: Vec<IngestedChunk>,
    },
    /// These are the vectors of the passages that follow those that have some of this model.
    Embed {
        /// How many have some: somebody else may have been faster.
        after: u64,
        /// Whose vectors these are.
        route: Route,
        /// As the event has them.
        vectors: Vec<String>,
        /// What they cost.
        usage: Usage,
    },
    /// All of it is there.
    Complete {
        /// Its passages.
        chunks: u64,
        /// Its pages; none where it has no pages.
        pages: Option<u64>,
    },
    /// It cannot be looked through.
    Fail {
        /// A sentence for people.
        error: String,
    },
    /// End it for ever. Idempotent.
    Delete,
    /// Note that its content is destroyed. Idempotent.
    ConfirmErasure {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}
