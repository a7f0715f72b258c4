//! The model that makes the vectors which documents are found by.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aggregates::thread::{Attempt, Route};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use tokio::time::timeout;

use super::{Embedded, ProviderError, Providers, attempts};

/// See the module. Clones are handles of the same thing.
#[derive(Clone)]
pub struct VectorModel {
    providers: Arc<Providers>,
    route: Route,
}

impl VectorModel {
    /// The provider of this name.
    ///
    /// # Errors
    /// When there is none, or it makes no vectors.
    pub fn new(providers: Arc<Providers>, name: &str) -> Result<Self, ProviderError> {
        let provider = || name.to_owned();
        let found = providers.get(name).ok_or_else(|| ProviderError::Unknown {
            provider: provider(),
        })?;
        let embeds = found.embeds().ok_or_else(|| ProviderError::NoEmbeddings {
            provider: provider(),
        })?;
        let route = embeds.route().clone();
        Ok(Self { providers, route })
    }

    /// Its name and its model: vectors of another one have nothing to do with its own.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// The vectors of these texts, in their order.
    ///
    /// # Errors
    /// When it failed for good.
    pub async fn of(&self, texts: &[String]) -> Result<Embedded, ProviderError> {
        self.providers.embed(&self.route.provider, texts).await
    }

    /// The vector of one text, made within this time, and the call.
    pub async fn of_one(
        &self,
        text: &str,
        patience: Duration,
    ) -> (Result<Vec<f32>, ProviderError>, Attempt) {
        let began = Instant::now();
        let texts = [text.to_owned()];
        let embedded = timeout(patience, self.of(&texts)).await;
        let embedded = embedded.unwrap_or_else(|_| {
            let error = ProviderError::FirstByteTimeout {
                provider: self.route.provider.clone(),
                limit: patience,
            };
            attempts::count_failure(&self.route, &error);
            Err(error)
        });
        let attempt = Attempt {
            route: self.route.clone(),
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: embedded.as_ref().err().map(ToString::to_string),
            status: embedded.as_ref().err().and_then(ProviderError::status),
            model: None,
            usage: embedded
                .as_ref()
                .map_or_else(|_| Default::default(), |made| made.usage),
            shown_from: None,
            images: vec![],
        };
        let vector = embedded.map(|made| made.vectors.into_iter().next().unwrap_or_default());
        (vector, attempt)
    }
}

/// As the record has a vector: little-endian 32-bit floats in base64.
#[must_use]
pub fn encoded(vector: &[f32]) -> String {
    let numbers = vector.iter();
    let bytes: Vec<u8> = numbers.flat_map(|number| number.to_le_bytes()).collect();
    STANDARD_NO_PAD.encode(bytes)
}

/// Back again; `None`: it is none.
#[must_use]
pub fn decoded(vector: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD_NO_PAD.decode(vector).ok()?;
    let numbers = bytes.chunks_exact(4);
    let numbers = numbers.filter_map(|four| four.try_into().ok());
    Some(numbers.map(f32::from_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_the_same_after_it_was_kept() {
        for vector in [&[][..], &[1.5, -0.0, f32::MIN_POSITIVE]] {
            assert_eq!(decoded(&encoded(vector)).as_deref(), Some(vector));
        }
        assert_eq!(encoded(&[1.0]), "AACAPw");
        assert_eq!(decoded("not base64!"), None);
    }
}
