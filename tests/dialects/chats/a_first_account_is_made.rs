//! The first account: by whoever comes first from this machine, instead of the one that the server made.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

fn nobody(server: &Server) -> Client {
    Client::new(server.address, String::new(), String::new())
}

async fn bootstrap(who: &Client, body: &Value) -> Answer {
    answer(who.bare(Method::POST, &path("/users/bootstrap")).json(body))
        .await
        .unwrap()
}

async fn login(who: &Client, username: &str, password: &str) -> Answer {
    let body = json!({ "username": username, "password": password });
    answer(who.bare(Method::POST, &path("/users/login")).json(&body))
        .await
        .unwrap()
}

async fn check(database: TestDatabase) {
    let server = Server::start_bare(database, &[ECHO]).await;
    let somebody = nobody(&server);
    refuses(
        &bootstrap(&somebody, &json!({})).await,
        "username and password are required",
    );
    let body = json!({ "username": "admin", "password": "mine alone" });
    let short = json!({ "username": "admin", "password": "x" });
    refuses(
        &bootstrap(&somebody, &short).await,
        "A password has at least 8 characters",
    );
    // A proxy's client is not on this machine, whatever the address.
    let through = somebody.bare(Method::POST, &path("/users/bootstrap"));
    let through = through.header("x-forwarded-for", "127.0.0.1").json(&body);
    forbids(&answer(through).await.unwrap());

    // The account that the server has made, of the same name, does not count, and is replaced.
    let user = gives(bootstrap(&somebody, &body).await, 201);
    assert_eq!(
        names(&user),
        ["id", "username", "role", "created_at", "updated_at"]
    );
    is_id(&user["id"], "user_");
    is_time(&user["created_at"]);
    assert_eq!(
        (&user["username"], &user["role"]),
        (&json!("admin"), &json!("admin"))
    );
    tells(
        &bootstrap(&somebody, &body).await,
        409,
        "CONFLICT",
        "Users already exist",
    );

    let generated = server
        .greeting
        .iter()
        .find_map(|line| line.split("password").nth(1));
    assert!(generated.is_some(), "{:?}", server.greeting);
    let wrong = login(&somebody, "admin", "another").await;
    assert_eq!(wrong.body, json!({ "error": "Invalid credentials" }));
    assert_eq!(wrong.status, 401);
    let right = gives(login(&somebody, "ADMIN", "mine alone").await, 200);
    assert_eq!(right["id"], user["id"]);
    let me = somebody.with_key(right["token"].as_str().unwrap());
    let users = gives(get(&me, "/users").await, 200);
    assert_eq!(ids(&users), [user["id"].as_str().unwrap()]);
    let unread = login(&somebody, "", "x").await;
    refuses(&unread, "username and password are required");
}

/// From wherever it comes, and by way of a proxy.
mod when_it_is_open {
    use super::*;

    async fn check(database: TestDatabase) {
        let server = Server::start_bare(database, &[ECHO, ("BOOTSTRAP", "open")]).await;
        let somebody = nobody(&server);
        let body = json!({ "username": "eve", "password": "mine alone" });
        let asks = async || {
            let request = somebody.bare(Method::POST, &path("/users/bootstrap"));
            let request = request.header("x-forwarded-for", "198.51.100.1");
            answer(request.json(&body)).await.unwrap()
        };
        let user = gives(asks().await, 201);
        assert_eq!(
            (&user["username"], &user["role"]),
            (&json!("eve"), &json!("admin"))
        );
        // The first alone.
        tells(&asks().await, 409, "CONFLICT", "Users already exist");
        gives(login(&somebody, "eve", "mine alone").await, 200);
    }

    on_both_databases!(check);
}

mod when_it_is_off {
    use super::*;

    async fn check(database: TestDatabase) {
        let server = Server::start_bare(database, &[ECHO, ("BOOTSTRAP", "off")]).await;
        let body = json!({ "username": "eve", "password": "mine alone" });
        forbids(&bootstrap(&nobody(&server), &body).await);
    }

    on_both_databases!(check);
}

on_both_databases!(check);
