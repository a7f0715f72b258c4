//! Sessions, threads and messages.

use utoipa::openapi::HttpMethod;

use super::{
    STANDS, after_position, checks, detail, once, reads, records,
    shapes::{severity, uuid},
    shows, signed_in,
};
use crate::http::{
    openapi::{Route, Shape},
    threads::maintenance::{ACTIONS, Action},
};

const SESSIONS: &str = "/api/chat-sessions/";
const THREADS: &str = "/api/chat-threads/";
const MESSAGES: &str = "/api/chat-messages/";
const NO_PAGE: &str = "There is no such page.";
const NO_THREAD: &str = "There is no such thread, or it is not to be seen.";

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        session_list(),
        current_session(),
        session(),
        thread_list(),
        thread(),
        rename(),
        message_list(),
    ];
    routes.extend(ACTIONS.map(|(name, action)| act(name, action)));
    routes
}

/// Only the named fields of what is shown.
fn selective(route: Route) -> Route {
    route.query(
        "field",
        Shape::list(Shape::text()),
        "Only this field, and others that are named so. All, when none of them is known.",
    )
}

/// A list of pages.
fn paged(route: Route) -> Route {
    route
        .query(
            "page",
            Shape::text().pattern("^([1-9][0-9]{0,8}|last)$"),
            "Which page, from 1; or `last`.",
        )
        .query(
            "page_size",
            Shape::integer().at_least(1).at_most(300).default(10),
            "Rows of a page.",
        )
        .json(404, NO_PAGE, detail())
        .with(200, &["Link", "X-Result-Count"])
}

fn session_list() -> Route {
    let route = Route::get(SESSIONS).named(
        "chat-sessions",
        "chat_sessions_list",
        "Lists one's session; all of them for staff and support",
    );
    let sessions = Shape::list(Shape::named("ChatSession"));
    let route = shows(signed_in(route), "A page of them.", sessions);
    after_position(selective(paged(route)))
}

fn current_session() -> Route {
    let route = Route::get(format!("{SESSIONS}current/")).named(
        "chat-sessions",
        "chat_sessions_current_retrieve",
        "Shows one's session, made when first asked for",
    );
    selective(records(shows(
        signed_in(route),
        "It.",
        Shape::named("ChatSession"),
    )))
}

fn session() -> Route {
    let route = Route::get(format!("{SESSIONS}{{uuid}}/"))
        .named("chat-sessions", "chat_sessions_retrieve", "Shows a session")
        .segment("uuid", uuid(), "Which one.");
    let route = shows(signed_in(route), "It.", Shape::named("ChatSession")).json(
        404,
        "There is no such session, or it is not to be seen.",
        detail(),
    );
    after_position(selective(route))
}

fn thread_list() -> Route {
    let route = Route::get(THREADS).named(
        "chat-threads",
        "chat_threads_list",
        "Lists one's threads; everybody's for staff and support",
    );
    let threads = Shape::list(Shape::named("ThreadSession"));
    let moment = || Shape::any_of([Shape::time(), Shape::text().format("date")]);
    let order = ["created", "-created", "modified", "-modified"];
    let mut route = shows(signed_in(route), "A page of them.", threads)
        .query(
            "is_archived",
            Shape::boolean(),
            "Only archived ones, or only others.",
        )
        .query(
            "is_flagged",
            Shape::boolean(),
            "Only flagged ones, or only others.",
        )
        .query("max_severity", severity(), "Exactly this.")
        .query(
            "query",
            Shape::text(),
            "A part of the name, or of the owner's user name.",
        )
        .query(
            "query_messages",
            Shape::boolean(),
            "Looks for `query` in the messages, too.",
        )
        .query("user", uuid(), "The owner.")
        .query(
            "o",
            Shape::list(Shape::word(&order)),
            "The order; of several the last counts. `-created` where nothing is said.",
        );
    for (day, after, before) in [
        ("created", "created_after", "created_before"),
        ("modified", "modified_after", "modified_before"),
    ] {
        route = route
            .query(day, Shape::text().format("date"), "On this UTC day.")
            .query(after, moment(), "Not before.")
            .query(before, moment(), "Not after.");
    }
    after_position(selective(paged(records(route))))
}

fn thread() -> Route {
    let route = one(Route::get(format!("{THREADS}{{uuid}}/"))).named(
        "chat-threads",
        "chat_threads_retrieve",
        "Shows a thread",
    );
    let route = shows(route, "It.", Shape::named("ThreadSession"));
    after_position(selective(route))
}

fn rename() -> Route {
    let route = one(Route::new(HttpMethod::Patch, format!("{THREADS}{{uuid}}/"))).named(
        "chat-threads",
        "chat_threads_partial_update",
        "Renames a thread",
    );
    let sent = || Shape::open().may("name", Shape::text().length(1, 150));
    let route = shows(
        route,
        "It, with its new name.",
        Shape::named("ThreadSession"),
    );
    selective(reads(route, sent(), sent()))
}

fn one(route: Route) -> Route {
    records(signed_in(route))
        .segment("uuid", uuid(), "Which one.")
        .json(404, NO_THREAD, detail())
}

fn act(name: &str, action: Action) -> Route {
    let route = once(one(Route::post(format!("{THREADS}{{uuid}}/{name}/")))).json(
        400,
        "The `Idempotency-Key` is none.",
        detail(),
    );
    match action {
        Action::Archive => route
            .named("chat-threads", "chat_threads_archive", "Archives a thread")
            .status(204, "It is archived.")
            .with(204, &STANDS),
        Action::Unarchive => route
            .named(
                "chat-threads",
                "chat_threads_unarchive",
                "Takes a thread out of the archive",
            )
            .status(204, "It is not archived.")
            .with(204, &STANDS),
        Action::Cancel => {
            let route = route.named(
                "chat-threads",
                "chat_threads_cancel",
                "Ends the running reply; its text is kept",
            );
            let cancelled = Shape::closed().has("cancelled", Shape::boolean());
            shows(route, "Whether one was running.", cancelled)
        }
    }
}

fn message_list() -> Route {
    let route = Route::get(MESSAGES).named(
        "chat-messages",
        "chat_messages_list",
        "Lists messages; in pages only where a page is asked for",
    );
    let messages = Shape::list(Shape::named("Message"));
    let route = shows(signed_in(route), "They.", messages)
        .query("thread", uuid(), "Only those of this thread.")
        .query("is_flagged", Shape::boolean(), "Only flagged ones.")
        .query("include_history", Shape::boolean(), "Replaced ones, too.");
    checks(after_position(selective(paged(records(route)))))
}
