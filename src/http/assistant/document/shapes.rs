//! The shapes of what the assistant dialect answers.

use super::FAULTS;
use crate::{
    http::openapi::{Shape, Shapes},
    images,
};

/// By their names.
pub(in crate::http) fn shapes() -> Shapes {
    vec![
        (FAULTS, faults()),
        ("Ok", Shape::closed().has("ok", Shape::boolean())),
        ("Send", send()),
        ("Reply", reply()),
        ("Event", event()),
        ("Conversation", conversation()),
        ("ConversationMessage", message()),
        ("Found", found(Shape::closed())),
        (
            "FoundOfAnybody",
            found(Shape::closed()).has("user_id", Shape::uuid().says("Whose it is.")),
        ),
        ("User", user()),
    ]
}

/// `{"detail": [{…}]}`
fn faults() -> Shape {
    let place = Shape::any_of([Shape::text(), Shape::integer()]);
    let reason = Shape::closed().has("error", Shape::text());
    let fault = Shape::closed()
        .has("type", Shape::text().says("For programs."))
        .has(
            "loc",
            Shape::list(place).says("`body`, `query`, `path` or `header`, and the field's name."),
        )
        .has("msg", Shape::text().says("For people."))
        .has(
            "input",
            Shape::anything().says("What was sent, unless it is large or secret."),
        )
        .may("ctx", reason);
    Shape::closed().has("detail", Shape::list(fault))
}

/// Kinds of images.
const MIMES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

fn send() -> Shape {
    let image = format!(
        "An image of at most {} MiB and {} megapixels: png, jpeg, webp or gif.",
        images::MOST_BYTES >> 20,
        images::MOST_PIXELS / 1_000_000
    );
    Shape::open()
        .has("text", Shape::text().length(1, 1_000_000))
        .may(
            "provider",
            Shape::text()
                .length(0, 200)
                .default("default")
                .says("Whom to ask; `default` is one's own choice, else the server's."),
        )
        .may(
            "conversation_id",
            Shape::text()
                .or_null()
                .says("`<user id>:<channel>:<8 hex digits>`; a new one where there is none."),
        )
        .may(
            "mood",
            Shape::text()
                .or_null()
                .says("`serious`, `friendly` or `normal`, which any other word means, too."),
        )
        .may(
            "web",
            Shape::boolean()
                .default(false)
                .says("Whether the model may look things up on the web before it answers."),
        )
        .may(
            "stream",
            Shape::boolean()
                .default(false)
                .says("Whether to answer with events."),
        )
        .may(
            "image_base64",
            Shape::text().or_null().encoded("base64").says(&image),
        )
        .may(
            "image_mime",
            Shape::any_of([Shape::word(&MIMES), Shape::null()]).says("What the image says it is."),
        )
}

fn reply() -> Shape {
    Shape::closed()
        .has(
            "reply",
            Shape::text().says("With `X-Error`: `Error: ` and a sentence."),
        )
        .has("conversation_id", Shape::text())
        .has("provider", Shape::text().says("Who answered."))
}

/// One event of a stream; its data is JSON that repeats its name.
fn event() -> Shape {
    let data = |name: &str| Shape::closed().has("type", Shape::word(&[name]));
    let named = |shape: Shape| {
        shape
            .has("conversation_id", Shape::text())
            .has("provider", Shape::text())
    };
    let text = || Shape::text().says("The whole of it so far.");
    let tool = |shape: Shape| {
        shape
            .has("name", Shape::word(&["web_search", "web_fetch", "unknown"]))
            .has(
                "label",
                Shape::text().says("What is looked up, for people."),
            )
            .may(
                "replayed",
                Shape::boolean().says("It was said before a break."),
            )
    };
    let kinds = [
        (
            "meta",
            named(data("meta")).may(
                "replayed",
                Shape::boolean().says("It goes on after a break."),
            ),
        ),
        (
            "status",
            data("status")
                .has(
                    "text",
                    Shape::text()
                        .says("What moderation took out of the message, or that it was blocked; or that nothing can be looked up."),
                )
                .may(
                    "replayed",
                    Shape::boolean().says("It was said before a break."),
                ),
        ),
        (
            "assistant",
            data("assistant")
                .has("delta", Shape::text().says("More of the answer."))
                .may("text", text()),
        ),
        (
            "reasoning",
            data("reasoning")
                .has("delta", Shape::text().says("More of the model's thoughts."))
                .may("text", text()),
        ),
        ("tool_start", tool(data("tool_start"))),
        ("tool_end", tool(data("tool_end"))),
        (
            "reset",
            data("reset").has(
                "text",
                Shape::text()
                    .says("The cursor fits no text that exists now: this is the current one."),
            ),
        ),
        ("done", named(data("done")).has("reply", Shape::text())),
        ("error", named(data("error")).has("error", Shape::text())),
    ];
    let event = |(name, data): (&str, Shape)| {
        Shape::closed()
            .has("event", Shape::word(&[name]))
            .may("id", Shape::text().says("The cursor for `Last-Event-ID`."))
            .has("data", Shape::text().holding(data))
    };
    Shape::any_of(kinds.map(event)).says(
        "`meta` first, then perhaps `status`, then `reasoning`, `assistant`, a pair of `tool_start` and `tool_end` for each lookup, and perhaps `reset`, and last `done` or `error`. \
         A comment every 15 seconds of silence.",
    )
}

fn conversation() -> Shape {
    Shape::closed()
        .has("id", Shape::text())
        .has("title", Shape::text())
        .has("created_at", Shape::time())
        .has("last_active", Shape::time())
        .has("message_count", Shape::integer().at_least(0))
        .has("approx_tokens", Shape::integer().at_least(0))
        .has("folder_id", Shape::null())
}

fn message() -> Shape {
    Shape::closed()
        .has("role", Shape::word(&["user", "assistant"]))
        .has("content", Shape::text())
        .has("id", Shape::uuid())
        .has("created_at", Shape::time())
        .has("provider", Shape::text().or_null())
}

fn found(shape: Shape) -> Shape {
    let span = Shape::list(Shape::integer().at_least(0)).says("Begin and end.");
    let excerpt = Shape::closed().has("text", Shape::text()).has(
        "highlights",
        Shape::list(span).says("In Unicode code points of `text`, the end excluded."),
    );
    shape
        .has("conversation_id", Shape::text())
        .has("message_id", Shape::uuid())
        .has("role", Shape::word(&["user", "assistant"]))
        .has("created_at", Shape::time())
        .has("title", Shape::text())
        .has("excerpt", excerpt)
        .has("score", Shape::number())
}

fn user() -> Shape {
    Shape::closed()
        .has("id", Shape::uuid())
        .has("username", Shape::text())
        .has(
            "role",
            Shape::word(&["user", "support", "staff", "auditor", "admin"]),
        )
}
