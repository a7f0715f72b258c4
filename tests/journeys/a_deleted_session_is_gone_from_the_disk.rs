//! A session is deleted, and then an account: of documents, passages, questions, names and labels nothing is left anywhere.

use reqwest::Method;
use serde_json::json;

use super::on_both_databases;
use crate::{
    dialects::{
        ECHO,
        rag::{ask, gives, ingest, upload},
    },
    support::{
        client::answer,
        databases::TestDatabase,
        server::{PASSWORD, Server},
        traces::{Traces, marker},
    },
};

async fn journey(database: TestDatabase) {
    let traces = Traces::of(&database);
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let [gone, stays, announced] = [marker(), marker(), marker()];
    let session = format!("the-plan-of-{gone}");
    let path = format!("/api/v1/session/{session}");
    let text = format!(
        "# {gone}\n\nThe tides of {gone} are high. {}",
        "Long. ".repeat(5_000)
    );
    upload(
        &alice,
        &session,
        &format!("{gone}.md"),
        "text/markdown",
        text.as_bytes(),
    )
    .await;
    ask(&alice, &session, &format!("How are the tides of {gone}?")).await;
    let label = alice.request(Method::PATCH, &path);
    gives(
        answer(label.json(&json!({ "label": gone }))).await.unwrap(),
        200,
    );
    // One that nobody has asked for, and one that failed.
    let upload_of = json!({ "filename": announced, "contentType": "text/plain", "contentSize": 5 });
    gives(
        alice.post("/api/v1/ingest/upload/url", &upload_of).await,
        200,
    );
    upload(
        &alice,
        &session,
        &gone,
        "application/pdf",
        format!("%PDF-1.7 {gone}").as_bytes(),
    )
    .await;
    let old_blob = traces.blobs().await;
    ingest(
        &alice,
        "kept",
        "kept.md",
        &format!("The winds of {stays} are strong."),
    )
    .await;
    ask(&alice, "kept", &format!("How are the winds of {stays}?")).await;
    let new_blob = traces.blobs().await.pop().unwrap();
    assert_eq!(old_blob.len(), 2);
    traces.appears(&gone).await;

    gives(alice.delete(&path).await, 204);
    // The session, its conversation, and its two documents.
    traces.receipts(4).await;
    assert_eq!(traces.holding(&gone).await, [""; 0]);
    assert_eq!(traces.blobs().await, [new_blob]);
    assert!(
        ask(&alice, "kept", "How are the winds?")
            .await
            .contains(&stays)
    );

    let leave = alice
        .request(Method::DELETE, "/api/auth/me")
        .json(&json!({ "password": PASSWORD }));
    let left = answer(leave).await.unwrap();
    assert!(left.status.is_success(), "{}", left.body);
    // The account, its other session with a conversation and a document, and the upload that never came.
    traces.receipts(9).await;
    for marker in [&gone, &stays, &announced] {
        assert_eq!(traces.holding(marker).await, [""; 0]);
    }
    assert_eq!(traces.blobs().await, [[0; 0]; 0]);
}

on_both_databases!(journey);
