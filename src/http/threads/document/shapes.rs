//! The shapes of what the threads dialect answers. UUIDs are written as 32 digits here.

use super::FIELD_ERRORS;
use crate::http::openapi::{Shape, Shapes};

/// By their names.
pub(in crate::http) fn shapes() -> Shapes {
    vec![
        (FIELD_ERRORS, field_errors()),
        (
            "Sentences",
            Shape::list(Shape::text()).says("Faults of no field."),
        ),
        ("ThreadSend", send()),
        ("ThreadSendForm", form()),
        ("Frame", frame()),
        ("ChatSession", session()),
        ("ThreadSession", thread()),
        ("Message", message()),
        ("TokenQuotaUsage", usage()),
    ]
}

/// 32 hexadecimal digits.
fn digits() -> Shape {
    Shape::text().pattern("^[0-9a-f]{32}$")
}

/// A UUID as it may be sent: with or without hyphens.
pub(in crate::http) fn uuid() -> Shape {
    Shape::text()
        .pattern("^[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}$")
        .says("A UUID, with or without its hyphens.")
}

/// The API's word for how bad something is.
pub(super) fn severity() -> Shape {
    Shape::word(&["none", "low", "medium", "high", "critical"])
}

fn field_errors() -> Shape {
    Shape::map(Shape::list(Shape::text())).says("Fields, and what is wrong with each.")
}

fn send() -> Shape {
    let mode = Shape::any_of([Shape::word(&["reload", "edit"]), Shape::null()]);
    Shape::open()
        .has("input", Shape::text().length(1, 50_000))
        .may("thread_uuid", uuid().or_null())
        .may(
            "mode",
            mode.says("Answer the last message again, or say it differently."),
        )
        .may("edit_message_uuid", uuid().or_null())
}

fn form() -> Shape {
    Shape::open()
        .has("input", Shape::text().length(1, 50_000))
        .may("thread_uuid", uuid())
        .may("mode", Shape::word(&["reload", "edit"]))
        .may("edit_message_uuid", uuid())
}

/// One line of a stream.
fn frame() -> Shape {
    let meta = Shape::closed()
        .may("thread_uuid", digits())
        .may("user_message_uuid", digits())
        .may("assistant_message_uuid", digits());
    let content = |kind: &str| Shape::closed().has("k", Shape::word(&[kind]));
    let cursor = || Shape::text().says("The cursor for `after`.");
    let text = || Shape::text();
    let frames = [
        Shape::closed().has("m", meta.says("The first line and the last.")),
        content("markdown")
            .has("c", text().says("More prose."))
            .has("r", cursor()),
        content("load")
            .has(
                "t",
                Shape::word(&["code", "mermaid"]).says("A block begins."),
            )
            .has("r", cursor()),
        content("code")
            .has("c", text().says("A whole block."))
            .has("t", text().says("Its language."))
            .has("r", cursor()),
        content("mermaid").has("c", text()).has("r", cursor()),
        content("reset").has(
            "r",
            cursor().says("The cursor fits no text that exists now: the current one follows."),
        ),
        Shape::closed()
            .has(
                "w",
                text().says("What moderation took out of the message, or that it was blocked."),
            )
            .may(
                "replayed",
                Shape::boolean().says("It was said before a break."),
            ),
        Shape::closed().has("e", text().says("The reply failed.")),
    ];
    Shape::any_of(frames).says(
        "One of the stream's lines, each a JSON object. An empty line every 15 seconds of silence.",
    )
}

fn session() -> Shape {
    Shape::closed()
        .may("uuid", digits())
        .may("user", digits())
        .may("user_username", Shape::text())
        .may("user_full_name", Shape::text())
        .may("created", Shape::time())
        .may("modified", Shape::time())
        .says("All of these, unless `field` names some.")
}

fn thread() -> Shape {
    let flags = Shape::closed()
        .may("is_flagged", Shape::boolean())
        .may("max_severity", severity());
    Shape::closed()
        .may("uuid", digits())
        .may("name", Shape::text())
        .may("chat_session", digits())
        .may(
            "flags",
            flags.says("Empty until something is found for the first time."),
        )
        .may("is_archived", Shape::boolean())
        .may(
            "message_count",
            Shape::integer()
                .at_least(0)
                .says("Replaced ones, too; an answer once it has ended."),
        )
        .may("is_flagged", Shape::boolean())
        .may("max_severity", severity())
        .may("user_username", Shape::text())
        .may("user_full_name", Shape::text())
        .may("created", Shape::time())
        .may("modified", Shape::time())
        .says("All of these, unless `field` names some.")
}

fn message() -> Shape {
    let categories = || Shape::list(Shape::text());
    let actions = ["allow", "flag", "warn", "redact", "block"];
    Shape::closed()
        .may("uuid", digits())
        .may("thread", digits())
        .may("role", Shape::word(&["user", "assistant"]))
        .may("content", Shape::text())
        .may("sequence_index", Shape::integer().at_least(1))
        .may("replaces", digits().or_null())
        .may("created", Shape::time())
        .may("is_flagged", Shape::boolean())
        .may("severity", severity())
        .may("injection_categories", categories())
        .may("pii_categories", categories())
        .may("action_taken", Shape::word(&actions))
        .says(
            "All of these, unless `field` names some; the last five for staff and support alone where the server \
             says so.",
        )
}

fn usage() -> Shape {
    ["daily", "weekly", "monthly"]
        .into_iter()
        .fold(Shape::closed(), |shape, period| {
            let name = |field| format!("{period}_{field}");
            let limit = "Set for this user; null: the server's. -1 is no limit.";
            shape
                .has(&name("limit"), Shape::integer().or_null().says(limit))
                .has(&name("usage"), Shape::integer())
                .has(
                    &name("remaining"),
                    Shape::integer().or_null().says("Null: no limit."),
                )
                .has(&name("reset_at"), Shape::time())
                .has(&name("system_default"), Shape::integer())
        })
}
