//! What review says of itself in `/openapi.json`.

mod shapes;

use utoipa::openapi::HttpMethod;

use super::{
    access::SEVERITIES,
    decisions::{ACTIONS, Action},
    query::{LONGEST_SEARCH, ORDERS, STATES},
    request::{DAYS, DECISIONS, LONGEST_TEXT, LONGEST_WORD, MOST_DAYS},
};
use crate::http::{
    openapi::{Route, Shape, Shapes},
    threads::document::{after_position, detail, reads, records, shows, signed_in, uuid},
};

/// The group of operations.
pub(in crate::http) const TAGS: [(&str, &str); 1] =
    [("moderation", "Review of what was flagged, by moderators.")];

const TAG: &str = "moderation";
const CASES: &str = "/api/moderation/cases";
const NO_CASE: &str = "There is no such case.";
const FOR_MODERATORS: &str =
    "For support, staff, administrators, and whom a policy allows it by name (`moderation:…`).";

/// Every operation.
pub(in crate::http) fn routes() -> Vec<Route> {
    let mut routes = vec![list(), next(), bulk(), one(), appeal(), stats(), report()];
    routes.extend(ACTIONS.map(|(name, action)| act(name, action)));
    routes
}

/// By their names.
pub(in crate::http) fn shapes() -> Shapes {
    vec![
        ("Case", shapes::case()),
        ("WholeCase", shapes::whole()),
        ("CaseStatement", shapes::statement()),
    ]
}

fn for_moderators(route: Route) -> Route {
    signed_in(route).json(403, FOR_MODERATORS, detail())
}

fn on_a_case(route: Route) -> Route {
    route
        .segment("uuid", uuid(), "Which one: the message's UUID.")
        .json(404, NO_CASE, detail())
}

fn may_conflict(route: Route) -> Route {
    route.json(409, "The case is not as it must be for this.", detail())
}

fn named(route: Route) -> Route {
    route.header(
        "Idempotency-Key",
        Shape::text().length(1, 255),
        "The same request twice happens once.",
    )
}

fn list() -> Route {
    let route = Route::get(CASES).named(TAG, "moderation_cases_list", "Lists cases");
    let cases = Shape::closed()
        .has("cases", Shape::list(Shape::named("Case")))
        .has("next_cursor", Shape::text().or_null());
    let route = filters(shows(for_moderators(route), "A page of them.", cases))
        .query("cursor", Shape::text(), "`next_cursor` of the page before.")
        .query(
            "limit",
            Shape::integer().at_least(1).at_most(200).default(50),
            "Cases of a page.",
        );
    after_position(route)
}

fn filters(route: Route) -> Route {
    let moment = || Shape::any_of([Shape::time(), Shape::text().format("date")]);
    let orders: Vec<&str> = ORDERS.iter().map(|(name, _)| *name).collect();
    route
        .query("state", state(), "Only these.")
        .query("severity", severity(), "Exactly this.")
        .query("min_severity", severity(), "At least this.")
        .query(
            "category",
            Shape::text().pattern("^[A-Za-z0-9_]{1,64}$"),
            "What was found.",
        )
        .query("user", uuid(), "Who said it, or was answered so.")
        .query("assignee", uuid(), "Who works on it.")
        .query("from", moment(), "Flagged not before.")
        .query("to", moment(), "Flagged not after.")
        .query(
            "created",
            Shape::text().format("date"),
            "Flagged on this UTC day.",
        )
        .query(
            "q",
            Shape::text().length(0, LONGEST_SEARCH),
            "In what a thread's message says; that is recorded as a look at it.",
        )
        .query(
            "o",
            Shape::word(&orders),
            "The order; the worst first where nothing is said.",
        )
}

fn next() -> Route {
    let route = Route::post(format!("{CASES}/next")).named(
        TAG,
        "moderation_cases_next",
        "Claims the worst, oldest case that nobody works on",
    );
    named(records(shows(
        for_moderators(route),
        "It is yours for 15 minutes.",
        Shape::named("WholeCase"),
    )))
    .status(204, "There is none.")
    .json(400, "The Idempotency-Key is none.", detail())
    .json(
        409,
        "The Idempotency-Key was used for something else.",
        detail(),
    )
}

fn bulk() -> Route {
    let route = Route::post(format!("{CASES}/bulk"))
        .named(TAG, "moderation_cases_bulk", "Decides many cases at once")
        .query("preview", Shape::boolean(), "Counts them only.");
    let done = Shape::open()
        .may("count", Shape::integer().says("Of a preview."))
        .may("decided", Shape::integer())
        .may("failed", Shape::list(Shape::anything()));
    let route =
        records(shows(for_moderators(route), "So it is.", done)).json(404, NO_CASE, detail());
    let route = named(route);
    let body = decision()
        .may("ids", Shape::list(uuid()))
        .may("filter", Shape::open().says("As the list's parameters."))
        .may(
            "expected_count",
            Shape::integer().at_least(0).says("What the preview said."),
        );
    reads(may_conflict(route), body.clone(), body)
}

fn one() -> Route {
    let route = Route::get(format!("{CASES}/{{uuid}}")).named(
        TAG,
        "moderation_cases_retrieve",
        "Shows a case with what was said; that is recorded",
    );
    let shown = ["WholeCase", "CaseStatement"].map(Shape::named);
    let route = shows(
        for_moderators(route),
        "It; to whose conversation it is, once it was decided, what was decided and why.",
        Shape::any_of(shown),
    );
    after_position(records(on_a_case(route)))
}

fn act(name: &str, action: Action) -> Route {
    let (id, says, body) = match action {
        Action::Claim => (
            "moderation_cases_claim",
            "Takes a case for 15 minutes",
            steal(),
        ),
        Action::Release => ("moderation_cases_release", "Gives a case back", steal()),
        Action::Decide => ("moderation_cases_decide", "Decides a case", decision()),
        Action::Overturn => (
            "moderation_cases_overturn",
            "Undoes a decision; one's own only as staff",
            Shape::open().has("reason", text()),
        ),
        Action::Comment => (
            "moderation_cases_comment",
            "Writes something down for other moderators",
            Shape::open().has("text", text()),
        ),
    };
    let route =
        Route::new(HttpMethod::Post, format!("{CASES}/{{uuid}}/{name}")).named(TAG, id, says);
    let route = shows(
        for_moderators(route),
        "So it is.",
        Shape::named("WholeCase"),
    );
    reads(
        named(may_conflict(records(on_a_case(route)))),
        body.clone(),
        body,
    )
}

fn appeal() -> Route {
    let route = Route::post(format!("{CASES}/{{uuid}}/appeal")).named(
        TAG,
        "moderation_cases_appeal",
        "Asks for another decision; once, by whose conversation it is",
    );
    let done = Shape::closed().has("state", Shape::word(&["appealed"]));
    let route = shows(signed_in(route), "Another moderator will decide.", done);
    let body = Shape::open().has("text", text());
    reads(
        named(may_conflict(records(on_a_case(route)))),
        body.clone(),
        body,
    )
}

fn report() -> Route {
    let route = Route::post("/api/chat-messages/{uuid}/report/")
        .named(
            TAG,
            "chat_messages_report",
            "Says that a message should be looked at",
        )
        .segment("uuid", uuid(), "The message.")
        .json(
            404,
            "There is no such message, or it is not to be seen.",
            detail(),
        );
    let done = Shape::closed().has("case", Shape::text());
    let route = shows(signed_in(route), "Moderators will look at it.", done);
    let body = Shape::open()
        .has("category", Shape::text().length(1, LONGEST_WORD))
        .may("comment", Shape::text().length(0, LONGEST_TEXT));
    reads(named(may_conflict(records(route))), body.clone(), body)
}

fn stats() -> Route {
    let route = Route::get("/api/moderation/stats").named(
        TAG,
        "moderation_stats",
        "Tells how much there is to do, and how it is done",
    );
    let counts = || Shape::map(Shape::integer());
    let stats = Shape::closed()
        .has("backlog", Shape::integer())
        .has("oldest", Shape::time().or_null())
        .has("states", Shape::map(counts()))
        .has("severities", counts())
        .has(
            "median_seconds_to_decision",
            Shape::number()
                .or_null()
                .says("Of the decisions that stand."),
        )
        .has(
            "moderators",
            Shape::list(Shape::anything())
                .says("Who decided, and how many of their decisions stand."),
        )
        .has(
            "decisions",
            Shape::integer().says("All that were made, also those that stand no more."),
        )
        .has(
            "overturned",
            Shape::integer()
                .says("What an overturn has undone; to decide anew is one more decision."),
        )
        .has(
            "overturn_rate",
            Shape::number()
                .or_null()
                .says("`overturned` of `decisions`."),
        )
        .has("automated", Shape::integer())
        .has("manual", Shape::integer())
        .has("unscanned", Shape::integer())
        .has(
            "shadows",
            Shape::list(shadow())
                .says("How policies that only look on differ from those that count."),
        );
    after_position(shows(for_moderators(route), "Of now.", stats))
}

fn shadow() -> Shape {
    let moved = Shape::closed()
        .has("from", severity())
        .has("to", severity())
        .has("texts", Shape::integer());
    Shape::closed()
        .has("policy", Shape::text())
        .has("shadow", Shape::text())
        .has("texts", Shape::integer())
        .has("newly_flagged", Shape::integer())
        .has("newly_cleared", Shape::integer())
        .has("severity_moves", Shape::list(moved))
}

fn state() -> Shape {
    Shape::word(&STATES.map(|state| state.as_str()))
}

fn severity() -> Shape {
    Shape::word(&SEVERITIES.map(|severity| severity.as_str()))
}

fn text() -> Shape {
    Shape::text().length(1, LONGEST_TEXT)
}

fn steal() -> Shape {
    Shape::open().may(
        "steal",
        Shape::boolean().says("From whoever has it; for staff."),
    )
}

fn decision() -> Shape {
    let decisions = DECISIONS.map(|decision| decision.as_str());
    Shape::open()
        .has("decision", Shape::word(&decisions))
        .has("reason", text())
        .may(
            "policy",
            Shape::text()
                .length(0, LONGEST_WORD)
                .says("Which rule was broken."),
        )
        .may(
            "days",
            Shape::integer()
                .at_least(1)
                .at_most(i64::try_from(MOST_DAYS).unwrap_or(i64::MAX))
                .default(DAYS)
                .says("How long restrict_user lasts."),
        )
}
