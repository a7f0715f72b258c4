//! The tools that ask a model: a chat's, and a provider's without one.

use super::*;
use crate::{
    dialects::{assistant::upstream::whole, chats, on_both_databases},
    support::{databases::TestDatabase, scripted::Scripted},
};

const FOR_CHAT: &str = "create-chat-completion-for-chat";
const STATELESS: &str = "create-chat-completion";

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..6).map(|_| whole("Hello"))).await;
    let house = chats::House::build(database, &upstream, &[]).await;
    nobody_asks_without_the_right(&house, &upstream).await;
    a_chat_answers(&house, &upstream).await;
    a_provider_answers(&house, &upstream).await;
    a_refusal_says_why(&house, &upstream).await;
}

fn question() -> Value {
    json!([{ "role": "user", "content": "Who are you?" }])
}

fn words(answer: &Value) -> &str {
    assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{answer}");
    answer["choices"][0]["message"]["content"].as_str().unwrap()
}

async fn nobody_asks_without_the_right(house: &chats::House, upstream: &Scripted) {
    let eve = chats::person(&house.admin, "eve").await;
    let ask = json!({ "chatId": house.chat, "messages": question() });
    let sentence = "You are not allowed to do this.";
    assert_eq!(refused(&eve, FOR_CHAT, ask).await, sentence);
    assert!(upstream.received().is_empty());
}

async fn a_chat_answers(house: &chats::House, upstream: &Scripted) {
    for (chat, stream) in [("chatId", false), ("chat_id", true)] {
        let ask =
            json!({ chat: house.chat, "messages": question(), "stream": stream, "model": "other" });
        let answer = told(&house.admin, FOR_CHAT, ask).await;
        assert_eq!(words(&answer), "Hello");
        let reached = upstream.received().pop().unwrap().body;
        assert_eq!(reached["model"], "other");
        assert_eq!(
            reached["messages"],
            json!([{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "Who are you?" }])
        );
    }
}

async fn a_provider_answers(house: &chats::House, upstream: &Scripted) {
    for (provider, behaviour) in [
        ("aiProviderId", "systemMessage"),
        ("ai_provider_id", "system_message"),
    ] {
        let ask =
            json!({ provider: house.provider, behaviour: "Be kind.", "messages": question() });
        assert_eq!(words(&told(&house.admin, STATELESS, ask).await), "Hello");
        let reached = upstream.received().pop().unwrap().body;
        assert_eq!(
            (&reached["model"], &reached["messages"][0]["content"]),
            (&json!("m"), &json!("Be kind."))
        );
    }
}

async fn a_refusal_says_why(house: &chats::House, upstream: &Scripted) {
    let asked = upstream.received().len();
    for (tool, arguments, sentence) in [
        (
            FOR_CHAT,
            json!({ "messages": question() }),
            "chatId is required",
        ),
        (
            FOR_CHAT,
            json!({ "chatId": house.chat, "messages": [] }),
            "messages is required and must be a non-empty array",
        ),
        (
            FOR_CHAT,
            json!({ "chatId": "cht_x", "messages": question() }),
            "Chat 'cht_x' not found.",
        ),
        (
            STATELESS,
            json!({ "aiProviderId": house.provider }),
            "messages is required and must be a non-empty array",
        ),
        (
            STATELESS,
            json!({ "messages": question() }),
            "aiProviderId is required",
        ),
        (
            STATELESS,
            json!({ "aiProviderId": "aip_x", "messages": question() }),
            "AI provider 'aip_x' not found.",
        ),
    ] {
        let told = refused(&house.admin, tool, arguments.clone()).await;
        assert_eq!(told, sentence, "{tool} {arguments}");
    }
    assert_eq!(upstream.received().len(), asked);
}

on_both_databases!(check);
