//! What happened in a span of time is exported, and nothing of before or after it, over HTTP and at the terminal.

use std::fs;

use serde_json::{Value, json};

use super::{
    ECHO,
    a_part_of_the_record_is_exported::{all_of_it_is_signed, export},
    lines, on_both_databases,
};
use crate::support::{databases::TestDatabase, server::Server};

const BEFORE: &str = "rain in Tartu";
const WITHIN: &str = "snow in Narva";
const AFTER: &str = "fog in Valga";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let ada = server.user_as("ada", "auditor").await;
    let alice = server.user("alice").await;
    for text in [BEFORE, WITHIN, AFTER] {
        alice.say(&alice.conversation(1), text).await;
    }
    all_of_it_is_signed(&ada).await;
    let (all, _) = lines(&ada, "/api/audit/events?limit=100000").await;
    let time = |event: &Value| event["recorded_at"].as_str().unwrap().to_owned();
    let sent = all.iter().filter(|event| event["type"] == "message.sent");
    let sent: Vec<String> = sent.map(time).collect();
    let [_, from, to] = &sent[..] else {
        panic!("{sent:?}")
    };
    let positions = |is_in: &dyn Fn(&str) -> bool| -> Vec<u64> {
        let events = all.iter().filter(|event| is_in(&time(event)));
        let position = |event: &Value| event["position"].as_str().unwrap().parse().unwrap();
        events.map(position).collect()
    };
    let within = positions(&|time| time >= from.as_str() && time < to.as_str());
    assert!(!within.is_empty() && within.len() < all.len());

    // The first moment belongs to it, the last one does not.
    let place = tempfile::tempdir().unwrap();
    let spans = [
        (
            "before",
            format!("?to={from}"),
            positions(&|time| time < from.as_str()),
        ),
        ("within", format!("?from={from}&to={to}"), within.clone()),
    ];
    for (name, query, expected) in spans {
        let files = export(&ada, &query, Some("Complaint 17")).await;
        let dir = place.path().join(name);
        fs::create_dir(&dir).unwrap();
        for (file, text) in files {
            fs::write(dir.join(file), text).unwrap();
        }
        let dir = dir.to_str().unwrap();
        assert_eq!(exported(dir), expected, "{name}");
        let verify = ["audit", "verify", "--export", dir];
        let checked = server.command(&verify, "").await.unwrap();
        assert!(checked.contains("as they were signed"), "{checked}");
    }
    // What comes after it has what was noted of the others, too.
    let files = export(&ada, &format!("?from={to}"), None).await;
    let events = files.into_iter().find(|(name, _)| name == "events.jsonl");
    let after = read(&events.unwrap().1);
    assert!(
        after.starts_with(&positions(&|time| time >= to.as_str())),
        "{after:?}"
    );
    for (file, what) in [
        ("readable.jsonl", "what can be read"),
        ("transcript.html", "the page"),
    ] {
        let text = fs::read_to_string(place.path().join("within").join(file)).unwrap();
        assert!(text.contains(WITHIN), "{what}: {text}");
        assert!(
            !text.contains(BEFORE) && !text.contains(AFTER),
            "{what}: {text}"
        );
    }

    let dir = place.path().join("terminal");
    let dir = dir.to_str().unwrap();
    let part = ["audit", "export", dir, "--as", "ada", "--from", from];
    server
        .command(&[&part[..], &["--to", to]].concat(), "")
        .await
        .unwrap();
    assert_eq!(exported(dir), within);
    let verify = ["audit", "verify", "--export", dir];
    server.command(&verify, "").await.unwrap();
    let wrong = server
        .command(&[&part[..], &["--to", "7"]].concat(), "")
        .await;
    let wrong = wrong.unwrap_err();
    assert!(wrong.contains("not a time"), "{wrong}");
    let backwards = format!("/api/audit/exports?from={to}&to={from}");
    let nothing = ada.post(&backwards, &json!({})).await;
    assert_eq!(nothing.status, 404, "{}", nothing.body);

    // Of which time it was is noted.
    let (noted, _) = lines(&ada, "/api/audit/events?type=record.exported").await;
    let is_span = |event: &&Value| event["data"]["from"].is_i64() && event["data"]["to"].is_i64();
    assert_eq!(noted.iter().filter(is_span).count(), 2, "{noted:?}");
}

/// The positions of an export's events.
fn exported(dir: &str) -> Vec<u64> {
    read(&fs::read_to_string(format!("{dir}/events.jsonl")).unwrap())
}

fn read(events: &str) -> Vec<u64> {
    let position = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["position"].as_u64().unwrap()
    };
    events.lines().map(position).collect()
}

on_both_databases!(check);
