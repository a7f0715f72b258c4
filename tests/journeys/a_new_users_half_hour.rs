//! A new user's half hour: register, ask, stop, resume, truncate, restore, search, delete, and leave.

use reqwest::Method;
use serde_json::{Value, json};

use super::{SLOW_ECHO, on_both_databases, words};
use crate::support::{
    client::{Client, answer, shown},
    databases::TestDatabase,
    server::{PASSWORD, Server},
};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, SLOW_ECHO).await;
    let somebody = Client::new(server.address, String::new(), String::new());
    let account = json!({ "username": "newcomer", "password": "my first password" });

    // An account, and the way in.
    let post = async |path: &str, body: &Value| {
        answer(somebody.bare(Method::POST, path).json(body))
            .await
            .unwrap()
    };
    let made = post("/api/auth/register", &account).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let welcome = post("/api/auth/login", &account).await;
    assert_eq!(welcome.body["user"], made.body["user"]);
    let id = made.body["user"]["id"].as_str().unwrap().to_owned();
    let token = welcome.body["access_token"].as_str().unwrap();
    let me = Client::new(server.address, id, token.to_owned());
    assert_eq!(me.get("/api/auth/me").await.body, made.body["user"]);
    assert_eq!(
        me.get("/api/chat/conversations").await.body["conversations"],
        json!([])
    );

    // Ask.
    let first = me
        .post("/api/chat", &json!({ "text": "Hello, who are you?" }))
        .await;
    let conversation = first.body["conversation_id"].as_str().unwrap().to_owned();
    let one = format!("/api/chat/conversations/{conversation}");
    assert!(
        first.body["reply"]
            .as_str()
            .unwrap()
            .contains("Hello, who are you?")
    );

    // Stop.
    let mut stream = me.stream(&conversation, &words(3000)).await;
    let mut events = vec![];
    while events.len() < 4 {
        events.push(stream.next().await.unwrap());
    }
    assert_eq!(
        me.post(&format!("{one}/stop"), &json!({})).await.body["stopped"],
        true
    );
    events.extend(stream.rest().await);
    let partial = events.last().unwrap().text("reply").to_owned();
    assert_eq!(me.history(&conversation).await[3].1, partial);

    // Lose the tab, and come back where it was.
    let mut stream = me.stream(&conversation, &words(60)).await;
    let mut before = vec![];
    while before.len() < 3 {
        before.push(stream.next().await.unwrap());
    }
    drop(stream);
    let after = me.resume(&conversation, &before[2].id).await.rest().await;
    let whole = after.last().unwrap().text("reply").to_owned();
    assert_eq!(shown(&before) + &shown(&after), whole);

    // Cut, and take it back.
    let everything = me.history(&conversation).await;
    assert_eq!(everything.len(), 6);
    let cut = me
        .post(&format!("{one}/truncate"), &json!({ "keep_count": 2 }))
        .await;
    assert_eq!(
        cut.body,
        json!({ "ok": true, "conversation_id": conversation, "keep_count": 2, "deleted": 4 })
    );
    assert_eq!(me.history(&conversation).await, everything[4..]);
    let restored = me.post(&format!("{one}/restore"), &json!({})).await;
    assert_eq!(restored.body, json!({ "ok": true, "restored": 4 }));
    assert_eq!(me.history(&conversation).await, everything);

    // Put it away, and find it again.
    me.post(&format!("{one}/archive"), &json!({})).await;
    assert_eq!(
        me.get("/api/chat/conversations").await.body["conversations"],
        json!([])
    );
    let archived = me.get("/api/chat/conversations?archived=true").await;
    assert_eq!(archived.body["conversations"][0]["id"], conversation);

    // Find what was said, delete it, and it is gone: here and among what is found.
    let found = async || {
        let found = me.get("/api/chat/search?q=%22who+are+you%22").await;
        assert_eq!(found.status, 200, "{}", found.body);
        found.body["results"].as_array().unwrap().clone()
    };
    let before = found().await;
    assert!(!before.is_empty());
    let of_it = |one: &Value| one["conversation_id"] == conversation.as_str();
    assert!(before.iter().all(of_it));
    assert_eq!(me.delete(&one).await.body, json!({ "ok": true }));
    assert!(me.history(&conversation).await.is_empty());
    assert_eq!(found().await, [] as [Value; 0]);

    // Another password, and then no account any more.
    let change = json!({ "current_password": "my first password", "new_password": PASSWORD });
    assert_eq!(
        me.post("/api/auth/change-password", &change).await.body,
        json!({ "ok": true })
    );
    assert_eq!(me.get("/api/auth/me").await.status, 401);
    let again = json!({ "username": "newcomer", "password": PASSWORD });
    let welcome = post("/api/auth/login", &again).await;
    let me = me.with_key(welcome.body["access_token"].as_str().unwrap());
    let leave = me.request(Method::DELETE, "/api/auth/me").json(&again);
    assert_eq!(answer(leave).await.unwrap().body, json!({ "ok": true }));
    assert_eq!(post("/api/auth/login", &again).await.status, 401);
}

on_both_databases!(journey);
