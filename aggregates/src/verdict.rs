//! What moderation said of a text, as the record keeps it: what was found and where, never the text itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A verdict. What is as usual is not stored, so that the verdict on an ordinary text is short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Verdict {
    /// Whether anybody looked.
    #[serde(skip_serializing_if = "is_default")]
    pub scan: Scan,
    /// What was done about the text.
    #[serde(skip_serializing_if = "is_default")]
    pub action: Action,
    /// How bad it is.
    #[serde(skip_serializing_if = "is_default")]
    pub severity: Severity,
    /// What somebody tried on the model, each once; `scanner_error` where the detectors failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub injection_categories: Vec<String>,
    /// Personal data and credentials, each category once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pii_categories: Vec<String>,
    /// How sure the text tries to command the model, 0 to 1.
    #[serde(skip_serializing_if = "is_default")]
    pub score: f32,
    /// What was found, in order of place; of very many, the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    #[serde(skip_serializing_if = "is_default")]
    pub more_findings: u64,
    /// The version of rules and weights.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detectors: String,
    /// The version of the policy that was applied.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy: String,
    /// How long it took, in microseconds.
    #[serde(skip_serializing_if = "is_default")]
    pub duration_us: u64,
    /// Somebody had been shown the text before it was judged; otherwise it was held until then.
    #[serde(skip_serializing_if = "is_default")]
    pub released: bool,
    /// What another policy says, which only looks on; nothing follows from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Box<Shadow>>,
}

/// What a policy says that only looks on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Shadow {
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy: String,
    /// Whether it could be applied.
    #[serde(skip_serializing_if = "is_default")]
    pub scan: Scan,
    /// What it would have done about the text.
    #[serde(skip_serializing_if = "is_default")]
    pub action: Action,
    /// How bad it takes the text for.
    #[serde(skip_serializing_if = "is_default")]
    pub severity: Severity,
    /// What somebody tried on the model, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub injection_categories: Vec<String>,
    /// Personal data and credentials, each category once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pii_categories: Vec<String>,
    /// How sure the text tries to command the model, 0 to 1.
    #[serde(skip_serializing_if = "is_default")]
    pub score: f32,
    /// How long it took, in microseconds.
    #[serde(skip_serializing_if = "is_default")]
    pub duration_us: u64,
}

/// Whether anybody looked at a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scan {
    /// Detectors did.
    #[default]
    Scanned,
    /// Nobody has to: the server's own words, as a refusal or an echo.
    Exempt,
    /// A detector failed; the text was treated as the worst.
    Failed,
    /// Nobody did.
    Unscanned,
}

/// What is done with a text; a later one is stronger.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    #[default]
    Allow,
    /// It is kept as it is, and shown to moderators.
    Flag,
    /// It is redacted, and its author is warned.
    Warn,
    /// It is redacted, and its author is told.
    Redact,
    /// It goes nowhere.
    Block,
}

/// How bad a text is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    #[default]
    None,
    Low,
    Medium,
    High,
    Critical,
}

/// What is kept of a message with credentials in it.
pub const NOT_KEPT: &str = "[Message blocked: sensitive credentials detected]";

/// Findings that a verdict tells one by one; more are only counted.
pub const MOST_FINDINGS: usize = 100;

/// One thing found in a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is.
    pub category: String,
    /// Where it begins, in bytes of the text that was judged.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Who found it.
    pub detector: String,
    /// In what a thinking model showed of its thoughts, whose bytes are counted then, and not in its answer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub thought: bool,
}

/// What moderation said of something that was typed, and what its author is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// A sentence for the author: what was taken out of the text, and why.
    pub warning: Option<String>,
    /// What is answered instead of a model.
    pub refusal: Option<String>,
}

impl Verdict {
    /// On what the server says itself.
    #[must_use]
    pub fn exempt() -> Self {
        Self {
            scan: Scan::Exempt,
            ..Self::default()
        }
    }

    /// Whether anything was done about the text.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.action > Action::Allow
    }

    /// All that was found, by the names of policies' categories.
    #[must_use]
    pub fn categories(&self) -> Vec<String> {
        let (tried, found) = (&self.injection_categories, &self.pii_categories);
        tried.iter().chain(found).cloned().collect()
    }

    /// Whether no model is ever shown the text: it was blocked, or tries more than a little to command the model.
    #[must_use]
    pub fn keeps_from_models(&self) -> bool {
        let commands = !self.injection_categories.is_empty() && self.severity >= Severity::Medium;
        self.action == Action::Block || commands
    }
}

impl From<Verdict> for Shadow {
    fn from(verdict: Verdict) -> Self {
        Self {
            policy: verdict.policy,
            scan: verdict.scan,
            action: verdict.action,
            severity: verdict.severity,
            injection_categories: verdict.injection_categories,
            pii_categories: verdict.pii_categories,
            score: verdict.score,
            duration_us: verdict.duration_us,
        }
    }
}

impl Scan {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scanned => "scanned",
            Self::Exempt => "exempt",
            Self::Failed => "failed",
            Self::Unscanned => "unscanned",
        }
    }
}

impl Action {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Warn => "warn",
            Self::Redact => "redact",
            Self::Block => "block",
        }
    }
}

impl Severity {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
