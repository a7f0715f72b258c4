//! What moderation says about a text.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::category::{Category, Kind};

/// What is done with a text; a later one is stronger.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
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

/// How bad it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are the contract's")]
pub enum Severity {
    #[default]
    None,
    Low,
    Medium,
    High,
    Critical,
}

/// Who found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Detector {
    /// The rules for injection.
    Rules,
    /// The learned model.
    Classifier,
    /// Personal data and credentials.
    PersonalData,
}

/// One thing found in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is.
    pub category: Category,
    /// Where, in bytes of the original text.
    pub span: Range<usize>,
    /// How sure: an injection's weight, or the confidence in personal data. 0 to 1.
    pub confidence: f32,
    /// Who found it.
    pub detector: Detector,
}

/// What moderation says about a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What is done: the stronger of what injection and personal data ask for.
    pub action: Action,
    /// The worse of both.
    pub severity: Severity,
    /// How sure the text tries to command the model, 0 to 1. Personal data does not count.
    pub score: f32,
    /// What was found, in order of place.
    pub findings: Vec<Finding>,
    /// The detectors' version.
    pub detector_version: &'static str,
    /// The version of the policy that was applied.
    pub policy_version: String,
}

impl Verdict {
    /// Whether anything is done about the text.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.action > Action::Allow
    }

    /// The categories of one half, each once, in the order of the taxonomy. That the learned model finds the words
    /// suspicious is named where nothing says what they try.
    #[must_use]
    pub fn categories(&self, kind: Kind) -> Vec<Category> {
        let mut categories: Vec<_> = self
            .findings
            .iter()
            .map(|finding| finding.category)
            .filter(|category| category.kind() == kind)
            .collect();
        categories.sort_unstable();
        categories.dedup();
        if categories.len() > 1 {
            categories.retain(|category| *category != Category::Suspicious);
        }
        categories
    }

    /// The findings' spans in Unicode code points, as they go over the wire; as many, in the same order.
    #[must_use]
    pub fn wire_spans(&self, text: &str) -> Vec<Range<usize>> {
        let mut offsets: Vec<usize> = self
            .findings
            .iter()
            .flat_map(|finding| [finding.span.start, finding.span.end])
            .collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut points = Vec::with_capacity(offsets.len());
        let (mut bytes, mut count) = (0, 0);
        for offset in &offsets {
            let between = text.get(bytes..*offset).unwrap_or_default();
            count += between.chars().count();
            bytes = *offset;
            points.push(count);
        }
        let point = |offset: usize| {
            offsets
                .binary_search(&offset)
                .ok()
                .and_then(|at| points.get(at).copied())
                .unwrap_or(count)
        };
        self.findings
            .iter()
            .map(|finding| point(finding.span.start)..point(finding.span.end))
            .collect()
    }
}

/// What stands in a text for something that was taken out.
#[must_use]
pub fn token(category: Category) -> String {
    format!("[{}_REDACTED]", category.name())
}
