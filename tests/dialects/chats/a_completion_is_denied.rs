//! Who may not have anything answered, and what is told to who asks wrongly, in which order.

use super::*;
use crate::dialects::{assistant::upstream::whole, on_both_databases};

const ALL: &str = "/chats/completions";
const EMPTY: &str = "messages is required and must be a non-empty array";
const CONTENT: &str = "Each message must have either content, a string, or documentId";
const ROLE: &str = "Each message must have a role: system, user or assistant";

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..4).map(|_| whole("Hello"))).await;
    let house = House::build(database, &upstream, &[]).await;
    strangers_are_told_so(&house).await;
    a_chat_is_asked_by_whom_policies_let(&house).await;
    a_key_leads_nowhere_else(&house).await;
    what_is_wrong_is_told_in_order(&house).await;
    what_is_not_there_is_told_in_the_stream(&house).await;
    a_wrong_field_is_named(&house).await;
    a_body_is_bounded(&house).await;
    a_quota_ends_it(&house).await;
    assert_eq!(upstream.received().len(), 3);
    only_who_sees_a_provider_asks_it(house).await;
    assert_eq!(upstream.received().len(), 4);
}

async fn strangers_are_told_so(house: &House) {
    let body = streamed(house.ask("hi"));
    for at in [house.answers(), ALL.to_owned()] {
        for request in [
            house.admin.bare(Method::POST, &path(&at)),
            house
                .admin
                .with_key("sk_0000")
                .request(Method::POST, &path(&at)),
        ] {
            let denied = answer(request.json(&body)).await.unwrap();
            assert_eq!(gives(denied, 401), json!({ "error": "Unauthorized" }));
        }
        let got = get(&house.admin, &at).await;
        assert_eq!(got.headers["allow"], "POST");
        tells(
            &got,
            405,
            "METHOD_NOT_ALLOWED",
            "This path does not take this method.",
        );
    }
}

async fn a_chat_is_asked_by_whom_policies_let(house: &House) {
    let bob = person(&house.admin, "bob").await;
    let hi = json!({ "messages": [said("user", "hi")] });
    // Not even what is wrong with the request is told before.
    for body in [hi.clone(), streamed(hi.clone()), json!({})] {
        forbids(&post(&bob, &house.answers(), body).await);
    }
    let resource = format!("soat:{}:chat:{}", house.project, house.chat);
    let asks = json!([{
        "effect": "Allow", "action": ["chats:CreateChatCompletion"], "resource": [resource],
    }]);
    let asks = policy(&house.admin, asks).await;
    attach(&house.admin, &bob, std::slice::from_ref(&asks)).await;
    gives(post(&bob, &house.answers(), hi.clone()).await, 200);
    let other = chat(&house.admin, &house.project, &house.provider).await;
    forbids(&post(&bob, &format!("/chats/{other}/completions"), hi.clone()).await);
    // Whoever has an account may ask a provider, unless a policy says no.
    gives(post(&bob, ALL, house.ask("hi")).await, 200);
    let never = json!([{ "effect": "Deny", "action": ["chats:*"] }]);
    let never = policy(&house.admin, never).await;
    attach(&house.admin, &bob, &[asks, never]).await;
    forbids(&post(&bob, &house.answers(), hi).await);
    forbids(&post(&bob, ALL, house.ask("hi")).await);
}

async fn a_key_leads_nowhere_else(house: &House) {
    let elsewhere = project(&house.admin, "elsewhere").await;
    let bound = key(&house.admin, json!({ "project_id": elsewhere })).await;
    let reads = json!([{ "effect": "Allow", "action": ["chats:GetChat"] }]);
    let reads = policy(&house.admin, reads).await;
    let reading = key(&house.admin, json!({ "policy_ids": [reads] })).await;
    let hi = json!({ "messages": [said("user", "hi")] });
    for limited in [&bound, &reading] {
        forbids(&post(limited, &house.answers(), hi.clone()).await);
        forbids(&post(limited, ALL, house.ask("hi")).await);
    }
    let here = key(&house.admin, json!({ "project_id": house.project })).await;
    gives(post(&here, &house.answers(), hi).await, 200);
}

async fn what_is_wrong_is_told_in_order(house: &House) {
    let admin = &house.admin;
    let answers = house.answers();
    for body in [
        json!({}),
        json!({ "messages": [] }),
        json!({ "messages": "hi" }),
        json!({ "messages": { "role": "user" } }),
        json!({ "messages": null, "stream": true }),
    ] {
        refuses(&post(admin, &answers, body.clone()).await, EMPTY);
        refuses(&post(admin, ALL, body.clone()).await, EMPTY);
        refuses(
            &post(admin, "/chats/cht_0000000000000000/completions", body).await,
            EMPTY,
        );
    }
    let empty = admin.request(Method::POST, &path(&answers));
    refuses(&answer(empty).await.unwrap(), EMPTY);
    let malformed = admin.request(Method::POST, &path(&answers)).body("{");
    refuses(
        &answer(malformed).await.unwrap(),
        "The request body is not valid JSON.",
    );
    let hi = json!({ "messages": [said("user", "hi")] });
    let unnamed = "ai_provider_id is required";
    refuses(&post(admin, ALL, hi.clone()).await, unnamed);
    refuses(&post(admin, ALL, streamed(hi.clone())).await, unnamed);
    let wrong = json!({ "messages": [7] });
    tells(
        &post(admin, "/chats/cht_0000000000000000/completions", wrong).await,
        400,
        "CHAT_NOT_FOUND",
        "Chat 'cht_0000000000000000' not found.",
    );
    tells(
        &post(admin, "/chats/nonsense/completions", hi.clone()).await,
        400,
        "CHAT_NOT_FOUND",
        "Chat 'nonsense' not found.",
    );
    let nowhere = json!({ "messages": hi["messages"], "aiProviderId": "aip_0000000000000000" });
    tells(
        &post(admin, ALL, nowhere).await,
        404,
        "AI_PROVIDER_NOT_FOUND",
        "AI provider 'aip_0000000000000000' not found.",
    );
    let missing = json!({ "messages": [{ "role": "user", "documentId": "doc_0000000000000000" }] });
    tells(
        &post(admin, &answers, missing).await,
        404,
        "RESOURCE_NOT_FOUND",
        "Document 'doc_0000000000000000' not found.",
    );
}

async fn what_is_not_there_is_told_in_the_stream(house: &House) {
    let admin = &house.admin;
    let hi = json!({ "messages": [said("user", "hi")] });
    let at = "/chats/cht_0000000000000000/completions";
    fails_in_stream(admin, at, hi, "Chat 'cht_0000000000000000' not found.").await;
    let nowhere = json!({
        "messages": [said("user", "hi")], "ai_provider_id": "aip_0000000000000000",
    });
    let sentence = "AI provider 'aip_0000000000000000' not found.";
    fails_in_stream(admin, ALL, nowhere, sentence).await;
    let missing =
        json!({ "messages": [{ "role": "user", "document_id": "doc_0000000000000000" }] });
    let sentence = "Document 'doc_0000000000000000' not found.";
    fails_in_stream(admin, &house.answers(), missing, sentence).await;
}

async fn a_wrong_field_is_named(house: &House) {
    let hi = said("user", "hi");
    for (message, sentence) in [
        (json!("hi"), ROLE),
        (json!({ "content": "hi" }), ROLE),
        (said("tool", "hi"), ROLE),
        (json!({ "role": 7, "content": "hi" }), ROLE),
        (json!({ "role": "user" }), CONTENT),
        (json!({ "role": "user", "content": null }), CONTENT),
        (json!({ "role": "user", "content": 7 }), CONTENT),
        (json!({ "role": "user", "content": ["hi"] }), CONTENT),
        (
            json!({ "role": "user", "content": { "type": "image" } }),
            CONTENT,
        ),
        (json!({ "role": "user", "document_id": 7 }), CONTENT),
        (
            said("user", "a\u{0}b"),
            "content must not contain the character U+0000",
        ),
    ] {
        let body = json!({ "messages": [hi, message] });
        refuses(
            &post(&house.admin, &house.answers(), body.clone()).await,
            sentence,
        );
        refuses(
            &post(&house.admin, &house.answers(), streamed(body)).await,
            sentence,
        );
    }
    for (field, value, sentence) in [
        ("stream", json!(1), "stream must be a boolean"),
        ("stream", json!("yes"), "stream must be a boolean"),
        ("model", json!(7), "model must be a string"),
        (
            "model",
            json!("m".repeat(256)),
            "model must have at most 255 characters",
        ),
        (
            "temperature",
            json!(2.1),
            "temperature must be a number from 0 to 2",
        ),
        ("top_p", json!(-0.1), "top_p must be a number from 0 to 1"),
        (
            "maxTokens",
            json!(0),
            "maxTokens must be a number from 1 to 10000000",
        ),
        (
            "max_tokens",
            json!(1.5),
            "max_tokens must be a number from 1 to 10000000",
        ),
        (
            "stop",
            json!([1]),
            "stop must be a string or a list of strings",
        ),
        (
            "stop",
            json!([""]),
            "stop must be 1 to 4 strings that are not empty",
        ),
        (
            "stop",
            json!(["a", "b", "c", "d", "e"]),
            "stop must be 1 to 4 strings that are not empty",
        ),
        (
            "system_message",
            json!(7),
            "system_message must be a string",
        ),
        ("instructions", json!([]), "instructions must be a string"),
    ] {
        let mut body = house.ask("hi");
        body[field] = value;
        refuses(&post(&house.admin, ALL, body).await, sentence);
    }
}

async fn a_body_is_bounded(house: &House) {
    let long = "x".repeat(900_000);
    let document = json!({ "project_id": house.project, "content": long });
    let document = id(&gives(
        post(&house.admin, "/documents", document).await,
        201,
    ));
    let four = vec![json!({ "role": "user", "document_id": document }); 4];
    let answered = post(&house.admin, &house.answers(), json!({ "messages": four })).await;
    tells(
        &answered,
        413,
        "PAYLOAD_TOO_LARGE",
        "The messages have more than 3 MiB together.",
    );
    let many = vec![said("user", "x"); 2_049];
    refuses(
        &post(&house.admin, &house.answers(), json!({ "messages": many })).await,
        "messages must have at most 2048 entries",
    );
    let body = house.ask(&"x".repeat(1 << 20));
    tells(
        &post(&house.admin, ALL, body).await,
        413,
        "PAYLOAD_TOO_LARGE",
        "A request body has at most 1 MiB.",
    );
}

async fn a_quota_ends_it(house: &House) {
    let carol = house.server.user("carol").await;
    let limits = json!({ "user_uuid": carol.id, "daily_limit": 0 });
    let set = house
        .admin
        .post("/api/chat-quota/set_quota/", &limits)
        .await;
    assert_eq!(set.status, 200, "{}", set.body);
    for body in [house.ask("hi"), streamed(house.ask("hi"))] {
        let refused = post(&carol, ALL, body).await;
        tells(&refused, 429, "RATE_LIMITED", "Daily token limit exceeded.");
        // Until the day ends.
        let seconds = refused.headers["retry-after"].to_str().unwrap();
        let seconds: u64 = seconds.parse().unwrap();
        assert!((1..=86_400).contains(&seconds), "{seconds}");
    }
}

/// Where the operator wants it so.
async fn only_who_sees_a_provider_asks_it(house: House) {
    let setting = [("STATELESS_ACCESS", Some("project"))];
    let server = house.server.start_again_with(&setting).await;
    let admin = house.admin.at(server.address);
    let dora = person(&admin, "dora").await;
    let ask = json!({ "ai_provider_id": house.provider, "messages": [said("user", "hi")] });
    forbids(&post(&dora, ALL, ask.clone()).await);
    let sees = json!([{ "effect": "Allow", "action": ["ai-providers:GetAiProvider"] }]);
    let sees = policy(&admin, sees).await;
    attach(&admin, &dora, &[sees]).await;
    gives(post(&dora, ALL, ask).await, 200);
}

on_both_databases!(check);
