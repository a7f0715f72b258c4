//! A user's list of threads and a case, as they were.

use super::{detail, moment, position, reads, user_id};
use crate::http::openapi::{Route, Shape};

/// Their operations.
pub(super) fn routes() -> Vec<Route> {
    let list = at(reads(Route::get("/api/audit/users/{id}/threads/at").named(
        "audit",
        "audit_user_threads_at",
        "A user's list of threads as it was, those that were opened first on the first page",
    )))
    .segment("id", user_id(), "The user.")
    .says(
        "A page is made again from the events of its threads. It may have fewer threads than its limit, also none: \
         `next` says whether there are more.",
    )
    .query("after", Shape::uuid(), "`next` of the page before.")
    .query(
        "limit",
        Shape::integer().at_least(1).at_most(200).default(50),
        "Threads at most.",
    )
    .json(
        200,
        "A page.",
        Shape::closed()
            .has("threads", Shape::list(listed()))
            .has("next", Shape::uuid().or_null())
            .has("content", Shape::boolean().says("Whether it is shown.")),
    )
    .json(404, "There is no such user.", detail());
    let case = at(reads(Route::get("/api/audit/cases/{id}/at").named(
        "audit",
        "audit_case_at",
        "A moderators' case as it was",
    )))
    .segment("id", Shape::uuid(), "The case: its message's id.")
    .json(200, "The case.", case())
    .json(404, "There was no such case.", detail());
    vec![list, case]
}

fn at(route: Route) -> Route {
    route
        .query(
            "position",
            position(),
            "With everything up to this position.",
        )
        .query("time", moment(), "With everything up to this time.")
}

fn listed() -> Shape {
    Shape::closed()
        .has("thread", Shape::uuid())
        .has(
            "position",
            position().says("Of the last event that counts."),
        )
        .has("dialect", Shape::text())
        .has("name", Shape::text().or_null())
        .has("created", Shape::time())
        .has("modified", Shape::time())
        .has("archived", Shape::boolean())
        .has("messages", Shape::integer())
        .has("flagged", Shape::boolean())
        .has("severity", Shape::text())
        .has(
            "erased",
            Shape::boolean().says("It was on no list any more."),
        )
        .has(
            "hidden_by_moderators",
            Shape::boolean().says("Its owner did not find it."),
        )
}

fn case() -> Shape {
    let nothing = |shape: Shape| shape.or_null();
    let written = || Shape::list(Shape::open());
    Shape::closed()
        .has("case", Shape::uuid())
        .has(
            "position",
            position().says("Of the last event that counts."),
        )
        .has("recorded_at", Shape::time())
        .has("thread", nothing(Shape::uuid()))
        .has("completion", nothing(Shape::uuid()))
        .has("stage", nothing(Shape::text()))
        .has(
            "state",
            Shape::word(&["open", "claimed", "decided", "appealed"]),
        )
        .has("severity", Shape::text())
        .has("automated", Shape::boolean())
        .has("categories", Shape::list(Shape::text()))
        .has("action_taken", Shape::text())
        .has("findings", Shape::list(Shape::open()))
        .has("judged_by", Shape::text())
        .has("opened", Shape::time())
        .has("claimed_by", nothing(Shape::uuid()))
        .has("claim_expires", nothing(Shape::time()))
        .has("decision", nothing(Shape::text()))
        .has("decided_by", nothing(Shape::uuid()))
        .has("decided", nothing(Shape::time()))
        .has("reason", nothing(Shape::text()))
        .has("policy", nothing(Shape::text()))
        .has("decisions", Shape::integer())
        .has("overturned", Shape::integer())
        .has("reports", written())
        .has("comments", written())
        .has("appealed", Shape::boolean())
        .has("appeal", nothing(Shape::text()))
        .has("content", Shape::boolean())
}
