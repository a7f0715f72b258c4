//! Holds, and erasures that are ordered.

use super::{detail, position, signed_in, user_id};
use crate::http::{
    audit::holds::STATES,
    openapi::{JSON, Route, Shape},
};

const HOLD: &str = "AuditHold";
const NO_SUBJECT: &str = "There is nothing here that a hold could keep.";

/// Their operations.
pub(super) fn routes() -> Vec<Route> {
    let thread = wishes(Route::post("/api/audit/threads/{id}/hold").named(
        "audit",
        "audit_hold_thread",
        "Lays a legal hold on a thread",
    ))
    .segment("id", Shape::uuid(), "The thread.")
    .says(
        "From the answer on nothing of it is destroyed until every hold on it is released, however it is erased. Who has \
         it erased sees nothing of that: to them it is gone at once.",
    )
    .takes(JSON, wish().may("matter", matter()))
    .json(201, "The hold.", Shape::named(HOLD))
    .json(404, NO_SUBJECT, detail());
    let user = wishes(Route::post("/api/audit/users/{id}/hold").named(
        "audit",
        "audit_hold_user",
        "Lays a legal hold on a user",
    ))
    .segment("id", user_id(), "The user.")
    .says(
        "The same for everything of theirs: conversations, completions, embeddings, sessions and documents, what comes \
         later, and the account.",
    )
    .takes(JSON, wish().may("matter", matter()))
    .json(201, "The hold.", Shape::named(HOLD))
    .json(404, NO_SUBJECT, detail());
    let release = wishes(Route::post("/api/audit/holds/{id}/release").named(
        "audit",
        "audit_release_hold",
        "Releases a hold",
    ))
    .segment("id", Shape::uuid(), "The hold.")
    .says("What waited for this one alone is destroyed now.")
    .takes(JSON, wish())
    .json(200, "The hold, released.", Shape::named(HOLD))
    .json(404, "There is no such hold, or no more.", detail());
    let list = signed_in(Route::get("/api/audit/holds").named(
        "audit",
        "audit_holds",
        "Lists holds, the oldest first, with the erasures that wait for them",
    ))
    .query("state", Shape::word(&STATES).default("active"), "Which.")
    .query("thread", Shape::uuid(), "On this thread.")
    .query("user", user_id(), "On this user.")
    .query("after", position(), "`next` of the page before.")
    .query(
        "limit",
        Shape::integer().at_least(1).at_most(200).default(50),
        "Holds at most.",
    )
    .json(
        200,
        "A page.",
        Shape::closed()
            .has("holds", Shape::list(Shape::named(HOLD)))
            .has("next", position().or_null()),
    );
    let erase = wishes(Route::post("/api/audit/threads/{id}/erase").named(
        "audit",
        "audit_erase_thread",
        "Has a thread erased, whosever it is",
    ))
    .segment("id", Shape::uuid(), "The thread.")
    .says("Who orders it, and why, is an event in the thread's trail, and stays. A hold makes it wait.")
    .takes(JSON, wish())
    .json(
        202,
        "It is gone for its owner; a receipt follows in the log.",
        Shape::closed().has("thread", Shape::uuid()).has(
            "position",
            position()
                .or_null()
                .says(
                    "Of the request; nothing: there was nothing left to erase. A request with an `Idempotency-Key` that \
                     had nothing to erase erases nothing later, either.",
                ),
        ),
    )
    .json(404, "There was no such thread.", detail());
    vec![thread, user, release, list, erase]
}

/// The shapes that have names.
pub(super) fn shapes() -> [(&'static str, Shape); 1] {
    [(HOLD, hold())]
}

fn wishes(route: Route) -> Route {
    signed_in(route)
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255),
            "The same request twice happens once, and is answered again.",
        )
        .json(
            409,
            "The key was used for another request, or there are too many holds.",
            detail(),
        )
        .json(413, "The body is too long.", detail())
}

fn wish() -> Shape {
    let reason = Shape::text().length(1, 500);
    Shape::closed().has("reason", reason.says("Why. It stays on the record."))
}

fn matter() -> Shape {
    let matter = Shape::text().length(1, 200);
    matter.or_null().says("The case that it is for.")
}

fn hold() -> Shape {
    let erasure = Shape::closed()
        .has("aggregate_type", Shape::text())
        .has("aggregate_id", Shape::text())
        .has("owner", Shape::uuid().or_null())
        .has("requested_at", Shape::time())
        .has("position", position());
    let erasures = Shape::closed().has("count", Shape::integer()).has(
        "first",
        Shape::list(erasure).says(
            "The hundred that wait longest; of a user's none to who may not read the whole record.",
        ),
    );
    let released = Shape::closed()
        .has("by", Shape::uuid())
        .has("reason", Shape::text())
        .has("at", Shape::time());
    Shape::closed()
        .has("hold", Shape::uuid())
        .has("kind", Shape::word(&["thread", "user"]))
        .has("subject", Shape::uuid().says("The thread or user."))
        .has("matter", Shape::text().or_null())
        .has("reason", Shape::text())
        .has("by", Shape::uuid())
        .has("held_at", Shape::time())
        .has("position", position())
        .has("released", released.or_null())
        .has("erasures", erasures.says("Those that wait for it."))
}
