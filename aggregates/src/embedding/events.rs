//! What has happened to an embedding. Names and versions are for ever: a changed shape is a new version.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{EmbeddingId, UserId},
    thread::{Attempt, Dialect, Route, Usage},
    verdict::Verdict,
};

/// An event of an embedding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum EmbeddingEvent {
    /// Somebody wants texts as vectors. The provider is called once this is durable, unless it was refused with it.
    #[serde(rename = "embedding.requested")]
    Requested(TextsSent),
    /// What moderation said, in the same commit as what it judged.
    #[serde(rename = "verdict.recorded")]
    VerdictRecorded(EmbeddingVerdict),
    /// Moderation keeps a text from the provider: nobody is asked.
    #[serde(rename = "embedding.refused")]
    Refused {},
    /// There is a vector for each text.
    #[serde(rename = "embedding.completed")]
    Completed(EmbeddingEnd),
    /// There are none: the provider failed, whoever asked has left, or the server went away.
    #[serde(rename = "embedding.failed")]
    Failed(EmbeddingEnd),
    /// The contents are gone.
    #[serde(rename = "embedding.erased")]
    Erased {},
}

impl DomainEvent for EmbeddingEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Requested(_) => "embedding.requested",
            Self::VerdictRecorded(_) => "verdict.recorded",
            Self::Refused {} => "embedding.refused",
            Self::Completed(_) => "embedding.completed",
            Self::Failed(_) => "embedding.failed",
            Self::Erased {} => "embedding.erased",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Which texts, whose they are and who gets them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TextsSent {
    /// The embedding; its turn has the same id.
    pub embedding: EmbeddingId,
    /// Whose it is.
    pub owner: UserId,
    /// Which API asks.
    pub dialect: Dialect,
    /// The provider that is asked, and no other.
    pub route: Route,
    /// Without what moderation took out of them. Content.
    pub texts: Vec<String>,
    /// Numbers of a vector, where not as many as the model makes by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
}

/// What moderation said of the texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingVerdict {
    /// Of each text in their order.
    pub verdicts: Vec<Verdict>,
    /// What the author was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What the author is told instead: nobody is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// The end of an embedding, however it ended. The vectors are not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EmbeddingEnd {
    /// Whose it is: it bears the cost.
    pub owner: UserId,
    /// Who was asked.
    pub route: Route,
    /// Numbers of a vector, where there are vectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<u32>,
    /// A sentence, where there are none. Content: a provider may quote what it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it cost, all calls together.
    pub usage: Usage,
    /// Every call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
}
