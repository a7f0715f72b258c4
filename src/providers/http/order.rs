//! An order of texts: asked for as Cohere, Jina and those who follow them are asked, and looked at before anybody trusts
//! it.
//!
//! `POST {base_url}/rerank {model, query, documents, top_n}` → `{results: [{index, relevance_score}]}`:
//! <https://docs.cohere.com/reference/rerank>, <https://jina.ai/reranker>.

use aggregates::thread::Usage;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    HttpProvider,
    bounds::{self, Patience},
    sending,
};
use crate::providers::{
    ProviderError, Reranked,
    families::{believed, named},
};

#[derive(Deserialize)]
struct Told {
    results: Vec<Placed>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Placed {
    index: usize,
    relevance_score: f64,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    total_tokens: u64,
}

pub(super) fn request(model: &str, query: &str, texts: &[String], most: usize) -> Value {
    json!({ "model": model, "query": query, "documents": texts, "top_n": most })
}

/// The order of so many texts, which `body` asks for.
pub(super) async fn of(
    provider: HttpProvider,
    body: Value,
    texts: usize,
) -> Result<Reranked, ProviderError> {
    let inner = &provider.0;
    let Some(address) = &inner.order else {
        let provider = inner.route.provider.clone();
        return Err(ProviderError::NoReranking { provider });
    };
    let patience = Patience::of(inner.timeouts);
    let response = sending::post(&provider, address, &body, patience).await?;
    let bytes = bounds::whole(response, patience).await;
    let bytes = bytes.map_err(|broken| inner.failures.broken(&broken))?;
    let told: Told = serde_json::from_slice(&bytes).map_err(|_| {
        inner
            .failures
            .malformed("no results in an order (if it is a web page, check base_url)")
    })?;
    let order = looked_at(&told.results, texts);
    let tokens = told.usage.map_or(0, |usage| usage.total_tokens);
    Ok(Reranked {
        order: order.map_err(|what| inner.failures.malformed(&what))?,
        usage: Usage {
            prompt_tokens: believed(tokens),
            ..Usage::default()
        },
        model: told
            .model
            .filter(|name| !name.is_empty() && *name != inner.asked.model)
            .map(|name| named(&name)),
    })
}

/// Each of the texts once at most, and best first, in whatever order they came.
fn looked_at(results: &[Placed], texts: usize) -> Result<Vec<(usize, f64)>, String> {
    let mut seen = vec![false; texts];
    let mut order = vec![];
    for Placed {
        index,
        relevance_score,
    } in results
    {
        match seen.get_mut(*index) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err("results whose places are not those of the texts".to_owned()),
        }
        if !relevance_score.is_finite() {
            return Err("a result whose score is not finite".to_owned());
        }
        order.push((*index, *relevance_score));
    }
    if order.is_empty() {
        return Err(format!("no results for {texts} texts"));
    }
    order.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    Ok(order)
}
