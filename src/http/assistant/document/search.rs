//! Search, of one's own messages and of everybody's.

use super::{after_position, changes, conversations::paged, detail, shows, signed_in};
use crate::http::openapi::{Route, Shape};

pub(super) fn routes() -> Vec<Route> {
    let own = Route::get("/api/chat/search").named(
        "search",
        "search",
        "Finds one's own messages by their words",
    );
    let all = Route::get("/api/chat/search/all").named(
        "search",
        "search_all",
        "Finds everybody's messages; for staff",
    );
    vec![
        route(own, "Found").json(403, "The conversation is somebody else's.", detail()),
        changes(route(all, "FoundOfAnybody")).json(403, "Only for staff.", detail()),
    ]
}

fn route(route: Route, found: &str) -> Route {
    let page = Shape::closed()
        .has("results", Shape::list(Shape::named(found)))
        .has(
            "next_cursor",
            Shape::text().or_null().says("Of the next page."),
        );
    let moment = || Shape::any_of([Shape::time(), Shape::text().format("date")]);
    let route = shows(signed_in(route), "The best of the newest.", page)
        .says(
            "Words (all of them have to be there), `\"phrases\"`, `beginnings*` and `-exclusions`; case and accents \
             make no difference. A page may have fewer rows than its limit: `next_cursor` says whether there are more.",
        )
        .must_query("q", Shape::text().length(1, 500), "What to look for.")
        .query("conversation_id", Shape::text(), "Only in this one.")
        .query("from", moment(), "Only what was said since then.")
        .query("to", moment(), "Only what was said before.");
    after_position(paged(route))
}
