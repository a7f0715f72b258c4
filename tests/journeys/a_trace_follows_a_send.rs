//! A client begins a trace; it goes on through the request, the actor, the commits, the turn, the provider and the
//! views, and nothing that was said is in it.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span,
};
use prost::Message;
use serde_json::json;

use super::on_both_databases;
use crate::support::{
    client::Events,
    databases::TestDatabase,
    scripted::{Reply, Scripted},
    server::Server,
    traces::marker,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

async fn journey(database: TestDatabase) {
    let collector = Scripted::start(vec![Reply::pieces("application/x-protobuf", []); 100]).await;
    let delta = json!({ "choices": [{ "index": 0, "delta": { "content": "Fine." }, "finish_reason": "stop" }] });
    let answer = Reply::sse([delta.to_string(), "[DONE]".to_owned()]);
    let upstream = Scripted::start([answer.clone(), answer]).await;
    let (collector_url, upstream_url) = (collector.url(), format!("{}/v1/", upstream.url()));
    let settings = [
        ("TRACES__ENDPOINT", collector_url.as_str()),
        // Only what its client traces.
        ("TRACES__PERCENT", "0"),
        ("PROVIDERS__UP__KIND", "custom"),
        ("PROVIDERS__UP__BASE_URL", upstream_url.as_str()),
        ("PROVIDERS__UP__MODEL", "m"),
        ("DEFAULT_PROVIDER", "up"),
        ("TITLES", "off"),
    ];
    let mut server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    let said = marker();
    let untraced = alice.say(&alice.conversation(1), &said).await;
    assert_eq!(untraced.status, 200, "{}", untraced.body);
    let body = json!({ "text": said, "conversation_id": alice.conversation(2) });
    let request = alice
        .request(reqwest::Method::POST, "/api/chat/stream")
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .json(&body);
    let events = Events::open(request).await.unwrap().rest().await;
    assert_eq!(events.last().unwrap().kind, "done");
    assert!(server.end().await);

    let spans = sent(&collector, &said);
    let traces: Vec<_> = spans.values().map(|span| hex(&span.trace_id)).collect();
    assert!(traces.iter().all(|trace| trace == TRACE), "{traces:?}");
    let one = |path: &[&str]| {
        let found: Vec<_> = spans
            .values()
            .filter(|span| is_at(&spans, span, path))
            .collect();
        assert_eq!(found.len(), 1, "{path:?} in {:?}", outline(&spans));
        found[0]
    };
    let request = one(&["request"]);
    assert_eq!(hex(&request.parent_span_id), PARENT);
    one(&["request", "command"]);
    one(&["request", "command", "commit"]);
    one(&["request", "command", "turn"]);
    one(&["request", "command", "turn", "command", "commit"]);
    let projected = |span| is_at(&spans, span, &["request", "projected"]);
    assert!(spans.values().any(projected), "{:?}", outline(&spans));
    let provider = one(&["request", "command", "turn", "provider"]);
    let received = upstream.received();
    assert_eq!(
        received[1].headers["traceparent"],
        format!("00-{TRACE}-{}-01", hex(&provider.span_id))
    );
    // Who does not trace is told so.
    assert!(
        received[0].headers["traceparent"].ends_with("-00"),
        "{:?}",
        received[0].headers
    );
    // A part lies within its whole, as long as that waits for it.
    let times = |span: &Span| (span.start_time_unix_nano, span.end_time_unix_nano);
    let (whole, part) = (times(request), times(provider));
    assert!(whole.0 <= part.0 && part.1 <= whole.1, "{whole:?} {part:?}");
}

/// What the collector has got, by id; nothing of it holds what was said.
fn sent(collector: &Scripted, said: &str) -> BTreeMap<String, Span> {
    let mut spans = BTreeMap::new();
    for request in collector.received() {
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/v1/traces")
        );
        let holds = |bytes: &[u8], text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(!holds(&request.bytes, said) && !holds(&request.bytes, "Fine."));
        let export = ExportTraceServiceRequest::decode(&*request.bytes).unwrap();
        for resource in export.resource_spans {
            let attributes = format!("{:?}", resource.resource);
            assert!(attributes.contains("\"colloquy\""), "{attributes}");
            for span in resource
                .scope_spans
                .into_iter()
                .flat_map(|scope| scope.spans)
            {
                spans.insert(hex(&span.span_id), span);
            }
        }
    }
    spans
}

/// Whether these are the names from the outermost span in the trace down to this one.
fn is_at(spans: &BTreeMap<String, Span>, span: &Span, path: &[&str]) -> bool {
    let Some((name, above)) = path.split_last() else {
        return false;
    };
    let parent = spans.get(&hex(&span.parent_span_id));
    span.name == *name
        && match parent {
            Some(parent) => is_at(spans, parent, above),
            None => above.is_empty(),
        }
}

fn outline(spans: &BTreeMap<String, Span>) -> Vec<String> {
    let line = |span: &Span| {
        format!(
            "{} {} < {}",
            span.name,
            hex(&span.span_id),
            hex(&span.parent_span_id)
        )
    };
    spans.values().map(line).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

on_both_databases!(journey);

/// Who listens to traces is nobody's business but the operator's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_holds_nobody_up() {
    super::prepare();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let settings = [
        ("PROVIDERS__ECHO__KIND", "echo"),
        ("TRACES__ENDPOINT", &*away),
    ];
    let mut server = Server::start_logged(TestDatabase::sqlite(), &settings).await;
    let alice = server.user("alice").await;
    let reply = alice.say(&alice.conversation(1), "hello").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(server.end().await);
    let log = server.log();
    assert!(log.contains("Export"), "{log}");
}
