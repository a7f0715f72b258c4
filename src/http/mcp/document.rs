//! What `/mcp` says of itself in `/openapi.json`.

use crate::http::openapi::{BEARER, JSON, Route, Shape, Shapes};

/// The group of its one operation.
pub(in crate::http) const TAGS: [(&str, &str); 1] = [(
    "mcp",
    "Chats and completions as tools for models, over the Model Context Protocol.",
)];

/// A message of JSON-RPC that is an answer.
const ANSWER: &str = "McpAnswer";
/// Its sentences where HTTP itself is at fault.
const TEXT: &str = "text/plain";

/// Every operation.
pub(in crate::http) fn routes() -> Vec<Route> {
    let error = || Shape::named("ChatsError");
    let route = Route::post("/mcp")
        .named("mcp", "mcp", "Takes a message of the Model Context Protocol")
        .says(
            "Streamable HTTP without sessions, answered in JSON. `Accept` lists `application/json` and \
             `text/event-stream`. A tool does what its request below `/api/v1/` does, with the same rights; a \
             refusal is a result with `isError`.",
        )
        .secured(&[BEARER])
        .header(
            "MCP-Protocol-Version",
            Shape::text(),
            "The version that was agreed upon.",
        )
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255),
            "A call's name: sent again, it is answered again, and nothing else happens.",
        )
        .takes(JSON, Shape::named("McpMessage"))
        .json(200, "The answer to a request.", Shape::named(ANSWER))
        .status(202, "A notification was taken.")
        .json(
            400,
            "It is no message, or not as the protocol has it.",
            Shape::named(ANSWER),
        )
        .content(400, TEXT, Shape::text())
        .json(401, "Nobody is known by what was shown.", Shape::named("ChatsDenied"))
        .with(401, &["WWW-Authenticate"])
        .json(
            403,
            "It comes from a page whose origin the operator has not listed, or not by this one.",
            error(),
        )
        .json(404, "The protocol has no such method.", Shape::named(ANSWER))
        .content(406, TEXT, Shape::text())
        .status(406, "`Accept` does not list both media types.")
        .json(408, "The body did not come in time.", error())
        .json(413, "The body is too large.", error())
        .content(415, TEXT, Shape::text())
        .status(415, "The body is not said to be JSON.")
        .json(429, "Too many requests.", error())
        .with(429, &["Retry-After"])
        .json(500, "A fault of the server's.", error())
        .json(503, "The server cannot do it at the moment.", error())
        .with(503, &["Retry-After"]);
    vec![route]
}

/// The shapes by their names.
pub(in crate::http) fn shapes() -> Shapes {
    let version = || Shape::word(&["2.0"]);
    let id = || Shape::any_of([Shape::text(), Shape::integer(), Shape::null()]);
    let error = Shape::open()
        .has("code", Shape::integer())
        .has("message", Shape::text());
    vec![
        (
            "McpMessage",
            Shape::open()
                .has("jsonrpc", version())
                .may("id", id())
                .has("method", Shape::text())
                .may("params", Shape::open()),
        ),
        (
            ANSWER,
            Shape::open()
                .has("jsonrpc", version())
                .may("id", id())
                .may("result", Shape::open())
                .may("error", error),
        ),
    ]
}
