//! `/openapi.json`, and `/docs`, which shows it: Swagger UI out of the binary. The page fetches nothing from
//! elsewhere, and its policy would not let it.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use utoipa_swagger_ui::Config;
use warp::{Filter, filters::BoxedFilter, reply::Response};

use super::{method, openapi};

/// The page's files, and what they are.
pub(super) const FILES: [(&str, &str); 3] = [
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("start.js", "text/javascript; charset=utf-8"),
];

const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");

/// Its own scripts and the server's own answers, and nothing else. Swagger UI writes styles and small pictures into
/// the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document as bytes; it is the same for as long as the server runs.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let written = serde_json::to_vec(&openapi::document());
    written.map(Bytes::from).unwrap_or_else(|error| {
        tracing::error!(%error, "/openapi.json could not be written");
        Bytes::from_static(b"{}")
    })
});

/// `/openapi.json`, `/docs` and what belongs to it.
pub(super) fn routes() -> BoxedFilter<(Response,)> {
    let document = warp::path!("openapi.json")
        .and(method::get())
        .map(|| answer("application/json", DOCUMENT.clone()));
    let page = warp::path!("docs").and(method::get()).map(|| {
        answer(
            "text/html; charset=utf-8",
            Bytes::from_static(PAGE.as_bytes()),
        )
    });
    let file = warp::path!("docs" / File)
        .and(method::get())
        .map(File::answer);
    document.or(page).unify().or(file).unify().boxed()
}

/// One of [`FILES`].
struct File(&'static str, &'static str);

impl std::str::FromStr for File {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let found = FILES.iter().find(|(known, _)| *known == name);
        found.map(|(name, kind)| Self(name, kind)).ok_or(())
    }
}

impl File {
    fn answer(self) -> Response {
        let Self(name, kind) = self;
        if name == "start.js" {
            return answer(kind, Bytes::from_static(START.as_bytes()));
        }
        let found = utoipa_swagger_ui::serve(name, Arc::new(Config::from("")));
        let Ok(Some(found)) = found else {
            tracing::error!(name, "a file of /docs is missing");
            return super::plain(StatusCode::NOT_FOUND, "Not Found");
        };
        let mut response = answer(kind, Bytes::from(found.bytes.into_owned()));
        if found.gzpipped {
            let gzip = HeaderValue::from_static("gzip");
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, gzip);
        }
        response
    }
}

fn answer(kind: &'static str, bytes: Bytes) -> Response {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
