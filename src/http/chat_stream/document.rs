//! The shared path in `/openapi.json`: twice, because each of its owners has the last word on one of them.

use crate::http::{
    assistant::document as assistant,
    openapi::{DETAIL, Route, Shape},
    threads::document as threads,
};

const BARE: &str = "/api/chat/stream";
const SLASH: &str = "/api/chat/stream/";
const ABOUT: &str = "Two APIs share this path: a body with `text` is answered with server-sent events, one with \
    `input` with JSON objects, one a line";

/// `POST` and `GET`, with and without a slash.
pub(in crate::http) fn routes() -> Vec<Route> {
    let say = |id, route: Route, owner: &str| {
        let about = format!("{ABOUT}. One with neither, or both, is answered as in {owner}.");
        route
            .named("chat", id, "Says something, and follows the reply")
            .says(&about)
    };
    let follow = |id, route: Route| {
        route.named(
            "chat",
            id,
            "Follows a reply, or goes on where a stream broke off",
        )
    };
    vec![
        say(
            "chat_stream",
            assistant::say(BARE).or(&threads::say(BARE)),
            "the first",
        ),
        follow(
            "follow_chat_stream",
            assistant::follow(BARE).or(&threads::follow(BARE)),
        ),
        say(
            "chat_stream_lines",
            threads::say(SLASH).or(&assistant::say(SLASH)),
            "the second",
        ),
        follow(
            "follow_chat_stream_lines",
            threads::follow(SLASH).or(&assistant::follow(SLASH)),
        )
        .json(405, "Nothing to follow is named.", Shape::named(DETAIL))
        .with(405, &["Allow"]),
    ]
}
