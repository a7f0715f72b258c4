//! CORS: pages of the origins that the operator lists may ask and read, others may not.

use reqwest::{Method, header::HeaderMap};

use super::answer;
use crate::{
    dialects::ECHO,
    support::{client::Client, databases::TestDatabase, server::Server},
};

const HOME: &str = "https://chat.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_listed_origins_may_ask() {
    crate::dialects::prepare();
    let settings = [ECHO, ("CORS__ORIGINS", HOME)];
    let server = Server::start(TestDatabase::sqlite(), &settings).await;
    let alice = server.user("alice").await;

    let (status, headers) = preflight(&alice, HOME, None).await;
    assert_eq!(status, 204);
    assert_eq!(headers["access-control-allow-origin"], HOME);
    for (name, word) in [
        ("access-control-allow-methods", "DELETE"),
        ("access-control-allow-headers", "Idempotency-Key"),
        ("access-control-allow-headers", "Last-Event-ID"),
        ("vary", "Origin"),
    ] {
        assert!(
            headers[name].to_str().unwrap().contains(word),
            "{headers:?}"
        );
    }
    // Libraries send what we know nothing of; names they must be.
    let wished = "authorization,x-audit-reason, x-stainless-os";
    let (_, headers) = preflight(&alice, HOME, Some(wished)).await;
    assert_eq!(headers["access-control-allow-headers"], wished);
    let varies: Vec<_> = headers.get_all("vary").iter().collect();
    assert_eq!(varies, ["Origin", "access-control-request-headers"]);
    for wrong in ["x-a, b c", "x-a,,x-b", &"x".repeat(5_000)] {
        let (status, headers) = preflight(&alice, HOME, Some(wrong)).await;
        assert_eq!(status, 204);
        let sends = headers["access-control-allow-headers"].to_str().unwrap();
        assert!(sends.contains("Idempotency-Key"), "{sends}");
    }
    let (status, headers) = preflight(&alice, "https://chat.example.evil", None).await;
    assert_eq!(status, 405);
    assert!(!headers.contains_key("access-control-allow-origin"));

    for (path, status) in [("/api/auth/me", 200), ("/api/nothing", 404)] {
        let of_home = alice.request(Method::GET, path).header("origin", HOME);
        let answered = answer(of_home).await.unwrap();
        assert_eq!(answered.status, status);
        assert_eq!(answered.headers["access-control-allow-origin"], HOME);
        let exposed = answered.headers["access-control-expose-headers"]
            .to_str()
            .unwrap();
        for name in [
            "X-Colloquy-Position",
            "X-Colloquy-Stale",
            "X-Error",
            "X-Result-Count",
            "Link",
            "Retry-After",
        ] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
    let of_others = alice
        .request(Method::GET, "/api/auth/me")
        .header("origin", "null");
    let answered = answer(of_others).await.unwrap();
    assert_eq!(answered.status, 200);
    assert!(!answered.headers.contains_key("access-control-allow-origin"));
    assert_eq!(answered.headers["vary"], "Origin");
}

async fn preflight(who: &Client, origin: &str, wished: Option<&str>) -> (u16, HeaderMap) {
    let request = who
        .bare(Method::OPTIONS, "/api/chat")
        .header("origin", origin);
    let mut request = request.header("access-control-request-method", "POST");
    if let Some(wished) = wished {
        request = request.header("access-control-request-headers", wished);
    }
    let answer = answer(request).await.unwrap();
    (answer.status.as_u16(), answer.headers)
}
