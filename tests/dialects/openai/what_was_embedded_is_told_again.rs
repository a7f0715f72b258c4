//! `/v1/embeddings` with `Idempotency-Key`: what became of texts is told again, even when nobody would be asked for their
//! vectors by now.

use reqwest::Method;
use serde_json::{Value, json};

use super::{VECTORS, embed, says, vectors};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        scripted::{Reply, Scripted},
    },
};

const INVALID: &str = "invalid_request_error";

async fn named(who: &Client, name: &str) -> Answer {
    let request = who.request(Method::POST, VECTORS);
    let request = request.header("idempotency-key", name);
    answer(request.json(&embed("one"))).await.unwrap()
}

async fn check(database: TestDatabase) {
    let script = [vectors(1), Reply::error(400, "no such thing")];
    let upstream = Scripted::start(script).await;
    let (server, alice) = upstream::server(database, &upstream).await;
    let served = named(&alice, "works").await;
    assert_eq!(served.status, 200, "{}", served.body);
    fails(&named(&alice, "fails").await);

    let server = server
        .start_again_with(&[
            ("PROVIDERS__UP__KIND", None),
            ("PROVIDERS__UP__BASE_URL", None),
            ("PROVIDERS__UP__MODEL", None),
            ("PROVIDERS__OTHER__KIND", Some("echo")),
            ("DEFAULT_PROVIDER", Some("other")),
        ])
        .await;
    let alice = alice.at(server.address);
    says(
        &named(&alice, "is new").await,
        404,
        "The model `up/m` does not exist or you do not have access to it.",
        INVALID,
        json!("model"),
        json!("model_not_found"),
    );
    says(
        &named(&alice, "works").await,
        409,
        "This request was served before, and its vectors were not kept; ask again with another Idempotency-Key.",
        INVALID,
        json!("Idempotency-Key"),
        json!("idempotency_key_in_use"),
    );
    fails(&named(&alice, "fails").await);
    assert_eq!(upstream.received().len(), 2);
}

#[track_caller]
fn fails(answer: &Answer) {
    let sentence = "`up` answered 400: no such thing";
    let code = json!("provider_error");
    says(answer, 502, sentence, "api_error", Value::Null, code);
}

on_both_databases!(check);
