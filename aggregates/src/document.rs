//! A document: a text that messages may refer to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    configured::{configured, given},
    ids::{DocumentId, ProjectId},
};

/// A document as it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentMade {
    /// Its id.
    pub document: DocumentId,
    /// Whose it is.
    pub project: ProjectId,
    /// The name of its file.
    pub filename: String,
    /// Where in the project it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What else is known of it: a JSON object, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// Names and values that policies may ask for: a JSON object of texts, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// What it says.
    pub content: String,
}

/// What is otherwise; nothing within something takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DocumentChange {
    /// Another file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Another place.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub path: Option<Option<String>>,
    /// Another title.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub title: Option<Option<String>>,
    /// Something else is known of it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub metadata: Option<Option<String>>,
    /// Other tags.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub tags: Option<Option<String>>,
    /// It says something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

configured! {
    /// A document.
    Document is "document", DocumentCommand, DocumentEvent;
    DocumentMade is "document.created";
    DocumentChange is "document.changed";
    "document.deleted"
}
