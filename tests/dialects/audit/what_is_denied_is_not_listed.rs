//! Who is denied one thread does not learn its id from what names several: readings, and erasures that wait for the hold of
//! a user.

use aggregates::ThreadId;
use serde_json::{Value, json};

use super::{
    ECHO,
    a_part_of_the_record_is_exported::{all_of_it_is_signed, export},
    because, lines, on_both_databases, short,
};
use crate::{
    dialects::chats::{attach, person, policy},
    support::{
        client::{Client, eventually},
        databases::TestDatabase,
        server::Server,
    },
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = server.user_as("ruth", "admin").await;
    let ada = server.user_as("ada", "auditor").await;
    let alice = server.user("alice").await;
    let names = [1, 2].map(|number| alice.conversation(number));
    for name in &names {
        alice.say(name, "hello").await;
    }
    let [denied, other] = names.map(|name| ThreadId::named(&name).to_string());
    let eve = server.user_as("eve", "auditor").await;
    let but_one = json!([{
        "effect": "Deny",
        "action": ["audit:*"],
        "resource": [format!("soat:*:thread:{denied}")],
    }]);
    attach(&admin, &short(&eve), &[policy(&admin, but_one).await]).await;
    a_trail_names_no_other_thread(&ada, &eve, [&denied, &other]).await;
    an_export_names_no_other_thread(&server, &ada, &eve, [&denied, &other]).await;
    let her_alone = json!([{
        "effect": "Allow",
        "action": ["audit:*"],
        "resource": [format!("soat:*:user:{}", alice.id)],
    }]);
    let zoe = person(&admin, "zoe").await;
    attach(&admin, &zoe, &[policy(&admin, her_alone).await]).await;
    a_users_hold_names_what_waits_to_who_may_read_all(&ada, [&eve, &zoe], &alice, &denied).await;
}

async fn a_trail_names_no_other_thread(ada: &Client, eve: &Client, [denied, other]: [&str; 2]) {
    let both = because(ada, "/api/audit/events?type=message.sent", "A feed").await;
    assert_eq!(both.status, 200, "{}", both.body);
    let (readings, _) = lines(ada, "/api/audit/events?type=content.read").await;
    let read = readings[0]["data"]["threads"].as_array().unwrap();
    assert!(read.contains(&json!(denied)) && read.contains(&json!(other)));
    let feed = format!("/api/audit/events?thread={other}&type=content.read");
    let trail = format!("/api/audit/threads/{other}/events");
    let (told, _) = lines(eve, &feed).await;
    let listed = eve.get(&trail).await.body;
    for reading in [
        &told[0],
        listed["events"].as_array().unwrap().last().unwrap(),
    ] {
        assert_eq!(reading["type"], "content.read");
        assert_eq!(reading["data"]["reason"], "A feed");
        assert_eq!(reading["data"]["threads"], json!([other]));
        assert_eq!(reading["withheld"], json!(["threads"]));
    }
}

async fn an_export_names_no_other_thread(
    server: &Server,
    ada: &Client,
    eve: &Client,
    [denied, other]: [&str; 2],
) {
    all_of_it_is_signed(ada).await;
    let query = format!("?thread={other}");
    let place = tempfile::tempdir().unwrap();
    for (name, text) in export(eve, &query, Some("Complaint 17")).await {
        assert!(!text.contains(denied), "{name}: {text}");
        match &*name {
            "readable.jsonl" => assert!(text.contains("A feed"), "{text}"),
            "events.jsonl" => assert!(!text.contains("A feed"), "{text}"),
            "manifest.json" => {
                let manifest: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(manifest["left_out"]["events"], 1, "{manifest}");
            }
            _ => {}
        }
        std::fs::write(place.path().join(name), text).unwrap();
    }
    let dir = place.path().to_str().unwrap();
    let verify = ["audit", "verify", "--export", dir];
    let checked = server.command(&verify, "").await.unwrap();
    assert!(checked.contains("The manifest is signed"), "{checked}");
    // Who may read everything gets every event as it is stored.
    for (name, text) in export(ada, &query, Some("Complaint 17")).await {
        match &*name {
            "events.jsonl" => assert!(text.contains(denied), "{text}"),
            "readable.jsonl" => assert!(!text.contains(denied), "{text}"),
            "manifest.json" => assert!(!text.contains("left_out"), "{text}"),
            _ => {}
        }
    }
}

async fn a_users_hold_names_what_waits_to_who_may_read_all(
    ada: &Client,
    others: [&Client; 2],
    alice: &Client,
    erased: &str,
) {
    let at = format!("/api/audit/users/{}/hold", alice.id);
    let reason = json!({ "reason": "A claim" });
    assert_eq!(ada.post(&at, &reason).await.status, 201);
    let conversation = format!("/api/chat/conversations/{}", alice.conversation(1));
    assert_eq!(alice.delete(&conversation).await.status, 200);
    let list = format!("/api/audit/holds?user={}", alice.id);
    let waiting =
        async |who: &Client| -> Value { who.get(&list).await.body["holds"][0]["erasures"].clone() };
    eventually(async || waiting(ada).await["count"] == 1).await;
    assert_eq!(waiting(ada).await["first"][0]["aggregate_id"], erased);
    let only_counted = json!({ "count": 1, "first": [] });
    for who in others {
        assert_eq!(waiting(who).await, only_counted);
        let laid = who.post(&at, &reason).await;
        assert_eq!(laid.status, 201, "{}", laid.body);
        assert_eq!(laid.body["erasures"], only_counted);
    }
}

on_both_databases!(check);
