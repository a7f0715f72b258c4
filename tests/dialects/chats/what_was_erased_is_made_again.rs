//! A request that comes again after what it made was deleted makes nothing; when that is erased, it is a new one.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client::eventually, databases::TestDatabase},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = admin(&server).await;
    let send = async || {
        let request = admin.request(Method::POST, &path("/projects"));
        let request = request.header("idempotency-key", "k");
        let sent = answer(request.json(&json!({ "name": "house" }))).await;
        sent.unwrap()
    };
    let mut last = id(&gives(send().await, 201));
    for _ in 0..2 {
        let deleted = delete(&admin, &format!("/projects/{last}")).await;
        assert_eq!(deleted.status, 204);
        // Until it is erased it is gone, and never another request's.
        eventually(async || {
            let (one, other) = tokio::join!(send(), send());
            [one, other].into_iter().all(|answered| {
                let status = answered.status.as_u16();
                assert!([201, 404].contains(&status), "{}", answered.body);
                status == 201
            })
        })
        .await;
        let again = id(&gives(send().await, 201));
        assert_ne!(again, last);
        last = again;
    }
    let listed = gives(get(&admin, "/projects").await, 200);
    let named = |project: &&Value| project["name"] == "house";
    assert_eq!(listed.as_array().unwrap().iter().filter(named).count(), 1);
}

on_both_databases!(check);
