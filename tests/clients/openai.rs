//! OpenAI's own packages, from PyPI and from npm, against a scripted provider: what they read, and what reached it.

use image::ImageFormat;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    dialects::assistant::upstream::{self, delta, end},
    support::{
        databases::TestDatabase,
        pictures::{base64, picture},
        scripted::{Received, Reply, Scripted},
    },
};

/// The releases that `tests/run` gets.
const PYTHON: &str = "openai-3.54.0";
const NPM: &str = "npm-openai-7.57.0";

fn script() -> Vec<Reply> {
    let words = || ["I am a model ", "of few ", "words."].map(delta);
    let answer = || Reply::sse(words().into_iter().chain(end()));
    let endless = || Reply::sse(words()).endless(format!("data: {}\n\n", delta("and so on, ")));
    vec![
        Reply::error(429, "slow down").header("retry-after", "0"),
        answer(),
        answer(),
        endless(),
        answer(),
        answer(),
        answer(),
        Reply::error(400, "no"),
        Reply::sse([delta("partial ")]).cut_after(1),
        vectors(),
        vectors(),
        Reply::error(400, "no"),
    ]
}

/// The second text's vector first.
fn vectors() -> Reply {
    let body = json!({
        "object": "list",
        "data": [
            { "object": "embedding", "index": 1, "embedding": [1.0, 0.5, -1.5] },
            { "object": "embedding", "index": 0, "embedding": [0.0, 0.25, 3.0] },
        ],
        "model": "m",
        "usage": { "prompt_tokens": 5, "total_tokens": 5 },
    });
    Reply::json(&body.to_string())
}

/// The same requests, whoever has made them.
fn check(received: &[Received], file: &[u8]) {
    assert_eq!(received.len(), 12);
    for request in received {
        assert_eq!(
            request.headers["authorization"],
            "Bearer sk-of-the-operator"
        );
        assert_eq!(request.body["model"], "m");
    }
    let said = |role: &str, text: &str| json!({ "role": role, "content": text });
    let first = &received[1].body;
    assert_eq!(
        first["messages"],
        json!([said("system", "Be brief."), said("user", "Who are you?")])
    );
    assert_eq!(
        (
            &first["temperature"],
            &first["max_tokens"],
            &first["stop"],
            &first["seed"]
        ),
        (&json!(0.5), &json!(7), &json!(["END"]), &json!(42))
    );
    assert_eq!(received[2].body["temperature"], Value::Null);
    for texts in &received[9..] {
        assert_eq!(texts.path, "/v1/embeddings");
        assert_eq!(texts.body["input"], json!(["one", "two"]));
        assert_eq!(texts.body["encoding_format"], "float");
    }
    assert_eq!(received[10].body["dimensions"], 3);
    // The thread remembers; how to behave was for the client's own conversations.
    assert_eq!(
        received[5].body["messages"],
        json!([
            said("user", "Who are you?"),
            said("assistant", "I am a model of few words."),
            said("user", "And now?"),
        ])
    );
    let jpeg = base64(&colloquy::images::shrink(file).unwrap());
    let url = format!("data:image/jpeg;base64,{jpeg}");
    assert_eq!(
        received[6].body["messages"],
        json!([{ "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image_url", "image_url": { "url": url } },
        ]}])
    );
}

async fn runs(database: TestDatabase, command: impl AsyncFnOnce() -> Command) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let upstream = Scripted::start(script()).await;
    let more = [
        ("PROVIDERS__UP__API_KEY", "sk-of-the-operator"),
        ("PROVIDERS__UP__VISION", "true"),
    ];
    let (server, alice) = upstream::server_with(database, &upstream, &more).await;
    let mut command = command().await;
    let file = picture(60, 40, ImageFormat::Png);
    let output = command
        .arg(format!("http://{}", server.address))
        .args([&alice.key, "sk-wrong"])
        .arg(format!("data:image/png;base64,{}", base64(&file)))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // The stream that was left is no more asked for.
    upstream.wait_for_leavers(1).await;
    check(&upstream.received(), &file);
}

fn node(place: &std::path::Path) -> Command {
    super::node(place, "openai_package.mjs", NPM)
}

async fn python() -> Command {
    let mut command = Command::new(super::program(PYTHON, "python"));
    command.arg("tests/clients/openai_package.py");
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a client from PyPI, which tests/run gets"]
async fn python_runs_on_sqlite() {
    runs(TestDatabase::sqlite(), python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a client from PyPI, which tests/run gets"]
async fn python_runs_on_postgres() {
    runs(TestDatabase::postgres().await, python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a client from npm, which tests/run gets"]
async fn node_runs_on_sqlite() {
    let place = tempfile::tempdir().unwrap();
    runs(TestDatabase::sqlite(), async || node(place.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a client from npm, which tests/run gets"]
async fn node_runs_on_postgres() {
    let place = tempfile::tempdir().unwrap();
    runs(TestDatabase::postgres().await, async || node(place.path())).await;
}
