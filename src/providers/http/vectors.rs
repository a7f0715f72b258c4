//! Vectors: asked for, read to their end, and looked at before anybody trusts them.

use serde_json::Value;

use super::{
    HttpProvider,
    bounds::{self, Patience},
    sending,
};
use crate::providers::{
    Embedded, ProviderError,
    families::{Told, Vector},
};

/// The longest vector; models in use have a quarter of it.
const MOST_NUMBERS: usize = 1 << 14;

/// The vectors of so many texts, which `body` asks for.
pub(super) async fn of(
    provider: HttpProvider,
    body: Value,
    texts: usize,
    dimensions: Option<u32>,
) -> Result<Embedded, ProviderError> {
    let inner = &provider.0;
    let Some(address) = &inner.vectors else {
        let provider = inner.route.provider.clone();
        return Err(ProviderError::NoEmbeddings { provider });
    };
    let patience = Patience::of(inner.timeouts);
    let response = sending::post(&provider, address, &body, patience).await?;
    drop(body);
    let bytes = bounds::whole(response, patience).await;
    let bytes = bytes.map_err(|broken| inner.failures.broken(&broken))?;
    let family = inner.family;
    // Some megabytes of numbers would hold up others.
    let reading = tokio::task::spawn_blocking(move || {
        let told = family.embedded(&bytes).map_err(|_| {
            let beginning = bytes.get(..4_096.min(bytes.len())).unwrap_or_default();
            Unfit::NoVectors(String::from_utf8_lossy(beginning).into_owned())
        })?;
        let wanted = dimensions.and_then(|wanted| usize::try_from(wanted).ok());
        looked_at(told, texts, wanted).map_err(Unfit::Vectors)
    });
    match reading.await {
        Ok(Ok(mut embedded)) => {
            embedded.model = embedded.model.filter(|name| *name != inner.asked.model);
            Ok(embedded)
        }
        Ok(Err(Unfit::NoVectors(body))) => Err(inner.failures.no_vectors(&body)),
        Ok(Err(Unfit::Vectors(what))) => Err(inner.failures.malformed(&what)),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Why an answer is none.
enum Unfit {
    /// It holds no vectors; this is how it began.
    NoVectors(String),
    /// They are not what was asked for.
    Vectors(String),
}

/// One for each text, in their order, all of one length, every number finite.
fn looked_at(told: Told, texts: usize, wanted: Option<usize>) -> Result<Embedded, String> {
    let (found, usage) = (told.vectors.len(), told.usage());
    if found != texts {
        return Err(format!("{found} vectors for {texts} texts"));
    }
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; texts];
    for (nth, Vector { index, numbers }) in told.vectors.into_iter().enumerate() {
        match vectors.get_mut(index.unwrap_or(nth)) {
            Some(place @ None) => *place = Some(numbers),
            _ => return Err("vectors whose places are not those of the texts".to_owned()),
        }
    }
    let vectors: Vec<_> = vectors.into_iter().flatten().collect();
    let length = vectors.first().map_or(0, Vec::len);
    if length == 0 || length > MOST_NUMBERS {
        return Err(format!("a vector of {length} numbers"));
    }
    if let Some(other) = vectors.iter().find(|vector| vector.len() != length) {
        let other = other.len();
        return Err(format!("vectors of {length} and of {other} numbers"));
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != length) {
        return Err(format!(
            "vectors of {length} numbers, where {wanted} were asked for"
        ));
    }
    if !vectors.iter().flatten().all(|number| number.is_finite()) {
        return Err("a vector with a number that is not finite".to_owned());
    }
    Ok(Embedded {
        vectors,
        usage,
        model: told.model,
    })
}
