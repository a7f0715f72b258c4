//! Which pages of other origins may ask (CORS): those that the operator lists. They bring a token of their
//! own; cookies mean nothing here and are never asked for. Where none are listed, `/api/v1/` is open to all pages, as
//! its clients expect.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use warp::reply::Response;

/// What a page may send.
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "Authorization, Content-Type, Idempotency-Key, Key-Case, Last-Event-ID, Mcp-Method, Mcp-Name, Mcp-Protocol-Version, Turn-Policy, X-Request-ID, X-Thread, traceparent";
/// What a page may read, besides what every page may.
const EXPOSED: &str = "Retry-After, X-Colloquy-Position, X-Colloquy-Stale, X-Error, X-Request-ID, X-Thread, X-Total-Count";
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
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
            (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ] {
            let value = HeaderValue::from_static(value);
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
        if let Some(origin) = admitted {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let exposed = HeaderValue::from_static(EXPOSED);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}
