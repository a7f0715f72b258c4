//! Texts, as numbers and in base64: byte by byte what OpenAI's clients read, what reached the provider, and what is kept.

use aggregates::embedding::EmbeddingEvent;
use reqwest::Method;
use serde_json::{Value, json};

use super::{VECTORS, embed, embeddings, vectors};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{databases::TestDatabase, scripted::Scripted},
};

async fn check(database: TestDatabase) {
    let upstream = Scripted::start([2, 1, 1, 2, 1].map(vectors)).await;
    let url = format!("{}/v1", upstream.url());
    let more = [
        ("PROVIDERS__UP__API_KEY", "sk-of-the-operator"),
        ("PROVIDERS__VEC__KIND", "openai"),
        ("PROVIDERS__VEC__MODEL", "text-embedding-3-small"),
        ("PROVIDERS__VEC__BASE_URL", &url),
    ];
    let (server, alice) = upstream::server_with(database, &upstream, &more).await;
    let post = |path: &str, body: &Value| {
        let sending = alice.request(Method::POST, path).json(body).send();
        async move {
            let answer = sending.await.unwrap();
            assert_eq!(answer.headers()["content-type"], "application/json");
            assert!(answer.headers().contains_key("x-colloquy-position"));
            (answer.status().as_u16(), answer.text().await.unwrap())
        }
    };

    let mut two = embed(["one", "two"].map(Value::from).to_vec());
    two["dimensions"] = json!(2);
    two["user"] = json!("u-1");
    let (status, body) = post(VECTORS, &two).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        body,
        r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.0,-0.25]},{"object":"embedding","index":1,"embedding":[1.0,-0.25]}],"model":"up/m","usage":{"prompt_tokens":11,"total_tokens":11}}"#
    );
    let reached = &upstream.received()[0];
    assert_eq!(
        reached.headers["authorization"],
        "Bearer sk-of-the-operator"
    );
    assert_eq!(reached.path, "/v1/embeddings");
    assert_eq!(
        reached.body,
        json!({ "model": "m", "input": ["one", "two"], "encoding_format": "float", "dimensions": 2 })
    );

    // 0 and -0.25, four bytes each.
    let mut one = embed("one");
    one["encoding_format"] = json!("base64");
    one["model"] = json!("up");
    let (_, body) = post("/v1/embeddings/", &one).await;
    assert_eq!(
        body,
        r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAAAAAgL4="}],"model":"up/m","usage":{"prompt_tokens":11,"total_tokens":11}}"#
    );

    // Tokens of a model whose tokenizer is known are texts.
    for (input, said) in [
        (json!([15339, 1917]), json!(["hello world"])),
        (
            json!([[15339, 1917], [15339]]),
            json!(["hello world", "hello"]),
        ),
    ] {
        let (status, body) = post(VECTORS, &json!({ "model": "vec", "input": input })).await;
        assert_eq!(status, 200, "{body}");
        let reached = upstream.received().pop().unwrap();
        assert_eq!(reached.body["input"], said);
    }

    // Who asked, of whom, how many, and what it cost; the vectors are nowhere.
    let events = embeddings(&server).await;
    let [
        EmbeddingEvent::Requested(sent),
        EmbeddingEvent::VerdictRecorded(said),
        EmbeddingEvent::Completed(end),
        ..,
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(sent.owner.to_string(), alice.id);
    assert_eq!((&*sent.texts[0], sent.dimensions), ("one", Some(2)));
    assert_eq!(said.verdicts.len(), 2);
    assert_eq!((end.dimensions, end.usage.prompt_tokens), (Some(2), 11));
    let [attempt] = &end.attempts[..] else {
        panic!("{end:?}")
    };
    assert_eq!(attempt.model.as_deref(), Some("m-of-today"));
    assert!(!format!("{events:?}").contains("0.25"));
    let staff = server.user_as("stella", "staff").await;
    let used = format!("/api/chat-quota/usage/?user_uuid={}", alice.id);
    assert_eq!(staff.get(&used).await.body["daily_usage"], 44);

    // What is used up is used up for everything.
    let quota = json!({ "user_uuid": alice.id, "daily_limit": 44 });
    let set = staff.post("/api/chat-quota/set_quota/", &quota).await;
    assert!(set.status.is_success(), "{}", set.body);
    let refused = alice.post(VECTORS, &embed("one")).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.body["error"]["code"], "insufficient_quota");
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(upstream.received().len(), 4);
}

on_both_databases!(check);
