//! Whoever runs the server cannot leave it to nobody: not below `/api/v1`, and not as one's own account.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
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
    let refused = delete(admin, &format!("/users/{}", admin.id)).await;
    tells(&refused, 409, "CONFLICT", &format!("{LAST}."));
    assert_eq!(gives(leave(admin).await, 409), json!({ "detail": LAST }));
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let anybody = Client::new(server.address, String::new(), String::new());
    let root = entered(&anybody, "root").await;
    stays(&root).await;
    // Who is no admin is no help, nor is one who is not let in.
    let bob = person(&root, "bob").await;
    stays(&root).await;
    let body = json!({ "username": "dora", "password": PASSWORD, "role": "admin" });
    gives(post(&root, "/users", body).await, 201);
    let dora = entered(&anybody, "dora").await;
    let me = gives(dora.get("/api/auth/me").await, 200);
    let of_dora = |what: &str| format!("/api/auth/users/{}/{what}", id(&me));
    gives(root.post(&of_dora("disable"), &json!({})).await, 200);
    stays(&root).await;
    gives(root.post(&of_dora("enable"), &json!({})).await, 200);
    assert_eq!(leave(&bob).await.status, 200);

    // Of two, one may go.
    let gone = delete(&root, &format!("/users/{}", root.id)).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert_eq!(get(&root, "/users").await.status, 401);
    stays(&dora).await;
}

on_both_databases!(check);
