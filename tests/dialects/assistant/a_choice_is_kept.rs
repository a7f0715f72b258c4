//! `/api/settings/…`: provider, mood and thoughts, as chosen once, for every turn that says nothing else.

use reqwest::Method;
use serde_json::{Value, json};

use super::{faults, says, upstream};
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

async fn check(database: TestDatabase) {
    let more = ("PROVIDERS__OTHER__KIND", "echo");
    let server = Server::start(database, &[ECHO, more, ("DEFAULT_PROVIDER", "echo")]).await;
    let (alice, bob) = tokio::join!(server.user("alice"), server.user("bob"));
    nobody_chooses_for_nobody(&alice).await;
    a_wrong_choice_is_refused(&alice).await;
    a_choice_is_shown_and_is_one_users_own(&alice, &bob).await;
    the_chosen_provider_answers(&alice).await;
    // A provider that is configured no more is told, not replaced in silence.
    let kept = alice.id.clone();
    assert_eq!(
        put(&alice, "default-ai", json!({ "provider": "other" }))
            .await
            .status,
        200
    );
    let named = |who: &Client| {
        let request = who.request(Method::POST, "/api/chat");
        let request = request.header("idempotency-key", "k");
        request.json(&json!({ "text": "hello" }))
    };
    let told = answer(named(&alice)).await.unwrap();
    assert_eq!(
        (&told.body["reply"], &told.body["provider"]),
        (&json!(format!("{PREFACE}hello")), &json!("other"))
    );
    let server = server
        .start_again_with(&[("PROVIDERS__OTHER__KIND", None)])
        .await;
    let alice = alice.at(server.address);
    assert_eq!(alice.id, kept);
    assert_eq!(
        get(&alice, "default-ai").await,
        json!({ "provider": "other" })
    );
    let sent = alice.post("/api/chat", &json!({ "text": "hello" })).await;
    assert_eq!(
        sent.body["reply"],
        "No AI provider found for 'other'. Check your provider settings."
    );
    // What it has answered is answered again, however it is wished for.
    assert_eq!(answer(named(&alice)).await.unwrap().body, told.body);
    let as_stream = named(&alice).header("accept", "text/event-stream");
    let stream = answer(as_stream).await.unwrap().body;
    let done = json!({
        "type": "done",
        "reply": told.body["reply"],
        "conversation_id": told.body["conversation_id"],
        "provider": "other",
    });
    assert!(stream.as_str().unwrap().contains(&done.to_string()));
}

async fn put(who: &Client, name: &str, body: Value) -> Answer {
    let request = who.request(Method::PUT, &format!("/api/settings/{name}"));
    answer(request.json(&body)).await.unwrap()
}

async fn get(who: &Client, name: &str) -> Value {
    who.get(&format!("/api/settings/{name}")).await.body
}

async fn nobody_chooses_for_nobody(alice: &Client) {
    for name in ["default-ai", "mood", "reasoning"] {
        let path = format!("/api/settings/{name}");
        for method in [Method::GET, Method::PUT] {
            let nobody = alice.bare(method.clone(), &path).body("{");
            says(
                &answer(nobody).await.unwrap(),
                401,
                "Authentication required",
            );
        }
        let wrong = answer(alice.request(Method::POST, &path)).await.unwrap();
        says(&wrong, 405, "Method Not Allowed");
    }
    says(&alice.get("/api/settings/secrets").await, 404, "Not Found");
}

async fn a_wrong_choice_is_refused(alice: &Client) {
    for (name, field) in [
        ("default-ai", "provider"),
        ("mood", "mood"),
        ("reasoning", "reasoning_mode"),
    ] {
        let before = get(alice, name).await;
        faults(
            &put(alice, name, json!({})).await,
            "missing",
            &["body", field],
        );
        for (value, kind) in [
            (json!(null), "string_type"),
            (json!(true), "string_type"),
            (json!("grumpy"), "enum"),
            (json!("\0"), "enum"),
            (json!("x".repeat(100_000)), "enum"),
        ] {
            let refused = put(alice, name, json!({ field: value })).await;
            faults(&refused, kind, &["body", field]);
        }
        assert_eq!(get(alice, name).await, before);
    }
}

async fn a_choice_is_shown_and_is_one_users_own(alice: &Client, bob: &Client) {
    for (name, field, values) in [
        ("default-ai", "provider", ["default", "other"]),
        ("mood", "mood", ["normal", "serious"]),
        ("reasoning", "reasoning_mode", ["on", "off"]),
    ] {
        let [default, other] = values.map(|value| json!({ field: value }));
        assert_eq!(get(alice, name).await, default);
        for _ in 0..2 {
            let chosen = put(alice, name, other.clone()).await;
            assert_eq!((chosen.status.as_u16(), &chosen.body), (200, &other));
            assert_eq!(get(alice, name).await, other);
        }
        assert_eq!(get(bob, name).await, default);
        assert_eq!(put(alice, name, default.clone()).await.body, default);
        assert_eq!(get(alice, name).await, default);
    }
}

async fn the_chosen_provider_answers(alice: &Client) {
    let answered_by =
        async |body: Value| alice.post("/api/chat", &body).await.body["provider"].clone();
    assert_eq!(answered_by(json!({ "text": "hello" })).await, "echo");
    put(alice, "default-ai", json!({ "provider": "other" })).await;
    assert_eq!(answered_by(json!({ "text": "hello" })).await, "other");
    assert_eq!(
        answered_by(json!({ "text": "hello", "provider": "default" })).await,
        "other"
    );
    assert_eq!(
        answered_by(json!({ "text": "hello", "provider": "echo" })).await,
        "echo"
    );
    put(alice, "default-ai", json!({ "provider": "default" })).await;
    let sent = alice.post("/api/chat", &json!({ "text": "hello" })).await;
    assert_eq!(sent.body["provider"], "echo");
    assert_eq!(sent.body["reply"], format!("{PREFACE}hello"));
}

/// What the model is told besides the conversation.
fn system(scripted: &Scripted, request: usize) -> Value {
    let messages = scripted.received()[request].body["messages"].clone();
    match messages[0]["role"] == "system" {
        true => messages[0]["content"].clone(),
        false => Value::Null,
    }
}

async fn a_mood_is_one_line_for_the_model(database: TestDatabase) {
    let scripted = Scripted::start((0..6).map(|_| upstream::whole("fine"))).await;
    let (_server, alice) = upstream::server(database, &scripted).await;
    let say = async |number, mood: Value| {
        let body =
            json!({ "text": "hello", "conversation_id": alice.conversation(number), "mood": mood });
        assert_eq!(alice.post("/api/chat", &body).await.body["reply"], "fine");
    };
    say(1, Value::Null).await;
    put(&alice, "mood", json!({ "mood": "serious" })).await;
    say(2, Value::Null).await;
    say(3, json!("friendly")).await;
    say(4, json!("grumpy")).await;
    say(5, Value::Null).await;
    let [serious, friendly] = [
        "Answer in a serious, factual tone.",
        "Answer in a warm, friendly tone.",
    ];
    let told: Vec<_> = (0..5).map(|request| system(&scripted, request)).collect();
    assert_eq!(
        told,
        [
            json!(null),
            json!(serious),
            json!(friendly),
            json!(null),
            json!(serious)
        ]
    );
}

async fn thoughts_are_hidden_from_who_does_not_want_them(database: TestDatabase) {
    let thinking = || {
        let thought =
            json!({ "choices": [{ "index": 0, "delta": { "reasoning_content": "hm" } }] });
        let frames = [thought.to_string(), upstream::delta("fine")];
        Reply::sse(frames.into_iter().chain(upstream::end()))
    };
    let scripted = Scripted::start([thinking(), thinking()]).await;
    let (_server, alice) = upstream::server(database, &scripted).await;
    put(&alice, "reasoning", json!({ "reasoning_mode": "off" })).await;
    let conversation = alice.conversation(1);
    let events = alice.stream(&conversation, "hello").await.rest().await;
    let kinds = |events: &[crate::support::client::Event]| -> Vec<String> {
        events.iter().map(|event| event.kind.clone()).collect()
    };
    assert_eq!(kinds(&events), ["meta", "assistant", "done"]);
    // Where a stream was is where it goes on, also behind what was not shown.
    let resumed = alice
        .resume(&conversation, &events[1].id)
        .await
        .rest()
        .await;
    assert_eq!(kinds(&resumed), ["meta", "done"]);
    put(&alice, "reasoning", json!({ "reasoning_mode": "on" })).await;
    let resumed = alice
        .resume(&conversation, &events[0].id)
        .await
        .rest()
        .await;
    assert_eq!(kinds(&resumed), ["meta", "reasoning", "assistant", "done"]);
    let events = alice
        .stream(&alice.conversation(2), "hello")
        .await
        .rest()
        .await;
    assert_eq!(kinds(&events), ["meta", "reasoning", "assistant", "done"]);
}

on_both_databases!(check);

mod moods {
    use super::*;
    on_both_databases!(a_mood_is_one_line_for_the_model);
}

mod thoughts {
    use super::*;
    on_both_databases!(thoughts_are_hidden_from_who_does_not_want_them);
}
