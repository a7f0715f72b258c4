//! Which fields of which events are content: what people or models wrote, and what people are called.
//!
//! The store seals these, so that they can be destroyed in a log that is never changed. All other fields
//! are metadata and stay readable. A field that is listed here is a string, or is left out.

/// The content fields of one sort of event, as paths from the event's own fields; `*` stands for every
/// element of a list. Empty for an event without content.
#[must_use]
pub fn content_of(aggregate_type: &str, event_type: &str) -> &'static [&'static str] {
    match (aggregate_type, event_type) {
        ("thread", "thread.opened") => &["reference", "name"],
        ("thread", "thread.renamed") => &["name"],
        ("thread", "title.asked") => &["attempts.*.error"],
        ("thread", "message.sent") => &["text", "attachments.*.key"],
        ("thread", "reload.requested") => &["said"],
        ("thread", "reply.completed" | "reply.failed" | "reply.stopped" | "reply.interrupted") => {
            &["text", "reasoning", "error", "attempts.*.error"]
        }
        ("thread", "tool.called") => &["arguments", "label"],
        ("thread", "tool.answered") => &["result"],
        ("thread", "reply.kept") => &["text", "reasoning"],
        ("thread", "decision.recorded") => &["reason", "policy"],
        ("thread", "decision.overturned") => &["reason"],
        ("thread", "message.redacted") => &["text"],
        ("thread", "message.restored") => &["text", "reasoning"],
        ("completion", "completion.requested") => &[
            "messages.*.text",
            "messages.*.attachments.*.key",
            "sampling.stop.*",
        ],
        (
            "completion",
            "completion.completed"
            | "completion.failed"
            | "completion.stopped"
            | "completion.interrupted",
        ) => &[
            "end.text",
            "end.reasoning",
            "end.error",
            "end.attempts.*.error",
        ],
        ("completion", "decision.recorded") => &["reason", "policy"],
        ("completion", "decision.overturned") => &["reason"],
        ("completion", "completion.redacted") => &["text"],
        ("embedding", "embedding.requested") => &["texts.*"],
        ("embedding", "embedding.completed" | "embedding.failed") => &["error", "attempts.*.error"],
        ("user", "user.registered") => &["username"],
        ("key", "key.issued" | "key.changed") => &["name"],
        ("case", "case.reported") => &["category", "comment"],
        ("case", "case.decided") => &["reason", "policy"],
        ("case", "case.overturned") => &["reason"],
        ("case", "case.commented" | "case.appealed") => &["text"],
        ("project", "project.created") => &["name"],
        ("secret", "secret.created" | "secret.changed") => &["name", "value"],
        ("ai_provider", "ai_provider.created" | "ai_provider.changed") => {
            &["name", "base_url", "config"]
        }
        ("policy", "policy.created" | "policy.changed") => &["name", "description"],
        ("chat", "chat.created") => &["name", "system_message"],
        ("document", "document.created" | "document.changed") => {
            &["filename", "path", "title", "metadata", "tags", "content"]
        }
        ("rag_session", "rag_session.opened") => &["name", "label"],
        ("rag_session", "rag_session.renamed") => &["label"],
        ("webhook", "webhook.created") => &["url", "description", "secret"],
        ("webhook", "webhook.changed") => &["url", "description"],
        ("webhook", "webhook.rotated") => &["secret"],
        ("ingest", "ingest.announced" | "ingest.requested") => &["filename"],
        ("ingest", "ingest.received") => &["pieces.*.key"],
        ("ingest", "ingest.described") => &["attempts.*.error"],
        ("ingest", "ingest.embedded") => &["vectors.*"],
        ("ingest", "ingest.chunked") => &["chunks.*.heading", "chunks.*.text"],
        _ => &[],
    }
}

/// Whether a content field stays as long as what it is of, however old it grows: without what its clients call it, nobody
/// could ask for a conversation that goes on.
#[must_use]
pub fn stays(aggregate_type: &str, event_type: &str, path: &str) -> bool {
    (aggregate_type, event_type, path) == ("thread", "thread.opened", "reference")
}
