//! `POST /v1/embeddings`: texts in, a vector for each out.

use aggregates::{
    EmbeddingId,
    embedding::TextsSent,
    thread::{Dialect, Route},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use warp::{Reply, reply::Response};

use super::{
    chat,
    error::Error,
    models,
    texts::{Encoding, ToEmbed},
    vectors::List,
    whom,
};
use crate::{
    actors::{EmbeddingRecord, NoVectors},
    auth::Principal,
    http::{Api, completion, idempotency, restriction},
};

/// The route's name for `Idempotency-Key`.
const ROUTE: &str = "POST /v1/embeddings";

/// The vectors, in whole.
pub(super) async fn embed(
    api: Api,
    who: Principal,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let ask = ToEmbed::read(&body)?;
    let meant = whom::of(&api, &who, &ask.model).await?;
    if let Some(sentence) = restriction::sentence(&who) {
        return Err(Error::restricted(sentence));
    }
    let named = idempotency::named(
        &api,
        &headers,
        who.user,
        &completion::route(&who, ROUTE),
        &body,
    )?;
    drop(body);
    let named = named.as_ref();
    let embedding = EmbeddingId(idempotency::id(named, "embedding"));
    let place = ask.places();
    // What was done is told again, whatever would be said to such a request by now.
    if idempotency::known::<Error>(&api, named).await?.is_some() {
        return Err(recalled(&api, embedding, place).await);
    }
    let whom = meant.somebody()?.whom;
    let route = whom.route().clone();
    let embedder = whom.embedder(&api).ok_or_else(|| makes_none(&route))?;
    if ask.dimensions.is_some() && !embedder.takes_dimensions() {
        let why = format!("cannot be passed on to '{}'", route.provider);
        return Err(Error::unsupported("dimensions", &why));
    }
    let (encoding, dimensions) = (ask.encoding, ask.dimensions);
    let texts = ask.texts(&embedder).await?;
    chat::within_quota(&api, &who).await?;
    let sent = TextsSent {
        embedding,
        owner: who.user,
        dialect: Dialect::Openai,
        route: route.clone(),
        texts,
        dimensions,
    };
    let (origin, leaves) = (idempotency::origin(named, who.user), named.is_none());
    match api.directory.embed(sent, embedder, origin, leaves).await {
        Ok(vectors) => {
            let list = List::of(&vectors, models::name(&route.provider, &route.model));
            let mut response = match encoding {
                Encoding::Float => warp::reply::json(&list.floats()).into_response(),
                Encoding::Base64 => warp::reply::json(&list.base64()).into_response(),
            };
            let position = HeaderValue::from(vectors.position);
            response
                .headers_mut()
                .insert("x-colloquy-position", position);
            Ok(response)
        }
        Err(NoVectors::Command(error)) => Err(error.into()),
        Err(NoVectors::Refused(nth, sentence)) => Err(Error::blocked(place(nth), sentence)),
        Err(NoVectors::Failed(sentence)) => Err(Error::provider(sentence)),
        Err(NoVectors::Stopped(_)) => Err(Error::interrupted("The request was stopped.")),
        // Its twin was faster.
        Err(NoVectors::Known(record)) => {
            if let Some(named) = named {
                named.check(record)?;
            }
            Err(recalled(&api, embedding, place).await)
        }
    }
}

/// What became of the first request of this name. Its vectors are kept nowhere: they are not told again, and never paid
/// for twice under one name.
async fn recalled(api: &Api, id: EmbeddingId, place: impl Fn(usize) -> String) -> Error {
    match api.directory.embedding(id).await {
        Ok(Some(EmbeddingRecord::Open)) => Error::told_once(
            "The first request with this Idempotency-Key is still being served; its vectors go to whoever made it.",
        ),
        Ok(Some(EmbeddingRecord::Completed)) => Error::told_once(
            "This request was served before, and its vectors were not kept; ask again with another Idempotency-Key.",
        ),
        Ok(Some(EmbeddingRecord::Refused(nth, sentence))) => Error::blocked(place(nth), sentence),
        Ok(Some(EmbeddingRecord::Failed(sentence))) => Error::provider(sentence),
        Ok(Some(EmbeddingRecord::Erased) | None) => {
            Error::gone("What this request made was deleted since.")
        }
        Err(error) => crate::actors::CommandError::from(error).into(),
    }
}

fn makes_none(route: &Route) -> Error {
    let name = models::name(&route.provider, &route.model);
    let message = match route.model.as_str() {
        "echo" => format!(
            "`{name}` is an echo, not a model: it makes no embeddings. Name a provider that has an embedding model."
        ),
        _ => format!("`{name}` makes no embeddings here: its provider is not asked for any."),
    };
    Error::param("model", "unsupported_model", message)
}
