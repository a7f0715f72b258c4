//! `/openapi.json`: every route of the server, and all it may answer. Each dialect describes its own beside its
//! routes; here they are put together. `tests/architecture/routes.rs` finds routes that nobody described.

mod route;
mod shape;

use utoipa::openapi::{
    Components, Info, License, OpenApi, Paths, RefOr, Schema,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    tag::Tag,
};

pub(in crate::http) use self::{
    route::{EVENTS, JSON, LINES, Route},
    shape::Shape,
};
use super::{assistant, audit, chat_stream, chats, mcp, openai, ops, rag, review, threads};

/// `Authorization: Bearer …`
pub(in crate::http) const BEARER: &str = "bearer";
/// `Authorization: Token …`
pub(in crate::http) const TOKEN: &str = "token";
/// `?token=…`
pub(in crate::http) const QUERY: &str = "query";
/// The shape of nearly all errors.
pub(in crate::http) const DETAIL: &str = "Detail";

/// What holds of all routes.
const ABOUT: &str = "A chat backend that keeps the record.

Every answer has an `X-Request-ID`. A path that does not exist is 404, and a method that a path does not take 405, both \
with a `detail` (below `/api/v1/` with an `error`). Paths below `/api/chat-…/`, `/api/v1/` and `/v1/` are served with and without \
a slash at their end; there, `HEAD` is a `GET` whose body nobody sees. Unknown fields and parameters are ignored.";

const OF_BEARER: &str =
    "An API key, or a token of `POST /api/auth/login` (a JSON Web Token, HS256).";
const OF_TOKEN: &str = "The word `Token`, a space, and an API key or a token.";
const OF_QUERY: &str = "A key or token for clients that cannot set headers, as a browser's `EventSource`. Proxies may \
    log it.";

/// Names and shapes.
pub(in crate::http) type Shapes = Vec<(&'static str, Shape)>;

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let routes = [
        assistant::document::routes(),
        threads::document::routes(),
        openai::document::routes(),
        review::document::routes(),
        audit::document::routes(),
        chat_stream::document::routes(),
        chats::document::routes(),
        rag::document::routes(),
        mcp::document::routes(),
        ops::document::routes(),
    ];
    let mut paths = Paths::new();
    for route in routes.into_iter().flatten() {
        let path = route.path.clone();
        let item = route.into_item();
        match paths.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => {
                paths.paths.insert(path, item);
            }
        }
    }
    let shapes = [
        vec![(DETAIL, detail())],
        assistant::document::shapes(),
        threads::document::shapes(),
        chats::document::shapes(),
        rag::document::shapes(),
        mcp::document::shapes(),
        openai::document::shapes(),
        review::document::shapes(),
        audit::document::shapes(),
        ops::document::shapes(),
    ];
    let mut components = Components::new();
    for (name, shape) in shapes.into_iter().flatten() {
        let shape: RefOr<Schema> = shape.into();
        components.schemas.insert(name.to_owned(), shape);
    }
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    let mut info = Info::new("Colloquy", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let mut license = License::new(env!("CARGO_PKG_LICENSE"));
    license.identifier = Some(env!("CARGO_PKG_LICENSE").to_owned());
    info.license = Some(license);
    let mut document = OpenApi::new(info, paths);
    document.components = Some(components);
    document.tags = Some(tags());
    document
}

/// `{"detail": "…"}`
fn detail() -> Shape {
    Shape::closed().has(
        "detail",
        Shape::text().says("A sentence for whoever asked."),
    )
}

fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(OF_BEARER))
        .build();
    let value = ApiKeyValue::with_description;
    [
        (BEARER, SecurityScheme::Http(bearer)),
        (
            TOKEN,
            SecurityScheme::ApiKey(ApiKey::Header(value("Authorization", OF_TOKEN))),
        ),
        (
            QUERY,
            SecurityScheme::ApiKey(ApiKey::Query(value("token", OF_QUERY))),
        ),
    ]
}

fn tags() -> Vec<Tag> {
    let groups = [
        assistant::document::TAGS.as_slice(),
        threads::document::TAGS.as_slice(),
        chats::document::TAGS.as_slice(),
        openai::document::TAGS.as_slice(),
        rag::document::TAGS.as_slice(),
        mcp::document::TAGS.as_slice(),
        review::document::TAGS.as_slice(),
        audit::document::TAGS.as_slice(),
        ops::document::TAGS.as_slice(),
    ];
    let tag = |(name, sentence): &(&str, &str)| {
        let mut tag = Tag::new(name);
        tag.description = Some((*sentence).to_owned());
        tag
    };
    groups.into_iter().flatten().map(tag).collect()
}
