//! Quotas.

use super::{STANDS, after_position, detail, once, reads, records, shapes::uuid, shows, signed_in};
use crate::http::openapi::{Route, Shape};

const TAG: &str = "chat-quota";

pub(super) fn routes() -> Vec<Route> {
    vec![usage(), set()]
}

fn usage() -> Route {
    let route = Route::get("/api/chat-quota/usage/").named(
        TAG,
        "chat_quota_usage_retrieve",
        "Tells what somebody may use, and has used",
    );
    let route = shows(
        signed_in(route),
        "In each period.",
        Shape::named("TokenQuotaUsage"),
    )
    .query("user_uuid", uuid(), "Who; oneself where nobody is named.")
    .json(403, "Others are for staff and support.", detail())
    .json(404, "There is no such user.", detail());
    after_position(route)
}

fn set() -> Route {
    let route = Route::post("/api/chat-quota/set_quota/").named(
        TAG,
        "chat_quota_set_quota",
        "Sets what somebody may use; for staff and support",
    );
    let route = once(records(signed_in(route)))
        .status(200, "So it is from now on.")
        .with(200, &STANDS)
        .json(400, "The `Idempotency-Key` is none.", detail())
        .json(403, "For staff and support.", detail())
        .json(404, "There is no such user.", detail())
        .json(
            409,
            "The `Idempotency-Key` came with another body.",
            detail(),
        );
    reads(route, limits(Shape::or_null), limits(|shape| shape))
}

fn limits(optional: impl Fn(Shape) -> Shape) -> Shape {
    let limit = || {
        optional(Shape::integer().at_least(-1))
            .says("Tokens; -1 is no limit, nothing the server's.")
    };
    Shape::open()
        .has("user_uuid", uuid())
        .may("daily_limit", limit())
        .may("weekly_limit", limit())
        .may("monthly_limit", limit())
}
