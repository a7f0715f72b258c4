//! A project is exported with what was set up in it and what its providers were asked, and with nothing of another's.

use serde_json::{Value, json};

use super::{
    a_part_of_the_record_is_exported::{all_of_it_is_signed, export},
    lines, on_both_databases,
};
use crate::{
    dialects::{
        assistant::upstream::whole,
        chats::{House, attach, person, policy},
    },
    support::{databases::TestDatabase, scripted::Scripted},
};

/// Of a completion that another provider was asked for.
const ELSEWHERE: &str = r#""provider":"echo""#;

async fn check(database: TestDatabase) {
    let upstream = Scripted::start((0..4).map(|_| whole("Downhill"))).await;
    let house = House::build(database, &upstream, &[]).await;
    let ada = house.server.user_as("audrey", "auditor").await;
    let ask = |text: &str| json!({ "messages": [{ "role": "user", "content": text }] });
    let answers = format!("/api/v1/chats/{}/completions", house.chat);
    assert_eq!(
        house.admin.post(&answers, &ask("Which way?")).await.status,
        200
    );
    let mut elsewhere = ask("Nothing of the project");
    elsewhere["model"] = json!("echo");
    let elsewhere = house.admin.post("/v1/chat/completions", &elsewhere).await;
    assert_eq!(elsewhere.status, 200, "{}", elsewhere.body);
    let all = ada.get("/api/audit/events?type=completion.requested").await;
    assert!(all.body.as_str().unwrap().contains(ELSEWHERE));
    let other = json!({ "name": "another house" });
    let other = house.admin.post("/api/v1/projects", &other).await;
    let other = other.body["id"].as_str().unwrap().to_owned();
    all_of_it_is_signed(&ada).await;

    let files = export(&ada, &format!("?project={}", house.project), Some("Audit")).await;
    let of = |name: &str| &files.iter().find(|(known, _)| known == name).unwrap().1;
    let readable = of("readable.jsonl");
    for there in [
        house.provider.as_str(),
        &house.chat,
        "project.created",
        "ai_provider.created",
        "secret.created",
        "completion.requested",
    ] {
        assert!(readable.contains(there), "{there}: {readable}");
    }
    for absent in [ELSEWHERE, &*other] {
        assert!(!readable.contains(absent), "{absent}");
    }
    assert!(of("manifest.json").contains(&house.project));
    // What was asked and answered can be read, and that it was is in the trail of just that.
    assert!(readable.contains("Which way?") && readable.contains("Downhill"));
    assert!(!of("events.jsonl").contains("Which way?"));
    let (asked, _) = lines(&ada, "/api/audit/events?type=completion.requested").await;
    let is_elsewhere = |event: &&Value| event.to_string().contains(ELSEWHERE);
    for event in &asked {
        let completion = event["aggregate_id"].as_str().unwrap();
        let path = format!("/api/audit/events?type=content.read&completion={completion}");
        let (readings, _) = lines(&ada, &path).await;
        assert_eq!(readings.is_empty(), is_elsewhere(&event), "{readings:?}");
    }
    let bare = export(&ada, &format!("?project={}", house.project), None).await;
    assert!(!bare.iter().any(|(_, text)| text.contains("Which way?")));
    // Who may read what was said in threads is not shown, for that, what completions say.
    let mia = person(&house.admin, "mia").await;
    let threads = json!([{
        "effect": "Allow",
        "action": ["audit:ReadMetadata", "audit:ReadContent", "audit:Export"],
        "resource": ["soat:*:thread:*"],
    }]);
    attach(&house.admin, &mia, &[policy(&house.admin, threads).await]).await;
    let files = export(&mia, &format!("?project={}", house.project), Some("Audit")).await;
    assert!(!files.iter().any(|(_, text)| text.contains("Which way?")));

    // What a user did is in it only where it is the project's.
    let of_ada = format!("?project={}&user={}", house.project, ada.id);
    let nothing = ada
        .post(&format!("/api/audit/exports{of_ada}"), &json!({}))
        .await;
    assert_eq!(nothing.status, 404, "{}", nothing.body);
    let of_boss = format!("?project={}&user={}", house.project, house.admin.id);
    let files = export(&ada, &of_boss, Some("Audit")).await;
    let text: String = files.into_iter().map(|(_, text)| text).collect();
    assert!(text.contains("completion.requested") && !text.contains(ELSEWHERE));
}

on_both_databases!(check);
