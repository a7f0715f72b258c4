//! Strangers, methods and bodies: each in this dialect's words.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let up = answer(alice.bare(Method::GET, "/api/v1/health"))
        .await
        .unwrap();
    assert_eq!(gives(up, 200), "up");
    strangers_are_turned_away(&alice).await;
    methods_are_named(&alice).await;
    names_that_nothing_can_have_are_unknown(&alice).await;
    bodies_are_checked(&alice).await;
    documents_are_checked(&alice).await;
    a_request_with_a_name_happens_once(&alice).await;
    a_document_of_too_many_passages_fails(&alice).await;
    questions_are_not_among_the_conversations_of_another_dialect(&alice).await;
}

async fn strangers_are_turned_away(alice: &Client) {
    for (method, path) in [
        (Method::POST, COMPLETIONS),
        (Method::GET, "/api/v1/chat/history/s"),
        (Method::DELETE, "/api/v1/chat/s"),
        (Method::GET, "/api/v1/session"),
        (Method::POST, "/api/v1/session"),
        (Method::PATCH, "/api/v1/session/s"),
        (Method::DELETE, "/api/v1/session/s"),
        (Method::POST, "/api/v1/ingest/upload/url"),
        (Method::POST, "/api/v1/ingest/process"),
        (Method::POST, "/api/v1/ingest/text"),
        (Method::GET, "/api/v1/ingest/status/x"),
    ] {
        for request in [
            alice.bare(method.clone(), path),
            alice.bare(method.clone(), path).bearer_auth("x"),
        ] {
            let told = answer(request.json(&json!({ "message": "hi" })))
                .await
                .unwrap();
            tells(told, 401, "Unauthorized Access");
        }
    }
}

async fn methods_are_named(alice: &Client) {
    for (method, path, allow) in [
        (Method::GET, "/api/v1/chat/s", "DELETE"),
        (Method::DELETE, COMPLETIONS, "POST"),
        (Method::PUT, "/api/v1/session", "GET, POST"),
        (Method::GET, "/api/v1/session/s", "PATCH, DELETE"),
        (Method::POST, "/api/v1/chat/history/s", "GET"),
        (Method::GET, "/api/v1/ingest/process", "POST"),
        (Method::POST, "/api/v1/ingest/upload/x", "PUT"),
        (Method::POST, "/api/v1/health", "GET"),
    ] {
        let told = answer(alice.request(method.clone(), path)).await.unwrap();
        assert_eq!(told.status, 405, "{method} {path}: {}", told.body);
        assert_eq!(told.headers["allow"], allow, "{method} {path}");
    }
    // It is no session's name, and there is nothing at that path.
    for path in ["/api/v1/chat/history", "/api/v1/chat/history/"] {
        for method in [Method::GET, Method::DELETE] {
            let told = answer(alice.request(method.clone(), path)).await.unwrap();
            assert_eq!(told.status, 404, "{method} {path}: {}", told.body);
            assert!(!told.headers.contains_key("allow"), "{method} {path}");
        }
    }
}

async fn names_that_nothing_can_have_are_unknown(alice: &Client) {
    for name in ["%00", "a%00b", "%0A"] {
        let told = gives(
            alice.get(&format!("/api/v1/chat/history/{name}")).await,
            200,
        );
        assert_eq!(
            (&told["data"], &told["total"]),
            (&json!([]), &json!(0)),
            "{name}"
        );
        gives(alice.delete(&format!("/api/v1/chat/{name}")).await, 204);
        let (at, unknown) = (
            format!("/api/v1/session/{name}"),
            "There is no such session",
        );
        let change = alice
            .request(Method::PATCH, &at)
            .json(&json!({ "label": "mine" }));
        tells(answer(change).await.unwrap(), 404, unknown);
        tells(alice.delete(&at).await, 404, unknown);
        let ingest = format!("/api/v1/ingest/status/{name}");
        assert_eq!(gives(alice.get(&ingest).await, 200)["data"], json!([]));
    }
}

async fn bodies_are_checked(alice: &Client) {
    let says = async |body: Value| {
        let told = gives(alice.post(COMPLETIONS, &body).await, 422);
        assert_eq!(told["success"], false);
        told["error"].as_str().unwrap().to_owned()
    };
    for body in [
        json!({}),
        json!({ "sessionId": "s" }),
        json!({ "message": "  ", "sessionId": "s" }),
        json!({ "message": 7 }),
    ] {
        assert_eq!(says(body).await, "message is required");
    }
    for body in [
        json!({ "message": "hi" }),
        json!({ "message": "hi", "sessionId": " " }),
        json!({ "message": "hi", "sessionId": 7 }),
    ] {
        assert_eq!(says(body).await, "sessionId is required");
    }
    let long = "s".repeat(201);
    assert_eq!(
        says(question(&long, "hi")).await,
        "sessionId must have at most 200 characters"
    );
    for name in ["completions", "history", ".", ".."] {
        let told = says(question(name, "hi")).await;
        assert_eq!(told, format!("sessionId must not be \"{name}\""));
    }
    assert_eq!(
        says(question("a\nb", "hi")).await,
        "sessionId must not contain control characters"
    );
    assert_eq!(
        says(question("s", "a\0b")).await,
        "message must not contain the character U+0000"
    );
    assert_eq!(
        says(json!({ "message": "hi", "sessionId": "s", "institution": 7 })).await,
        "institution must be a text"
    );
    let change = alice
        .request(Method::PATCH, "/api/v1/session/s")
        .json(&json!({}));
    tells(answer(change).await.unwrap(), 400, "label is required");
    for body in ["[]", "1", "{\"label\":", "\u{1}"] {
        let request = alice.request(Method::POST, "/api/v1/session");
        let told = answer(request.body(body)).await.unwrap();
        tells(told, 400, "The body must be a JSON object");
    }
    tells(
        alice.post("/api/v1/session", &json!({ "label": 7 })).await,
        400,
        "label must be a text",
    );
}

async fn documents_are_checked(alice: &Client) {
    let announced = async |body: Value| alice.post("/api/v1/ingest/upload/url", &body).await;
    let whole =
        json!({ "filename": "a.pdf", "contentType": "application/pdf", "contentSize": 52_428_800 });
    gives(announced(whole.clone()).await, 200);
    let with = |name: &str, value: Value| {
        let mut body = whole.clone();
        body[name] = value;
        body
    };
    let mut both = with("contentSize", json!(52_428_801));
    both["contentType"] = json!("video/mp4");
    tells(announced(both).await, 400, "Maximum file size limit exceed");
    let told = gives(
        announced(with("contentType", json!("video/mp4"))).await,
        400,
    );
    let told = told["error"].as_str().unwrap();
    assert!(
        told.starts_with("Invalid File Type | Valid Type Are: application/pdf, "),
        "{told}"
    );
    for mime in ["text/plain", "text/markdown; charset=utf-8"] {
        let mut text = with("contentType", json!(mime));
        text["contentSize"] = json!(33_554_433);
        let sentence = "A text file must have at most 33554432 bytes: upload it in parts";
        tells(announced(text.clone()).await, 400, sentence);
        text["contentSize"] = json!(33_554_432);
        gives(announced(text).await, 200);
    }
    for charset in ["", "\"a b\"", &"x".repeat(41)] {
        let mut text = with(
            "contentType",
            json!(format!("text/plain; charset={charset}")),
        );
        text["contentSize"] = json!(9);
        let sentence =
            "contentType must name a charset as in \"text/plain; charset=windows-1251\", or none";
        tells(announced(text).await, 400, sentence);
    }
    gives(
        announced(with("contentType", json!("application/pdf; charset="))).await,
        200,
    );
    tells(
        announced(with("contentSize", json!(0))).await,
        400,
        "contentSize must be a whole number of bytes, at least 1",
    );
    tells(
        announced(with("contentSize", Value::Null)).await,
        400,
        "contentSize must be a whole number of bytes, at least 1",
    );
    tells(
        announced(with("filename", json!(""))).await,
        400,
        "filename is required",
    );

    let text = async |body: Value| alice.post("/api/v1/ingest/text", &body).await;
    tells(text(json!({})).await, 400, "session_id is required");
    tells(
        text(json!({ "session_id": "s" })).await,
        400,
        "content is required",
    );
    tells(
        text(json!({ "session_id": "s", "content": "x", "filename": "f", "tags": "t" })).await,
        400,
        "tags must be an object, as {\"institution\": \"...\"}",
    );
    tells(
        text(json!({ "session_id": "s", "content": "x" })).await,
        400,
        "filename is required",
    );
    let process = json!({ "session_id": "s", "key": uuid::Uuid::nil(), "filename": 5 });
    tells(
        alice.post("/api/v1/ingest/process", &process).await,
        400,
        "filename must be a text",
    );
    tells(
        alice
            .post("/api/v1/ingest/process", &json!({ "session_id": "s" }))
            .await,
        400,
        "key is required",
    );
}

async fn a_request_with_a_name_happens_once(alice: &Client) {
    let session = json!({ "label": "one" });
    let announced = json!({ "filename": "a.txt", "contentType": "text/plain", "contentSize": 3 });
    let text = json!({ "session_id": "s", "filename": "f", "content": "The same." });
    for (path, body, field, status) in [
        ("/api/v1/session", session, "label", 201),
        ("/api/v1/ingest/upload/url", announced, "filename", 200),
        ("/api/v1/ingest/text?wait=true", text, "content", 201),
    ] {
        let send = async |body: &Value| {
            let request = alice.request(Method::POST, path);
            answer(request.header("idempotency-key", "k").json(body))
                .await
                .unwrap()
        };
        let first = gives(send(&body).await, status);
        let again = gives(send(&body).await, status);
        // A URL is signed anew, for the same document.
        let key = |told: &Value| told["uploadData"]["key"].clone();
        assert_eq!(
            (key(&again), &again["data"]),
            (key(&first), &first["data"]),
            "{path}"
        );
        let mut other = body.clone();
        other[field] = json!("another");
        let sentence = "This Idempotency-Key was used with another request body";
        tells(send(&other).await, 409, sentence);
    }
}

async fn a_document_of_too_many_passages_fails(alice: &Client) {
    let headings = "# a\nb\n".repeat(50_001);
    let ingest = upload(
        alice,
        "s",
        "headings.md",
        "text/markdown",
        headings.as_bytes(),
    )
    .await;
    let told = status(alice, &ingest).await;
    assert_eq!(
        (&told["status"], &told["chunks"]),
        (&json!("failed"), &json!(0))
    );
    assert!(
        told["err_msg"]
            .as_str()
            .unwrap()
            .contains("50,000 passages"),
        "{told}"
    );
}

async fn questions_are_not_among_the_conversations_of_another_dialect(alice: &Client) {
    ask(alice, "listed", "hello?").await;
    let listed = gives(alice.get("/api/chat/conversations").await, 200);
    assert_eq!(listed["conversations"], json!([]));
}

on_both_databases!(check);
