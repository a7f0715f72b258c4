//! Which pages of other origins may ask (CORS): those that the operator lists. They bring a token of their
//! own; cookies mean nothing here and are never asked for. Where none are listed, `/api/v1/` is open to all pages, as
//! its clients expect.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use warp::reply::Response;

/// What a page may send; headers, where it does not say which it wants to.
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, Key-Case, Last-Event-ID, Mcp-Method, Mcp-Name, Mcp-Protocol-Version, Turn-Policy, X-Request-ID, X-Thread, traceparent";
/// Bytes of names of headers that a page may ask for at once.
const LONGEST: usize = 4096;
/// What a page may read, besides what every page may.
const EXPOSED: &str = "Link, Retry-After, X-Colloquy-Position, X-Colloquy-Stale, X-Error, X-Request-ID, X-Result-Count, X-Should-Retry, X-Thread, X-Total-Count";
/// Seconds for which a browser need not ask again.
const MAX_AGE: &str = "600";

/// Paths that are open to all pages where the operator lists none.
const OPEN: &str = "/api/v1/";

/// A mark of requests that come from a page whose origin may not ask.
#[derive(Clone, Copy)]
pub(super) struct ForeignPage;

/// The origins that may ask, as `https://chat.example`; `*` stands for all.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(pub(super) Vec<HeaderValue>);

impl Origins {
    /// The answer to a browser that asks first, if it does.
    pub(super) fn preflight(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Option<Response> {
        let asks = *method == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || self.admitted(path, headers).is_none() {
            return None;
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        // What clients send besides is not ours to know; it does nothing here.
        let sends = wished(headers).unwrap_or_else(|| HeaderValue::from_static(HEADERS));
        for (name, value) in [
            (
                header::ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static(METHODS),
            ),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, sends),
            (
                header::ACCESS_CONTROL_MAX_AGE,
                HeaderValue::from_static(MAX_AGE),
            ),
        ] {
            response.headers_mut().insert(name, value);
        }
        Some(response)
    }

    /// What is said of the origin of a request with these headers; `None` when it may not read the answer.
    pub(super) fn admitted(&self, path: &str, headers: &HeaderMap) -> Option<HeaderValue> {
        if self.0.is_empty() && path.starts_with(OPEN) {
            return Some(HeaderValue::from_static("*"));
        }
        let origin = headers.get(header::ORIGIN)?;
        let mut named = self.0.iter();
        named
            .find(|named| *named == "*" || *named == origin)
            .cloned()
    }

    /// Lets the origin read the answer.
    pub(super) fn tell(&self, admitted: Option<HeaderValue>, response: &mut Response) {
        let headers = response.headers_mut();
        if !self.0.is_empty() {
            // For caches: others are answered otherwise.
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if headers.contains_key(header::ACCESS_CONTROL_ALLOW_HEADERS) {
            let name = HeaderValue::from(header::ACCESS_CONTROL_REQUEST_HEADERS);
            headers.append(header::VARY, name);
        }
        if let Some(origin) = admitted {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = HeaderValue::from_static(EXPOSED);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// The names of headers that a page wants to send, if that is what they are.
fn wished(headers: &HeaderMap) -> Option<HeaderValue> {
    let wished = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS)?;
    let mut names = wished.as_bytes().split(|byte| *byte == b',');
    let is_fine = wished.len() <= LONGEST
        && names.all(|name| HeaderName::from_bytes(name.trim_ascii()).is_ok());
    is_fine.then(|| wished.clone())
}
