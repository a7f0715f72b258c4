//! What the threads dialect says of itself in `/openapi.json`. Operations have the names that the API's own
//! document gives them.

mod lists;
mod quotas;
mod send;
mod shapes;

pub(in crate::http) use self::{
    send::{follow, say},
    shapes::{shapes, uuid},
};
use crate::http::openapi::{BEARER, DETAIL, JSON, Route, Shape, TOKEN};

/// The groups of operations.
pub(in crate::http) const TAGS: [(&str, &str); 4] = [
    ("chat-threads", "Threads, as Waldur's clients know them."),
    ("chat-messages", "What was said in threads."),
    ("chat-sessions", "What threads belong to: one a user."),
    ("chat-quota", "How many tokens somebody may use."),
];

/// The shape of faulty fields.
const FIELD_ERRORS: &str = "FieldErrors";

/// Headers that say where in the log an answer stands.
const STANDS: [&str; 2] = ["X-Colloquy-Position", "X-Colloquy-Stale"];

/// Every operation, but for `/api/chat/stream/`, which is shared.
pub(in crate::http) fn routes() -> Vec<Route> {
    [lists::routes(), quotas::routes()].concat()
}

/// Somebody must be known. It may be too often, or the database away.
pub(in crate::http) fn signed_in(route: Route) -> Route {
    route
        .secured(&[TOKEN, BEARER])
        .json(401, "Nobody is known by what was shown.", detail())
        .with(401, &["WWW-Authenticate"])
        .json(403, "The API key is limited to other paths.", detail())
        .json(429, "Too many requests.", detail())
        .with(429, &["Retry-After"])
        .json(503, "The server cannot do it at the moment.", detail())
        .with(503, &["Retry-After"])
}

/// A body: JSON, a form, or multipart.
pub(in crate::http) fn reads(route: Route, json: Shape, form: Shape) -> Route {
    checks(route)
        .takes(JSON, json)
        .takes("application/x-www-form-urlencoded", form.clone())
        .takes("multipart/form-data", form)
        .json(400, "The body cannot be read.", detail())
        .json(408, "The body did not come in time.", detail())
        .json(413, "The body is too large.", detail())
}

/// Fields or parameters may be faulty.
fn checks(route: Route) -> Route {
    let faults = Shape::named(FIELD_ERRORS);
    route.json(400, "Something is not as it must be.", faults)
}

/// What is answered when all is well.
pub(in crate::http) fn shows(route: Route, sentence: &'static str, shape: Shape) -> Route {
    route.json(200, sentence, shape).with(200, &STANDS)
}

/// The record is read or written beyond the views.
pub(in crate::http) fn records(route: Route) -> Route {
    route.json(500, "A fault of the server's.", detail())
}

/// A request that may have a name.
fn once(route: Route) -> Route {
    route.header(
        "Idempotency-Key",
        Shape::text()
            .length(1, 255)
            .pattern("^[!-~]([ -~]*[!-~])?$"),
        "The same request with the same key happens once, and is answered again for 7 days.",
    )
}

/// Reads what is written up to a position.
pub(in crate::http) fn after_position(route: Route) -> Route {
    checks(route).query(
        "min_position",
        Shape::text().pattern("^[0-9]{1,19}$"),
        "Waits, for two seconds at most, until reads show what is written up to here \
         (`X-Colloquy-Position` of an earlier answer).",
    )
}

pub(in crate::http) fn detail() -> Shape {
    Shape::named(DETAIL)
}
