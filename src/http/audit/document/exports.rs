//! Exports.

use super::{detail, reads, user_id};
use crate::{
    audit::export::MOST_EVENTS,
    http::{
        audit::exports::ZIP,
        openapi::{Route, Shape},
    },
};

/// Their operation.
pub(super) fn route() -> Route {
    let says = format!(
        "A zip with the events as they are stored and their proofs (`events.jsonl`), the signed checkpoint \
         (`checkpoint.txt`), a page to be read (`transcript.html`), with a reason the events with their content \
         (`readable.jsonl`), a manifest with the hashes of all files, and the notary's signature of it (`manifest.note`): \
         what belongs to the export is proved, too. `colloquy audit verify --export DIR` checks it, \
         unpacked, without a server. That it was made is an event. At most {MOST_EVENTS} events."
    );
    reads(Route::post("/api/audit/exports").named(
        "audit",
        "audit_export",
        "A part of the record as one file, with its proofs",
    ))
    .says(&says)
    .query(
        "thread",
        Shape::uuid(),
        "Of this thread, and who was shown it.",
    )
    .query(
        "user",
        user_id(),
        "Of this user's threads, what the user did, and the account.",
    )
    .query(
        "project",
        Shape::text(),
        "Of this project, what was set up in it, and what its providers were asked.",
    )
    .query(
        "flagged",
        Shape::boolean().default(false),
        "Of the threads in which something was flagged, and what was done about it.",
    )
    .query("from", Shape::time(), "Not before.")
    .query("to", Shape::time(), "Before.")
    .status(200, "The zip.")
    .content(200, ZIP, Shape::text().format("binary"))
    .json(404, "Nothing of this is signed yet.", detail())
}
