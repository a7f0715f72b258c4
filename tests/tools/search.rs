//! Search engines, each in its own words.

use colloquy::{config::SearchKind, tools::LONGEST};
use serde_json::{Value, json};

use super::{KEY, search, searching};
use crate::support::scripted::{Reply, Scripted};

fn page(excerpt: &str) -> Value {
    let title = "Green <b>tea</b> &amp; more";
    json!({"title": title, "url": "https://tea.example/green", excerpt: "Leaves\n that are <strong>not</strong> oxidised."})
}

const FOUND: &str =
    "1. Green tea & more\n   https://tea.example/green\n   Leaves that are not oxidised.\n";

#[tokio::test]
async fn a_searxng_is_asked_in_a_query() {
    let answer = json!({"query": "tea", "results": [page("content"), {"title": "no address"}]});
    let engine = Scripted::start([Reply::json(&answer.to_string())]).await;
    let found = search(&searching(SearchKind::Searxng, &engine), "green tea?", 5).await;
    assert_eq!((found.done, found.text.as_str()), (true, FOUND));
    let asked = &engine.received()[0];
    assert_eq!(asked.path, "/search?q=green+tea%3F&format=json");
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
}

#[tokio::test]
async fn brave_is_asked_in_a_query_with_a_key() {
    let answer = json!({"web": {"results": [page("description"), page("description")]}});
    let engine = Scripted::start([Reply::json(&answer.to_string())]).await;
    let found = search(&searching(SearchKind::Brave, &engine), "green tea", 1).await;
    assert_eq!((found.done, found.text.as_str()), (true, FOUND));
    let asked = &engine.received()[0];
    assert_eq!(asked.path, "/search?q=green+tea&count=1");
    assert_eq!(asked.headers["x-subscription-token"], KEY);
}

#[tokio::test]
async fn tavily_is_asked_in_a_body_with_a_key() {
    let answer = json!({"results": [page("content")]});
    let engine = Scripted::start([Reply::json(&answer.to_string())]).await;
    let found = search(&searching(SearchKind::Tavily, &engine), "green tea", 3).await;
    assert_eq!((found.done, found.text.as_str()), (true, FOUND));
    let asked = &engine.received()[0];
    assert_eq!(asked.body, json!({"query": "green tea", "max_results": 3}));
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
}

#[tokio::test]
async fn whatever_an_engine_answers_is_told_in_a_sentence() {
    for (reply, told) in [
        (Reply::json(r#"{"results":[]}"#), "Nothing was found."),
        (Reply::json(r#"{"results":7}"#), "Nothing was found."),
        (Reply::html(), "The search engine did not answer in JSON."),
        (
            Reply::error(429, "slow down"),
            "The search engine answered 429.",
        ),
        (
            Reply::json("{}")
                .status(302)
                .header("location", "http://127.0.0.1:1/"),
            "The search engine answered 302.",
        ),
        (
            Reply::json("{").endless(vec![b' '; 64 << 10]),
            "The search engine did not answer in JSON.",
        ),
        (
            Reply::json(r#"{"results":[]"#).then("}").cut_after(1),
            "It broke off in the middle.",
        ),
    ] {
        let engine = Scripted::start([reply]).await;
        let found = search(&searching(SearchKind::Searxng, &engine), "tea", 5).await;
        assert_eq!(found.text, told);
        assert!(!found.text.contains(KEY));
    }
}

#[tokio::test]
async fn what_is_found_is_bounded() {
    let long = json!({"title": "t".repeat(9_999), "url": "u".repeat(9_999), "content": "c".repeat(99_999)});
    let answer = json!({"results": vec![long; 12]});
    let engine = Scripted::start([Reply::json(&answer.to_string())]).await;
    let found = search(&searching(SearchKind::Searxng, &engine), "tea", 10).await;
    assert!(found.done && found.text.chars().count() <= LONGEST);
    assert_eq!(
        found.text.matches("\n   u").count(),
        9,
        "the tenth is cut off"
    );
}
