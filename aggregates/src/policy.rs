//! A policy: who may do what, as a document. What it says is judged elsewhere; here it has a history.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    configured::{configured, given},
    ids::PolicyId,
};

/// A policy as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyMade {
    /// Its id.
    pub policy: PolicyId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it says: a JSON object, as text. It is not content: who was allowed what stays on the record.
    pub document: String,
}

/// What is otherwise; nothing within something takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyChange {
    /// Another name.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub name: Option<Option<String>>,
    /// Another purpose.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub description: Option<Option<String>>,
    /// It says something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

configured! {
    /// A policy.
    Policy is "policy", PolicyCommand, PolicyEvent;
    PolicyMade is "policy.created";
    PolicyChange is "policy.changed";
    "policy.deleted"
}
