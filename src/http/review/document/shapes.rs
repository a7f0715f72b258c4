//! What cases look like, as review's description has them.

use super::{severity, state};
use crate::http::openapi::Shape;

fn person() -> Shape {
    Shape::closed()
        .has("uuid", Shape::text())
        .has("username", Shape::text())
}

pub(super) fn case() -> Shape {
    Shape::closed()
        .has("uuid", Shape::text())
        .has("message", Shape::text())
        .has(
            "thread",
            Shape::text()
                .or_null()
                .says("None of a question or an answer that belongs to none."),
        )
        .may(
            "completion",
            Shape::text().says("Of a question or an answer that belongs to no thread."),
        )
        .has(
            "stage",
            Shape::any_of([Shape::word(&["input", "output"]), Shape::null()]),
        )
        .has("state", state())
        .has("severity", severity())
        .has("categories", Shape::list(Shape::text()))
        .has("action_taken", Shape::text())
        .has("is_automated", Shape::boolean())
        .has("report_count", Shape::integer())
        .has("claimed_by", person().or_null())
        .has("claim_expires", Shape::time().or_null())
        .has("decision", Shape::text().or_null())
        .has("decided_by", person().or_null())
        .has("decided", Shape::time().or_null())
        .has("reason", Shape::text().or_null())
        .has("policy", Shape::text().or_null())
        .has("is_appealed", Shape::boolean())
        .has("created", Shape::time())
}

pub(super) fn statement() -> Shape {
    Shape::closed()
        .has("uuid", Shape::text())
        .has("message", Shape::text())
        .has("thread", Shape::text().or_null())
        .may("completion", Shape::text())
        .has("state", state())
        .has(
            "decision",
            Shape::text().or_null().says("Null: it was overturned."),
        )
        .has("decided", Shape::time().or_null())
        .has("reason", Shape::text().or_null())
        .has("policy", Shape::text().or_null())
        .has("is_appealed", Shape::boolean())
        .has("appeal", Shape::text().or_null())
}

fn finding() -> Shape {
    let place = || Shape::integer().at_least(0);
    let shown = |says| place().or_null().says(says);
    Shape::closed()
        .has("category", Shape::text())
        .has(
            "start",
            place().says("Where it begins, in bytes of what was judged."),
        )
        .has("end", place())
        .has("confidence", Shape::number())
        .has("detector", Shape::text())
        .may(
            "thought",
            Shape::boolean().says("In what the model showed of its thoughts."),
        )
        .has(
            "shown_start",
            shown("Where it, or what stands for it, begins in `text`, in code points; null where that is not known."),
        )
        .has("shown_end", shown("Where it ends there."))
}

pub(super) fn whole() -> Shape {
    let alone = || {
        Shape::closed()
            .has("role", Shape::word(&["system", "user", "assistant"]))
            .has("content", Shape::text())
    };
    let messages = || Shape::list(Shape::any_of([Shape::named("Message"), alone()]));
    let written = || Shape::list(Shape::open().has("by", person().or_null()));
    case()
        .has("text", Shape::text())
        .has("sequence_index", Shape::integer())
        .has(
            "version",
            Shape::integer()
                .at_least(1)
                .says("Of the message: 1, and one more for each edit or reload until this one."),
        )
        .has("replaces", Shape::text().or_null())
        .has("replaced_by", Shape::text().or_null())
        .has("context_before", messages())
        .has("context_after", messages())
        .has("findings", Shape::list(finding()))
        .has("judged_by", Shape::text())
        .has("reports", written())
        .has("comments", written())
        .has("appeal", Shape::text().or_null())
}
