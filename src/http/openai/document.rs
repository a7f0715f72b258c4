//! What the OpenAI dialect says of itself in `/openapi.json`.

use crate::{
    http::openapi::{BEARER, EVENTS, JSON, Route, Shape, Shapes},
    images,
};

/// The groups of operations.
pub(in crate::http) const TAGS: [(&str, &str); 1] = [(
    "openai",
    "Models, as the SDKs of OpenAI know them: base URL `/v1`, and any key of this server.",
)];

/// The shape of all errors.
const ERROR: &str = "OpenAiError";
/// A completion's answer.
const COMPLETION: &str = "OpenAiCompletion";

/// Every operation.
pub(in crate::http) fn routes() -> Vec<Route> {
    vec![
        complete(),
        embed(),
        list(),
        model("/v1/models/{model}", "openai_model", &["model"]),
        model(
            "/v1/models/{provider}/{model}",
            "openai_model_of_provider",
            &["provider", "model"],
        ),
        model(
            "/v1/models/{provider}/{maker}/{model}",
            "openai_model_of_maker",
            &["provider", "maker", "model"],
        ),
    ]
}

fn complete() -> Route {
    let route = Route::post("/v1/chat/completions")
        .named("openai", "openai_complete", "Answers a conversation")
        .says(
            "`model` is `<provider>/<model>` or a provider's name, as `/v1/models` lists them; the id of a chat; or that of \
             a project's AI provider, with `/<model>` after it for another model than its own. The question is recorded \
             before anybody is asked, and judged; what is refused is answered with `finish_reason` \
             `content_filter`. A client that leaves ends the answer, unless the request has an `Idempotency-Key`: \
             then the same request with `Last-Event-ID` goes on where its stream broke off. Up to eight images come \
             along as parts of the user's messages; for a model that sees none they are refused. What would change \
             the answer and cannot be honoured is refused.",
        )
        .takes(JSON, Shape::named("OpenAiAsk"))
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255).pattern("^[!-~]([ -~]*[!-~])?$"),
            "The same request with the same key happens once, and is answered again for 7 days.",
        )
        .header(
            "Last-Event-ID",
            Shape::text(),
            "How far the stream of a request with this `Idempotency-Key` had come.",
        )
        .header(
            "X-Thread",
            Shape::text(),
            "`new`, or the id of a thread that an earlier answer named: the conversation is kept there, and only \
             the last message of the user's is sent.",
        )
        .header(
            "Turn-Policy",
            Shape::word(&["queue", "reject", "interrupt"]),
            "With `X-Thread`: what happens when a reply is running there.",
        );
    errors(signed_in(route))
        .json(200, "The answer.", Shape::named(COMPLETION))
        .content(200, EVENTS, Shape::named("OpenAiChunk"))
        .with(200, &["X-Accel-Buffering", "X-Colloquy-Position", "X-Colloquy-Stale", "X-Thread"])
        .json(404, "There is no such model, or thread of one's own; or what the request made was deleted since.", error())
        .json(409, "The `Idempotency-Key` came with another body, or a reply is running in the thread.", error())
        .json(429, "The tokens of the day, the week or the month are used up.", error())
        .with(429, &["Retry-After", "X-Should-Retry"])
        .json(502, "The provider failed, after all tries; or the answer was broken off.", error())
        .with(502, &["X-Should-Retry"])
}

fn embed() -> Route {
    let route = Route::post("/v1/embeddings")
        .named("openai", "openai_embed", "Turns texts into vectors")
        .says(
            "`model` is as for completions; a provider that makes no embeddings, as the built-in echo, is refused. The \
             texts are recorded before anybody is asked, and judged: one that is blocked is refused with code \
             `content_filter`, and none is sent; what moderation takes out of a text is no part of its vector, and \
             `warning` says so. Tokens are read where the model's tokenizer is known. No other model stands in for one \
             that fails. Vectors are kept nowhere: an `Idempotency-Key` keeps a request from being paid for twice, and \
             when it comes again the answer is 409.",
        )
        .takes(JSON, Shape::named("OpenAiTexts"))
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255).pattern("^[!-~]([ -~]*[!-~])?$"),
            "The same request with the same key is served once in 7 days.",
        );
    errors(signed_in(route))
        .json(
            200,
            "A vector for each text.",
            Shape::named("OpenAiVectors"),
        )
        .with(200, &["X-Colloquy-Position"])
        .json(
            404,
            "There is no such model; or what the request made was deleted since.",
            error(),
        )
        .json(
            409,
            "The `Idempotency-Key` came with another body, or its vectors were told already.",
            error(),
        )
        .with(409, &["X-Should-Retry"])
        .json(
            429,
            "The tokens of the day, the week or the month are used up.",
            error(),
        )
        .with(429, &["Retry-After", "X-Should-Retry"])
        .json(502, "The provider failed, after all tries.", error())
        .with(502, &["X-Should-Retry"])
}

fn list() -> Route {
    let route = Route::get("/v1/models").named("openai", "openai_models", "Lists the models");
    let models = Shape::open()
        .has("object", Shape::word(&["list"]))
        .has("data", Shape::list(Shape::named("OpenAiModel")));
    signed_in(route).json(200, "All of them.", models)
}

fn model(path: &str, id: &'static str, segments: &[&str]) -> Route {
    let route = Route::get(path)
        .named("openai", id, "Shows a model")
        .says(
            "Whatever a completion may name: a chat's id and that of a project's AI provider are models, too, for those \
             who may ask them. The list has the operator's.",
        );
    let route = segments.iter().fold(route, |route, name| {
        route.segment(name, Shape::text(), "A part of its name.")
    });
    signed_in(route)
        .json(200, "The model.", Shape::named("OpenAiModel"))
        .json(404, "There is no such model.", error())
}

/// Somebody must be known. It may be too often, or the database away.
fn signed_in(route: Route) -> Route {
    route
        .secured(&[BEARER])
        .json(401, "Nobody is known by what was shown.", error())
        .with(401, &["WWW-Authenticate"])
        .json(403, "The API key is limited to other paths.", error())
        .json(429, "Too many requests.", error())
        .with(429, &["Retry-After"])
        .json(503, "The server cannot do it at the moment.", error())
        .with(503, &["Retry-After"])
}

/// What may be wrong with a body.
fn errors(route: Route) -> Route {
    route
        .json(
            400,
            "Something is not as it must be; `param` says what.",
            error(),
        )
        .json(408, "The body did not come in time.", error())
        .json(413, "The body is too large.", error())
        .json(500, "A fault of the server's.", error())
}

fn error() -> Shape {
    Shape::named(ERROR)
}

/// The shapes by their names.
pub(in crate::http) fn shapes() -> Shapes {
    let text = || Shape::text();
    let maybe = || Shape::text().or_null();
    let told = Shape::open()
        .has("message", text())
        .has("type", text())
        .has("param", maybe())
        .has("code", maybe());
    let usage = Shape::open()
        .has("prompt_tokens", Shape::integer())
        .has("completion_tokens", Shape::integer())
        .has("total_tokens", Shape::integer());
    let reasons = Shape::word(&["stop", "length", "content_filter", "tool_calls"]);
    let head = |object| {
        Shape::open()
            .has("id", text())
            .has("object", Shape::word(&[object]))
            .has("created", Shape::integer())
            .has("model", text())
            .may(
                "warning",
                text().says("What moderation took out of the question."),
            )
    };
    let message = Shape::open().has("role", text()).has("content", text());
    let choice = Shape::open()
        .has("index", Shape::integer())
        .has("message", message)
        .has("finish_reason", reasons.clone());
    let part = Shape::open()
        .has("index", Shape::integer())
        .has("delta", Shape::open())
        .has("finish_reason", reasons.or_null());
    let image = Shape::open()
        .has(
            "url",
            text().says(&format!(
                "The image itself, as `data:image/png;base64,…`: a png, jpeg, webp or gif of at most {} MiB and {} \
                 megapixels. No address is fetched.",
                images::MOST_BYTES >> 20,
                images::MOST_PIXELS / 1_000_000
            )),
        )
        .may(
            "detail",
            Shape::word(&["auto", "low", "high"])
                .or_null()
                .says("Whatever it is, models see at most 1024 pixels a side."),
        );
    let parts = Shape::list(
        Shape::open()
            .has("type", text())
            .may("text", text())
            .may("image_url", image),
    );
    let said = Shape::open()
        .has(
            "role",
            Shape::word(&["system", "developer", "user", "assistant"]),
        )
        .has("content", Shape::any_of([text(), parts]));
    let ask = Shape::open()
        .has("model", text())
        .has("messages", Shape::list(said))
        .may("stream", Shape::boolean())
        .may(
            "stream_options",
            Shape::open().may("include_usage", Shape::boolean()),
        )
        .may("temperature", Shape::number().or_null())
        .may("top_p", Shape::number().or_null())
        .may("max_tokens", Shape::integer().at_least(1).or_null())
        .may(
            "max_completion_tokens",
            Shape::integer().at_least(1).or_null(),
        )
        .may(
            "stop",
            Shape::any_of([text(), Shape::list(text())]).or_null(),
        )
        .may("seed", Shape::integer().or_null())
        .may("presence_penalty", Shape::number().or_null())
        .may("frequency_penalty", Shape::number().or_null());
    let token = || Shape::integer().at_least(0).at_most(u32::MAX.into());
    let input = [
        text().length(1, 3 << 20),
        Shape::list(text()),
        Shape::list(token()),
        Shape::list(Shape::list(token())),
    ];
    let texts = Shape::open()
        .has("model", text())
        .has("input", Shape::any_of(input))
        .may(
            "encoding_format",
            Shape::word(&["float", "base64"]).or_null(),
        )
        .may(
            "dimensions",
            Shape::integer().at_least(1).at_most(16_384).or_null(),
        );
    let vector = Shape::open()
        .has("object", Shape::word(&["embedding"]))
        .has("index", Shape::integer())
        .has(
            "embedding",
            Shape::any_of([Shape::list(Shape::number()), text()])
                .says("In base64: numbers of four bytes, the smallest byte first."),
        );
    let read = Shape::open()
        .has("prompt_tokens", Shape::integer())
        .has("total_tokens", Shape::integer());
    let vectors = Shape::open()
        .has("object", Shape::word(&["list"]))
        .has("data", Shape::list(vector))
        .has("model", text())
        .has("usage", read)
        .may(
            "warning",
            text().says("What moderation took out of the texts."),
        );
    vec![
        ("OpenAiTexts", texts),
        ("OpenAiVectors", vectors),
        (ERROR, Shape::open().has("error", told)),
        ("OpenAiAsk", ask),
        (
            COMPLETION,
            head("chat.completion")
                .has("choices", Shape::list(choice))
                .has("usage", usage.clone()),
        ),
        (
            "OpenAiChunk",
            head("chat.completion.chunk")
                .has("choices", Shape::list(part))
                .may("usage", usage.or_null())
                .may(
                    "stale",
                    Shape::boolean().says("`true`, at the end: reads may not show the answer yet."),
                ),
        ),
        (
            "OpenAiModel",
            Shape::open()
                .has("id", text())
                .has("object", Shape::word(&["model"]))
                .has("created", Shape::integer())
                .has("owned_by", text()),
        ),
    ]
}
