//! What the RAG dialect says of itself in `/openapi.json`.

mod shapes;

pub(in crate::http) use self::shapes::shapes;
use crate::http::openapi::{BEARER, EVENTS, JSON, Route, Shape};

/// The groups of operations.
pub(in crate::http) const TAGS: [(&str, &str); 1] = [(
    "rag",
    "Questions, and answers out of the documents of a session.",
)];

/// The shape of errors, but for those of answers.
const ERROR: &str = "RagError";
/// The shape of errors where an answer is asked for.
const FAILURE: &str = "RagFailure";
const SESSION: &str = "RagSession";
const GONE: &str = "What an earlier request of this `Idempotency-Key` sent was deleted since.";

/// Every operation but the question, which shares its path with another dialect.
pub(in crate::http) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/health")
            .named("rag", "rag_health", "Says that the server is there")
            .status(200, "It is.")
            .content(200, "text/plain", Shape::text()),
        of_session(signed_in(
            Route::get("/api/v1/chat/history/{session}").named(
                "rag",
                "rag_history",
                "Shows what was said in a session",
            ),
        ))
        .says("20 messages a page, oldest first; of a session that there is not, none.")
        .query(
            "page",
            Shape::integer().at_least(0),
            "From 0; anything else is 0.",
        )
        .json(200, "The page.", Shape::named("RagHistory")),
        of_session(signed_in(Route::new(
            utoipa::openapi::HttpMethod::Delete,
            "/api/v1/chat/{session}",
        )))
        .named("rag", "rag_forget", "Destroys what was said in a session")
        .says("The session and its documents stay.")
        .status(204, "It is gone, or there was nothing.")
        .json(400, "The record cannot be written at the moment.", error()),
        signed_in(Route::get("/api/v1/session").named(
            "rag",
            "rag_sessions",
            "Lists one's sessions",
        ))
        .json(
            200,
            "All of them, newest first.",
            Shape::list(Shape::named(SESSION)),
        ),
        writes(Route::post("/api/v1/session").named("rag", "rag_open", "Makes a session"))
            .takes(JSON, Shape::open().may("label", Shape::text().or_null()))
            .json(201, "The session.", data(Shape::named(SESSION)))
            .json(404, GONE, error()),
        of_session(writes(Route::new(
            utoipa::openapi::HttpMethod::Patch,
            "/api/v1/session/{session}",
        )))
        .named("rag", "rag_rename", "Labels a session")
        .takes(JSON, Shape::open().has("label", Shape::text()))
        .json(200, "The session.", data(Shape::named(SESSION)))
        .json(
            404,
            "There is no such session; or the one that an earlier request of this `Idempotency-Key` labelled was deleted since.",
            error(),
        ),
        of_session(signed_in(Route::new(
            utoipa::openapi::HttpMethod::Delete,
            "/api/v1/session/{session}",
        )))
        .named(
            "rag",
            "rag_close",
            "Destroys a session with everything in it",
        )
        .status(204, "It is gone.")
        .json(404, "There is no such session.", error()),
        announce(),
        receive(),
        writes(Route::post("/api/v1/ingest/process").named(
            "rag",
            "rag_process",
            "Has an uploaded document looked through",
        ))
        .says("The same bytes go into a session once: the answer names the document that is there.")
        .takes(
            JSON,
            destination()
                .has("key", Shape::text())
                .may("filename", Shape::text().length(1, 200)),
        )
        .query(
            "wait",
            Shape::boolean(),
            "Answers when the document is looked through.",
        )
        .json(201, "The document's ingest.", data(Shape::text()))
        .json(
            404,
            "There is no such upload; or what an earlier request of this `Idempotency-Key` sent was deleted since.",
            error(),
        ),
        writes(Route::post("/api/v1/ingest/text").named(
            "rag",
            "rag_text",
            "Has a text looked through",
        ))
        .takes(
            JSON,
            destination()
                .has("filename", Shape::text().length(1, 200))
                .has(
                    "content",
                    Shape::text().says("At most 1 MiB; Markdown is read as such."),
                ),
        )
        .query(
            "wait",
            Shape::boolean(),
            "Answers when the text is looked through.",
        )
        .json(201, "The text's ingest.", data(Shape::text()))
        .json(404, GONE, error()),
        signed_in(Route::get("/api/v1/ingest/status/{id}").named(
            "rag",
            "rag_status",
            "Shows how far a document is",
        ))
        .segment("id", Shape::text(), "The ingest.")
        .json(
            200,
            "The document; nothing where there is none of one's own.",
            data(Shape::list(Shape::named("RagDocument"))),
        ),
    ]
}

/// `POST /api/v1/chat/completions` with a `message`.
pub(in crate::http) fn question() -> Route {
    let answer = Shape::open()
        .has("success", Shape::boolean())
        .has("data", Shape::text())
        .may("sources", Shape::list(Shape::named("RagSource")));
    let failed = || Shape::named(FAILURE);
    let question = Shape::named("RagQuestion");
    signed_in(Route::post("/api/v1/chat/completions").takes(JSON, question))
        .query(
            "sources",
            Shape::boolean(),
            "With what the answer rests on.",
        )
        .json(200, "The answer out of documents.", answer)
        .content(200, EVENTS, Shape::named("RagFrame"))
        .json(400, "The body ended early.", failed())
        .json(404, GONE, failed())
        .json(408, "The body did not come in time.", failed())
        .json(
            409,
            "The `Idempotency-Key` came with another body, or the session is archived.",
            failed(),
        )
        .json(413, "The body is too large.", failed())
        .json(
            422,
            "`message` or `sessionId` is missing, or not as it must be.",
            failed(),
        )
        .json(
            500,
            "No answer could be made; the question is kept.",
            failed(),
        )
}

fn announce() -> Route {
    writes(Route::post("/api/v1/ingest/upload/url").named(
        "rag",
        "rag_upload_url",
        "Asks where a document may be sent to",
    ))
    .says("The URL is good for an hour and for one upload of exactly so many bytes; of plain text and Markdown at most 33554432. `contentType` may name the charset of a text, as `text/plain; charset=windows-1251`.")
    .takes(
        JSON,
        Shape::open()
            .has("filename", Shape::text().length(1, 200))
            .has("contentType", Shape::text())
            .has(
                "contentSize",
                Shape::integer().at_least(1).at_most(52_428_800),
            ),
    )
    .json(
        200,
        "Where.",
        Shape::open().has(
            "uploadData",
            Shape::open()
                .has("signedUrl", Shape::text())
                .has("key", Shape::text()),
        ),
    )
    .json(404, GONE, error())
}

fn receive() -> Route {
    let number = Shape::integer;
    Route::new(
        utoipa::openapi::HttpMethod::Put,
        "/api/v1/ingest/upload/{key}",
    )
    .named("rag", "rag_upload", "Sends a document")
    .says("To a signed URL, as it was given; nobody has to be signed in.")
    .segment("key", Shape::text(), "The key of the upload.")
    .query("size", number(), "As it was signed.")
    .query("expires", number(), "As it was signed.")
    .query("sig", Shape::text(), "The signature.")
    .takes("application/octet-stream", Shape::text().format("binary"))
    .json(200, "It is kept.", data(Shape::text()))
    .json(400, "Other bytes than announced; nothing is kept.", error())
    .json(
        403,
        "The URL is not one of ours, too old, or was used.",
        error(),
    )
    .json(404, "There is no such upload.", error())
    .json(408, "The bytes did not come in time.", error())
    .json(500, "A fault of the server's.", error())
    .json(503, "The server cannot do it at the moment.", error())
    .with(503, &["Retry-After"])
}

fn of_session(route: Route) -> Route {
    route.segment("session", Shape::text(), "What its user calls it.")
}

fn destination() -> Shape {
    let tags = Shape::open().may("institution", Shape::text().or_null());
    Shape::open()
        .has("session_id", Shape::text().length(1, 200))
        .may("tags", tags.or_null())
}

fn data(shape: Shape) -> Shape {
    Shape::open().has("data", shape)
}

/// Somebody must be known. It may be too often, or the database away.
fn signed_in(route: Route) -> Route {
    route
        .secured(&[BEARER])
        .query(
            "min_position",
            Shape::text(),
            "Waits until reads show what was written there.",
        )
        .json(400, "Something is not as it must be.", error())
        .json(401, "Nobody is known by what was shown.", error())
        .json(
            403,
            "The API key is limited to other paths, or a moderator has restricted the account.",
            error(),
        )
        .json(429, "Too many requests.", error())
        .with(429, &["Retry-After"])
        .json(503, "The server cannot do it at the moment.", error())
        .with(503, &["Retry-After"])
}

/// With a body.
fn writes(route: Route) -> Route {
    signed_in(route)
        .header(
            "Idempotency-Key",
            Shape::text().length(1, 255),
            "The same request with the same key happens once.",
        )
        .json(408, "The body did not come in time.", error())
        .json(
            409,
            "The `Idempotency-Key` came with another body.",
            error(),
        )
        .json(413, "The body is too large.", error())
        .json(500, "A fault of the server's.", error())
}

fn error() -> Shape {
    Shape::named(ERROR)
}
