//! Where the protocol comes in: first the method and who asks, then whatever rmcp makes of the message.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Full};
use rmcp::{
    ErrorData,
    model::JsonRpcError,
    transport::{
        StreamableHttpServerConfig, StreamableHttpService,
        streamable_http_server::session::never::NeverSessionManager,
    },
};
use serde::de::IgnoredAny;
use warp::{Filter, Reply, filters::BoxedFilter, reply::Response};

use super::tools::Tools;
use crate::http::{
    Api,
    chats::{Call, Error, call},
    cors::ForeignPage,
};

/// The one route.
#[must_use]
pub fn routes(api: &Api) -> BoxedFilter<(Response,)> {
    warp::path!("mcp")
        .and(call(api))
        .and(warp::ext::optional::<ForeignPage>())
        .and(warp::body::stream())
        .then(|call: Call, foreign, body| async move {
            answer(call, foreign, body).await.unwrap_or_else(refused)
        })
        .boxed()
}

async fn answer<S, B>(call: Call, foreign: Option<ForeignPage>, body: S) -> Result<Response, Error>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    call.allow("POST")?;
    // A name that an attacker points at this machine (DNS rebinding) is an origin that nobody has listed. Which host is
    // asked for says nothing: a server behind proxies has any name.
    if foreign.is_some() {
        return Err(Error::foreign_page());
    }
    let (who, rights) = call.known().await?;
    let body = call.read(body).await?;
    // Which tools write, they know themselves.
    let caller = call.with(who, rights, body);
    let mut request = http::Request::new(Full::new(caller.body.clone()));
    *request.method_mut() = http::Method::POST;
    *request.headers_mut() = caller.headers.clone();
    let (is_json, sent) = (is_json(&caller.headers), caller.body.clone());
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    // Who asks is part of what answers: one service a request, which costs some allocations.
    let tools = Tools::new(caller);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(tools.clone()), sessions, config);
    let (head, body) = service.handle(request).await.into_parts();
    let body = body
        .collect()
        .await
        .map_or_else(|never| match never {}, |body| body.to_bytes());
    if head.status == StatusCode::UNSUPPORTED_MEDIA_TYPE && is_json {
        return Ok(no_message(&sent));
    }
    Ok(printed(head.status, head.headers, body))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// rmcp calls a body that it cannot read another media type; JSON-RPC calls it an error. There is no `id`: the protocol
/// leaves it out where no request was read.
fn no_message(sent: &[u8]) -> Response {
    let error = match serde_json::from_slice::<IgnoredAny>(sent) {
        Ok(_) => ErrorData::invalid_request("The body is not one JSON-RPC 2.0 message.", None),
        Err(_) => ErrorData::parse_error("The body is not JSON.", None),
    };
    let reply = warp::reply::json(&JsonRpcError::new(None, error));
    warp::reply::with_status(reply, StatusCode::BAD_REQUEST).into_response()
}

/// What rmcp says in plain words, it does not say to be such.
fn printed(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response {
    let is_text = !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE);
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if is_text {
        let text = HeaderValue::from_static("text/plain");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
    }
    response
}

/// Clients look here for how to say who they are.
fn refused(error: Error) -> Response {
    let mut response = Response::from(error);
    if response.status() == StatusCode::UNAUTHORIZED {
        let how = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
    }
    response
}
