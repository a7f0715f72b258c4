//! Every way in which a send can be wrong, in the order in which it is looked at.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let settings = [ECHO, ("ARCHIVED_THREADS", "readonly")];
    let server = Server::start(database, &settings).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let staff = server.user_as("stella", "staff").await;
    fields_are_checked(&alice).await;
    bodies_are_checked(&alice).await;
    only_ones_own_threads_are_written_to(&alice, &[&bob, &staff]).await;
    an_archived_thread_refuses_when_it_is_to(&alice).await;
}

async fn fields_are_checked(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let nobody = "00000000000000000000000000000001";
    let long = "x".repeat(50_001);
    for (body, faults) in [
        (
            json!({ "other": 1 }),
            json!({ "input": ["This field is required."] }),
        ),
        (
            json!({ "input": " \n " }),
            json!({ "input": ["This field may not be blank."] }),
        ),
        (
            json!({ "input": "" }),
            json!({ "input": ["This field may not be blank."] }),
        ),
        (
            json!({ "input": null }),
            json!({ "input": ["This field may not be null."] }),
        ),
        (
            json!({ "input": true }),
            json!({ "input": ["Not a valid string."] }),
        ),
        (
            json!({ "input": ["x"] }),
            json!({ "input": ["Not a valid string."] }),
        ),
        (
            json!({ "input": {} }),
            json!({ "input": ["Not a valid string."] }),
        ),
        (
            json!({ "input": "a\0b" }),
            json!({ "input": ["Null characters are not allowed."] }),
        ),
        (
            json!({ "input": long }),
            json!({ "input": ["Ensure this field has no more than 50000 characters."] }),
        ),
        (
            json!({ "input": "x", "mode": "bad", "thread_uuid": id }),
            json!({ "mode": ["\"bad\" is not a valid choice."] }),
        ),
        (
            json!({ "input": "x", "mode": 5 }),
            json!({ "mode": ["\"5\" is not a valid choice."] }),
        ),
        (
            json!({ "input": "x", "mode": "reload" }),
            json!({ "mode": ["mode requires thread_uuid to be provided."] }),
        ),
        (
            json!({ "input": "x", "mode": "edit", "edit_message_uuid": nobody }),
            json!({ "mode": ["mode requires thread_uuid to be provided."] }),
        ),
        (
            json!({ "input": "x", "mode": "edit", "thread_uuid": id }),
            json!({ "edit_message_uuid": ["edit_message_uuid is required when mode='edit'."] }),
        ),
        (
            json!({ "input": "x", "edit_message_uuid": nobody }),
            json!({ "edit_message_uuid": ["edit_message_uuid is only valid with mode='edit'."] }),
        ),
        (
            json!({ "input": "x", "mode": "reload", "thread_uuid": id, "edit_message_uuid": nobody }),
            json!({ "edit_message_uuid": ["edit_message_uuid is only valid with mode='edit'."] }),
        ),
        (
            json!({ "input": "x", "thread_uuid": "bad" }),
            json!({ "thread_uuid": ["Must be a valid UUID."] }),
        ),
        (
            json!({ "input": "x", "thread_uuid": 5 }),
            json!({ "thread_uuid": ["Must be a valid UUID."] }),
        ),
        (
            json!({ "input": "x", "thread_uuid": id, "mode": "edit", "edit_message_uuid": "bad" }),
            json!({ "edit_message_uuid": ["Must be a valid UUID."] }),
        ),
        (
            json!({ "input": null, "thread_uuid": "bad", "mode": "bad", "edit_message_uuid": "bad" }),
            json!({
                "input": ["This field may not be null."],
                "thread_uuid": ["Must be a valid UUID."],
                "mode": ["\"bad\" is not a valid choice."],
                "edit_message_uuid": ["Must be a valid UUID."],
            }),
        ),
    ] {
        says(&post(alice, STREAM, &body).await, 400, faults);
    }
    let digits = "1".repeat(32);
    let sent = request(alice, Method::POST, STREAM)
        .header("content-type", "application/json")
        .body(format!("{{ \"input\": \"x\", \"thread_uuid\": {digits} }}"));
    let faults = json!({ "thread_uuid": ["Must be a valid UUID."] });
    says(&answer(sent).await.unwrap(), 400, faults);
    let told = json!({ "input": 12, "thread_uuid": null, "mode": null, "edit_message_uuid": null });
    assert_eq!(turn(&send(alice, &told).await).text, format!("{PREFACE}12"));
    for number in ["12345678901234567890123", "1E2", "0.1000", "-0", "1e400"] {
        let sent = request(alice, Method::POST, STREAM)
            .header("content-type", "application/json")
            .body(format!("{{ \"input\": {number} }}"));
        let told = turn(&frames_of(sent).await).text;
        assert_eq!(told, format!("{PREFACE}{number}"));
        let rename = request(alice, Method::PATCH, &format!("/api/chat-threads/{id}/"))
            .header("content-type", "application/json")
            .body(format!("{{\"name\":{number}}}"));
        let renamed = answer(rename).await.unwrap();
        assert_eq!(renamed.body["name"], number, "{}", renamed.body);
    }
    let longest = "ž".repeat(50_000);
    let told = turn(&send(alice, &json!({ "input": longest })).await);
    assert_eq!(told.text, format!("{PREFACE}{longest}"));
}

async fn bodies_are_checked(alice: &Client) {
    let expected = |kind: &str| {
        let sentence = format!("Invalid data. Expected a dictionary, but got {kind}.");
        json!({ "non_field_errors": [sentence] })
    };
    for (body, kind) in [
        ("[1]", "list"),
        ("\"x\"", "str"),
        ("5", "int"),
        ("5.5", "float"),
        ("true", "bool"),
        ("null", "NoneType"),
    ] {
        let sent = request(alice, Method::POST, STREAM)
            .header("content-type", "application/json")
            .body(body);
        says(&answer(sent).await.unwrap(), 400, expected(kind));
    }
    for body in ["{", "{\"input\":}", "input"] {
        let sent = request(alice, Method::POST, STREAM)
            .header("content-type", "application/json")
            .body(body);
        let refused = answer(sent).await.unwrap();
        assert_eq!(refused.status, 400);
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.starts_with("JSON parse error - "), "{detail}");
    }
    let empty = answer(request(alice, Method::POST, STREAM)).await.unwrap();
    says(&empty, 400, json!({ "input": ["This field is required."] }));
    let policy = request(alice, Method::POST, STREAM)
        .header("turn-policy", "never")
        .json(&json!({ "input": "x" }));
    details(
        &answer(policy).await.unwrap(),
        400,
        "Turn-Policy must be queue, reject or interrupt.",
    );
}

async fn only_ones_own_threads_are_written_to(alice: &Client, others: &[&Client]) {
    let told = say(alice, None, "mine").await;
    let nobody = "00000000000000000000000000000001";
    let sends = |thread: &str| -> Vec<Value> {
        vec![
            json!({ "input": "x", "thread_uuid": thread }),
            json!({ "input": "x", "thread_uuid": thread, "mode": "reload" }),
            json!({ "input": "x", "thread_uuid": thread, "mode": "edit", "edit_message_uuid": told.user }),
        ]
    };
    for other in others {
        for body in sends(&told.thread) {
            details(&post(other, STREAM, &body).await, 404, "Thread not found.");
        }
        let path = format!("{STREAM}?thread_uuid={}", told.thread);
        details(&get(other, &path).await, 404, "Thread not found.");
    }
    for body in sends(nobody) {
        details(&post(alice, STREAM, &body).await, 404, "Thread not found.");
    }
    assert_eq!(
        messages(alice, &told.thread, "&include_history=true")
            .await
            .len(),
        2
    );
}

async fn an_archived_thread_refuses_when_it_is_to(alice: &Client) {
    let id = say(alice, None, "to be archived").await.thread;
    let archive = format!("/api/chat-threads/{id}/archive/");
    assert_eq!(post(alice, &archive, &json!({})).await.status, 204);
    let body = json!({ "input": "x", "thread_uuid": id });
    details(
        &post(alice, STREAM, &body).await,
        409,
        "Thread is archived.",
    );
    assert_eq!(messages(alice, &id, "").await.len(), 2);
}

on_both_databases!(check);
