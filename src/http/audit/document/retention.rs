//! How long content is kept.

use utoipa::openapi::HttpMethod;

use super::{detail, position, signed_in};
use crate::http::{
    audit::retention::MOST_DAYS,
    openapi::{JSON, Route, Shape},
};

/// Their operations.
pub(super) fn routes() -> Vec<Route> {
    let of_a_kind = Shape::closed()
        .has("kind", Shape::text())
        .has("count", Shape::integer())
        .has("oldest", Shape::time().says("When its day began."));
    let of_a_project = Shape::closed()
        .has("project", Shape::text())
        .has("content_days", Shape::integer());
    let show = signed_in(Route::get("/api/audit/retention").named(
        "audit",
        "audit_retention",
        "How long content is kept, and what is older",
    ))
    .json(
        200,
        "The server's days, those of projects, what goes next, and what waits for holds.",
        Shape::closed()
            .has(
                "content_days",
                Shape::integer().or_null().says("Nothing: for ever."),
            )
            .has("projects", Shape::list(of_a_project))
            .has("due", Shape::list(of_a_kind.clone()))
            .has("held", Shape::list(of_a_kind)),
    );
    let set = signed_in(Route::new(
        HttpMethod::Put,
        "/api/audit/retention/projects/{id}",
    ).named(
        "audit",
        "audit_set_retention",
        "Says how long a project's content is kept",
    ))
    .segment("id", Shape::text(), "The project.")
    .says(
        "Of completions and embeddings that its AI providers were asked for. It counts for what is there already, and \
         where the server keeps content for fewer days, those count. Only admins, and whom a policy allows \
         audit:SetRetention; with a key of this project, too.",
    )
    .header(
        "Idempotency-Key",
        Shape::text().length(1, 255),
        "The same request twice happens once, and is answered again.",
    )
    .takes(
        JSON,
        Shape::closed().has(
            "content_days",
            Shape::integer()
                .at_least(1)
                .at_most(i64::from(MOST_DAYS))
                .or_null(),
        ),
    )
    .json(
        200,
        "It is so from now on.",
        Shape::closed()
            .has("project", Shape::text())
            .has("content_days", Shape::integer().or_null())
            .has("position", position()),
    )
    .json(404, "There is no such project.", detail())
    .json(409, "The key was used for another request.", detail())
    .json(413, "The body is too long.", detail());
    vec![show, set]
}
