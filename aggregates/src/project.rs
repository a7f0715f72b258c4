//! A project: what its secrets, providers, chats and documents belong to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    configured::{configured, given},
    ids::ProjectId,
};

/// A project as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectMade {
    /// Its id.
    pub project: ProjectId,
    /// What people call it.
    pub name: String,
}

/// What is otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectChange {
    /// For how many days the content of its completions and embeddings is kept; `null`: for as long as the server keeps any.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub retention_days: Option<Option<u32>>,
}

configured! {
    /// A project.
    Project is "project", ProjectCommand, ProjectEvent;
    ProjectMade is "project.created";
    ProjectChange is "project.changed";
    "project.deleted"
}
