//! Whoever runs the server cannot leave it to nobody: not below `/api/v1`, and not as one's own account.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client::eventually, databases::TestDatabase},
};

const LAST: &str = "This is the last admin who can log in: make another one first";

/// Somebody logged in.
async fn entered(anybody: &Client, name: &str) -> Client {
    let body = json!({ "username": name, "password": PASSWORD });
    let login = anybody
        .bare(Method::POST, &path("/users/login"))
        .json(&body);
    let user = gives(answer(login).await.unwrap(), 200);
    let mut client = anybody.with_key(user["token"].as_str().unwrap());
    client.id = id(&user);
    client
}

async fn leave(who: &Client) -> Answer {
    let request = who.request(Method::DELETE, "/api/auth/me");
    answer(request.json(&json!({ "password": PASSWORD })))
        .await
        .unwrap()
}

async fn stays(admin: &Client) {
    let refused = end(admin, admin).await;
    tells(&refused, 409, "CONFLICT", &format!("{LAST}."));
    assert_eq!(gives(leave(admin).await, 409), json!({ "detail": LAST }));
}

async fn one_of_two_stays(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let anybody = Client::new(server.address, String::new(), String::new());
    nobody_ends_while_it_is_not_seen_who_is_left(&server, &anybody).await;
    of_two_who_end_each_other_one_stays(&anybody).await;
}

/// Another admin, logged in.
async fn another(admin: &Client, anybody: &Client, name: &str) -> Client {
    let body = json!({ "username": name, "password": PASSWORD, "role": "admin" });
    gives(post(admin, "/users", body).await, 201);
    entered(anybody, name).await
}

async fn end(who: &Client, whom: &Client) -> Answer {
    delete(who, &format!("/users/{}", whom.id)).await
}

async fn nobody_ends_while_it_is_not_seen_who_is_left(server: &Server, anybody: &Client) {
    let root = entered(anybody, "root").await;
    let eve = another(&root, anybody, "eve").await;
    let me = gives(root.get("/api/auth/me").await, 200);
    let disable = format!("/api/auth/users/{}/disable", id(&me));
    let mut other = server.meddler().await;
    other.hold().await;
    let gone = end(&root, &eve).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    // She is let in until the views know it: what she decides on now is not so any more.
    let nothing = json!({});
    let (ended, left, disabled) =
        tokio::join!(end(&eve, &root), leave(&root), eve.post(&disable, &nothing));
    tells(
        &ended,
        503,
        "UNAVAILABLE",
        "The server cannot do this at the moment; try again.",
    );
    for refused in [left, disabled] {
        assert_eq!(refused.headers["retry-after"], "1");
        let detail = "The record cannot be written at the moment; try again";
        assert_eq!(gives(refused, 503), json!({ "detail": detail }));
    }
    other.let_go().await;
    eventually(async || get(&eve, "/users").await.status == 401).await;
    stays(&root).await;
}

async fn of_two_who_end_each_other_one_stays(anybody: &Client) {
    let mut left = entered(anybody, "root").await;
    for name in ["ann", "ben", "cora", "dirk"] {
        let other = another(&left, anybody, name).await;
        let (one, two) = tokio::join!(end(&left, &other), end(&other, &left));
        let (mine, refused) = match one.status == 204 {
            true => (left, two),
            false => (other, one),
        };
        // The one who was slower is told so, or is nobody any more.
        assert!(matches!(refused.status.as_u16(), 401 | 409), "{refused:?}");
        assert_eq!(get(&mine, "/users").await.status, 200);
        left = mine;
    }
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let anybody = Client::new(server.address, String::new(), String::new());
    let root = entered(&anybody, "root").await;
    stays(&root).await;
    // Who is no admin is no help, nor is one who is not let in.
    let bob = person(&root, "bob").await;
    stays(&root).await;
    let dora = another(&root, &anybody, "dora").await;
    let me = gives(dora.get("/api/auth/me").await, 200);
    let of_dora = |what: &str| format!("/api/auth/users/{}/{what}", id(&me));
    gives(root.post(&of_dora("disable"), &json!({})).await, 200);
    stays(&root).await;
    gives(root.post(&of_dora("enable"), &json!({})).await, 200);
    assert_eq!(leave(&bob).await.status, 200);

    // Of two, one may go.
    let gone = end(&root, &root).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert_eq!(get(&root, "/users").await.status, 401);
    stays(&dora).await;
}

on_both_databases!(check);

mod of_two {
    use super::*;
    on_both_databases!(one_of_two_stays);
}
