//! What has happened to a document on its way into a session. Names and versions are for ever.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{IngestId, RagSessionId, UserId},
    thread::{Attachment, Attempt, Destroyed, Route, Usage},
};

/// An event of an ingest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IngestEvent {
    /// Somebody wants to send a document.
    #[serde(rename = "ingest.announced")]
    Announced(IngestAnnounced),
    /// Its bytes are here.
    #[serde(rename = "ingest.received")]
    Received(IngestReceived),
    /// It is to be looked through.
    #[serde(rename = "ingest.requested")]
    Requested(IngestRequested),
    /// Its session has these bytes already, as another document.
    #[serde(rename = "ingest.recognised")]
    Recognised {
        /// For whose questions it was to be.
        session: RagSessionId,
        /// That document.
        same_as: IngestId,
    },
    /// Somebody looks through it.
    #[serde(rename = "ingest.started")]
    Started {
        /// The parser and its version.
        parser: String,
    },
    /// A model was asked what is seen in a picture. The passages of what it has said follow; where it has failed, that.
    #[serde(rename = "ingest.described")]
    Described {
        /// Whose tokens these are.
        owner: UserId,
        /// All calls.
        attempts: Vec<Attempt>,
    },
    /// Passages were found.
    #[serde(rename = "ingest.chunked")]
    Chunked {
        /// The place of the first of them, from 0.
        first: u64,
        /// In their order.
        chunks: Vec<IngestedChunk>,
    },
    /// A model has made vectors of passages.
    #[serde(rename = "ingest.embedded")]
    Embedded {
        /// The place of the first of them, from 0.
        first: u64,
        /// Whose vectors these are.
        route: Route,
        /// One for each passage: little-endian 32-bit floats in base64. Content.
        vectors: Vec<String>,
        /// What they cost.
        usage: Usage,
        /// Whose tokens these are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<UserId>,
    },
    /// All of it is there, and questions are answered out of it.
    #[serde(rename = "ingest.completed")]
    Completed {
        /// Its passages.
        chunks: u64,
        /// Its pages; none where it has no pages.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pages: Option<u64>,
    },
    /// It cannot be looked through.
    #[serde(rename = "ingest.failed")]
    Failed {
        /// A sentence for people, without anything of the document.
        error: String,
    },
    /// It is gone for ever.
    #[serde(rename = "ingest.deleted")]
    Deleted {},
    /// Its content is to be destroyed. With its end.
    #[serde(rename = "erasure.requested")]
    ErasureRequested {},
    /// It is destroyed.
    #[serde(rename = "erasure.confirmed")]
    ErasureConfirmed {
        /// What was destroyed, by store.
        receipt: Vec<Destroyed>,
    },
}

/// A document that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestAnnounced {
    /// The ingest.
    pub ingest: IngestId,
    /// Whose it is.
    pub owner: UserId,
    /// The name of its file. Content.
    pub filename: String,
    /// What it is said to be: `application/pdf`.
    pub mime: String,
    /// Bytes.
    pub size: u64,
}

/// A document's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestReceived {
    /// In their order; each is sealed on its own.
    pub pieces: Vec<Attachment>,
    /// An HMAC-SHA256 of all of them with the server's key, in hexadecimal digits: equal for equal documents, and no
    /// help to those who guess.
    pub fingerprint: String,
}

/// A document that is to be looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestRequested {
    /// For whose questions.
    pub session: RagSessionId,
    /// The name that answers cite it by. Content.
    pub filename: String,
    /// Whose document it is, where a session has those of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
}

/// A passage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IngestedChunk {
    /// The page that it begins on, from 1; none where there are no pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// What it stands under. Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// At most 1,500 characters. Content.
    pub text: String,
}

impl DomainEvent for IngestEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Announced(_) => "ingest.announced",
            Self::Received(_) => "ingest.received",
            Self::Requested(_) => "ingest.requested",
            Self::Recognised { .. } => "ingest.recognised",
            Self::Started { .. } => "ingest.started",
            Self::Described { .. } => "ingest.described",
            Self::Chunked { .. } => "ingest.chunked",
            Self::Embedded { .. } => "ingest.embedded",
            Self::Completed { .. } => "ingest.completed",
            Self::Failed { .. } => "ingest.failed",
            Self::Deleted {} => "ingest.deleted",
            Self::ErasureRequested {} => "erasure.requested",
            Self::ErasureConfirmed { .. } => "erasure.confirmed",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
