//! The rules of a house, as data: what is looked for, from which score on, and what is done about it.

use serde::{Deserialize, Serialize};

use crate::{
    category::{Category, Kind},
    verdict::{Action, Severity},
};

/// A policy. Every field has a default; in TOML only what differs is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Its name in verdicts.
    pub version: String,
    /// What is answered instead of a reply.
    pub refusal: String,
    /// When an answer is shown.
    pub output: Output,
    /// Who looks.
    pub detectors: Detectors,
    /// From which score on an injection is how severe.
    pub thresholds: Thresholds,
    /// Categories that always block.
    pub block: Vec<Category>,
    /// Categories that are flagged and no more.
    pub flag: Vec<Category>,
    /// Categories nobody is told about.
    pub ignore: Vec<Category>,
    /// Personal data that may be named, as it is written: the house's own address, its hotline.
    pub allow: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: "default-1".to_owned(),
            refusal: "I'm sorry, I can't help with that request. Please try again with a different question."
                .to_owned(),
            output: Output::default(),
            detectors: Detectors::default(),
            thresholds: Thresholds::default(),
            block: Vec::new(),
            flag: Vec::new(),
            ignore: Vec::new(),
            allow: Vec::new(),
        }
    }
}

/// When somebody is shown an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// While it is written, but for a tail that may still become something that must not be seen.
    #[default]
    Released,
    /// When all of it is judged.
    Held,
}

/// Which detectors look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Detectors {
    /// The rules for injection.
    pub injection: bool,
    /// The learned model for injection.
    pub classifier: bool,
    /// Personal data and credentials.
    pub personal_data: bool,
}

impl Default for Detectors {
    fn default() -> Self {
        Self {
            injection: true,
            classifier: true,
            personal_data: true,
        }
    }
}

/// From which score on an injection is how severe. High and critical block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are those of the severities")]
pub struct Thresholds {
    pub low: f32,
    pub medium: f32,
    pub high: f32,
    pub critical: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            low: 0.3,
            medium: 0.5,
            high: 0.7,
            critical: 0.9,
        }
    }
}

impl Thresholds {
    /// How severe a score is.
    #[must_use]
    pub fn severity(&self, score: f32) -> Severity {
        // Weights are sums of decimal fractions, which binary ones miss by a hair.
        let reaches = |threshold: f32| score + 1e-4 >= threshold;
        if reaches(self.critical) {
            Severity::Critical
        } else if reaches(self.high) {
            Severity::High
        } else if reaches(self.medium) {
            Severity::Medium
        } else if reaches(self.low) {
            Severity::Low
        } else {
            Severity::None
        }
    }
}

impl Policy {
    /// What a category asks for by itself; `None` leaves it to the score.
    #[must_use]
    pub fn action(&self, category: Category) -> Option<Action> {
        if self.block.contains(&category) {
            return Some(Action::Block);
        }
        if self.flag.contains(&category) {
            return Some(Action::Flag);
        }
        (category.kind() == Kind::PersonalData).then(|| category.usual_action())
    }
}
