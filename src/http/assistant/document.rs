//! What the assistant dialect says of itself in `/openapi.json`.

mod accounts;
mod conversations;
mod search;
mod send;
mod shapes;

pub(in crate::http) use self::{send::follow, send::say, shapes::shapes};
use crate::http::openapi::{BEARER, DETAIL, JSON, QUERY, Route, Shape, TOKEN};

/// The groups of operations.
pub(in crate::http) const TAGS: [(&str, &str); 4] = [
    ("chat", "Say something, and follow the reply."),
    ("conversations", "What was said, and what is done to it."),
    ("accounts", "Who one is, and what one prefers."),
    ("search", "Messages by their words."),
];

/// The shape of faulty fields.
const FAULTS: &str = "Faults";

/// Headers that say where in the log an answer stands.
const STANDS: [&str; 2] = ["X-Colloquy-Position", "X-Colloquy-Stale"];

/// Every operation, but for `/api/chat/stream`, which is shared.
pub(in crate::http) fn routes() -> Vec<Route> {
    [
        send::routes(),
        conversations::routes(),
        search::routes(),
        accounts::routes(),
    ]
    .concat()
}

/// Somebody must be known.
fn signed_in(route: Route) -> Route {
    let route = route
        .secured(&[BEARER, QUERY])
        .json(401, "Nobody is known by what was shown.", detail())
        .json(403, "The API key is limited to other paths.", detail());
    unhurried(route)
}

/// The same on the path that two dialects share, which takes the other's scheme, too.
fn signed_in_twice(route: Route) -> Route {
    signed_in(route).secured(&[BEARER, TOKEN, QUERY])
}

/// It may be too often, or the database away.
fn unhurried(route: Route) -> Route {
    route
        .json(429, "Too many requests.", detail())
        .with(429, &["Retry-After"])
        .json(503, "The server cannot do it at the moment.", detail())
        .with(503, &["Retry-After"])
}

/// A body of JSON, whatever its `Content-Type`.
fn reads(route: Route, shape: Shape) -> Route {
    checks(route)
        .takes(JSON, shape)
        .json(400, "The body ended early.", detail())
        .json(408, "The body did not come in time.", detail())
        .json(413, "The body is too large.", detail())
}

/// Fields or parameters may be faulty.
fn checks(route: Route) -> Route {
    route.json(422, "Something is not as it must be.", Shape::named(FAULTS))
}

/// What is answered when all is well.
fn shows(route: Route, sentence: &'static str, shape: Shape) -> Route {
    route.json(200, sentence, shape).with(200, &STANDS)
}

/// Something is to happen to the record, once for each `Idempotency-Key`.
fn happens_once(route: Route) -> Route {
    changes(route)
        .header(
            "Idempotency-Key",
            Shape::text()
                .length(1, 255)
                .pattern("^[!-~]([ -~]*[!-~])?$"),
            "The same request with the same key happens once, and is answered again for 7 days.",
        )
        .json(400, "The `Idempotency-Key` is none.", detail())
}

/// The record may not take it.
fn changes(route: Route) -> Route {
    route.json(500, "A fault of the server's.", detail())
}

/// Reads what is written up to a position.
fn after_position(route: Route) -> Route {
    checks(route).query(
        "min_position",
        Shape::text().pattern("^[0-9]{1,19}$"),
        "Waits, for two seconds at most, until reads show what is written up to here \
         (`X-Colloquy-Position` of an earlier answer).",
    )
}

fn detail() -> Shape {
    Shape::named(DETAIL)
}

fn ok() -> Shape {
    Shape::named("Ok")
}
