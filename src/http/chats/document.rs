//! What the chats dialect says of itself in `/openapi.json`. Names are in snake_case there; each is read in camelCase, too,
//! and written so where a request asks for it.

mod completions;
mod people;
mod shapes;
mod stored;

use crate::http::openapi::{BEARER, JSON, Route, Shape, Shapes};

/// The groups of operations.
pub(in crate::http) const TAGS: [(&str, &str); 8] = [
    ("projects", "What everything else belongs to."),
    (
        "secrets",
        "Values that providers need. They are never shown.",
    ),
    ("ai-providers", "Whom chats ask."),
    ("chats", "How completions are made."),
    ("documents", "Texts that messages may refer to."),
    ("policies", "Who may do what."),
    ("users", "Who there is, and how to get in."),
    (
        "api-keys",
        "Keys that may do what their owners may, or less.",
    ),
];

/// The shape of all errors but 401.
const ERROR: &str = "ChatsError";
/// The shape of 401.
const DENIED: &str = "ChatsDenied";
/// Headers that say where in the log an answer stands.
const STANDS: [&str; 2] = ["X-Colloquy-Position", "X-Colloquy-Stale"];
/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Every operation.
pub(in crate::http) fn routes() -> Vec<Route> {
    [stored::routes(), completions::routes(), people::routes()].concat()
}

/// The shapes by their names.
pub(in crate::http) fn shapes() -> Shapes {
    let mut shapes = shapes::shapes();
    shapes.extend(completions::shapes());
    shapes
}

/// Somebody must be known. It may be too often, not allowed, or the database away.
fn signed_in(route: Route) -> Route {
    unhurried(route)
        .secured(&[BEARER])
        .header(
            "Key-Case",
            Shape::word(&["snake", "camel"]),
            "How names are written in the answer.",
        )
        .json(
            401,
            "Nobody is known by what was shown.",
            Shape::named(DENIED),
        )
        .json(403, "Not by this one.", error())
}

/// It may be too often, or the database away.
fn unhurried(route: Route) -> Route {
    route
        .json(429, "Too many requests.", error())
        .with(429, &["Retry-After"])
        .json(500, "A fault of the server's.", error())
        .json(503, "The server cannot do it at the moment.", error())
        .with(503, &["Retry-After"])
}

/// A body: JSON, or a form.
fn reads(route: Route, shape: Shape) -> Route {
    route
        .takes(JSON, shape.clone())
        .takes(FORM, shape)
        .json(400, "Something is not as it must be.", error())
        .json(408, "The body did not come in time.", error())
        .json(413, "The body is too large.", error())
}

/// Reads what is written up to a position.
fn after_position(route: Route) -> Route {
    route
        .json(400, "Something is not as it must be.", error())
        .query(
            "min_position",
            Shape::text().pattern("^[0-9]{1,19}$"),
            "Waits, for two seconds at most, until reads show what is written up to here \
             (`X-Colloquy-Position` of an earlier answer).",
        )
}

/// A part of a list.
fn pages(route: Route) -> Route {
    after_position(route)
        .query(
            "limit",
            Shape::integer().at_least(1).at_most(100),
            "At most so many; without it, 1000.",
        )
        .query(
            "offset",
            Shape::integer().at_least(0),
            "So many of the newest are passed over.",
        )
}

/// Something has this id, or nothing.
fn one(route: Route) -> Route {
    route
        .segment("id", Shape::text(), "Its id.")
        .json(404, "There is none of this id.", error())
}

/// A request that can be named, so that it is carried out once.
fn once(route: Route) -> Route {
    route
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255),
            "The request's name: sent again, it is answered again, and nothing else happens.",
        )
        .json(
            404,
            "What an earlier request of this Idempotency-Key made was deleted since.",
            error(),
        )
        .json(
            409,
            "The Idempotency-Key was used for something else.",
            error(),
        )
}

/// What is answered when all is well.
fn shows(route: Route, status: u16, sentence: &'static str, shape: Shape) -> Route {
    route.json(status, sentence, shape).with(status, &STANDS)
}

/// A list, with the number of all there are.
fn lists(route: Route, of: &str) -> Route {
    shows(
        route,
        200,
        "What the caller may see.",
        Shape::list(Shape::named(of)),
    )
    .with(200, &["X-Total-Count"])
}

/// Nothing is answered, and all is well.
fn done(route: Route) -> Route {
    route.status(204, "It is done.").with(204, &STANDS)
}

fn error() -> Shape {
    Shape::named(ERROR)
}
