//! `/api/chat/stream`: one path of two dialects. What a request says decides whose it is: a body with `input`
//! or a query with `thread_uuid` is the threads', a body with `text` or a query with `conversation_id` the
//! assistant's. One that says nothing, or nobody may know of, goes to the path's owner: with a slash at its end
//! the threads, without the assistant.

pub(super) mod document;

use bytes::Buf;
use futures_util::Stream;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use warp::{Filter, filters::BoxedFilter, path::FullPath, reply::Response};

use super::{
    Api,
    address::Address,
    assistant,
    body::{self, BodyError},
    guard,
    query::Query,
    threads,
};

/// Whose a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Assistant,
    Threads,
}

/// The path, with and without a slash.
pub(super) fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    let api = api.clone();
    let raw_query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::path!("api" / "chat" / "stream")
        .and(warp::any().map(move || api.clone()))
        .and(warp::path::full())
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .and(raw_query)
        .and(warp::ext::optional::<Address>())
        .and(warp::body::stream())
        .then(
            |api: Api,
             path: FullPath,
             method: Method,
             headers: HeaderMap,
             raw: String,
             address: Option<Address>,
             body| async move {
                let owner = match path.as_str().ends_with('/') {
                    true => Dialect::Threads,
                    false => Dialect::Assistant,
                };
                if owner == Dialect::Assistant && method != Method::GET && method != Method::POST {
                    return not_allowed();
                }
                let query = Query::parse(&raw);
                answer(api, owner, method, headers, query, address, body).await
            },
        )
        .boxed()
}

/// The assistant's words for a method that it does not take here.
fn not_allowed() -> Response {
    let mut response = super::plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    let allowed = HeaderValue::from_static("POST, GET");
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

async fn answer<S, B>(
    api: Api,
    owner: Dialect,
    method: Method,
    headers: HeaderMap,
    query: Query,
    address: Option<Address>,
    body: S,
) -> Response
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let who = match guard::principal_of_token(&api, &headers, Some(&query), address).await {
        Ok(who) => who,
        Err(denied) => {
            return match owner {
                Dialect::Assistant => assistant::refuse_stranger(denied),
                Dialect::Threads => threads::refuse_stranger(denied),
            };
        }
    };
    if method != Method::POST {
        let asked = (
            query.get("thread_uuid").is_some(),
            query.get("conversation_id").is_some(),
        );
        return match decide(asked, owner) {
            Dialect::Assistant if method == Method::GET => {
                assistant::resume(api, who, &headers, query).await
            }
            _ => threads::resume(api, who, method, query).await,
        };
    }
    let body = match body::read(&headers, body, body::WITH_IMAGES).await {
        Ok(body) => body,
        Err(error) => return refuse_body(owner, error),
    };
    let fields = threads::fields(&headers, body.clone()).await;
    let asked = match &fields {
        Ok(fields) => (fields.has("input"), fields.has("text")),
        Err(_) => (false, false),
    };
    match decide(asked, owner) {
        Dialect::Assistant => assistant::stream(api, who, headers, &query, body).await,
        Dialect::Threads => threads::stream(api, who, headers, fields, &body).await,
    }
}

fn refuse_body(owner: Dialect, error: BodyError) -> Response {
    match owner {
        Dialect::Assistant => assistant::refuse_body(error),
        Dialect::Threads => threads::refuse_body(error),
    }
}

/// Asked in the threads' words, or in the assistant's.
fn decide((threads, assistant): (bool, bool), owner: Dialect) -> Dialect {
    match (threads, assistant) {
        (true, false) => Dialect::Threads,
        (false, true) => Dialect::Assistant,
        _ => owner,
    }
}
