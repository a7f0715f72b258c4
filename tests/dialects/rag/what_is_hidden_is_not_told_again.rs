//! `Idempotency-Key`: a question into a conversation that moderators hide is answered as a new one is, until they show it
//! again; its session and documents stay.

use reqwest::RequestBuilder;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, moderators},
};

fn asked(who: &Client) -> RequestBuilder {
    let request = who.request(Method::POST, &format!("{COMPLETIONS}?sources=true"));
    let request = request.header("idempotency-key", "q-1");
    request.json(&question("s", "How many phases has mitosis?"))
}

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let staff = server.user_as("stella", "staff").await;
    let document = ingest(&alice, "s", "biology.md", "Mitosis has four phases.").await;
    let told = gives(answer(asked(&alice)).await.unwrap(), 200);
    assert_eq!(told["sources"][0]["document_id"], document);
    let said = history(&alice, "s").await;
    assert_eq!(said.len(), 2);

    let one = first_message(&server).await;
    moderators::hide(&staff, &alice, &one).await;
    let hidden = json!({ "success": false, "error": "Moderators have hidden this thread" });
    let new = question("s", "And meiosis?");
    assert_eq!(gives(alice.post(COMPLETIONS, &new).await, 403), hidden);
    let streamed = asked(&alice).header("accept", "text/event-stream");
    for again in [asked(&alice), streamed] {
        assert_eq!(gives(answer(again).await.unwrap(), 403), hidden);
    }
    let page = gives(alice.get("/api/v1/chat/history/s").await, 200);
    assert_eq!(
        (&page["data"], &page["total"], &page["hasMore"]),
        (&json!([]), &json!(0), &json!(false))
    );
    let listed = gives(alice.get("/api/v1/session").await, 200);
    assert_eq!(listed[0]["id"], "s");
    assert_eq!(status(&alice, &document).await["status"], "completed");

    moderators::show_again(&staff, &one).await;
    assert_eq!(gives(answer(asked(&alice)).await.unwrap(), 200), told);
    assert_eq!(history(&alice, "s").await, said);
}

on_both_databases!(check);
