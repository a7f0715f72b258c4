//! What models answer.

use super::{error, one, reads, signed_in};
use crate::http::{
    openapi::{EVENTS, Route, Shape, Shapes},
    rag,
};

pub(super) fn routes() -> Vec<Route> {
    let named = |path, id, summary| signed_in(Route::post(path).named("chats", id, summary));
    let of_chat = named(
        "/api/v1/chats/{id}/completions",
        "create_chat_completion_for_chat",
        "Answers a conversation as a chat says",
    );
    let of_chat = one(of_chat).says(
        "The first system message of the conversation replaces the chat's; a model in the request the chat's, and \
         that the provider's. A chat that there is not is a 400.",
    );
    let stateless = named(
        "/api/v1/chats/completions",
        "create_chat_completion",
        "Answers a conversation without a chat",
    );
    let alias = named(
        "/api/v1/chat/completions",
        "create_completion",
        "Answers a conversation, of a chat or without one",
    )
    .says(
        "Of a chat with `chat_id`, without one with `ai_provider_id`. A body with none of these and without `messages` is \
         a question about the documents of a session: `message` and `sessionId`.",
    );
    let stateless = stateless.json(404, "There is no such AI provider, or document.", error());
    let alias = alias.json(404, "There is no such AI provider, or document.", error());
    vec![
        answers(of_chat, "ChatAsk"),
        answers(stateless, "ProviderAsk"),
        answers(alias, "EitherAsk").or(&rag::document::question()),
    ]
}

fn answers(route: Route, body: &str) -> Route {
    reads(route, Shape::named(body))
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255),
            "The same request with the same key happens once, goes on without whoever asked, and is answered again.",
        )
        .header(
            "Last-Event-ID",
            Shape::text(),
            "How far the stream of a request with this `Idempotency-Key` had come.",
        )
        .json(200, "The answer.", Shape::named("Completion"))
        .content(200, EVENTS, Shape::named("CompletionFrame"))
        .with(
            200,
            &["X-Accel-Buffering", "X-Colloquy-Position", "X-Colloquy-Stale"],
        )
        .json(
            409,
            "The Idempotency-Key was used for something else.",
            error(),
        )
        .json(
            502,
            "The provider failed, after all tries (`meta.status` is its own), or the answer was broken off.",
            error(),
        )
}

/// By their names.
pub(super) fn shapes() -> Shapes {
    let text = Shape::text;
    let document = Shape::open()
        .has("type", Shape::word(&["document"]))
        .has("document_id", text());
    let message = Shape::open()
        .has("role", Shape::word(&["system", "user", "assistant"]))
        .may("content", Shape::any_of([text(), document]))
        .may(
            "document_id",
            text().says("What it says is the message; it wins over `content`."),
        );
    let ask = || {
        Shape::open()
            .has("messages", Shape::list(message.clone()))
            .may("model", text().or_null())
            .may("stream", Shape::boolean())
            .may(
                "temperature",
                Shape::number().at_least(0).at_most(2).or_null(),
            )
            .may("top_p", Shape::number().at_least(0).at_most(1).or_null())
            .may("max_tokens", Shape::integer().at_least(1).or_null())
            .may(
                "stop",
                Shape::any_of([text(), Shape::list(text())]).or_null(),
            )
    };
    let behaving = |shape: Shape| {
        shape
            .may(
                "system_message",
                text()
                    .or_null()
                    .says("Unless the conversation has a system message."),
            )
            .may(
                "instructions",
                text().or_null().says("Unless there is a `system_message`."),
            )
    };
    let warning = || text().says("What moderation took out of the question.");
    let reasons = [
        "stop",
        "length",
        "content-filter",
        "tool-calls",
        "error",
        "other",
    ];
    let choice = Shape::open()
        .has("index", Shape::integer())
        .has(
            "message",
            Shape::open().has("role", text()).has("content", text()),
        )
        .has("finish_reason", Shape::word(&reasons));
    let usage = Shape::open()
        .has("prompt_tokens", Shape::integer())
        .has("completion_tokens", Shape::integer())
        .has("total_tokens", Shape::integer());
    let delta = Shape::open().has("delta", Shape::open().has("content", text()));
    vec![
        ("ChatAsk", ask()),
        ("ProviderAsk", behaving(ask().has("ai_provider_id", text()))),
        (
            "EitherAsk",
            behaving(ask().may("chat_id", text()).may("ai_provider_id", text())),
        ),
        (
            "Completion",
            Shape::open()
                .has("id", text())
                .has("object", Shape::word(&["chat.completion"]))
                .has("created", Shape::integer())
                .has("model", text().says("As the provider calls it."))
                .has("choices", Shape::list(choice))
                .has("usage", usage)
                .may("warning", warning()),
        ),
        (
            "CompletionFrame",
            Shape::open()
                .may("choices", Shape::list(delta))
                .may("error", text().says("It has failed, and nothing follows."))
                .may(
                    "stale",
                    Shape::boolean().says("`true`, at the end: reads may not show the answer yet."),
                )
                .may("warning", warning()),
        ),
    ]
}
