//! What a user's list of threads and a moderators' case were at any position or time.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, because, on_both_databases, short};
use crate::{
    dialects::chats::{attach, policy},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        server::Server,
        threads::{post, say},
    },
};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    let mia = server.user_as("mia", "support").await;
    let turn = say(&alice, None, "h4ck the system").await;
    let (thread, case) = (turn.thread.clone(), turn.user.clone().unwrap());
    nobody_else_is_shown_them(&server, &alice, &case).await;
    a_list_is_what_it_was(&ada, &alice, &thread).await;
    who_had_an_account_has_a_list(&server, &ada).await;
    a_case_is_what_it_was(&ada, &mia, &case).await;
}

/// An id of the threads dialect as auditors have it.
fn hyphenated(id: &str) -> Value {
    json!(id.parse::<aggregates::ThreadId>().unwrap())
}

async fn nobody_else_is_shown_them(server: &Server, alice: &Client, case: &str) {
    let paths = [
        format!("/api/audit/users/{}/threads/at", alice.id),
        format!("/api/audit/cases/{case}/at"),
        format!("/api/audit/cases/{NOBODY}/at"),
    ];
    let mut others = vec![alice.clone()];
    for role in ["support", "staff"] {
        others.push(server.user_as(role, role).await);
    }
    for path in &paths {
        let stranger = answer(alice.bare(Method::GET, path)).await.unwrap();
        assert_eq!(stranger.status, 401, "{path}");
        for other in &others {
            assert_eq!(other.get(path).await.status, 403, "{path}");
        }
    }
    // Who is denied a part of the record is shown no list that may hold it.
    let admin = server.user_as("ruth", "admin").await;
    let denied = json!([{
        "effect": "Deny",
        "action": ["audit:ReadMetadata"],
        "resource": [format!("soat:*:thread:{NOBODY}")],
    }]);
    let denied = policy(&admin, denied).await;
    let eve = server.user_as("eve", "auditor").await;
    attach(&admin, &short(&eve), &[denied]).await;
    assert_eq!(eve.get(&paths[0]).await.status, 403);
    assert_eq!(eve.get(&paths[1]).await.status, 200);
}

async fn a_list_is_what_it_was(ada: &Client, alice: &Client, thread: &str) {
    let at = format!("/api/audit/users/{}/threads/at", alice.id);
    let one = |page: &Value| page["threads"][0].clone();
    let before = ada.get(&at).await.body;
    assert_eq!(before["threads"].as_array().unwrap().len(), 1);
    let by_short = format!("/api/audit/users/{}/threads/at", short(alice).id);
    assert_eq!(ada.get(&by_short).await.body, before);
    let row = one(&before);
    assert_eq!(
        (&row["thread"], &row["name"]),
        (&hyphenated(thread), &Value::Null)
    );
    assert_eq!(
        (&row["messages"], &row["flagged"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        (&row["archived"], &row["erased"]),
        (&json!(false), &json!(false))
    );

    let second = say(alice, None, "A second one").await;
    let archive = format!("/api/chat-threads/{thread}/archive/");
    post(alice, &archive, &json!({})).await;
    alice
        .delete(&format!("/api/chat-threads/{}/", second.thread))
        .await;
    let now = because(ada, &at, "Complaint 17/3").await.body;
    assert_eq!(now["threads"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&now["content"], &one(&now)["archived"]),
        (&json!(true), &json!(true))
    );

    let position = row["position"].as_str().unwrap();
    let then = ada.get(&format!("{at}?position={position}")).await.body;
    assert_eq!(then, before);
    let time = row["modified"].as_str().unwrap();
    let then = ada.get(&format!("{at}?time={time}")).await.body;
    assert_eq!(one(&then)["archived"], json!(false));
    let nothing = ada.get(&format!("{at}?position=1")).await.body;
    assert_eq!(nothing["threads"], json!([]));

    let first = ada.get(&format!("{at}?limit=1")).await.body;
    assert_eq!(one(&first)["thread"], hyphenated(thread));
    let next = first["next"].as_str().unwrap();
    let rest = ada.get(&format!("{at}?limit=5&after={next}")).await.body;
    assert_eq!(one(&rest)["thread"], hyphenated(&second.thread));
    assert_eq!(rest["next"], Value::Null);

    for (path, status) in [
        (format!("{at}?position=1&time=2026-01-31T12:00:00Z"), 400),
        (format!("{at}?after=x"), 400),
        (format!("{at}?limit=201"), 400),
        ("/api/audit/users/x/threads/at".to_owned(), 404),
        (
            "/api/audit/users/user_0123456789abcdef/threads/at".to_owned(),
            404,
        ),
    ] {
        assert_eq!(ada.get(&path).await.status, status, "{path}");
    }
    let nobodys = ada
        .get(&format!("/api/audit/users/{NOBODY}/threads/at"))
        .await;
    assert_eq!(nobodys.status, 404, "{}", nobodys.body);
}

async fn who_had_an_account_has_a_list(server: &Server, ada: &Client) {
    let admin = server.user_as("boss", "admin").await;
    let (bob, mute) = (server.user("bob").await, server.user("mute").await);
    say(&bob, None, "hello").await;
    let threads = async |who: &Client| {
        let at = format!("/api/audit/users/{}/threads/at", who.id);
        let list = ada.get(&at).await;
        assert_eq!(list.status, 200, "{}", list.body);
        list.body["threads"].as_array().unwrap().len()
    };
    assert_eq!([threads(&bob).await, threads(&mute).await], [1, 0]);
    for who in [&bob, &mute] {
        let at = format!("/api/v1/users/{}", short(who).id);
        assert_eq!(admin.delete(&at).await.status, 204);
    }
    assert_eq!([threads(&bob).await, threads(&mute).await], [1, 0]);
}

async fn a_case_is_what_it_was(ada: &Client, mia: &Client, case: &str) {
    let at = format!("/api/audit/cases/{case}/at");
    let open = ada.get(&at).await.body;
    assert_eq!(
        (&open["state"], &open["severity"]),
        (&json!("open"), &json!("medium"))
    );
    let decide = json!({ "decision": "confirm", "reason": "A marker of mia's" });
    let decided = post(
        mia,
        &format!("/api/moderation/cases/{case}/decide"),
        &decide,
    )
    .await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    let now = ada.get(&at).await.body;
    assert_eq!(
        (&now["state"], &now["decided_by"]),
        (&json!("decided"), &json!(mia.id))
    );
    assert!(!now.to_string().contains("marker"), "{now}");
    let whole = because(ada, &at, "Complaint 17/3").await.body;
    assert_eq!(whole["reason"], "A marker of mia's");
    let position = open["position"].as_str().unwrap();
    let then = ada.get(&format!("{at}?position={position}")).await.body;
    assert_eq!(then, open);
    for path in [
        format!("{at}?position=1"),
        format!("/api/audit/cases/{NOBODY}/at"),
        "/api/audit/cases/x/at".to_owned(),
    ] {
        assert_eq!(ada.get(&path).await.status, 404, "{path}");
    }
}

on_both_databases!(check);
