//! Where somebody reads passages beside the question, theirs is the order; where they fail, it is as it was before.

use aggregates::thread::{Attempt, ThreadEvent};

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
        traces::marker,
    },
};

/// An order, as Cohere and Jina give one.
fn order(of: &[(usize, f64)]) -> Reply {
    let results: Vec<_> = of
        .iter()
        .map(|(index, score)| json!({ "index": index, "relevance_score": score }))
        .collect();
    let told = json!({ "model": "r", "results": results, "usage": { "total_tokens": 90 } });
    Reply::json(&told.to_string())
}

/// The calls that the last answer has taken.
async fn attempts(server: &Server) -> Vec<Attempt> {
    let events = server.store().await.read_after(0, 1_000).await.unwrap();
    let mut ends = events
        .iter()
        .filter_map(|event| match serde_json::from_str(&event.payload) {
            Ok(ThreadEvent::ReplyCompleted(end)) => Some(end),
            _ => None,
        });
    let last = ends.next_back().unwrap();
    let attempts = last.attempts.into_iter();
    attempts.filter(|made| made.route.provider == "r").collect()
}

async fn check(database: TestDatabase) {
    let secret = marker();
    let upstream = Scripted::start([
        order(&[(2, 0.93), (0, 0.41)]),
        Reply::error(500, &format!("no order of {secret}")),
        order(&[(7, 0.9)]),
        Reply::html(),
    ])
    .await;
    let url = format!("{}/v2", upstream.url());
    let settings = [
        ECHO,
        ("LOG", "debug"),
        ("PROVIDERS__R__KIND", "custom"),
        ("PROVIDERS__R__BASE_URL", &url),
        ("PROVIDERS__R__MODEL", "r"),
        ("PROVIDERS__R__API_KEY", "sk-not-to-be-told"),
        ("RERANK_PROVIDER", "r"),
        ("DEFAULT_PROVIDER", "echo"),
    ];
    let server = Server::start_logged(database, &settings).await;
    let alice = server.user("alice").await;
    for (name, text) in [
        (
            "a.md",
            "Tides, tides, tides and tides again, says the song.",
        ),
        (
            "b.md",
            "Tides and other tides are in the almanac of the town.",
        ),
        (
            "c.md",
            "The moon is what causes tides along the whole of the coast.",
        ),
    ] {
        ingest(&alice, "s", name, text).await;
    }
    let asked = async || {
        let path = format!("{COMPLETIONS}?sources=true");
        let told = gives(
            alice
                .post(&path, &question("s", "What causes tides?"))
                .await,
            200,
        );
        let sources = told["sources"].as_array().unwrap().iter();
        let source = |source: &Value| {
            let name = source["filename"].as_str().unwrap().to_owned();
            (name, source["score"].as_f64().unwrap())
        };
        sources.map(source).collect::<Vec<_>>()
    };
    let names = |found: &[(String, f64)]| -> Vec<String> {
        found.iter().map(|(name, _)| name.clone()).collect()
    };

    let first = asked().await;
    let sent = &upstream.received()[0];
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/v2/rerank")
    );
    assert_eq!(sent.headers["authorization"], "Bearer sk-not-to-be-told");
    assert_eq!(
        (
            &sent.body["model"],
            &sent.body["query"],
            &sent.body["top_n"]
        ),
        (&json!("r"), &json!("What causes tides?"), &json!(5))
    );
    let shown = sent.body["documents"].as_array().unwrap();
    assert_eq!(shown.len(), 3);
    let made = attempts(&server).await;
    assert_eq!((made.len(), made[0].usage.prompt_tokens), (1, 90));

    // The others find it as it was before.
    let before = asked().await;
    let made = attempts(&server).await;
    assert_eq!((made.len(), made[0].status), (1, Some(500)));
    let fused = names(&before);
    assert_eq!(
        names(&first),
        [&fused[2], &fused[0], &fused[1]].map(String::clone)
    );
    assert_eq!((first[0].1, first[1].1), (0.93, 0.41));
    assert!(first[2].1 <= 0.41, "{first:?}");
    for _ in 0..2 {
        assert_eq!(asked().await, before);
        assert!(attempts(&server).await[0].error.is_some());
    }

    // One passage is in order.
    ingest(&alice, "t", "one.md", "The moon causes tides.").await;
    assert!(
        ask(&alice, "t", "What causes tides?")
            .await
            .contains("The moon")
    );
    assert_eq!(ask(&alice, "s", "Who won the cup?").await, NOTHING);
    assert_eq!(upstream.received().len(), 4);
    let log = server.log();
    assert!(!log.contains(&secret) && !log.contains("sk-not"), "{log}");
}

on_both_databases!(check);
