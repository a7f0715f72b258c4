//! Tools that a model has called while it makes an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ids::TurnId, thread::Route, verdict::Verdict};

/// The most calls of one turn; the record of a turn stays bounded by it.
pub const MOST_CALLS: u32 = 64;

/// What a model can have called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolName {
    /// Looks for pages on the web.
    WebSearch,
    /// Reads a page of the web.
    WebFetch,
    /// Something else that the model made up; nothing was done.
    Unknown,
}

impl ToolName {
    /// As models and clients are told it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebSearch => "web_search",
            Self::WebFetch => "web_fetch",
            Self::Unknown => "unknown",
        }
    }
}

/// What a model could have called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tools {
    /// By which words it was told to, by a name that means the same for ever.
    pub prompt: String,
    /// Which there were.
    pub offered: Vec<ToolName>,
    /// In the end none was offered any more, and what was found stood beside the question, in one message with it: the
    /// model had called although it was told that nothing more can be looked up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside_question: bool,
}

/// A model wants something done before it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCalled {
    /// The turn.
    pub turn: TurnId,
    /// Which of its calls, from 1.
    pub call: u32,
    /// In which of its rounds, from 1; what is called in one is called at once.
    pub round: u32,
    /// The tool.
    pub tool: ToolName,
    /// The model that wants it.
    pub route: Route,
    /// What the model wrote for it, without what moderation took out: JSON as a rule. Content.
    pub arguments: String,
    /// What followers are told that is done. Content.
    pub label: String,
    /// What moderation said of what the model wrote; nothing where nobody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolAnswered {
    /// The turn.
    pub turn: TurnId,
    /// Which of its calls.
    pub call: u32,
    /// Whether it was done; otherwise the result says why not.
    pub done: bool,
    /// What the model is told, without what moderation took out. Content.
    pub result: String,
    /// From the call to its end, in milliseconds.
    pub duration_ms: u64,
    /// What moderation said of what was found; nothing where nothing was, or nobody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What was found was kept from the model for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept_back: bool,
}
