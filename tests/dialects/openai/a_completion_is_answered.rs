//! A question, whole and streamed: byte by byte what OpenAI's clients read, and what reached the provider.

use aggregates::{completion::CompletionEvent, thread::Stage};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CHAT, ask, record, streamed};
use crate::{
    dialects::{assistant::upstream, on_both_databases},
    support::{
        chunks::{self, Chunks},
        client::{self, Client},
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

fn answer() -> Reply {
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14 } });
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "length" }] });
    Reply::sse([
        upstream::delta("Hel"),
        upstream::delta("lo"),
        end.to_string(),
        usage.to_string(),
        "[DONE]".to_owned(),
    ])
}

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..6).map(|_| answer())).await;
    let (server, alice) = upstream::server_with(
        database,
        &upstream,
        &[("PROVIDERS__UP__API_KEY", "sk-of-the-operator")],
    )
    .await;

    let question = json!({
        "model": "up/m",
        "messages": [
            { "role": "developer", "content": "Be brief." },
            { "role": "user", "content": [{ "type": "text", "text": "Who" }, { "type": "text", "text": "are you?" }] },
            { "role": "assistant", "content": "A model." },
            { "role": "system", "content": "In English." },
            { "role": "user", "content": "Again?" },
        ],
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": "END", "seed": 42,
        "presence_penalty": 0.25, "frequency_penalty": -0.25, "user": "u-1", "n": 1,
    });
    let whole = alice.post(CHAT, &question).await;
    assert_eq!(whole.status, 200, "{}", whole.body);
    let (id, created) = (&whole.body["id"], &whole.body["created"]);
    assert_eq!(
        whole.body,
        json!({
            "id": id, "object": "chat.completion", "created": created, "model": "up/m",
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": "Hello", "refusal": null },
                "logprobs": null,
                "finish_reason": "length",
            }],
            "usage": { "prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14 },
        })
    );
    assert!(created.as_i64().unwrap() > 1_700_000_000);
    assert!(whole.headers.contains_key("x-colloquy-position"));

    let reached = &upstream.received()[0];
    assert_eq!(
        reached.headers["authorization"],
        "Bearer sk-of-the-operator"
    );
    assert_eq!(reached.path, "/v1/chat/completions");
    assert_eq!(
        reached.body,
        json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "Be brief.\n\nIn English." },
                { "role": "user", "content": "Who\nare you?" },
                { "role": "assistant", "content": "A model." },
                { "role": "user", "content": "Again?" },
            ],
            "stream": true, "stream_options": { "include_usage": true },
            "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["END"], "seed": 42,
            "presence_penalty": 0.25, "frequency_penalty": -0.25,
        })
    );

    // Two commits: the question with its verdict, the answer with its own.
    let events = record(&server, id.as_str().unwrap()).await;
    let [
        CompletionEvent::Requested(requested),
        CompletionEvent::VerdictRecorded(input),
        CompletionEvent::Completed(end),
        CompletionEvent::VerdictRecorded(output),
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(requested.owner.to_string(), alice.id);
    assert_eq!((input.stage, input.verdicts.len()), (Stage::Input, 5));
    assert_eq!((output.stage, output.verdicts.len()), (Stage::Output, 1));
    assert_eq!(
        (end.end.text.as_str(), end.end.attempts.len()),
        ("Hello", 1)
    );
    let used = server.user_as("stella", "staff").await;
    let path = format!("/api/chat-quota/usage/?user_uuid={}", alice.id);
    assert_eq!(used.get(&path).await.body["daily_usage"], 14);

    // A provider's name is enough, and so is the default's.
    for model in ["up", "default"] {
        let mut question = ask("hello");
        question["model"] = json!(model);
        assert_eq!(alice.post(CHAT, &question).await.body["model"], "up/m");
    }

    let mut question = streamed(ask("hello"));
    question["stream_options"] = json!({ "include_usage": true });
    let stream = Chunks::open(alice.request(Method::POST, CHAT).json(&question)).await;
    assert_eq!(stream.headers["cache-control"], "no-cache");
    let chunks = stream.rest().await;
    assert_eq!(chunks.last().unwrap().1, "[DONE]");
    let data: Vec<Value> = chunks[..chunks.len() - 1]
        .iter()
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect();
    let (id, created) = (&data[0]["id"], &data[0]["created"]);
    let chunk = |delta: Value, reason: Value| {
        json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": "up/m",
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": reason }],
            "usage": null,
        })
    };
    let role = json!({ "role": "assistant", "content": "" });
    assert_eq!(data[0], chunk(role, Value::Null));
    assert_eq!(chunks::text(&chunks), "Hello");
    assert_eq!(data[data.len() - 2], chunk(json!({}), json!("length")));
    assert_eq!(
        data[data.len() - 1],
        json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": "up/m",
            "choices": [],
            "usage": { "prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14 },
        })
    );
    // Every text says where it stands.
    let turn = uuid::Uuid::parse_str(&id.as_str().unwrap()[9..]).unwrap();
    let ids: Vec<_> = chunks.iter().filter_map(|(id, _)| id.clone()).collect();
    assert_eq!(*ids.last().unwrap(), format!("{turn}.5"));
    what_reads_do_not_show_yet_says_so(&server, &alice).await;
}

/// When it is told again, too.
async fn what_reads_do_not_show_yet_says_so(server: &Server, alice: &Client) {
    let mut other = server.meddler().await;
    other.hold().await;
    for _ in 0..2 {
        let request = alice.request(Method::POST, CHAT).json(&ask("hello"));
        let whole = client::answer(request.header("idempotency-key", "k")).await;
        let whole = whole.unwrap();
        assert_eq!(whole.status, 200, "{}", whole.body);
        assert_eq!(whole.headers["x-colloquy-stale"], "1");
    }
    let question = streamed(ask("hello"));
    let stream = Chunks::open(alice.request(Method::POST, CHAT).json(&question)).await;
    let chunks = stream.rest().await;
    let last: Value = serde_json::from_str(&chunks[chunks.len() - 2].1).unwrap();
    assert_eq!(last["stale"], json!(true));
    other.let_go().await;
}

on_both_databases!(check);

/// A model may call what nobody has offered: then it has not said all that it wanted to.
mod called_for_nothing {
    use super::*;

    async fn check(database: TestDatabase) {
        let call = json!({
            "index": 0, "id": "c1", "type": "function", "function": { "name": "look_up", "arguments": "{}" },
        });
        let call = json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [call] } }] });
        let end =
            json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "tool_calls" }] });
        let frames = [call.to_string(), end.to_string(), "[DONE]".to_owned()];
        let upstream = Scripted::start([Reply::sse(frames)]).await;
        let (_server, alice) = upstream::server(database, &upstream).await;
        let whole = alice.post(CHAT, &ask("hello")).await;
        assert_eq!(whole.status, 200, "{}", whole.body);
        let choice = &whole.body["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(choice["message"]["content"], "");
    }

    on_both_databases!(check);
}
