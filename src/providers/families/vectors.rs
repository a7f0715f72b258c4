//! What an answer with vectors has told, whoever's it is.

use aggregates::thread::Usage;

use super::facts;

/// See the module.
#[derive(Debug)]
pub(in crate::providers) struct Told {
    pub(in crate::providers) vectors: Vec<Vector>,
    pub(in crate::providers) model: Option<String>,
    tokens: u64,
}

/// One of them.
#[derive(Debug)]
pub(in crate::providers) struct Vector {
    /// Which text's it is; `None`: the one at its own place.
    pub(in crate::providers) index: Option<usize>,
    pub(in crate::providers) numbers: Vec<f32>,
}

impl Told {
    pub(super) fn of(vectors: Vec<Vector>, model: Option<&str>, tokens: Option<u64>) -> Self {
        Self {
            vectors,
            model: model.filter(|name| !name.is_empty()).map(facts::named),
            tokens: facts::believed(tokens.unwrap_or_default()),
        }
    }

    /// Vectors that are told in the order of their texts.
    pub(super) fn in_order(vectors: impl IntoIterator<Item = Vec<f32>>) -> Vec<Vector> {
        let vectors = vectors.into_iter();
        vectors
            .map(|numbers| Vector {
                index: None,
                numbers,
            })
            .collect()
    }

    /// What it cost; nothing where it was not told.
    pub(in crate::providers) fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.tokens,
            ..Usage::default()
        }
    }
}
