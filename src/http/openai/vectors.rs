//! Vectors as JSON, in the order in which this API lists its fields.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;

use crate::actors::Vectors;

/// What is common to both ways to write vectors.
pub(super) struct List<'v> {
    vectors: &'v Vectors,
    model: String,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct Told<'v, V> {
    object: &'static str,
    data: Vec<Embedding<V>>,
    model: &'v str,
    usage: Usage,
    /// What moderation took out of the texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'v str>,
}

#[derive(Serialize)]
struct Embedding<V> {
    object: &'static str,
    index: usize,
    embedding: V,
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: u64,
    total_tokens: u64,
}

impl<'v> List<'v> {
    pub(super) fn of(vectors: &'v Vectors, model: String) -> Self {
        Self { vectors, model }
    }

    pub(super) fn floats(&self) -> Told<'_, &[f32]> {
        self.told(Vec::as_slice)
    }

    pub(super) fn base64(&self) -> Told<'_, String> {
        self.told(|vector| {
            let bytes: Vec<u8> = vector
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect();
            BASE64_STANDARD.encode(bytes)
        })
    }

    fn told<'s, V>(&'s self, write: impl Fn(&'s Vec<f32>) -> V) -> Told<'s, V> {
        let vectors = self.vectors.vectors.iter().enumerate();
        let data = vectors.map(|(index, vector)| Embedding {
            object: "embedding",
            index,
            embedding: write(vector),
        });
        let usage = self.vectors.usage;
        Told {
            object: "list",
            data: data.collect(),
            model: &self.model,
            usage: Usage {
                prompt_tokens: usage.prompt_tokens,
                total_tokens: usage.prompt_tokens.saturating_add(usage.completion_tokens),
            },
            warning: self.vectors.warning.as_deref(),
        }
    }
}
