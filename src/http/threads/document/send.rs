//! `/api/chat/stream/`, which is shared: this dialect's part of it.

use super::{detail, once, reads, records, shapes::uuid, signed_in};
use crate::http::openapi::{BEARER, LINES, QUERY, Route, Shape, TOKEN};

/// `POST`: a message in, an edit or a reload.
pub(in crate::http) fn say(path: &str) -> Route {
    let route = reads(
        records(signed_in(Route::post(path))),
        Shape::named("ThreadSend"),
        Shape::named("ThreadSendForm"),
    );
    let route = once(route)
        .header(
            "Turn-Policy",
            Shape::word(&["queue", "reject", "interrupt"]),
            "What happens when a reply is running.",
        )
        .json(
            400,
            "The `Idempotency-Key` is none, or the `Turn-Policy`.",
            detail(),
        )
        .json(
            400,
            "The message cannot be edited.",
            Shape::named("Sentences"),
        )
        .json(404, "There is no such thread of one's own, or no such message in it.", detail())
        .json(
            409,
            "The tokens of the day, the week or the month are used up; or a reply is running and the policy is \
             `reject`; or the `Idempotency-Key` came with another body.",
            detail(),
        )
        .status(429, "Too many messages wait for one running reply.");
    shared(route)
}

/// `GET`: goes on where a stream broke off.
pub(in crate::http) fn follow(path: &str) -> Route {
    let route = super::checks(records(signed_in(Route::get(path))))
        .query(
            "thread_uuid",
            uuid(),
            "A thread of one's own, in the words of Waldur's API.",
        )
        .json(
            404,
            "There is no such thread of one's own, or no reply in it.",
            detail(),
        );
    shared(route)
}

fn shared(route: Route) -> Route {
    route
        .secured(&[BEARER, TOKEN, QUERY])
        .content(200, LINES, Shape::named("Frame"))
        .with(200, &["X-Accel-Buffering"])
}
