//! A secret's value is in no answer, log, metric, file or table, though a provider was shown it, and says it back.

use super::*;
use crate::{
    dialects::{
        ECHO,
        assistant::upstream::{delta, whole},
        audit::because,
        on_both_databases,
    },
    support::{databases::TestDatabase, scripted::Reply, traces::Traces},
};

const MARKER: &str = "sk-marker-9f1c2b7d4e";
/// What may be seen by whoever looks, so that it is known that they look everywhere.
const PLAIN: &str = "plain-marker-9f1c2b7d4e";
const ALL: &str = "/chats/completions";

/// Everything that was answered.
#[derive(Default)]
struct Shown(Vec<String>);

impl Shown {
    fn keep(&mut self, answer: Answer) -> Answer {
        self.0
            .push(format!("{:?}\n{}", answer.headers, answer.body));
        answer
    }
}

async fn check(database: TestDatabase) {
    let traces = Traces::of(&database);
    let told = format!("{MARKER} is wrong");
    let cut = || Reply::sse([delta("partial ")]).cut_after(1);
    let upstream = Scripted::start([
        whole("Hello"),
        whole("Hello"),
        Reply::error(401, &told),
        Reply::error(401, &told),
        cut(),
        cut(),
        whole("Who are you?"),
    ])
    .await;
    let mut server = Server::start_logged(database, &[ECHO, ("LOG", "trace")]).await;
    let admin = admin(&server).await;
    let mut shown = Shown::default();
    let project = project(&admin, PLAIN).await;
    let at = a_secret_is_made_and_changed(&admin, &project, &mut shown).await;
    let provider = a_provider_has_it(&admin, &project, &at, &upstream, &mut shown).await;
    a_provider_is_asked_with_it(&admin, &provider, &mut shown).await;
    for request in upstream.received() {
        assert_eq!(request.headers["authorization"], format!("Bearer {MARKER}"));
    }
    assert_eq!(upstream.received().len(), 6);
    auditors_see_that_there_is_one(&admin, &mut shown).await;
    shown.keep(admin.get("/metrics").await);

    traces.appears(PLAIN).await;
    let files = Traces::in_directory(server.data());
    for place in [&traces, &files] {
        assert_eq!(place.holding(MARKER).await, [""; 0]);
        assert_eq!(place.holding_bytes(MARKER.as_bytes()).await, [""; 0]);
    }
    let forced = delete(&admin, &format!("{at}?force=true")).await;
    assert_eq!(shown.keep(forced).status, 204);
    assert_eq!(shown.keep(get(&admin, &at).await).status, 404);
    a_provider_has_it_no_more(&admin, &provider, &mut shown).await;
    assert!(!upstream.received()[6].headers.contains_key("authorization"));
    assert!(server.end().await, "it ends as it should");
    let log = server.log();
    assert!(log.contains("TRACE"), "it says all that it can");
    assert_eq!(log.lines().find(|line| line.contains(MARKER)), None);
    assert!(shown.0.len() > 20);
    for answer in &shown.0 {
        assert!(!answer.contains(MARKER), "{answer}");
    }
}

/// Where it is.
async fn a_secret_is_made_and_changed(admin: &Client, project: &str, shown: &mut Shown) -> String {
    let first = format!("{MARKER}-of-before");
    let body = json!({ "project_id": project, "name": "openai", "value": first });
    let made = gives(shown.keep(post(admin, "/secrets", body).await), 201);
    assert_eq!(
        names(&made),
        [
            "id",
            "project_id",
            "name",
            "has_value",
            "created_at",
            "updated_at"
        ]
    );
    is_id(&made["id"], "sec_");
    assert_eq!(made["has_value"], true);
    let at = format!("/secrets/{}", id(&made));
    let change = json!({ "name": "renamed", "value": MARKER });
    let changed = gives(shown.keep(patch(admin, &at, change).await), 200);
    assert_eq!(
        (&changed["name"], &changed["created_at"]),
        (&json!("renamed"), &made["created_at"])
    );
    gives(shown.keep(get(admin, &at).await), 200);
    gives(shown.keep(get(admin, "/secrets").await), 200);
    for wrong in [
        json!({ "project_id": "proj_x", "name": "n", "value": MARKER }),
        json!({ "project_id": project, "name": "", "value": MARKER }),
        json!({ "project_id": project, "name": "n", "value": [MARKER] }),
    ] {
        let refused = shown.keep(post(admin, "/secrets", wrong).await);
        assert!(refused.status.is_client_error(), "{}", refused.body);
    }
    let empty = shown.keep(patch(admin, &at, json!({ "value": "" })).await);
    refuses(&empty, "value is required");
    at
}

async fn a_provider_has_it(
    admin: &Client,
    project: &str,
    at: &str,
    upstream: &Scripted,
    shown: &mut Shown,
) -> String {
    let secret = at.strip_prefix("/secrets/").unwrap();
    let provider = json!({
        "project_id": project, "name": "n", "provider": "custom", "default_model": "m", "secret_id": secret,
        "base_url": format!("{}/v1", upstream.url()),
    });
    let provider = gives(
        shown.keep(post(admin, "/ai-providers", provider).await),
        201,
    );
    assert_eq!(provider["secret_id"], secret);
    let refused = shown.keep(delete(admin, at).await);
    assert_eq!(
        refused.body["error"]["meta"],
        json!({ "aiProviderCount": 1 })
    );
    tells(
        &refused,
        409,
        "SECRET_HAS_DEPENDENTS",
        "AI providers use this secret; delete it with ?force=true all the same.",
    );
    id(&provider)
}

/// It answers, refuses the secret with the secret in its words, and breaks off: each whole and as a stream.
async fn a_provider_is_asked_with_it(admin: &Client, provider: &str, shown: &mut Shown) {
    let ask = json!({ "ai_provider_id": provider, "messages": [said("user", "hi")] });
    for (status, frame) in [
        (200, "[DONE]"),
        (502, "Provider returned 401: [secret] is wrong"),
        (502, "broke off in the middle of its answer"),
    ] {
        gives(shown.keep(post(admin, ALL, ask.clone()).await), status);
        let (read, _) = frames(admin, ALL, &streamed(ask.clone())).await;
        assert!(read.contains(frame), "{read}");
        shown.0.push(read);
    }
    gives(shown.keep(get(admin, "/ai-providers").await), 200);
}

/// It is asked as one that never had any.
async fn a_provider_has_it_no_more(admin: &Client, provider: &str, shown: &mut Shown) {
    let left = get(admin, &format!("/ai-providers/{provider}")).await;
    let left = gives(shown.keep(left), 200);
    assert_eq!(left["secret_id"], Value::Null, "{left}");
    let ask = json!({ "ai_provider_id": provider, "messages": [said("user", "hi")] });
    gives(shown.keep(post(admin, ALL, ask).await), 200);
}

/// Not what was encrypted either, whatever the reason.
async fn auditors_see_that_there_is_one(admin: &Client, shown: &mut Shown) {
    let feed = "/api/audit/events?limit=100000";
    shown.keep(because(admin, feed, "Who has which key").await);
    let feed = "/api/audit/events?type=secret.created,secret.changed";
    let secrets = shown.keep(because(admin, feed, "Who has which key").await);
    let secrets = secrets.body.as_str().unwrap().lines();
    let mut events = 0;
    for line in secrets.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        if line["aggregate_type"] == "secret" {
            events += 1;
            assert_eq!(line["data"]["value"], Value::Null, "{line}");
            assert_eq!(line["withheld"], json!(["name", "value"]), "{line}");
        }
    }
    assert_eq!(events, 2);
}

on_both_databases!(check);
