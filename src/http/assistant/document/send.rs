//! Sending, and following the reply.

use super::{detail, happens_once, reads, shows, signed_in, signed_in_twice};
use crate::http::{
    assistant::document::{changes, checks},
    openapi::{EVENTS, Route, Shape},
};

/// `POST /api/chat`; the stream's path is shared with another dialect.
pub(super) fn routes() -> Vec<Route> {
    let chat = Route::post("/api/chat")
        .named("chat", "chat", "Says something, and waits for the reply")
        .says(
            "With `stream: true` or `Accept: text/event-stream` the answer is a stream. The message is stored \
             before anybody is asked. A failed provider is a 200 with a reply that says so, and `X-Error`.",
        );
    let chat = shows(signed_in(chat), "The reply.", Shape::named("Reply"));
    vec![sends(chat).with(200, &["X-Error"])]
}

/// `POST` of the path that two dialects share.
pub(in crate::http) fn say(path: &str) -> Route {
    sends(signed_in_twice(Route::post(path)).status(200, "The reply as it is written."))
}

/// `GET` of the path that two dialects share.
pub(in crate::http) fn follow(path: &str) -> Route {
    let route = signed_in_twice(Route::get(path))
        .query(
            "conversation_id",
            Shape::text(),
            "A conversation of one's own, in the words of `POST /api/chat`.",
        )
        .query(
            "after",
            cursor(),
            "How far the stream had come, where no header can be sent.",
        )
        .header(
            "Last-Event-ID",
            Shape::text().says("As browsers send it."),
            "How far the stream had come: the last event's id. The newest reply from its beginning where \
             there is none.",
        )
        .status(200, "The rest of the reply, without gap or duplicate.")
        .json(403, "It is somebody else's.", detail())
        .json(404, "There is no such reply.", detail());
    streams(checks(changes(route)))
}

fn cursor() -> Shape {
    Shape::text().pattern(r"^[0-9a-f-]{32,36}\.[0-9]{1,18}(\.[0-9]{1,18})?$")
}

fn sends(route: Route) -> Route {
    let route = reads(happens_once(route), Shape::named("Send"))
        .header(
            "Turn-Policy",
            Shape::word(&["queue", "reject", "interrupt"]),
            "What happens when a reply is running.",
        )
        .json(403, "The conversation is somebody else's.", detail())
        .json(
            404,
            "What an earlier request of this `Idempotency-Key` sent was deleted since.",
            detail(),
        )
        .json(
            409,
            "The `Idempotency-Key` came with another body; or a reply is running and the policy is `reject`; \
             or the conversation is archived, and the server takes that for read-only.",
            detail(),
        )
        .status(429, "Too many messages wait for one running reply.")
        .status(429, "The tokens of the day, the week or the month are used up.");
    streams(route)
}

fn streams(route: Route) -> Route {
    route
        .query(
            "full",
            Shape::word(&["1"]),
            "`1`: every event has the whole text so far.",
        )
        .content(200, EVENTS, Shape::named("Event"))
        .with(200, &["X-Accel-Buffering"])
}
