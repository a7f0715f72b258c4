//! A secret: a value that is kept for providers and shown to nobody. What stands in its events is encrypted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    configured::configured,
    ids::{ProjectId, SecretId},
};

/// A secret as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretMade {
    /// Its id.
    pub secret: SecretId,
    /// Whose it is.
    pub project: ProjectId,
    /// What people call it.
    pub name: String,
    /// Its value, encrypted under the server's key and bound to its id.
    pub value: String,
}

/// What is otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another value, encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

configured! {
    /// A secret.
    Secret is "secret", SecretCommand, SecretEvent;
    SecretMade is "secret.created";
    SecretChange is "secret.changed";
    "secret.deleted"
}
