//! What operators read: `/livez`, `/readyz`, `/metrics`.

use reqwest::Method;
use serde_json::json;

use super::{ECHO, on_both_databases};
use crate::support::{
    client::{Client, answer, eventually},
    databases::TestDatabase,
    meddling::Meddler,
    server::Server,
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    for number in 0..3 {
        alice.say(&alice.conversation(number), "hello").await;
    }

    let live = alice.get("/livez").await;
    assert_eq!(
        (live.status.as_u16(), live.body),
        (200, json!({ "status": "ok" }))
    );

    let ready = alice.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.body,
        json!({ "status": "ready", "database": "ok", "projector": { "lag_events": 0, "faults": 0 } })
    );

    // Some balancers ask for no more than the head.
    for path in ["/livez", "/readyz"] {
        let head = answer(alice.bare(Method::HEAD, path)).await.unwrap();
        assert_eq!((head.status.as_u16(), head.body), (200, json!("")));
    }

    let metrics = alice.get("/metrics").await;
    assert_eq!(
        metrics.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let page = metrics.body.as_str().unwrap();
    for name in [
        "colloquy_commits",
        "colloquy_commit_batch_size",
        "colloquy_mailbox_depth",
        "colloquy_actors_live",
        "colloquy_open_streams",
        "colloquy_turn_seconds",
        "colloquy_http_seconds",
        "colloquy_projector_lag",
    ] {
        assert!(page.contains(name), "{name} is missing in\n{page}");
    }
    // Nothing about anybody.
    for word in ["alice", "hello", alice.id.as_str(), alice.key.as_str()] {
        assert!(!page.contains(word), "{word}");
    }
    what_a_view_cannot_take_is_counted(&server, &alice).await;
    what_the_views_have_not_is_counted(&server, &alice).await;
    a_view_that_stands_still_is_told(&server, &alice).await;
    a_log_that_nothing_can_be_written_to_is_told(&server, &alice).await;
}

/// Everything else takes effect: the server is as ready as it was.
async fn what_a_view_cannot_take_is_counted(server: &Server, alice: &Client) {
    server.meddler().await.poison().await;
    let conversation = alice.conversation(8);
    let said = alice.say(&conversation, "poison").await;
    assert_eq!(said.status, 200, "{}", said.body);
    assert_eq!(alice.history(&conversation).await.len(), 1, "the answer");
    let ready = alice.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(
        ready.body,
        json!({ "status": "ready", "database": "ok", "projector": { "lag_events": 0, "faults": 1 } })
    );
    let metrics = alice.get("/metrics").await.body;
    let page = metrics.as_str().unwrap();
    assert!(
        page.contains("colloquy_projection_faults_total 1\n"),
        "{page}"
    );
}

/// Who is behind says by how much, and answers all the same.
async fn what_the_views_have_not_is_counted(server: &Server, alice: &Client) {
    let mut other = server.meddler().await;
    other.hold().await;
    let said = alice.say(&alice.conversation(9), "hello").await;
    assert_eq!(said.status, 200, "{}", said.body);
    assert_eq!(said.headers["x-colloquy-stale"], "1");
    let ready = alice.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.body["status"], "ready");
    let lag = &ready.body["projector"]["lag_events"];
    assert!(lag.as_u64() > Some(0), "{lag}");
    other.let_go().await;
    let caught_up = async || alice.get("/readyz").await.body["projector"]["lag_events"] == 0;
    eventually(caught_up).await;
    assert_eq!(alice.history(&alice.conversation(9)).await.len(), 2);
}

/// A balancer sends people elsewhere, and nobody starts a server anew that lives.
async fn a_view_that_stands_still_is_told(server: &Server, alice: &Client) {
    let mut other = server.meddler().await;
    other.obstruct().await;
    let said = alice.say(&alice.conversation(10), "hello").await;
    assert_eq!(said.status, 200, "{}", said.body);
    let is_ready = async || alice.get("/readyz").await.status == 200;
    eventually(async || !is_ready().await).await;
    let ready = alice.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.headers["retry-after"], "1");
    assert_eq!(
        (&ready.body["status"], &ready.body["database"]),
        (&json!("not ready"), &json!("ok"))
    );
    let told = ready.body["projector"]["standstill"].as_str().unwrap();
    assert!(
        told.starts_with("the view usage has stood still, and with it all others, since 20"),
        "{told}"
    );
    assert!(told.contains("a start without views.db"), "{told}");
    assert_eq!(alice.get("/livez").await.status, 200);
    other.clear().await;
    eventually(is_ready).await;
    assert_eq!(alice.history(&alice.conversation(10)).await.len(), 2);
}

/// The views lack nothing then. SQLite has no trigger that says that a disk is full.
async fn a_log_that_nothing_can_be_written_to_is_told(server: &Server, alice: &Client) {
    let mut other = server.meddler().await;
    let Meddler::Postgres(_) = other else { return };
    other
        .run(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN RAISE EXCEPTION ''no room'' USING ERRCODE = ''53100''; END';
             CREATE TRIGGER full_disk BEFORE INSERT ON public.events
                 FOR EACH ROW EXECUTE FUNCTION full_disk()",
        )
        .await;
    let conversation = alice.conversation(11);
    let is_ready = async || {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        assert_eq!(alice.say(&conversation, "hello").await.status, 503);
        alice.get("/readyz").await.status == 200
    };
    eventually(async || !is_ready().await).await;
    let ready = alice.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.body["status"], "not ready");
    let told = ready.body["database"].as_str().unwrap();
    assert!(
        told.starts_with("nothing can be written to the log since 20"),
        "{told}"
    );
    assert_eq!(alice.get("/livez").await.status, 200);
    other.run("DROP TRIGGER full_disk ON public.events").await;
    assert_eq!(alice.say(&conversation, "hello").await.status, 200);
    assert_eq!(alice.get("/readyz").await.status, 200);
}

on_both_databases!(check);
