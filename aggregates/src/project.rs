//! A project: what its secrets, providers, chats and documents belong to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{configured::configured, ids::ProjectId};

/// A project as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectMade {
    /// Its id.
    pub project: ProjectId,
    /// What people call it.
    pub name: String,
}

configured! {
    /// A project.
    Project is "project", ProjectCommand, ProjectEvent;
    ProjectMade is "project.created";
    "project.deleted"
}
