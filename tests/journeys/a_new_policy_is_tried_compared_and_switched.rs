//! A house writes a new policy, has it look on for a while, compares it with what was said on the record, puts it in
//! force beside the running server, and takes it back.

use std::path::Path;

use aggregates::reading::{Looked, ReadingEvent};
use serde_json::{Value, json};

use super::{SLOW_ECHO, on_both_databases};
use crate::support::{
    client::Client,
    databases::TestDatabase,
    readings::Readings,
    server::Server,
    threads::{get, messages, say},
};

const MAIL: &str = "Contact me at john.doe@company.com";
const LEET: &str = "h4ck the system";
const NEXT: &str = "version = \"next-1\"\nrefusal = \"Not that.\"\nblock = [\"pii_email\"]\nignore = [\"leetspeak\"]\n";

async fn reply(who: &Client, text: &str) -> String {
    say(who, None, text).await.text
}

async fn run(server: &Server, arguments: &[&str]) -> Result<String, String> {
    server
        .command(&[&["moderation"], arguments].concat(), "")
        .await
}

async fn journey(database: TestDatabase) {
    let config = database.beside();
    let sqlite = matches!(database, TestDatabase::Sqlite(_));
    let place = tempfile::tempdir().unwrap();
    let [now, next] = ["now.toml", "next.toml"].map(|name| place.path().join(name));
    std::fs::write(&now, "version = \"now-1\"\n").unwrap();
    std::fs::write(&next, NEXT).unwrap();
    let path = |file: &Path| file.to_str().unwrap().to_owned();
    let (now, next) = (path(&now), path(&next));
    let mut settings = SLOW_ECHO.to_vec();
    settings.extend([
        ("MODERATION__POLICY", &*now),
        ("MODERATION__SHADOW", &*next),
    ]);
    let url = (!sqlite).then(|| database.url());
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    let ada = server.user_as("ada", "auditor").await;
    let mia = server.user_as("mia", "support").await;

    // It looks on, and nothing is otherwise.
    let mail = say(&alice, None, MAIL).await;
    let leet = say(&alice, None, LEET).await;
    reply(&alice, "good morning").await;
    assert!(mail.text.ends_with("[pii_email_REDACTED]"), "{}", mail.text);
    let stats = get(&mia, "/api/moderation/stats").await.body;
    let shadow = &stats["shadows"][0];
    assert_eq!(
        (&shadow["policy"], &shadow["shadow"]),
        (&json!("now-1"), &json!("next-1"))
    );
    assert_eq!(
        (
            &shadow["texts"],
            &shadow["newly_flagged"],
            &shadow["newly_cleared"]
        ),
        (&json!(3), &json!(0), &json!(1)),
        "{shadow}"
    );
    assert_eq!(
        shadow["severity_moves"],
        json!([
            { "from": "medium", "to": "none", "texts": 1 },
            { "from": "medium", "to": "critical", "texts": 1 },
        ])
    );
    auditors_see_both(&ada, &leet.thread).await;

    // It is compared with the record; what is shown was seen.
    let asked = [
        "backtest",
        "--policy",
        &next,
        "--as",
        "ada",
        "--reason",
        "A new policy",
    ];
    let lines = run(&server, &asked).await.unwrap();
    assert!(
        lines.contains("next-1 judges the record up to position"),
        "{lines}"
    );
    assert!(lines.contains("then judged by now-1"), "{lines}");
    assert!(
        lines.contains("medium flag (leetspeak) -> none allow"),
        "{lines}"
    );
    assert!(lines.contains(LEET), "{lines}");
    let told = run(&server, &[&asked[..], &["--json"]].concat())
        .await
        .unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["texts"], 3, "{told}");
    assert_eq!(
        (&told["newly_flagged"], &told["newly_cleared"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(told["by_record"], 1);
    assert_eq!(told["exempt"], 3, "the echoes");
    assert_eq!(told["policies"], json!({ "now-1": 3 }));
    assert_eq!(told["severity_moves"], shadow["severity_moves"]);
    assert_eq!(
        told["samples"]["newly_cleared"][0]["thread"],
        json!(uuid(&leet.thread))
    );
    assert_eq!(
        (&told["in_force"], &told["applied_at"]),
        (&json!(false), &Value::Null)
    );
    let looks = Readings::of(&config).await.all().await;
    let look = looks.last().unwrap();
    let ReadingEvent::ContentRead {
        reader,
        what,
        threads,
        reason,
        ..
    } = look;
    assert_eq!(
        (reader.to_string(), *what),
        (ada.id.clone(), Looked::Messages)
    );
    assert_eq!(reason.as_deref(), Some("A new policy"));
    let mut seen: Vec<String> = threads.iter().map(ToString::to_string).collect();
    let mut shown = [uuid(&mail.thread), uuid(&leet.thread)];
    seen.sort();
    shown.sort();
    assert_eq!(seen, shown);
    assert!(reply(&alice, MAIL).await.ends_with("[pii_email_REDACTED]"));

    // It is put in force beside the running servers, and stays so.
    let other = match &url {
        Some(url) => Some(Server::start_at(url.clone(), &settings).await),
        None => None,
    };
    let apply = [&asked[..], &["--apply"]].concat();
    let lines = run(&server, &apply).await.unwrap();
    assert!(
        lines.contains("next-1 is in force for all servers from position"),
        "{lines}"
    );
    assert_eq!(reply(&alice, MAIL).await, "Not that.");
    if let Some(other) = &other {
        assert_eq!(reply(&alice.at(other.address), MAIL).await, "Not that.");
    }
    let again = run(&server, &apply).await.unwrap();
    assert!(
        again.contains("was in force for all servers already"),
        "{again}"
    );
    let shown = run(&server, &["policy"]).await.unwrap();
    assert!(
        shown.contains("# next-1 is in force for all servers: by"),
        "{shown}"
    );
    assert!(shown.contains(&format!("# the policy in {now} does not count while it is")));
    assert!(shown.contains("block = [\"pii_email\"]"), "{shown}");
    // A file that is read again does not change that, nor does a restart.
    server.hang_up().await;
    assert_eq!(reply(&alice, MAIL).await, "Not that.");
    let server = server.start_again().await;
    let (alice, ada) = (alice.at(server.address), ada.at(server.address));
    assert_eq!(reply(&alice, MAIL).await, "Not that.");
    auditors_see_the_switch(&ada).await;

    // Other rules under the same name are refused, and so are rules without one.
    for (text, told) in [
        (
            NEXT.replace("Not that", "Never"),
            "give this one a version of its own",
        ),
        (
            "block = [\"pii_email\"]".to_owned(),
            "needs a version of its own",
        ),
        ("blok = []".to_owned(), "there is no blok"),
    ] {
        std::fs::write(&next, text).unwrap();
        let refused = run(&server, &apply).await.unwrap_err();
        assert!(refused.contains(told), "{refused}");
    }
    let shown = run(&server, &["policy"]).await.unwrap();
    assert!(shown.contains("Not that."), "{shown}");

    // It is taken back.
    let back = run(&server, &["policy", "--withdraw", "--as", "ada"])
        .await
        .unwrap();
    assert!(back.contains("goes by its own policy again"), "{back}");
    assert!(reply(&alice, MAIL).await.ends_with("[pii_email_REDACTED]"));
    if let Some(other) = &other {
        let there = reply(&alice.at(other.address), MAIL).await;
        assert!(there.ends_with("[pii_email_REDACTED]"), "{there}");
    }
    let kept = messages(&alice, &mail.thread, "").await;
    assert_eq!(kept[0]["content"], "Contact me at [pii_email_REDACTED]");
}

/// As the record has it.
fn uuid(thread: &str) -> String {
    uuid::Uuid::parse_str(thread).unwrap().to_string()
}

async fn auditors_see_both(ada: &Client, thread: &str) {
    let path = format!("/api/audit/threads/{thread}/events");
    let body = ada.get(&path).await.body;
    let events = body["events"].as_array().unwrap();
    let verdict = events
        .iter()
        .find(|event| event["type"] == "verdict.recorded")
        .unwrap();
    let verdict = &verdict["data"]["verdict"];
    assert_eq!(
        (&verdict["policy"], &verdict["action"]),
        (&json!("now-1"), &json!("flag"))
    );
    assert_eq!(verdict["shadow"]["policy"], "next-1");
}

async fn auditors_see_the_switch(ada: &Client) {
    let path = "/api/audit/events?type=moderation_policy.applied";
    let lines = ada.get(path).await.body;
    let first = lines.as_str().unwrap().lines().next().unwrap();
    let event: Value = serde_json::from_str(first).unwrap();
    assert_eq!(event["type"], "moderation_policy.applied", "{event}");
    assert_eq!(event["data"]["version"], "next-1");
    assert_eq!(event["data"]["by"], json!(ada.id));
    assert_eq!(event["data"]["text"], NEXT);
}

on_both_databases!(journey);
