//! `/api/v1/chat/completions`: one path that two dialects share. The body decides: with `messages`, a provider or a chat it
//! is this dialect's, else it asks about ingested documents.

use bytes::{Buf, Bytes};
use futures_util::Stream;
use warp::reply::Response;

use super::{call::Call, completions, error::Error, request::Fields};
use crate::http::rag;

/// What makes a body this dialect's.
const OURS: [&str; 3] = ["messages", "ai_provider_id", "chat_id"];
/// First the body, which says who answers; then who asks.
pub(super) async fn complete<S, B>(call: Call, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    call.allow("POST")?;
    let body = match call.read(body).await {
        Ok(body) => body,
        // Whose it would have been is not known.
        Err(error) => return Ok(rag::refuse(error)),
    };
    if !is_ours(&call, &body) {
        let Call {
            api,
            headers,
            query,
            address,
            ..
        } = call;
        return Ok(rag::complete(api, headers, query, address, body).await);
    }
    let (who, rights) = call.known().await?;
    completions::of_either(&call.with(who, rights, body)).await
}

fn is_ours(call: &Call, body: &Bytes) -> bool {
    let fields = Fields::read(&call.headers, body, &OURS);
    fields.is_ok_and(|fields| OURS.iter().any(|name| fields.value(name).is_some()))
}
