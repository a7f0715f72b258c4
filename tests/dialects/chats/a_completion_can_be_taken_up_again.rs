//! Who leaves ends the answer; who has named the request comes back, and it goes on exactly there.

use aggregates::completion::CompletionEvent;

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{delta, end},
        on_both_databases,
        openai::{self, MANY, words},
    },
    support::{
        chunks::{self, Chunks},
        client::eventually,
        scripted::{Gate, Reply},
    },
};

/// The completion that a place in its stream belongs to.
fn of(cursor: &str) -> String {
    format!("chatcmpl-{}", cursor.split('.').next().unwrap())
}

async fn check(database: TestDatabase) {
    let gate = Gate::closed();
    let long = || {
        let words = words().into_iter().map(|word| delta(&word));
        Reply::sse(words.chain(end())).gate(&gate)
    };
    let upstream = Scripted::start([long(), long(), long(), long()]).await;
    let house = House::build(database, &upstream, &[]).await;
    who_leaves_ends_it(&house, &upstream, &gate).await;
    who_has_named_it_comes_back(&house, &upstream, &gate).await;
    it_outlives_its_chat(&house, &upstream, &gate).await;
}

async fn who_leaves_ends_it(house: &House, upstream: &Scripted, gate: &Gate) {
    let all = words().concat();
    let ask = streamed(house.ask("count"));
    let request = || {
        house
            .admin
            .request(Method::POST, &path("/chats/completions"))
    };
    gate.let_pass(MANY);
    let mut stream = Chunks::open(request().json(&ask)).await;
    let (cursor, data) = stream.next().await.unwrap();
    let shown = chunks::text(&[(None, data)]);
    assert!(!shown.is_empty() && all.starts_with(&shown));
    drop(stream);
    upstream.wait_for_leavers(1).await;
    let id = of(&cursor.unwrap());
    eventually(async || openai::record(&house.server, &id).await.len() == 4).await;
    let events = openai::record(&house.server, &id).await;
    let CompletionEvent::Stopped(ended) = &events[2] else {
        panic!("{events:?}")
    };
    assert!(ended.end.text.starts_with(&shown) && all.starts_with(&ended.end.text));
    assert!(ended.end.usage.completion_tokens > 0);

    // Nobody waits for a whole answer any more.
    let mut asking = tokio::task::JoinSet::new();
    asking.spawn(answer(request().json(&house.ask("count"))));
    upstream.wait_for_requests(2).await;
    drop(asking);
    upstream.wait_for_leavers(2).await;
}

async fn who_has_named_it_comes_back(house: &House, upstream: &Scripted, gate: &Gate) {
    let all = words().concat();
    let ask = streamed(house.ask("count"));
    let named = || {
        let request = house
            .admin
            .request(Method::POST, &path("/chats/completions"));
        request.header("idempotency-key", "k-1")
    };
    gate.let_pass(MANY);
    let mut stream = Chunks::open(named().json(&ask)).await;
    let (cursor, data) = stream.next().await.unwrap();
    let shown = chunks::text(&[(None, data)]);
    drop(stream);
    gate.let_pass(4 * MANY);
    let rest = named().header("last-event-id", cursor.unwrap()).json(&ask);
    let rest = Chunks::open(rest).await.rest().await;
    assert_eq!(shown + &chunks::text(&rest), all);
    assert_eq!(rest.last().unwrap().1, "[DONE]");
    // From its beginning, long after; and another body is another request.
    let again = Chunks::open(named().json(&ask)).await.rest().await;
    assert_eq!(chunks::text(&again), all);
    assert_eq!(upstream.received().len(), 3);
    tells(
        &answer(named().json(&house.ask("else"))).await.unwrap(),
        409,
        "IDEMPOTENCY_CONFLICT",
        "This Idempotency-Key was used with another request body.",
    );
}

async fn it_outlives_its_chat(house: &House, upstream: &Scripted, gate: &Gate) {
    let ask = json!({ "messages": [said("user", "count")] });
    let named = |who: &Client| {
        let request = who.request(Method::POST, &path(&house.answers()));
        request.header("idempotency-key", "k-2").json(&ask)
    };
    gate.let_pass(4 * MANY);
    let first = gives(answer(named(&house.admin)).await.unwrap(), 200);
    let chat = format!("/chats/{}", house.chat);
    assert_eq!(delete(&house.admin, &chat).await.status, 204);
    let again = gives(answer(named(&house.admin)).await.unwrap(), 200);
    assert_eq!(again, first);
    assert_eq!(upstream.received().len(), 4);
    // Another key with limits has asked nothing of the kind.
    let bound = key(&house.admin, json!({ "project_id": house.project })).await;
    tells(
        &answer(named(&bound)).await.unwrap(),
        400,
        "CHAT_NOT_FOUND",
        &format!("Chat '{}' not found.", house.chat),
    );
}

on_both_databases!(check);
