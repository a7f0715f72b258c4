//! Lists, and what is done to a whole conversation.

use utoipa::openapi::HttpMethod;

use super::{after_position, checks, detail, happens_once, ok, reads, shows, signed_in};
use crate::http::{
    assistant::maintenance::{ACTIONS, Action},
    openapi::{Route, Shape},
};

const LIST: &str = "/api/chat/conversations";
const FOREIGN: &str = "The conversation is somebody else's.";

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![list(), messages(), delete()];
    routes.extend(ACTIONS.map(|(name, action)| act(name, action)));
    routes
}

/// `limit` of a list.
pub(super) fn limited(route: Route) -> Route {
    checks(route).query(
        "limit",
        Shape::integer().at_least(1).at_most(100).default(50),
        "Rows at most.",
    )
}

/// A list that is read page by page.
pub(super) fn paged(route: Route) -> Route {
    limited(route).query("cursor", Shape::text(), "`next_cursor` of the page before.")
}

fn list() -> Route {
    let route = Route::get(LIST).named(
        "conversations",
        "list_conversations",
        "Lists one's own conversations, the newest activity first",
    );
    let page = Shape::closed()
        .has("conversations", Shape::list(Shape::named("Conversation")))
        .has(
            "next_cursor",
            Shape::text().or_null().says("Of the next page."),
        );
    let route = shows(signed_in(route), "A page of them.", page)
        .query("channel", Shape::text(), "Only those of this channel.")
        .query(
            "archived",
            Shape::boolean().default(false),
            "The archived ones instead.",
        );
    after_position(paged(route))
}

fn messages() -> Route {
    let route = Route::get("/api/chat/messages").named(
        "conversations",
        "list_messages",
        "Lists the last messages of a conversation, the oldest first",
    );
    let page = Shape::closed()
        .has("conversation_id", Shape::text())
        .has("messages", Shape::list(Shape::named("ConversationMessage")));
    let route = shows(signed_in(route), "The messages.", page)
        .must_query("conversation_id", Shape::text(), "Which one.")
        .json(403, FOREIGN, detail());
    after_position(limited(route))
}

fn one(route: Route) -> Route {
    let route = signed_in(route)
        .segment(
            "conversation_id",
            Shape::text(),
            "Which one; colons may be escaped.",
        )
        .json(403, FOREIGN, detail());
    checks(happens_once(route))
}

fn delete() -> Route {
    let route = Route::new(HttpMethod::Delete, format!("{LIST}/{{conversation_id}}"))
        .named(
            "conversations",
            "delete_conversation",
            "Erases a conversation",
        )
        .says(
            "It is hidden at once; its keys and every copy of its contents are destroyed soon after. A conversation \
             that does not exist is erased already.",
        );
    shows(one(route), "It is hidden, and will be gone.", ok())
}

fn act(name: &'static str, action: Action) -> Route {
    let path = format!("{LIST}/{{conversation_id}}/{name}");
    let route = |id, summary| one(Route::post(&path).named("conversations", id, summary));
    let missing = |route: Route| route.json(404, "There is no such conversation.", detail());
    let count = || Shape::integer().at_least(0);
    let done = || Shape::closed().has("ok", Shape::boolean());
    let named = || done().has("conversation_id", Shape::text());
    match action {
        Action::Truncate => {
            let route = missing(route("truncate", "Keeps only the newest messages"));
            let kept = named()
                .has(
                    "keep_count",
                    count().says(
                        "Messages that were kept. Where there was nothing to cut, as many as there are: when the request \
                         comes again with its `Idempotency-Key`, those that there are then.",
                    ),
                )
                .has("deleted", count().says("Messages that were cut."));
            let sent = Shape::open().may(
                "keep_count",
                Shape::integer().default(0).says("A negative one is 0."),
            );
            let route = shows(route, "What was cut stays in the record.", kept);
            reads(route, sent).json(
                409,
                "The `Idempotency-Key` came with another body; or a reply is running.",
                detail(),
            )
        }
        Action::Rewind => {
            let route = route("rewind", "Cuts a message and everything after it");
            let cut = named().has("deleted", count().says("Messages that were cut."));
            let sent = Shape::open().has("message_id", Shape::uuid());
            let route = shows(route, "What was cut stays in the record.", cut);
            reads(missing(route), sent)
                .status(404, "There is no such message in it.")
                .json(
                    409,
                    "The `Idempotency-Key` came with another body.",
                    detail(),
                )
        }
        Action::Restore => {
            let route = missing(route("restore", "Lifts all cuts"));
            let restored = done().has("restored", count().says("Messages that are back."));
            shows(route, "Everything is back.", restored)
        }
        Action::Archive => {
            let route = missing(route("archive", "Takes a conversation off the list"));
            shows(route, "It is archived.", ok())
        }
        Action::Unarchive => {
            let route = missing(route("unarchive", "Puts a conversation back on the list"));
            shows(route, "It is on the list.", ok())
        }
        Action::Stop => {
            let stopped = done().has("stopped", Shape::boolean().says("Whether one was running."));
            let route = route("stop", "Ends the running reply; its text is kept");
            shows(route, "Nothing is running.", stopped)
        }
    }
}
