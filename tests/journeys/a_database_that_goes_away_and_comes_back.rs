//! PostgreSQL crashes under the server and is back some seconds later: meanwhile 503, afterwards everything.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{SLOW_ECHO, house::House, words};
use crate::support::{
    client::{Answer, Client, Event, Events, answer, shown},
    cluster::Cluster,
    server::Server,
};

/// Longer than a supervisor should have to wait for an answer.
const SOON: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    super::prepare();
    let cluster = Cluster::start();
    let house = House::whose_first_provider_refuses().await;
    let server = Server::start_at(cluster.url(), &house.with(SLOW_ECHO)).await;
    let alice = server.user("alice").await;
    let talked = alice.conversation(9);
    assert_eq!(alice.say(&talked, "before").await.status, StatusCode::OK);
    let mut running = vec![];
    for (number, policy) in (1..).zip(["queue", "reject", "interrupt"]) {
        running.push(Running::begin(&alice, alice.conversation(number), policy).await);
    }

    cluster.down();
    let began = tokio::time::Instant::now();
    // The fault itself lasts five seconds; every answer in it says when to come again. What was in the air when the
    // database went may be written when it is back, and is answered then.
    while began.elapsed() < Duration::from_secs(5) {
        is_unavailable(&alice.say(&talked, "during").await);
        let during = running.iter().map(|running| running.say(&alice, "during"));
        join_all(during).await.iter().for_each(is_unavailable);
    }
    it_says_that_it_is_not_ready(&server, &alice).await;
    cluster.up();

    // The replies that were running go on, whatever the policy of a message that was refused.
    let ends = running
        .into_iter()
        .map(|running| running.ends_whole(&alice));
    join_all(ends).await;
    let after = say_until_it_works(&alice, &talked).await;
    assert!(after.ends_with("after"), "{after}");
    let history = alice.history(&talked).await;
    let said = history.iter().filter(|(role, _)| role == "user");
    let said: Vec<&str> = said.map(|(_, text)| text.as_str()).collect();
    assert!(
        matches!(
            said[..],
            ["before", "after"] | ["before", "during", "after"]
        ),
        "{said:?}"
    );
    assert_eq!(alice.get("/readyz").await.status, StatusCode::OK);
    house.every_attempt_is_recorded(&server).await;
}

fn is_unavailable(answer: &Answer) {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(answer.status, unavailable, "{}", answer.body);
    assert!(answer.headers.contains_key("retry-after"));
}

/// A reply that is being read, and by which policy more is said meanwhile.
struct Running {
    conversation: String,
    policy: &'static str,
    stream: Events,
    seen: Vec<Event>,
}

impl Running {
    async fn begin(alice: &Client, conversation: String, policy: &'static str) -> Self {
        let mut stream = alice.stream(&conversation, &words(600)).await;
        let seen = vec![stream.next().await.unwrap(), stream.next().await.unwrap()];
        Self {
            conversation,
            policy,
            stream,
            seen,
        }
    }

    async fn say(&self, alice: &Client, text: &str) -> Answer {
        let request = alice
            .request(Method::POST, "/api/chat")
            .header("turn-policy", self.policy);
        let body = json!({ "text": text, "conversation_id": self.conversation });
        answer(request.json(&body)).await.unwrap()
    }

    /// A stream that broke meanwhile is resumed.
    async fn ends_whole(mut self, alice: &Client) {
        let whole = loop {
            let Some(event) = self.stream.next().await else {
                let cursor = &self.seen.last().unwrap().id;
                self.stream = alice.resume(&self.conversation, cursor).await;
                continue;
            };
            if event.kind == "done" {
                break event.text("reply").to_owned();
            }
            self.seen.push(event);
        };
        assert!(whole.ends_with("wörd599"), "{}: {whole}", self.policy);
        assert_eq!(shown(&self.seen), whole);
        let history = alice.history(&self.conversation).await;
        assert_eq!((history.len(), &history[1].1), (2, &whole));
    }
}

/// To supervisors with an HTTP client and without one, and soon enough for both.
async fn it_says_that_it_is_not_ready(server: &Server, alice: &Client) {
    let asked = tokio::time::timeout(SOON, alice.get("/readyz")).await;
    let ready = asked.expect("it is said at once");
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.headers["retry-after"], "1");
    assert_eq!(ready.body["status"], "not ready");
    let database = ready.body["database"].as_str().unwrap();
    assert!(database.contains("does not answer"), "{database}");
    assert!(!database.contains("postgres@"), "{database}");
    assert_eq!(
        ready.body["projector"],
        json!({ "lag_events": Value::Null, "faults": Value::Null })
    );
    let address = server.address.to_string();
    let health = ["health", "--ready", "--listen", &address];
    let told = server.command(&health, "").await.unwrap_err();
    assert!(told.contains("503") && told.contains("not ready"), "{told}");

    assert_eq!(alice.get("/livez").await.status, StatusCode::OK);
    let health = ["health", "--listen", &address];
    assert!(server.command(&health, "").await.is_ok());
}

/// Repeats a request under its name, as `Retry-After` asks, until it is answered.
async fn say_until_it_works(alice: &Client, conversation: &str) -> String {
    loop {
        let request = alice
            .request(Method::POST, "/api/chat")
            .header("idempotency-key", "after");
        let said =
            answer(request.json(&json!({ "text": "after", "conversation_id": conversation })))
                .await
                .unwrap();
        match said.status {
            StatusCode::OK => return said.body["reply"].as_str().unwrap().to_owned(),
            status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{}", said.body),
        }
    }
}
