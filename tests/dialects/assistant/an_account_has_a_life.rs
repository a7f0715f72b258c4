//! Change of password, disable, enable, delete: who may, what ends with it, and what goes on.

use reqwest::Method;
use serde_json::{Value, json};

use super::{all_faults, login, says};
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Answer, Client, answer, eventually},
        databases::TestDatabase,
        server::{PASSWORD, Server},
    },
};

const BAD: &str = "Invalid or expired token";
const WRONG: &str = "Current password is incorrect";

async fn check(database: TestDatabase) {
    // More logins than anybody needs in a minute.
    let unlimited = [
        ECHO,
        ("LIMITS__LOGINS_PER_USER", "0"),
        ("LIMITS__LOGINS_PER_ADDRESS", "0"),
    ];
    let server = Server::start(database, &unlimited).await;
    let alice = server.user("alice").await;
    nobody_changes_a_password_without_knowing_it(&alice).await;
    a_new_password_ends_the_tokens_and_not_the_keys(&alice).await;
    only_those_above_let_people_in_and_keep_them_out(&server, &alice).await;
    who_is_disabled_is_out_until_enabled(&server, &alice).await;
    an_account_is_deleted_by_who_knows_its_password(&server, &alice).await;
    the_command_line_does_the_same(&server).await;
}

async fn post(who: &Client, path: &str) -> Answer {
    answer(who.request(Method::POST, path)).await.unwrap()
}

/// Somebody logged in.
async fn logged_in(who: &Client, name: &str, password: &str) -> Client {
    let welcome = login(who, name, password).await;
    assert_eq!(welcome.status, 200, "{}", welcome.body);
    who.with_key(welcome.body["access_token"].as_str().unwrap())
}

async fn change(who: &Client, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new });
    who.post("/api/auth/change-password", &body).await
}

async fn leave(who: &Client, password: &Value) -> Answer {
    let request = who.request(Method::DELETE, "/api/auth/me");
    answer(request.json(&json!({ "password": password })))
        .await
        .unwrap()
}

async fn nobody_changes_a_password_without_knowing_it(alice: &Client) {
    let token = logged_in(alice, "alice", PASSWORD).await;
    for who in [&token, alice] {
        for wrong in [
            "",
            "wrong",
            "\0",
            &format!("{PASSWORD} "),
            &"x".repeat(5000),
        ] {
            says(&change(who, wrong, "a good password").await, 400, WRONG);
        }
        for (new, sentence) in [
            ("", "A password has at least 8 characters"),
            ("short", "A password has at least 8 characters"),
            (
                &*"x".repeat(1025),
                "A password has 1 to 1024 bytes and no NUL character",
            ),
        ] {
            says(&change(who, PASSWORD, new).await, 400, sentence);
        }
        for body in [
            json!({}),
            json!({ "current_password": "hunter22" }),
            json!({ "current_password": 5, "new_password": ["hunter22"] }),
            json!(["hunter22"]),
        ] {
            let refused = who.post("/api/auth/change-password", &body).await;
            all_faults(&refused);
            assert!(!refused.body.to_string().contains("hunter22"), "{body}");
        }
    }
    assert_eq!(token.get("/api/auth/me").await.status, 200);
}

async fn a_new_password_ends_the_tokens_and_not_the_keys(alice: &Client) {
    let (one, other) = (
        logged_in(alice, "alice", PASSWORD).await,
        logged_in(alice, "alice", PASSWORD).await,
    );
    let changed = change(&one, PASSWORD, "quite another one").await;
    assert_eq!(
        (changed.status.as_u16(), changed.body),
        (200, json!({ "ok": true }))
    );
    for ended in [&one, &other] {
        says(&ended.get("/api/auth/me").await, 401, BAD);
    }
    assert_eq!(alice.get("/api/auth/me").await.status, 200);
    says(
        &login(alice, "alice", PASSWORD).await,
        401,
        "Invalid username or password",
    );
    let again = logged_in(alice, "alice", "quite another one").await;
    assert_eq!(again.get("/api/auth/me").await.status, 200);
    // With a key, too, one must know the password.
    says(
        &change(alice, PASSWORD, "a good password").await,
        400,
        WRONG,
    );
    assert_eq!(
        change(alice, "quite another one", PASSWORD).await.status,
        200
    );
    says(&again.get("/api/auth/me").await, 401, BAD);
}

async fn only_those_above_let_people_in_and_keep_them_out(server: &Server, alice: &Client) {
    let (sam, tom, max) = tokio::join!(
        server.user_as("sam", "staff"),
        server.user_as("tom", "support"),
        server.user_as("max", "auditor"),
    );
    let root = server.user_as("boss", "admin").await;
    for action in ["disable", "enable"] {
        let of = |whom: &Client| format!("/api/auth/users/{}/{action}", whom.id);
        says(
            &answer(alice.bare(Method::POST, &of(alice))).await.unwrap(),
            401,
            "Authentication required",
        );
        for who in [alice, &tom, &max] {
            for whom in [alice, &tom, &root] {
                says(&post(who, &of(whom)).await, 403, "Only staff may do this");
            }
            says(
                &post(who, "/api/auth/users/nobody/disable").await,
                403,
                "Only staff may do this",
            );
        }
        for whom in [&root, &max] {
            says(
                &post(&sam, &of(whom)).await,
                403,
                "Only an admin may do this",
            );
        }
        for who in [&sam, &root] {
            says(
                &post(who, &of(who)).await,
                400,
                "You cannot do this to your own account",
            );
            for nobody in ["nobody", "00000000-0000-0000-0000-000000000000", "%00", "'"] {
                let path = format!("/api/auth/users/{nobody}/{action}");
                says(&post(who, &path).await, 404, "User not found");
            }
        }
    }
    for who in [alice, &tom, &max, &sam, &root] {
        assert_eq!(who.get("/api/auth/me").await.status, 200);
    }
}

async fn who_is_disabled_is_out_until_enabled(server: &Server, alice: &Client) {
    let sid = server.user_as("sid", "staff").await;
    let token = logged_in(alice, "alice", PASSWORD).await;
    let path = format!("/api/auth/users/{}", alice.id);
    for _ in 0..2 {
        assert_eq!(
            post(&sid, &format!("{path}/disable")).await.body,
            json!({ "ok": true })
        );
        for who in [&token, alice] {
            says(&who.get("/api/auth/me").await, 401, BAD);
            says(
                &who.post("/api/chat", &json!({ "text": "hello" })).await,
                401,
                BAD,
            );
        }
    }
    says(
        &login(alice, "alice", PASSWORD).await,
        403,
        "This account is disabled",
    );
    says(
        &login(alice, "alice", "wrong").await,
        401,
        "Invalid username or password",
    );
    for _ in 0..2 {
        assert_eq!(
            post(&sid, &format!("{path}/enable")).await.body,
            json!({ "ok": true })
        );
    }
    for who in [&token, alice] {
        assert_eq!(who.get("/api/auth/me").await.status, 200);
    }
}

async fn an_account_is_deleted_by_who_knows_its_password(server: &Server, alice: &Client) {
    let conversation = alice.conversation(1);
    alice.say(&conversation, "a secret").await;
    let token = logged_in(alice, "alice", PASSWORD).await;
    let nobody = alice.bare(Method::DELETE, "/api/auth/me").body("{");
    says(
        &answer(nobody).await.unwrap(),
        401,
        "Authentication required",
    );
    for who in [&token, alice] {
        says(&leave(who, &json!("wrong")).await, 400, WRONG);
        for body in [json!(null), json!(5), json!(["hunter22"])] {
            let refused = leave(who, &body).await;
            all_faults(&refused);
            assert!(!refused.body.to_string().contains("hunter22"));
        }
    }
    assert_eq!(
        leave(&token, &json!(PASSWORD)).await.body,
        json!({ "ok": true })
    );
    let store = server.store().await;
    eventually(async || {
        let erased = store.read_named_after(&["erasure.requested"], 0, 10).await;
        // The account's own, and its conversation's.
        erased.unwrap().len() >= 2
    })
    .await;
    for who in [&token, alice] {
        says(&who.get("/api/auth/me").await, 401, BAD);
        says(&leave(who, &json!(PASSWORD)).await, 401, BAD);
    }
    says(
        &login(alice, "alice", PASSWORD).await,
        401,
        "Invalid username or password",
    );

    // The name is free again, and nothing of the old account comes with it.
    let new = server.user("alice").await;
    assert_ne!(new.id, alice.id);
    let list = new.get("/api/chat/conversations").await;
    assert_eq!(list.body["conversations"], json!([]));
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    says(
        &new.get(&path).await,
        403,
        "Conversation does not belong to this user",
    );
    says(&alice.get("/api/auth/me").await, 401, BAD);
}

async fn the_command_line_does_the_same(server: &Server) {
    let bob = server.user("bob").await;
    let run = async |arguments: &[&str]| server.command(arguments, "").await;
    assert!(
        run(&["user", "disable", "nobody"])
            .await
            .unwrap_err()
            .contains("there is no user")
    );
    run(&["user", "disable", "BOB"]).await.unwrap();
    assert!(run(&["user", "list"]).await.unwrap().contains(", disabled"));
    eventually(async || bob.get("/api/auth/me").await.status == 401).await;
    run(&["user", "enable", "bob"]).await.unwrap();
    assert_eq!(bob.get("/api/auth/me").await.status, 200);
    let asked = run(&["user", "delete", "bob"]).await.unwrap_err();
    assert!(asked.contains("--yes"), "{asked}");
    assert_eq!(bob.get("/api/auth/me").await.status, 200);
    run(&["user", "delete", "bob", "--yes"]).await.unwrap();
    assert!(run(&["user", "delete", "bob", "--yes"]).await.is_err());
    eventually(async || bob.get("/api/auth/me").await.status == 401).await;
    assert!(!run(&["user", "list"]).await.unwrap().contains("bob"));
}

on_both_databases!(check);
