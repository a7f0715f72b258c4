//! Webhooks.

use utoipa::openapi::HttpMethod;

use super::{detail, position, signed_in};
use crate::http::{
    audit::webhooks::{LONGEST_URL, STATES},
    openapi::{JSON, Route, Shape},
};

const WEBHOOK: &str = "AuditWebhook";
const DELIVERY: &str = "AuditDelivery";
const ONE: &str = "/api/audit/webhooks/{id}";
const ABOUT: &str = "Receivers are told as Standard Webhooks 1.0.0 has it: a POST with `webhook-id`, `webhook-timestamp` \
    and `webhook-signature`, and a body `{type, timestamp, data}` that names the event and says nothing of what is in it; \
    who may reads that from `/api/audit/events`. The same event always comes under the same `webhook-id`, perhaps more \
    than once.";

/// Their operations.
pub(super) fn routes() -> Vec<Route> {
    let list = signed_in(Route::get("/api/audit/webhooks").named(
        "audit",
        "audit_webhooks",
        "Lists webhooks, the oldest first",
    ))
    .query("after", position(), "`next` of the page before.")
    .query("limit", limit(), "Webhooks at most.")
    .json(200, "A page.", page("webhooks", WEBHOOK));
    let create = changes(Route::post("/api/audit/webhooks").named(
        "audit",
        "audit_create_webhook",
        "Has a receiver told of events, as they are recorded from now on",
    ))
    .says(ABOUT)
    .takes(
        JSON,
        settings(Shape::closed().has("url", url()).has("events", events())),
    )
    .json(
        201,
        "The webhook, with the `secret` that it signs with: shown here, and never again.",
        Shape::named(WEBHOOK),
    )
    .json(
        404,
        "What an earlier request of this `Idempotency-Key` made was deleted since.",
        detail(),
    );
    let get = of_one(signed_in(Route::get(ONE).named(
        "audit",
        "audit_webhook",
        "A webhook, and how far it is",
    )))
    .json(200, "The webhook.", Shape::named(WEBHOOK));
    let change = of_one(changes(Route::new(HttpMethod::Patch, ONE).named(
        "audit",
        "audit_change_webhook",
        "Changes a webhook, disables or enables it",
    )))
    .says(
        "What is not given stays; nothing (`null`) takes a description, thread or user away. A disabled webhook is told \
         nothing; enabled again, it goes on where it stopped.",
    )
    .takes(
        JSON,
        settings(Shape::closed().may("url", url()).may("events", events()))
            .may("enabled", Shape::boolean()),
    )
    .json(200, "The webhook.", Shape::named(WEBHOOK));
    let delete = of_one(route_with_key(signed_in(
        Route::new(HttpMethod::Delete, ONE).named(
            "audit",
            "audit_delete_webhook",
            "Deletes a webhook, with all that waits for it",
        ),
    )))
    .status(204, "It is gone.");
    let rotate = of_one(changes(
        Route::post("/api/audit/webhooks/{id}/rotate").named(
            "audit",
            "audit_rotate_webhook",
            "Gives a webhook another secret",
        ),
    ))
    .says("For 24 hours the one before signs, too: `webhook-signature` then has several signatures with spaces between them. \
        Three that were replaced may sign at once; a further one is refused until the first of them ends.")
    .takes(JSON, Shape::closed())
    .json(
        200,
        "The webhook, with its new `secret`: shown here, and never again.",
        Shape::named(WEBHOOK),
    );
    let replay = of_one(changes(
        Route::post("/api/audit/webhooks/{id}/replay").named(
            "audit",
            "audit_replay_webhook",
            "Has everything told once more from a position on",
        ),
    ))
    .says("What was given up, what was delivered, and what came before the webhook: all that it wants, in the order of the log.")
    .takes(
        JSON,
        Shape::closed().has("from", position().says("The first event of it.")),
    )
    .json(
        202,
        "It begins.",
        Shape::closed()
            .has("webhook", Shape::uuid())
            .has("from", position())
            .has("position", position().says("Where that was asked for.")),
    );
    let test = of_one(changes(Route::post("/api/audit/webhooks/{id}/test").named(
        "audit",
        "audit_test_webhook",
        "Tells a webhook's receiver of `webhook.tested`, whatever it wants",
    )))
    .takes(JSON, Shape::closed())
    .json(
        202,
        "It is recorded and will be sent; see its deliveries.",
        Shape::closed()
            .has("webhook", Shape::uuid())
            .has("position", position()),
    );
    let deliveries = of_one(signed_in(
        Route::get("/api/audit/webhooks/{id}/deliveries").named(
            "audit",
            "audit_deliveries",
            "What a webhook was told, or is to be told, in the order of the log",
        ),
    ))
    .says("What is done is kept for 30 days.")
    .query("state", Shape::word(&STATES).default("all"), "Which.")
    .query("after", position(), "`next` of the page before.")
    .query("limit", limit(), "Deliveries at most.")
    .json(200, "A page.", page("deliveries", DELIVERY));
    vec![
        list, create, get, change, delete, rotate, replay, test, deliveries,
    ]
}

/// The shapes that have names.
pub(super) fn shapes() -> [(&'static str, Shape); 2] {
    [(WEBHOOK, webhook()), (DELIVERY, delivery())]
}

fn changes(route: Route) -> Route {
    route_with_key(signed_in(route))
        .json(
            409,
            "The key was used for another request, there are too many webhooks, this one is disabled or was changed \
             meanwhile, or too many of its secrets sign.",
            detail(),
        )
        .json(413, "The body is too long.", detail())
}

fn route_with_key(route: Route) -> Route {
    let says = "The same request twice happens once, and is answered again. A secret is shown to the first alone.";
    route.header("Idempotency-Key", Shape::text().length(1, 255), says)
}

fn of_one(route: Route) -> Route {
    route.segment("id", Shape::uuid(), "The webhook.").json(
        404,
        "There is no such webhook.",
        detail(),
    )
}

fn page(name: &str, of: &str) -> Shape {
    Shape::closed()
        .has(name, Shape::list(Shape::named(of)))
        .has("next", position().or_null())
}

fn limit() -> Shape {
    Shape::integer().at_least(1).at_most(200).default(50)
}

fn url() -> Shape {
    let url = Shape::text().length(1, LONGEST_URL);
    url.says("Where the receiver is: an http or https address that `webhooks.networks` admits.")
}

fn events() -> Shape {
    Shape::list(Shape::text()).says("Types of events: names, beginnings as `thread.*`, or `*`.")
}

fn settings(of: Shape) -> Shape {
    let description = Shape::text().length(1, 200);
    of.may("description", description.or_null())
        .may(
            "thread",
            Shape::uuid()
                .or_null()
                .says("Only of this thread, and who was shown it."),
        )
        .may(
            "user",
            Shape::uuid()
                .or_null()
                .says("Only what this user did, and what happened to the account."),
        )
}

fn webhook() -> Shape {
    let disabled = Shape::closed()
        .has("why", Shape::word(&["asked", "gone", "failing"]))
        .has("at", Shape::time());
    let replay = Shape::closed()
        .has("after", position())
        .has("until", position());
    Shape::closed()
        .has("webhook", Shape::uuid())
        .has(
            "url",
            Shape::text().says("To those who may not change it, its origin alone."),
        )
        .has("description", Shape::text().or_null())
        .has("events", Shape::list(Shape::text()))
        .has("thread", Shape::uuid().or_null())
        .has("user", Shape::uuid().or_null())
        .has("enabled", Shape::boolean())
        .has("disabled", disabled.or_null())
        .has("created_at", Shape::time())
        .has("updated_at", Shape::time())
        .has("rotated_at", Shape::time().or_null())
        .has(
            "position",
            position().says("It is told of what came after."),
        )
        .has(
            "told",
            position()
                .or_null()
                .says("Every event up to there was sent, or waits to be."),
        )
        .has(
            "replay",
            replay.or_null().says("What is left to be told once more."),
        )
        .has("waiting", Shape::integer().says("Messages that wait."))
        .has(
            "full",
            Shape::boolean().says("No more of them may wait: what comes now waits in the log."),
        )
        .has(
            "failing_since",
            Shape::time()
                .or_null()
                .says("Since when its receiver has taken nothing."),
        )
        .may("secret", Shape::text().pattern("^whsec_"))
}

fn delivery() -> Shape {
    Shape::closed()
        .has("id", Shape::text().says("`webhook-id`."))
        .has("position", position())
        .has("type", Shape::text())
        .has("state", Shape::word(&["waiting", "delivered", "failed"]))
        .has("attempts", Shape::integer())
        .has("next_attempt", Shape::time().or_null())
        .has("last_attempt", Shape::time().or_null())
        .has("status", Shape::integer().or_null())
        .has("error", Shape::text().or_null())
}
