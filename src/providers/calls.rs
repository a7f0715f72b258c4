//! Tools: what models are told that there is, what they want called, and what they are told of it.

use aggregates::thread::Route;
use serde_json::Value;

/// Something that a model may have called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name: letters and underscores.
    pub name: &'static str,
    /// What it does, for models.
    pub description: &'static str,
    /// What it takes: a JSON Schema of an object.
    pub parameters: &'static str,
}

impl Tool {
    /// What it takes.
    #[must_use]
    pub fn schema(&self) -> Value {
        serde_json::from_str(self.parameters).unwrap_or_default()
    }
}

/// What a model wants called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// What its provider calls this call; empty where it gives it no name.
    pub id: String,
    /// The tool.
    pub name: String,
    /// What it takes, in JSON, as the model wrote it.
    pub arguments: String,
    /// What the provider wants to see again with the call (Google's `thoughtSignature`).
    pub signature: Option<String>,
}

impl ToolCall {
    /// The same as other providers may be told it, too: the turn's call of this number, without what was taken out of it.
    #[must_use]
    pub fn named(self, number: u32, arguments: String) -> Self {
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
        Self {
            // Nine letters and digits: some take nothing else.
            id: format!("call{number:05}"),
            name: self.name.chars().filter(is_plain).take(64).collect(),
            arguments,
            ..self
        }
    }

    /// What it takes, as an object; what is none is an empty one.
    #[must_use]
    pub fn object(&self) -> Value {
        let read = serde_json::from_str(&self.arguments).ok();
        let object = read.filter(Value::is_object);
        object.unwrap_or_else(|| Value::Object(serde_json::Map::new()))
    }
}

/// What a model said and had called at once, and what it was told of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Who wanted it.
    pub route: Route,
    /// What it said before.
    pub text: String,
    /// What it showed of its thoughts.
    pub thoughts: String,
    /// Each call with what came of it.
    pub calls: Vec<(ToolCall, String)>,
}
