//! What the auditors' dialect says of itself in `/openapi.json`.

mod exports;
mod holds;
mod moments;
mod retention;
mod webhooks;

use crate::http::openapi::{BEARER, DETAIL, EVENTS, LINES, QUERY, Route, Shape, Shapes};

/// The groups of operations.
pub(in crate::http) const TAGS: [(&str, &str); 1] = [(
    "audit",
    "The record, for auditors: as it stands, as it stood, and proof of it.",
)];

const EVENT: &str = "AuditEvent";
const THREAD: &str = "AuditThread";
const MESSAGE: &str = "AuditMessage";
const ABOUT_CONTENT: &str = "What people and models wrote is shown to those only who say why in `X-Audit-Reason`; that \
    they read it, and the reason, is an event in the thread's trail.";

/// Every operation.
pub(in crate::http) fn routes() -> Vec<Route> {
    let feed = reads(Route::get("/api/audit/events").named(
        "audit",
        "audit_events",
        "The log, event by event, without a gap",
    ))
    .says(
        "JSON lines; the last one says with `next` where to go on (as `after`), and whether there is `more`. A feed without \
         that line was broken off; where the reader's right to it ended meanwhile, its last line is a `detail`. With \
         `Accept: text/event-stream` it goes on for as long as somebody reads, or until an event `error` with such a \
         `detail`, and `Last-Event-ID` (or `after`) continues it. Of accounts and keys no content is shown.",
    )
    .query("after", position(), "Only what comes after this position.")
    .query("type", Shape::text(), "Only these types, with commas between them.")
    .query("thread", Shape::uuid(), "Only of this thread, and who was shown it.")
    .query("completion", answer_id(), "Only of this completion, and who was shown it.")
    .query("user", user_id(), "Only what this user did, and what happened to the account.")
    .query("from", Shape::time(), "Not before.")
    .query("to", Shape::time(), "Before.")
    .query("limit", Shape::integer().at_least(1).at_most(100_000).default(1_000), "Lines at most.")
    .header("Last-Event-ID", position(), "The last event that was seen.")
    .status(200, "The events.")
    .content(200, LINES, Shape::any_of([Shape::named(EVENT), end(), detail()]))
    .content(200, EVENTS, Shape::text());
    let trail = page_of(
        "thread",
        of_thread(Route::get("/api/audit/threads/{id}/events").named(
            "audit",
            "audit_thread_events",
            "What happened to a thread, and who was shown it",
        )),
    );
    let completion = page_of(
        "completion",
        reads(Route::get("/api/audit/completions/{id}/events").named(
            "audit",
            "audit_completion_events",
            "What happened to a question with its answer that belong to no thread, and who was shown them",
        ))
        .segment("id", answer_id(), "The completion.")
        .json(404, "There was no such completion.", detail()),
    );
    let at = of_thread(Route::get("/api/audit/threads/{id}/at").named(
        "audit",
        "audit_thread_at",
        "A thread as it was: every version of every message, and what its owner saw",
    ))
    .query(
        "position",
        position(),
        "With everything up to this position.",
    )
    .query("time", moment(), "With everything up to this time.")
    .json(200, "The thread.", Shape::named(THREAD));
    let diff = of_thread(Route::get("/api/audit/threads/{id}/diff").named(
        "audit",
        "audit_thread_diff",
        "What changed in a thread between two moments",
    ))
    .query(
        "from",
        moment(),
        "A position or a time; from the beginning, when it is not given.",
    )
    .query(
        "to",
        moment(),
        "A position or a time; now, when it is not given.",
    )
    .json(
        200,
        "The changes.",
        Shape::closed()
            .has("thread", Shape::uuid())
            .has(
                "changes",
                Shape::list(
                    Shape::closed()
                        .has("kind", Shape::text())
                        .has("message", Shape::uuid().or_null())
                        .has(
                            "sentence",
                            Shape::text().says("For people; without content."),
                        ),
                ),
            )
            .has("before", Shape::named(THREAD).or_null())
            .has("after", Shape::named(THREAD)),
    );
    let context = of_thread(
        Route::get("/api/audit/threads/{id}/replies/{turn}/context").named(
            "audit",
            "audit_reply_context",
            "What a model was shown for a reply",
        ),
    )
    .segment("turn", answer_id(), "The reply: its message's id.")
    .says("Computed again from the log, by the rule that was recorded when the reply was begun.")
    .json(200, "The context.", manifest());
    let schema = signed_in(Route::get("/api/audit/schema").named(
        "audit",
        "audit_schema",
        "Every type of event, with the JSON Schema of its data",
    ))
    .json(
        200,
        "The catalogue; references lead into the same document.",
        Shape::closed().has("$defs", Shape::open()).has(
            "events",
            Shape::list(
                Shape::closed()
                    .has("aggregate_type", Shape::text())
                    .has("type", Shape::text())
                    .has("schema", Shape::open())
                    .has(
                        "content",
                        Shape::list(Shape::text())
                            .says("Fields that are sealed, and shown with a reason only."),
                    ),
            ),
        ),
    );
    let checkpoint = signed_in(Route::get("/api/audit/checkpoint").named(
        "audit",
        "audit_checkpoint",
        "What the notary has signed last",
    ))
    .json(
        200,
        "A C2SP checkpoint.",
        Shape::closed()
            .has("size", position())
            .has("signed_at", Shape::time())
            .has("note", Shape::text()),
    )
    .json(404, "Nothing is signed yet.", detail());
    let inclusion = proof(Route::get("/api/audit/proofs/inclusion").named(
        "audit",
        "audit_inclusion",
        "Proof that an event is in the log (RFC 6962, 2.1.1)",
    ))
    .must_query("position", position(), "The event's.")
    .query(
        "size",
        position(),
        "The tree's; what was signed last, when it is not given.",
    )
    .json(
        200,
        "Hashes in base64, from the leaf upwards.",
        Shape::closed()
            .has("position", position())
            .has("size", position())
            .has("leaf", Shape::text())
            .has("root", Shape::text())
            .has("proof", Shape::list(Shape::text())),
    );
    let consistency = proof(Route::get("/api/audit/proofs/consistency").named(
        "audit",
        "audit_consistency",
        "Proof that the log was only ever appended to (RFC 6962, 2.1.2)",
    ))
    .must_query("from", position(), "The smaller tree's size.")
    .query(
        "to",
        position(),
        "The larger one's; what was signed last, when it is not given.",
    )
    .json(
        200,
        "Hashes in base64.",
        Shape::closed()
            .has("from", position())
            .has("to", position())
            .has("root_from", Shape::text())
            .has("root_to", Shape::text())
            .has("proof", Shape::list(Shape::text())),
    );
    let mut routes = vec![
        feed,
        trail,
        completion,
        at,
        diff,
        context,
        schema,
        checkpoint,
        inclusion,
        consistency,
        exports::route(),
    ];
    routes.extend(holds::routes());
    routes.extend(retention::routes());
    routes.extend(moments::routes());
    routes.extend(webhooks::routes());
    routes
}

/// The shapes that have names.
pub(in crate::http) fn shapes() -> Shapes {
    let mut shapes = vec![(EVENT, event()), (THREAD, thread()), (MESSAGE, message())];
    shapes.extend(holds::shapes());
    shapes.extend(webhooks::shapes());
    shapes
}

fn signed_in(route: Route) -> Route {
    route
        .secured(&[BEARER, QUERY])
        .json(400, "Something is not as it must be.", detail())
        .json(401, "Nobody is known by what was shown.", detail())
        .json(
            403,
            "Only for auditors, and whom a policy allows it.",
            detail(),
        )
        .json(429, "Too many requests.", detail())
        .with(429, &["Retry-After"])
        .json(503, "The server cannot do it at the moment.", detail())
        .with(503, &["Retry-After"])
}

/// A completion or a reply.
fn answer_id() -> Shape {
    Shape::text()
        .says("A UUID, or `chatcmpl-` and one without hyphens, as it is printed with the answer.")
}

/// A user.
fn user_id() -> Shape {
    Shape::text().says(
        "A UUID, or `user_…` as `/api/v1/users` prints it; that of somebody who has an account.",
    )
}

/// Content may be shown.
fn reads(route: Route) -> Route {
    let reason = Shape::text().length(1, 500);
    signed_in(route).header("X-Audit-Reason", reason, ABOUT_CONTENT)
}

fn of_thread(route: Route) -> Route {
    reads(route)
        .segment("id", Shape::uuid(), "The thread.")
        .json(404, "There was no such thread.", detail())
}

/// Events of one of these, page by page.
fn page_of(subject: &'static str, route: Route) -> Route {
    let limit = Shape::integer().at_least(1).at_most(1_000).default(200);
    let next = position().or_null().says("`after` of the next page.");
    route
        .query("after", position(), "Only what comes after this position.")
        .query("limit", limit, "Events at most.")
        .json(
            200,
            "A page.",
            Shape::closed()
                .has(subject, Shape::uuid())
                .has("events", Shape::list(Shape::named(EVENT)))
                .has("next", next),
        )
}

fn proof(route: Route) -> Route {
    signed_in(route)
        .json(404, "The notary has signed no such tree.", detail())
        .json(500, "The notary's hashes are damaged.", detail())
}

fn manifest() -> Shape {
    let message = Shape::closed()
        .has("place", Shape::integer())
        .has("message", Shape::uuid().says("Under which id it was said."))
        .has(
            "stands_in",
            Shape::boolean().says(
                "It came with the wish for this answer, and was shown in place of the message that stands there: no \
                 message has its id, but its verdict and its case do.",
            ),
        )
        .has("role", Shape::word(&["user", "assistant"]))
        .has("images", Shape::integer())
        .has("length", Shape::integer())
        .has("text", Shape::text().or_null());
    let asked = Shape::closed()
        .has("provider", Shape::text())
        .has(
            "obstacle",
            Shape::text().or_null().says("Why it could not be asked."),
        )
        .has("messages", Shape::list(message));
    let passage = Shape::closed()
        .has("document", Shape::uuid())
        .has("chunk", Shape::integer())
        .has("score", Shape::integer())
        .has("flagged", Shape::list(Shape::text()))
        .has("kept_back", Shape::boolean().says("No model was shown it."))
        .has("text", Shape::text().or_null());
    let notes = Shape::closed()
        .has("prompt", Shape::text())
        .has("rules", Shape::text().or_null())
        .has("passages", Shape::list(passage))
        .says("What of documents was shown before the question.");
    let call = Shape::closed()
        .has("call", Shape::integer())
        .has("round", Shape::integer())
        .has("tool", Shape::text())
        .has("arguments", Shape::text().or_null())
        .has(
            "done",
            Shape::boolean().or_null().says("Nothing: it was stopped."),
        )
        .has("flagged", Shape::list(Shape::text()).or_null())
        .has("kept_back", Shape::boolean().or_null())
        .has("duration_ms", Shape::integer().or_null())
        .has("result", Shape::text().or_null())
        .says("What the model was told of it.");
    let lookups = Shape::closed()
        .has("prompt", Shape::text().or_null())
        .has("rules", Shape::text().or_null())
        .has("offered", Shape::list(Shape::text()).or_null())
        .has(
            "beside_question",
            Shape::boolean().or_null().says(
                "In the end no tool was offered any more, and what was found stood in one message with the question.",
            ),
        )
        .has("calls", Shape::list(call))
        .says("What was looked up in the middle of the answer.");
    Shape::closed()
        .has("thread", Shape::uuid())
        .has("turn", Shape::uuid())
        .has("position", position().says("Where the reply was begun."))
        .has("answers", Shape::uuid())
        .has("rule", Shape::open())
        .has("system_prompt", Shape::text().or_null())
        .has("asked", Shape::list(asked))
        .has("attempts", Shape::list(Shape::open()))
        .has("notes", notes.or_null())
        .has("lookups", lookups.or_null())
        .has("content", Shape::boolean())
}

fn end() -> Shape {
    Shape::closed()
        .has("next", position())
        .has("more", Shape::boolean())
}

fn event() -> Shape {
    Shape::closed()
        .has("position", position().says("Its place in the log."))
        .has("recorded_at", Shape::time())
        .has("type", Shape::text())
        .has("version", Shape::text())
        .has("aggregate_type", Shape::text())
        .has("aggregate_id", Shape::text())
        .has(
            "sequence",
            Shape::integer().says("Its place among its aggregate's."),
        )
        .has(
            "by",
            Shape::uuid()
                .or_null()
                .says("Who did it; nobody: the server."),
        )
        .may(
            "because",
            Shape::text().says("Why the server did it: `retention`."),
        )
        .has("data", Shape::open())
        .has(
            "withheld",
            Shape::list(Shape::text()).says(
                "Fields whose content is not shown, or not all of it: in the trail of a thread or a completion, a reading \
                 names no other that was read with it.",
            ),
        )
}

fn thread() -> Shape {
    let receipt = Shape::list(Shape::open());
    let erasure = Shape::closed()
        .has("requested_at", position())
        .has("confirmed_at", position().or_null())
        .has("receipt", Shape::any_of([receipt, Shape::null()]));
    Shape::closed()
        .has("thread", Shape::uuid())
        .has("position", position().says("Of its last event."))
        .has("recorded_at", Shape::time())
        .has("owner", Shape::uuid().or_null())
        .has("dialect", Shape::text().or_null())
        .has("reference", Shape::text().or_null())
        .has("channel", Shape::text().or_null())
        .has("name", Shape::text().or_null())
        .has("archived", Shape::boolean())
        .has("open_turn", Shape::uuid().or_null())
        .has("erasure", erasure.or_null())
        .has(
            "erased_since",
            Shape::closed()
                .has("requested_at", position())
                .has("confirmed_at", position().or_null())
                .has("recorded_at", Shape::time().says("Of the later of both."))
                .or_null()
                .says(
                    "The erasure, as it is known today, that came after this moment: texts that are empty may have said \
                     something then.",
                ),
        )
        .has(
            "expired",
            Shape::closed()
                .has(
                    "before",
                    Shape::time().says("What was said before is gone, or is to go."),
                )
                .has("asked_at", position())
                .has("confirmed_at", position().or_null())
                .has(
                    "receipt",
                    Shape::any_of([Shape::list(Shape::open()), Shape::null()]),
                )
                .or_null(),
        )
        .has("messages", Shape::list(Shape::named(MESSAGE)))
        .has("content", Shape::boolean().says("Whether it is shown."))
}

fn message() -> Shape {
    let texts = ["text", "reasoning", "error", "provider", "model", "finish"];
    let ids = ["replaces", "replaced_by", "answers"];
    let numbers = ["prompt_tokens", "completion_tokens", "length"];
    let words = ["status", "scan", "severity", "action_taken"];
    let flags = [
        "seen_by_owner",
        "hidden_by_a_cut",
        "estimated",
        "flagged",
        "expired",
    ];
    let lists = ["injection_categories", "pii_categories"];
    let shape = Shape::closed()
        .has("message", Shape::uuid())
        .has("turn", Shape::uuid())
        .has(
            "place",
            Shape::integer().says("Versions of a message share it."),
        )
        .has("role", Shape::word(&["user", "assistant"]))
        .has("created", Shape::time())
        .has("finished", Shape::time().or_null());
    let with = |shape: Shape, names: &[&str], of: &dyn Fn() -> Shape| {
        names
            .iter()
            .fold(shape, |shape, name| shape.has(name, of()))
    };
    let shape = with(shape, &texts, &|| Shape::text().or_null());
    let shape = with(shape, &ids, &|| Shape::uuid().or_null());
    let shape = with(shape, &numbers, &Shape::integer);
    let shape = with(shape, &words, &Shape::text);
    let shape = with(shape, &flags, &Shape::boolean);
    with(shape, &lists, &|| Shape::list(Shape::text()))
}

/// Digits.
fn position() -> Shape {
    Shape::text().pattern("^[0-9]{1,19}$")
}

/// Digits, or a time.
fn moment() -> Shape {
    Shape::any_of([Shape::time(), position()])
}

fn detail() -> Shape {
    Shape::named(DETAIL)
}
