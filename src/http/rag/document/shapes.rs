//! The shapes of what the RAG dialect takes and answers.

use super::{ERROR, FAILURE, SESSION};
use crate::http::openapi::{Shape, Shapes};

/// By their names.
pub(in crate::http) fn shapes() -> Shapes {
    let text = Shape::text;
    let message = Shape::open()
        .has("role", Shape::word(&["user", "assistant"]))
        .has("content", text())
        .has("createdAt", Shape::time());
    vec![
        (ERROR, Shape::closed().has("error", text())),
        (
            FAILURE,
            Shape::closed()
                .has("success", Shape::boolean())
                .has("error", text()),
        ),
        (
            "RagQuestion",
            Shape::open()
                .has("message", text())
                .has("sessionId", text().length(1, 200))
                .may("institution", text().or_null().says("Only documents of exactly this one."))
                .may("stream", Shape::boolean())
                .may("sources", Shape::boolean()),
        ),
        (
            "RagFrame",
            text().says("`data: {\"content\": \"…\"}`, then `data: [DONE]`; a failure is `data: {\"error\": \"Stream Error\"}`."),
        ),
        (
            "RagSource",
            Shape::open()
                .has("document_id", text())
                .has("filename", text())
                .has("page", Shape::integer().or_null())
                .has("chunk", Shape::integer())
                .has("score", Shape::number())
                .has("excerpt", text()),
        ),
        (
            "RagHistory",
            Shape::open()
                .has("success", Shape::boolean())
                .has("data", Shape::list(message))
                .has("page", Shape::integer())
                .has("total", Shape::integer())
                .has("hasMore", Shape::boolean()),
        ),
        (
            SESSION,
            Shape::open()
                .has("id", text())
                .has("user_id", text())
                .has("label", text().or_null())
                .has("created_at", Shape::time())
                .has("last_active", Shape::time()),
        ),
        (
            "RagDocument",
            Shape::open()
                .has("id", text())
                .has("session_id", text().or_null())
                .has("filename", text())
                .has("chunks", Shape::integer())
                .has("visual_chunks", Shape::integer())
                .has("status", Shape::word(&["pending", "processing", "completed", "failed"]))
                .has("err_msg", text().or_null())
                .has("created_at", Shape::time()),
        ),
    ]
}
