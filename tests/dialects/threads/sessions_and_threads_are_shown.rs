//! Sessions, threads and messages field by field; archive, rename and cancel.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    a_user_has_one_session_for_ever(&alice, &bob).await;
    a_thread_shows_all_its_fields(&alice).await;
    a_message_shows_all_its_fields(&alice).await;
    fields_can_be_chosen(&alice).await;
    archiving_is_idempotent_and_a_change(&alice).await;
    what_was_done_by_name_is_not_done_again(&alice).await;
    a_thread_is_renamed(&alice).await;
}

#[track_caller]
fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

async fn a_user_has_one_session_for_ever(alice: &Client, bob: &Client) {
    let nothing = get(alice, "/api/chat-sessions/").await;
    says(&nothing, 200, json!([]));
    let current = "/api/chat-sessions/current/";
    let (one, other) = tokio::join!(get(alice, current), get(alice, current));
    assert_eq!((one.status, &one.body), (other.status, &other.body));
    let session = one.body;
    let hex = alice.id.replace('-', "");
    assert!(
        is_hex(&session["uuid"]) && is_time(&session["created"]) && is_time(&session["modified"])
    );
    assert_eq!(
        session,
        json!({
            "uuid": session["uuid"], "user": hex, "user_username": "alice", "user_full_name": "",
            "created": session["created"], "modified": session["modified"],
        })
    );
    // A thread needs no other one, and a first thread makes it.
    let thread_of_alice = say(alice, None, "hello").await.thread;
    assert_eq!(
        thread(alice, &thread_of_alice).await["chat_session"],
        session["uuid"]
    );
    let thread_of_bob = say(bob, None, "hello").await.thread;
    let of_bob = get(bob, "/api/chat-sessions/").await;
    assert_eq!(
        column(&of_bob.body, "uuid"),
        [thread(bob, &thread_of_bob).await["chat_session"].clone()]
    );
    says(
        &get(alice, "/api/chat-sessions/").await,
        200,
        json!([session]),
    );
    let id = session["uuid"].as_str().unwrap();
    let hyphens = uuid::Uuid::parse_str(id).unwrap();
    for path in [id.to_owned(), hyphens.to_string()] {
        says(
            &get(alice, &format!("/api/chat-sessions/{path}/")).await,
            200,
            session.clone(),
        );
        let foreign = get(bob, &format!("/api/chat-sessions/{path}/")).await;
        details(&foreign, 404, "No ChatSession matches the given query.");
    }
}

async fn a_thread_shows_all_its_fields(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let shown = thread(alice, &id).await;
    assert!(is_time(&shown["created"]) && is_time(&shown["modified"]));
    assert!(shown["created"].as_str() < shown["modified"].as_str());
    assert_eq!(
        shown,
        json!({
            "uuid": id, "name": "New chat", "chat_session": shown["chat_session"], "flags": {},
            "is_archived": false, "message_count": 2, "is_flagged": false, "max_severity": "none",
            "user_username": "alice", "user_full_name": "",
            "created": shown["created"], "modified": shown["modified"],
        })
    );
    let raw = request(alice, Method::GET, &format!("/api/chat-threads/{id}/"));
    let raw = raw.send().await.unwrap().text().await.unwrap();
    assert!(raw.starts_with(&format!(
        r#"{{"uuid":"{id}","name":"New chat","chat_session":""#
    )));
}

async fn a_message_shows_all_its_fields(alice: &Client) {
    let told = say(alice, None, "hello").await;
    let shown = messages(alice, &told.thread, "").await;
    let verdict = |mut message: Value| {
        let more = json!({
            "thread": told.thread, "replaces": null, "is_flagged": false, "severity": "none",
            "injection_categories": [], "pii_categories": [], "action_taken": "allow",
        });
        message
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        message
    };
    assert!(shown.iter().all(|message| is_time(&message["created"])));
    assert_eq!(
        shown,
        [
            verdict(
                json!({ "uuid": told.user, "role": "user", "content": "hello", "sequence_index": 1, "created": shown[0]["created"] })
            ),
            verdict(
                json!({ "uuid": told.assistant, "role": "assistant", "content": format!("{PREFACE}hello"), "sequence_index": 2, "created": shown[1]["created"] })
            ),
        ]
    );
}

async fn fields_can_be_chosen(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let one = format!("/api/chat-threads/{id}/");
    let chosen = get(alice, &format!("{one}?field=name&field=uuid&field=nothing")).await;
    assert_eq!(names(&chosen.body), ["name", "uuid"]);
    let unknown = get(alice, &format!("{one}?field=nothing")).await;
    assert_eq!(names(&unknown.body).len(), 12);
    let list = get(alice, "/api/chat-threads/?field=name&page_size=1").await;
    assert_eq!(list.body, json!([{ "name": "New chat" }]));
    let sessions = get(alice, "/api/chat-sessions/?field=user_username").await;
    assert_eq!(sessions.body, json!([{ "user_username": "alice" }]));
    let current = get(alice, "/api/chat-sessions/current/?field=user_username").await;
    assert_eq!(current.body, json!({ "user_username": "alice" }));
}

async fn archiving_is_idempotent_and_a_change(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let mut modified = thread(alice, &id).await["modified"].clone();
    for (action, archived) in [("archive", true), ("unarchive", false)] {
        for first in [true, false] {
            // The body is not looked at.
            let path = format!("/api/chat-threads/{id}/{action}/");
            let sent = request(alice, Method::POST, &path)
                .header("content-type", "application/json")
                .body("{{{");
            let done = answer(sent).await.unwrap();
            says(&done, 204, json!(""));
            let shown = thread(alice, &id).await;
            assert_eq!(shown["is_archived"], archived);
            assert_eq!(shown["modified"] != modified, first, "{action}");
            modified = shown["modified"].clone();
        }
        // Reading and writing go on as ever.
        let told = say(alice, Some(&id), "more").await;
        assert_eq!(told.text, format!("{PREFACE}more"));
        modified = thread(alice, &id).await["modified"].clone();
    }
}

async fn what_was_done_by_name_is_not_done_again(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let named = async |action: &str, key: &str| {
        let path = format!("/api/chat-threads/{id}/{action}/");
        let sent = request(alice, Method::POST, &path).header("idempotency-key", key);
        answer(sent).await.unwrap()
    };
    for (action, key, archived) in [
        ("archive", "a", true),
        ("unarchive", "a", false),
        // A late retry.
        ("archive", "a", false),
        // What had nothing to do never does anything.
        ("unarchive", "b", false),
        ("archive", "c", true),
        ("unarchive", "b", true),
        ("unarchive", "a", true),
    ] {
        says(&named(action, key).await, 204, json!(""));
        let shown = thread(alice, &id).await;
        assert_eq!(shown["is_archived"], archived, "{action} {key}");
    }
    details(
        &named("archive", "").await,
        400,
        "Idempotency-Key must be 1 to 255 printable characters.",
    );
}

async fn a_thread_is_renamed(alice: &Client) {
    let id = say(alice, None, "hello").await.thread;
    let path = format!("/api/chat-threads/{id}/");
    let patch = async |body: Value| {
        let sent = request(alice, Method::PATCH, &path).json(&body);
        answer(sent).await.unwrap()
    };
    let renamed = patch(json!({ "name": "  Žluťoučký kůň " })).await;
    assert_eq!(
        (renamed.status.as_u16(), &renamed.body["name"]),
        (200, &json!("Žluťoučký kůň"))
    );
    assert_eq!(thread(alice, &id).await, renamed.body);
    says(&patch(json!({})).await, 200, renamed.body.clone());
    for (name, sentence) in [
        (json!(""), "This field may not be blank."),
        (json!(null), "This field may not be null."),
        (json!([]), "Not a valid string."),
        (
            json!("x".repeat(151)),
            "Ensure this field has no more than 150 characters.",
        ),
    ] {
        says(
            &patch(json!({ "name": name })).await,
            400,
            json!({ "name": [sentence] }),
        );
    }
    assert_eq!(patch(json!({ "name": "ž".repeat(150) })).await.status, 200);
}

on_both_databases!(check);
