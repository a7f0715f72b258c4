//! Providers that refuse, say nothing, break off or answer a web page; and what becomes of a running answer when the
//! project is deleted, or the key revoked.

use aggregates::completion::CompletionEvent;

use super::*;
use crate::{
    dialects::{
        assistant::upstream::{delta, end, whole},
        on_both_databases,
        openai::{self, MANY, words},
    },
    support::{
        chunks::{self, Chunks},
        scripted::{Gate, Reply},
    },
};

const ALL: &str = "/chats/completions";

async fn check(database: TestDatabase) {
    let (silence, of_key, of_project) = (Gate::closed(), Gate::closed(), Gate::closed());
    let long = |gate: &Gate| {
        let words = words().into_iter().map(|word| delta(&word));
        Reply::sse(words.chain(end())).gate(gate)
    };
    let upstream = Scripted::start([
        whole("silence").slow_first_byte(&silence),
        Reply::error(404, "no such model"),
        Reply::error(404, "no such model"),
        Reply::html(),
        Reply::html(),
        Reply::error(429, "slow down").header("retry-after", "0"),
        Reply::error(401, &format!("{SECRET} is wrong")),
        Reply::sse([delta("partial ")]).cut_after(1),
        long(&of_key),
        long(&of_project),
    ])
    .await;
    let house = House::build(database, &upstream, &[]).await;
    a_provider_that_says_nothing_is_left_with_its_client(&house, &upstream).await;
    a_failure_is_told_with_its_status(&house).await;
    an_answer_that_breaks_off_is_told_so(&house).await;
    a_provider_that_cannot_be_asked_fails(&house).await;
    a_provider_that_leads_elsewhere_is_not_followed(&house).await;
    a_provider_that_is_nowhere_is_told(&house).await;
    a_provider_that_sends_too_much_is_left(&house).await;
    a_running_answer_outlives_its_key(&house, &of_key).await;
    a_running_answer_outlives_its_project(&house, &of_project).await;
}

async fn a_failure_is_told_with_its_status(house: &House) {
    let failed = post(&house.admin, ALL, house.ask("hi")).await;
    let told = "Provider returned 404: no such model";
    tells(&failed, 502, "AI_PROVIDER_ERROR", told);
    assert_eq!(failed.body["error"]["meta"], json!({ "status": 404 }));
    let hi = json!({ "messages": [said("user", "hi")] });
    fails_in_stream(&house.admin, &house.answers(), hi, told).await;

    let told = format!(
        "`{}` sent what is not an answer: no stream of events (if it is a web page, check base_url)",
        house.provider
    );
    let failed = post(&house.admin, ALL, house.ask("hi")).await;
    tells(&failed, 502, "AI_PROVIDER_ERROR", &told);
    assert!(failed.body["error"].get("meta").is_none());
    fails_in_stream(&house.admin, ALL, house.ask("hi"), &told).await;

    // Asked again where that may help; the key is in no answer.
    let failed = post(&house.admin, ALL, house.ask("hi")).await;
    let told = "Provider returned 401: [secret] is wrong";
    tells(&failed, 502, "AI_PROVIDER_ERROR", told);
    assert_eq!(failed.body["error"]["meta"], json!({ "status": 401 }));
}

async fn an_answer_that_breaks_off_is_told_so(house: &House) {
    let ask = streamed(house.ask("hi"));
    let (read, cursor) = frames(&house.admin, ALL, &ask).await;
    let told = format!("`{}` broke off in the middle of its answer", house.provider);
    let told = json!({ "error": told });
    assert_eq!(
        read,
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"partial \"}}}}]}}\n\ndata: {told}\n\n"
        )
    );
    let turn = cursor.unwrap().split('.').next().unwrap().to_owned();
    let events = openai::record(&house.server, &format!("chatcmpl-{turn}")).await;
    let Some(CompletionEvent::Failed(end)) = events.get(2) else {
        panic!("{events:?}")
    };
    assert_eq!(end.end.text, "partial ");
}

async fn a_provider_that_says_nothing_is_left_with_its_client(house: &House, upstream: &Scripted) {
    let mut asking = tokio::task::JoinSet::new();
    let request = house.admin.request(Method::POST, &path(ALL));
    asking.spawn(answer(request.json(&house.ask("hi"))));
    upstream.wait_for_requests(1).await;
    drop(asking);
    upstream.wait_for_leavers(1).await;
}

async fn a_provider_that_cannot_be_asked_fails(house: &House) {
    let nowhere = json!({
        "project_id": house.project, "name": "nowhere", "provider": "azure", "default_model": "m",
    });
    let nowhere = id(&gives(
        post(&house.admin, "/ai-providers", nowhere).await,
        201,
    ));
    let ask = json!({ "ai_provider_id": nowhere, "messages": [said("user", "hi")] });
    let failed = post(&house.admin, ALL, ask.clone()).await;
    let message = failed.body["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("cannot be asked"), "{message}");
    tells(&failed, 502, "AI_PROVIDER_ERROR", &message);
    fails_in_stream(&house.admin, ALL, ask, &message).await;
}

/// Fails whole and as a stream, with this status of the provider, and words that hold this; they are given.
async fn fails(house: &House, provider: &str, status: Option<u16>, words: &str) -> String {
    let ask = json!({ "ai_provider_id": provider, "messages": [said("user", "hi")] });
    let failed = post(&house.admin, ALL, ask.clone()).await;
    let message = failed.body["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(words), "{message}");
    tells(&failed, 502, "AI_PROVIDER_ERROR", &message);
    let meta = status.map(|status| json!({ "status": status }));
    assert_eq!(failed.body["error"].get("meta"), meta.as_ref());
    fails_in_stream(&house.admin, ALL, ask, &message).await;
    message
}

/// Its redirect could lead to what only this server can reach, and would take the key along.
async fn a_provider_that_leads_elsewhere_is_not_followed(house: &House) {
    let elsewhere = Scripted::start([]).await;
    let target = format!("{}/v1/chat/completions", elsewhere.url());
    let leads = |status| Reply::html().status(status).header("location", &target);
    let upstream = Scripted::start([302, 302, 307, 307].map(leads)).await;
    let provider = asking(&house.admin, &house.project, &upstream).await;
    for status in [302, 307] {
        let told = format!("Provider returned {status}: check its base_url");
        fails(house, &provider, Some(status), &told).await;
    }
    assert_eq!(upstream.received().len(), 4);
    assert!(elsewhere.received().is_empty());
}

async fn a_provider_that_is_nowhere_is_told(house: &House) {
    let nowhere = json!({
        "project_id": house.project, "name": "nobody", "provider": "custom", "default_model": "m",
        "base_url": "http://127.0.0.1:1/v1",
    });
    let nowhere = gives(post(&house.admin, "/ai-providers", nowhere).await, 201);
    let told = fails(house, &id(&nowhere), None, "cannot be reached").await;
    assert!(!told.contains("127.0.0.1"), "{told}");
}

async fn a_provider_that_sends_too_much_is_left(house: &House) {
    let mebibyte = || vec![b'x'; 1 << 20];
    let frame = || Reply::pieces("text/event-stream", []);
    let upstream = Scripted::start([
        frame().endless(mebibyte()),
        frame().endless(mebibyte()),
        Reply::json("x").endless(mebibyte()),
        Reply::json("x").endless(mebibyte()),
        Reply::json("x").status(400).endless(mebibyte()),
        Reply::json("x").status(400).endless(mebibyte()),
    ])
    .await;
    let provider = asking(&house.admin, &house.project, &upstream).await;
    fails(house, &provider, None, "is larger than 1048576 bytes").await;
    fails(house, &provider, None, "no stream of events").await;
    fails(house, &provider, Some(400), "Provider returned 400").await;
    upstream.wait_for_leavers(6).await;
}

async fn open(house: &House, who: &Client) -> Chunks {
    let ask = streamed(house.ask("count"));
    Chunks::open(who.request(Method::POST, &path(ALL)).json(&ask)).await
}

/// A stream is read to its end, and nothing is missing.
async fn goes_on(begun: chunks::Chunk, stream: Chunks) {
    let mut read = vec![begun];
    read.extend(stream.rest().await);
    assert_eq!(read.last().unwrap().1, "[DONE]");
    assert_eq!(chunks::text(&read), words().concat());
}

async fn a_running_answer_outlives_its_key(house: &House, gate: &Gate) {
    let made = json!({ "name": "k" });
    let made = gives(post(&house.admin, "/api-keys", made).await, 201);
    let with_key = house.admin.with_key(made["key"].as_str().unwrap());
    gate.let_pass(MANY);
    let mut stream = open(house, &with_key).await;
    let begun = stream.next().await.unwrap();
    let revoked = delete(&house.admin, &format!("/api-keys/{}", id(&made))).await;
    assert_eq!(revoked.status, 204);
    let again = post(&with_key, ALL, house.ask("hi")).await;
    assert_eq!(gives(again, 401), json!({ "error": "Unauthorized" }));
    gate.let_pass(4 * MANY);
    goes_on(begun, stream).await;
}

async fn a_running_answer_outlives_its_project(house: &House, gate: &Gate) {
    let bob = person(&house.admin, "bob").await;
    gate.let_pass(MANY);
    let mut stream = open(house, &bob).await;
    let begun = stream.next().await.unwrap();
    for what in ["chats", "ai-providers", "secrets", "projects"] {
        let all = gives(get(&house.admin, &format!("/{what}")).await, 200);
        for id in ids(&all) {
            let deleted = delete(&house.admin, &format!("/{what}/{id}")).await;
            assert_eq!(deleted.status, 204, "{what}: {}", deleted.body);
        }
    }
    let gone = post(&bob, ALL, house.ask("hi")).await;
    let told = format!("AI provider '{}' not found.", house.provider);
    tells(&gone, 404, "AI_PROVIDER_NOT_FOUND", &told);
    gate.let_pass(4 * MANY);
    goes_on(begun, stream).await;
}

on_both_databases!(check);

mod without_an_end {
    use super::*;

    /// Words that never end are an answer that became too long.
    async fn check(database: TestDatabase) {
        let words = format!("data: {}\n\n", delta(&"word ".repeat(20_000)));
        let endless = Reply::pieces("text/event-stream", []).endless(words);
        let upstream = Scripted::start([endless]).await;
        let house = House::build(database, &upstream, &[]).await;
        let answered = gives(post(&house.admin, ALL, house.ask("hi")).await, 200);
        let choice = &answered["choices"][0];
        assert_eq!(choice["finish_reason"], "length");
        assert!(choice["message"]["content"].as_str().unwrap().len() > 1 << 20);
        upstream.wait_for_leavers(1).await;
    }

    on_both_databases!(check);
}
