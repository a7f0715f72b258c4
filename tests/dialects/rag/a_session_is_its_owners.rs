//! Sessions: made, labelled, listed, ended; names belong to users, and nobody sees another's.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);

    let made = gives(
        alice
            .post("/api/v1/session", &json!({ "label": "Physics" }))
            .await,
        201,
    );
    let session = &made["data"];
    assert_eq!(session["label"], "Physics");
    assert_eq!(session["user_id"], alice.id.as_str());
    assert_eq!(
        session["created_at"].as_str().unwrap().len(),
        "2026-01-01T00:00:00.000Z".len()
    );
    let name = session["id"].as_str().unwrap();
    assert!(name.starts_with("sess_"), "{name}");
    let at = format!("/api/v1/session/{name}");
    let change = alice
        .request(Method::PATCH, &at)
        .json(&json!({ "label": "Chemistry" }));
    let changed = gives(answer(change).await.unwrap(), 200);
    assert_eq!(changed["data"]["label"], "Chemistry");
    the_same_change_twice_happens_once(&alice).await;

    // The first use of a name makes a session, for each user another one.
    ask(&alice, "sess_abc123", "anything?").await;
    let secret = ingest(
        &alice,
        "sess_abc123",
        "secret.md",
        "The treasure lies under the oak.",
    )
    .await;
    ask(&bob, "sess_abc123", "anything?").await;
    for slash in ["", "/"] {
        let listed = gives(alice.get(&format!("/api/v1/session{slash}")).await, 200);
        let names: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].clone())
            .collect();
        assert_eq!(names, [json!("sess_abc123"), json!(name)]);
    }
    let listed = gives(bob.get("/api/v1/session").await, 200);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        ask(&bob, "sess_abc123", "Where is the treasure under the oak?").await,
        NOTHING
    );
    assert!(
        ask(&alice, "sess_abc123", "Where is the treasure?")
            .await
            .contains("oak")
    );
    assert_eq!(history(&bob, "sess_abc123").await.len(), 4);

    // Another's session is one that there is not.
    let unknown = "There is no such session";
    let change = bob
        .request(Method::PATCH, &at)
        .json(&json!({ "label": "mine" }));
    tells(answer(change).await.unwrap(), 404, unknown);
    tells(bob.delete(&at).await, 404, unknown);
    assert_eq!(history(&bob, name).await, []);
    gives(bob.delete("/api/v1/chat/sess_abc123").await, 204);
    assert_eq!(history(&alice, "sess_abc123").await.len(), 4);

    // An ended session's name is free, and nothing of it is left.
    let ended = alice.delete("/api/v1/session/sess_abc123").await;
    assert_eq!(gives(ended, 204), "");
    assert_eq!(status(&alice, &secret).await, Value::Null);
    tells(
        alice.delete("/api/v1/session/sess_abc123").await,
        404,
        unknown,
    );
    assert_eq!(history(&alice, "sess_abc123").await, []);
    assert_eq!(
        ask(&alice, "sess_abc123", "Where is the treasure?").await,
        NOTHING
    );
}

async fn the_same_change_twice_happens_once(alice: &Client) {
    let name = "sess_twice";
    let at = format!("/api/v1/session/{name}");
    let label = async |key: &str, label: &str| {
        let request = alice.request(Method::PATCH, &at);
        let request = request.header("idempotency-key", key);
        answer(request.json(&json!({ "label": label })))
            .await
            .unwrap()
    };
    ask(alice, name, "anything?").await;
    for (key, wanted, shown) in [
        ("k-1", "Physics", "Physics"),
        ("k-2", "Chemistry", "Chemistry"),
        ("k-1", "Physics", "Chemistry"),
    ] {
        let labelled = gives(label(key, wanted).await, 200);
        assert_eq!(labelled["data"]["label"], shown, "{key}");
    }
    let other = "This Idempotency-Key was used with another request body";
    tells(label("k-1", "Biology").await, 409, other);
    gives(alice.delete(&at).await, 204);
    let unknown = "There is no such session";
    tells(label("k-1", "Physics").await, 404, unknown);
}

on_both_databases!(check);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_two_nodes_are_asked_for_at_once_is_shown_by_both() {
    crate::dialects::prepare();
    let database = TestDatabase::postgres().await;
    let node = async || Server::start_at(database.url(), &[ECHO]).await;
    let nodes = [node().await, node().await];
    let alice = nodes[0].user("alice").await;
    let there = alice.at(nodes[1].address);
    for key in 0..10 {
        let make = |nth: usize| {
            let who = [&alice, &there][nth % 2];
            let request = who.request(Method::POST, "/api/v1/session");
            let request = request.header("idempotency-key", format!("k{key}"));
            answer(request.json(&json!({ "label": "one" })))
        };
        let made = futures_util::future::join_all((0..6).map(make)).await;
        let made: Vec<_> = made
            .into_iter()
            .map(|made| gives(made.unwrap(), 201))
            .collect();
        assert!(made.iter().all(|other| *other == made[0]), "{made:?}");
    }
}
