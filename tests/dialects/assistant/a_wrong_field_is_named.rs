//! 422: every faulty field of a body, a query or a path is named, in the shape this API's clients read.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all_faults, escaped, faults};
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
    },
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    a_missing_text_is_told_in_the_documents_words(&alice).await;
    fields_of_another_type_are_named(&alice).await;
    all_faults_are_told_at_once(&alice).await;
    bodies_that_are_no_object_are_refused(&alice).await;
    a_conversation_id_has_a_form(&alice).await;
    a_limit_lies_between_1_and_100(&alice).await;
    queries_are_checked(&alice).await;
    headers_are_checked(&alice).await;
    what_is_not_known_is_ignored(&alice).await;
    a_big_fault_is_not_sent_back(&alice).await;
}

async fn a_missing_text_is_told_in_the_documents_words(alice: &Client) {
    for path in ["/api/chat", "/api/chat/stream"] {
        let missing = alice.post(path, &json!({ "web": true })).await;
        assert_eq!(missing.status, 422);
        let fault = json!({
            "type": "missing", "loc": ["body", "text"], "msg": "Field required",
            "input": { "web": true },
        });
        assert_eq!(missing.body, json!({ "detail": [fault] }));
    }
}

async fn fields_of_another_type_are_named(alice: &Client) {
    let not_strings = [
        json!(null),
        json!(5),
        json!(true),
        json!([]),
        json!({}),
        json!(1e300),
    ];
    for value in &not_strings {
        let refused = alice.post("/api/chat", &json!({ "text": value })).await;
        faults(&refused, "string_type", &["body", "text"]);
        assert_eq!(refused.body["detail"][0]["input"], *value);
        assert_eq!(
            refused.body["detail"][0]["msg"],
            "Input should be a valid string"
        );
    }
    for name in ["provider", "conversation_id", "mood"] {
        for value in not_strings.iter().filter(|value| !value.is_null()) {
            let body = json!({ "text": "hello", name: value });
            let refused = alice.post("/api/chat", &body).await;
            faults(&refused, "string_type", &["body", name]);
        }
    }
    let body = json!({ "text": "hello", "provider": null });
    faults(
        &alice.post("/api/chat", &body).await,
        "string_type",
        &["body", "provider"],
    );
    for name in ["web", "stream"] {
        for value in [json!("maybe"), json!(""), json!(2), json!(-1), json!(0.5)] {
            let body = json!({ "text": "hello", name: value });
            let refused = alice.post("/api/chat", &body).await;
            faults(&refused, "bool_parsing", &["body", name]);
        }
        for value in [json!(null), json!([]), json!([true]), json!({})] {
            let body = json!({ "text": "hello", name: value });
            let refused = alice.post("/api/chat", &body).await;
            faults(&refused, "bool_type", &["body", name]);
        }
    }
    let empty = alice.post("/api/chat", &json!({ "text": "" })).await;
    faults(&empty, "string_too_short", &["body", "text"]);
    let nul = alice.post("/api/chat", &json!({ "text": "a\0b" })).await;
    faults(&nul, "value_error", &["body", "text"]);
    let long = alice
        .post("/api/chat", &json!({ "text": "x".repeat(1_000_001) }))
        .await;
    faults(&long, "string_too_long", &["body", "text"]);
    let long = json!({ "text": "hello", "provider": "x".repeat(100_000) });
    faults(
        &alice.post("/api/chat", &long).await,
        "string_too_long",
        &["body", "provider"],
    );
}

async fn all_faults_are_told_at_once(alice: &Client) {
    let body = json!({ "provider": 1, "conversation_id": [], "web": "maybe", "stream": 7 });
    let refused = alice.post("/api/chat", &body).await;
    let mut places: Vec<_> = all_faults(&refused)
        .iter()
        .map(|fault| fault["loc"][1].as_str().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(
        places,
        ["conversation_id", "provider", "stream", "text", "web"]
    );
}

async fn bodies_that_are_no_object_are_refused(alice: &Client) {
    for body in [
        "[]",
        "null",
        "true",
        "5",
        "\"text\"",
        r#"[{"text":"hello"}]"#,
    ] {
        let request = alice.request(Method::POST, "/api/chat").body(body);
        let refused = answer(request).await.unwrap();
        assert_eq!(all_faults(&refused)[0]["loc"], json!(["body"]));
    }
    for body in [
        "",
        "{",
        "{}}",
        "{'text':'hello'}",
        "text=hello",
        "{\"text\":\"hello\",}",
        "nul",
        "\u{feff}{}",
    ] {
        let request = alice.request(Method::POST, "/api/chat").body(body);
        let refused = answer(request).await.unwrap();
        let fault = &all_faults(&refused)[0];
        assert_eq!(fault["type"], "json_invalid", "{body}");
        assert_eq!(fault["msg"], "JSON decode error");
        assert!(fault["loc"][1].is_u64(), "{fault}");
    }
}

async fn a_conversation_id_has_a_form(alice: &Client) {
    let id = &alice.id;
    for name in [
        id.clone(),
        format!("{id}:"),
        format!("{id}:web"),
        format!("{id}:web:"),
        format!("{id}::00000001"),
        format!("{id}:web:a\0b"),
        format!("{id}:we\nb:00000001"),
        format!("{id}:web:{}", "0".repeat(500)),
    ] {
        let body = json!({ "text": "hello", "conversation_id": name });
        for path in ["/api/chat", "/api/chat/stream"] {
            let refused = alice.post(path, &body).await;
            faults(&refused, "value_error", &["body", "conversation_id"]);
        }
        let written = escaped(&name).replace('\0', "%00").replace('\n', "%0A");
        for path in ["messages", "stream"] {
            let path = format!("/api/chat/{path}?conversation_id={written}");
            faults(
                &alice.get(&path).await,
                "value_error",
                &["query", "conversation_id"],
            );
        }
        let one = format!("/api/chat/conversations/{written}");
        let refused = alice.delete(&one).await;
        faults(&refused, "value_error", &["path", "conversation_id"]);
        let refused = alice.post(&format!("{one}/stop"), &json!({})).await;
        faults(&refused, "value_error", &["path", "conversation_id"]);
    }
    for path in [
        "/api/chat/messages",
        "/api/chat/messages?limit=5",
        "/api/chat/stream",
    ] {
        let missing = alice.get(path).await;
        faults(&missing, "missing", &["query", "conversation_id"]);
        assert_eq!(missing.body["detail"][0]["msg"], "Field required");
    }
    // Empty is as good as absent in a body, where it means a new conversation.
    let new = alice
        .post(
            "/api/chat",
            &json!({ "text": "hello", "conversation_id": null }),
        )
        .await;
    assert_eq!(new.status, 200, "{}", new.body);
}

async fn a_limit_lies_between_1_and_100(alice: &Client) {
    let conversation = alice.conversation(1);
    alice.say(&conversation, "hello").await;
    let messages = format!("/api/chat/messages?conversation_id={conversation}&");
    for list in ["/api/chat/conversations?", &messages] {
        for (limit, kind) in [
            ("0", "greater_than_equal"),
            ("-1", "greater_than_equal"),
            ("-9223372036854775809", "greater_than_equal"),
            ("101", "less_than_equal"),
            ("4294967297", "less_than_equal"),
            ("1000000000000000000000000000000", "less_than_equal"),
            ("abc", "int_parsing"),
            ("", "int_parsing"),
            ("1.5", "int_parsing"),
            ("1e2", "int_parsing"),
            ("0x10", "int_parsing"),
            ("%00", "int_parsing"),
            ("%D9%A1", "int_parsing"),
        ] {
            let refused = alice.get(&format!("{list}limit={limit}")).await;
            faults(&refused, kind, &["query", "limit"]);
        }
        for limit in ["1", "100"] {
            assert_eq!(alice.get(&format!("{list}limit={limit}")).await.status, 200);
        }
    }
}

async fn queries_are_checked(alice: &Client) {
    let conversation = alice.conversation(1);
    let messages = format!("/api/chat/messages?conversation_id={conversation}&");
    for list in ["/api/chat/conversations?", &messages] {
        for position in ["x", "-1", "1.5", "99999999999999999999999", ""] {
            let refused = alice.get(&format!("{list}min_position={position}")).await;
            faults(&refused, "value_error", &["query", "min_position"]);
        }
    }
    for cursor in ["x", "%00", "....", "AAAA", &"A".repeat(33), "-1"] {
        let refused = alice
            .get(&format!("/api/chat/conversations?cursor={cursor}"))
            .await;
        faults(&refused, "value_error", &["query", "cursor"]);
    }
    // A cursor that no page gave, but that might have been one, is merely a place in the list.
    let far = format!("/api/chat/conversations?cursor={}", "_".repeat(64));
    assert_eq!(alice.get(&far).await.status, 200);
    let nul = alice.get("/api/chat/conversations?channel=%00").await;
    faults(&nul, "value_error", &["query", "channel"]);
    for cursor in [
        "x",
        "5",
        "%00.5",
        "a.b.c.d",
        ".",
        "01900000-0000-7000-8000-000000000000",
        "01900000-0000-7000-8000-000000000000.-1",
        "01900000-0000-7000-8000-000000000000.99999999999999999999999",
        "01900000-0000-7000-8000-000000000000.1.1.1",
    ] {
        let path = format!("/api/chat/stream?conversation_id={conversation}&after={cursor}");
        faults(&alice.get(&path).await, "value_error", &["query", "after"]);
    }
}

async fn headers_are_checked(alice: &Client) {
    let body = json!({ "text": "hello" });
    for policy in ["", "Queue", "drop", "queue, reject"] {
        let request = alice
            .request(Method::POST, "/api/chat")
            .header("turn-policy", policy);
        let refused = answer(request.json(&body)).await.unwrap();
        faults(&refused, "enum", &["header", "Turn-Policy"]);
    }
    let path = format!("/api/chat/stream?conversation_id={}", alice.conversation(1));
    for cursor in [&b"x"[..], b"\xff\xfe", b"1.2.3.4"] {
        let request = alice
            .request(Method::GET, &path)
            .header("last-event-id", cursor);
        let refused = answer(request).await.unwrap();
        faults(&refused, "value_error", &["header", "Last-Event-ID"]);
    }
}

async fn what_is_not_known_is_ignored(alice: &Client) {
    let body = json!({
        "text": "hello", "temperature": 0.5, "nested": { "text": 5 }, "mood": "furious", "": null,
        "image_base64": null, "image_mime": null, "web": "yes", "__proto__": {}, "folder_id": [],
    });
    let reply = alice.post("/api/chat?unknown=%00&limit=abc", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.body["reply"], format!("{PREFACE}hello"));
    let list = alice
        .get("/api/chat/conversations?nothing=5&=&&%ff=%fe&limit=5")
        .await;
    assert_eq!(list.status, 200);
    // Of repeated ones the last counts.
    let list = alice.get("/api/chat/conversations?limit=abc&limit=5").await;
    assert_eq!(list.status, 200);
}

async fn a_big_fault_is_not_sent_back(alice: &Client) {
    let big = "x".repeat(1 << 20);
    let bodies: Vec<Value> = vec![
        json!([big]),
        json!({ "text": [big] }),
        json!({ "text": { "a": big } }),
        json!({ "text": "hello", "web": big }),
        json!({ "text": "hello", "web": [big], "stream": [big] }),
        json!({ "text": "hello", "provider": [big] }),
        json!({ "message": big }),
        json!({ "text": "hello", "conversation_id": format!("{}:{big}", alice.id) }),
    ];
    for body in bodies {
        let refused = alice.post("/api/chat", &body).await;
        all_faults(&refused);
        let length = refused.body.to_string().len();
        assert!(
            length < 10_000,
            "{length} bytes for {}",
            &body.to_string()[..60]
        );
    }
}

on_both_databases!(check);
