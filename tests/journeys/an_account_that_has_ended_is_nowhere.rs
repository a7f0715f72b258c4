//! An account is deleted: its name, its passwords and what was said are in no file and in no table any more, and the
//! receipts say so.

use aggregates::user::UserEvent;
use reqwest::Method;
use serde_json::json;

use super::on_both_databases;
use crate::support::{
    client::answer,
    databases::TestDatabase,
    scripted::{Reply, Scripted},
    server::{PASSWORD, Server},
    traces::{Traces, marker},
};

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let vectors = Reply::json(r#"{"embeddings":[[1,2]]}"#);
    let upstream = Scripted::start([vectors]).await;
    let settings = [
        ("PROVIDERS__ECHO__KIND", "echo"),
        ("PROVIDERS__UP__KIND", "ollama"),
        ("PROVIDERS__UP__MODEL", "m"),
        ("PROVIDERS__UP__BASE_URL", &upstream.url()),
    ];
    let server = Server::start(database, &settings).await;
    let traces = traces.beside(&server);
    let (name, said) = (marker(), marker());
    let somebody = server.user(&name).await;
    let conversation = somebody.conversation(1);
    somebody.say(&conversation, &said).await;
    let asked = marker();
    let question = json!({ "model": "echo", "messages": [{ "role": "user", "content": asked }] });
    for _ in 0..2 {
        let answered = somebody.post("/v1/chat/completions", &question).await;
        assert_eq!(answered.status, 200, "{}", answered.body);
    }
    let sent = marker();
    let texts = json!({ "model": "up", "input": sent });
    let embedded = somebody.post("/v1/embeddings", &texts).await;
    assert_eq!(embedded.status, 200, "{}", embedded.body);
    let completions = server.store().await.read_after(0, 1_000).await.unwrap();
    let completion = completions
        .iter()
        .find(|event| event.aggregate_type == "completion")
        .unwrap();
    assert!(completion.payload.contains(&asked));
    let embedding = completions
        .iter()
        .find(|event| event.aggregate_type == "embedding")
        .unwrap();
    assert!(embedding.payload.contains(&sent));
    let again = json!({ "current_password": PASSWORD, "new_password": "another good password" });
    let changed = somebody.post("/api/auth/change-password", &again).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let store = server.store().await;
    let credentials = async || {
        let events = store.read_stream("user", &somebody.id, 0, 100).await;
        let mut kept = vec![];
        for event in events.unwrap() {
            let id = match serde_json::from_str(&event.payload).unwrap() {
                UserEvent::Registered { credential, .. }
                | UserEvent::PasswordChanged { credential } => credential,
                _ => continue,
            };
            kept.extend(store.credential(id).await.unwrap());
        }
        kept
    };
    let hashes = credentials().await;
    assert_eq!(hashes.len(), 2);
    for trace in [&name, &said, &hashes[0], &hashes[1]] {
        traces.appears(trace).await;
    }

    let leave = somebody.request(Method::DELETE, "/api/auth/me");
    let left = answer(leave.json(&json!({ "password": "another good password" }))).await;
    assert_eq!(left.unwrap().status, 200);
    // The conversation's, and the account's.
    traces.receipts(2).await;
    for trace in [&name, &said, &sent, &hashes[0], &hashes[1]] {
        assert_eq!(traces.holding(trace).await, [""; 0], "{trace}");
        assert!(!traces.is_dumped(trace).await, "{trace}");
    }
    assert_eq!(credentials().await, [""; 0]);
    let events = store.read_stream("user", &somebody.id, 0, 100).await;
    let Ok(UserEvent::ErasureConfirmed { receipt }) =
        serde_json::from_str(&events.unwrap().last().unwrap().payload)
    else {
        panic!("the receipt is the last of it");
    };
    let items = |store| {
        receipt
            .iter()
            .find(|part| part.store == store)
            .unwrap()
            .items
    };
    // Of the account, of its key, of its completions and of its embedding.
    assert_eq!((items("keys"), items("credentials")), (5, 2));
    assert_eq!((items("completions"), items("embeddings")), (2, 1));
    let completion = store
        .read_stream("completion", &completion.aggregate_id, 0, 100)
        .await
        .unwrap();
    assert!(!completion[0].payload.contains(&asked));
    let embedding = store
        .read_stream("embedding", &embedding.aggregate_id, 0, 100)
        .await
        .unwrap();
    assert!(!embedding[0].payload.contains(&sent));

    for view in [
        "users",
        "keys",
        "completions",
        "embeddings",
        "usage",
        "transcript",
    ] {
        let report = server.command(&["projections", "rebuild", view], "").await;
        let report = report.unwrap();
        assert!(report.contains("identical"), "{view}: {report}");
    }
    // The name is free.
    server.user(&name).await;
}

on_both_databases!(journey);
