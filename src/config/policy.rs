//! Moderation: whether somebody looks at what is said, by which policy, and what those are told who are refused.

use std::{collections::BTreeMap, path::PathBuf};

use config::{Map, Value};

use super::{
    external::{self, ExternalDetector},
    reader::Reader,
};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModerationSettings {
    /// Whether anybody looks.
    pub enabled: bool,
    /// The policy (TOML); the one that comes along, when there is none.
    pub policy: Option<PathBuf>,
    /// A policy (TOML) that only looks on: its verdicts are recorded beside the others.
    pub shadow: Option<PathBuf>,
    /// What is answered instead of a model, when it is not to be the policy's sentence.
    pub refusal: Option<String>,
    /// Who is asked elsewhere, by name.
    pub external: BTreeMap<String, ExternalDetector>,
}

impl ModerationSettings {
    pub(super) fn read(
        read: &mut Reader<'_>,
        table: &Map<String, Value>,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        Self {
            enabled: read.choice_of_bool("moderation.enabled").unwrap_or(true),
            policy: read.text("moderation.policy").map(PathBuf::from),
            shadow: read.text("moderation.shadow").map(PathBuf::from),
            refusal: read.text("moderation.refusal"),
            external: external::read(read, table, environment),
        }
    }
}
