//! A part of the record as a zip: by whom a role or a policy allows it, verified without the server, and noted.

use std::io::{Cursor, Read};

use reqwest::{Method, StatusCode};
use serde_json::json;
use zip::ZipArchive;

use super::{ECHO, because, on_both_databases};
use crate::{
    dialects::chats::{attach, person, policy},
    support::{
        client::{Client, answer, eventually},
        databases::TestDatabase,
        server::Server,
    },
};

const MARKER: &str = "the weather in Tartu";
const EXPORTS: &str = "/api/audit/exports";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let admin = server.user_as("ruth", "admin").await;
    let ada = server.user_as("ada", "auditor").await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), MARKER).await;
    alice.say(&alice.conversation(2), "another one").await;
    let [one, two] =
        [1, 2].map(|n| aggregates::ThreadId::named(&alice.conversation(n)).to_string());
    all_of_it_is_signed(&ada).await;
    nobody_else_exports(&server, &admin, &alice, &one, &two).await;
    what_is_wrong_is_told(&ada).await;
    a_thread_is_exported_with_its_proofs(&server, &ada, &one).await;
    a_user_and_everything_are_exported(&ada, &alice).await;
    let bob = server.user("bob").await;
    what_was_flagged_is_exported(&ada, [&alice, &bob], &two).await;
    let left = std::fs::read_dir(server.data().join("export.unfinished"));
    assert_eq!(left.map_or(0, Iterator::count), 0);
}

pub(super) async fn all_of_it_is_signed(ada: &Client) {
    eventually(async || {
        let signed = ada.get("/api/audit/checkpoint").await;
        let head = ada.get("/api/audit/events?limit=100000").await;
        let last = head.body.as_str().unwrap_or_default().trim().lines().last();
        let next = last.and_then(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        signed.status == StatusCode::OK
            && next.is_some_and(|last| last["next"] == signed.body["size"])
    })
    .await;
}

/// The zip's files, by their names.
pub(super) async fn export(
    client: &Client,
    query: &str,
    reason: Option<&str>,
) -> Vec<(String, String)> {
    let mut request = client.request(Method::POST, &format!("{EXPORTS}{query}"));
    if let Some(reason) = reason {
        request = request.header("x-audit-reason", reason);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/zip");
    let length = answer.content_length().unwrap();
    let bytes = answer.bytes().await.unwrap();
    assert_eq!(bytes.len() as u64, length);
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = vec![];
    for nth in 0..zip.len() {
        let mut file = zip.by_index(nth).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.push((file.name().unwrap().into_owned(), text));
    }
    files
}

async fn nobody_else_exports(
    server: &Server,
    admin: &Client,
    alice: &Client,
    one: &str,
    two: &str,
) {
    let stranger = answer(alice.bare(Method::POST, EXPORTS)).await.unwrap();
    assert_eq!(stranger.status, 401, "{}", stranger.body);
    let empty = json!({});
    for role in ["support", "staff"] {
        let other = server.user_as(role, role).await;
        let refused = other.post(EXPORTS, &empty).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert!(refused.body.to_string().contains("audit:Export"));
    }
    assert_eq!(alice.post(EXPORTS, &empty).await.status, 403);
    // To read is not to take away, and to take away is not to read.
    let mia = person(admin, "mia").await;
    let reads =
        json!([{ "effect": "Allow", "action": ["audit:ReadMetadata", "audit:ReadContent"] }]);
    attach(admin, &mia, &[policy(admin, reads).await]).await;
    assert_eq!(mia.post(EXPORTS, &empty).await.status, 403);
    let lars = person(admin, "lars").await;
    let takes = json!([{
        "effect": "Allow",
        "action": ["audit:ReadMetadata", "audit:Export"],
        "resource": [format!("soat:*:thread:{one}")],
    }]);
    attach(admin, &lars, &[policy(admin, takes).await]).await;
    let names = |files: Vec<(String, String)>| files.len();
    assert_eq!(
        names(export(&lars, &format!("?thread={one}"), None).await),
        5
    );
    for path in [EXPORTS.to_owned(), format!("{EXPORTS}?thread={two}")] {
        assert_eq!(lars.post(&path, &empty).await.status, 403, "{path}");
    }
    let with_content = lars
        .request(Method::POST, &format!("{EXPORTS}?thread={one}"))
        .header("x-audit-reason", "Curious");
    let refused = answer(with_content).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.body);
    // Who is denied a part exports no whole.
    let noah = person(admin, "noah").await;
    let but = json!([
        { "effect": "Allow", "action": ["audit:*"] },
        { "effect": "Deny", "action": ["audit:Export"], "resource": [format!("soat:*:thread:{two}")] },
    ]);
    attach(admin, &noah, &[policy(admin, but).await]).await;
    let refused = noah.post(EXPORTS, &empty).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_eq!(
        names(export(&noah, &format!("?thread={one}"), None).await),
        5
    );
}

async fn what_is_wrong_is_told(ada: &Client) {
    let nobody = "00000000-0000-7000-8000-000000000000";
    for (query, status, sentence) in [
        ("?thread=x", 400, "thread must be a UUID"),
        ("?user=x", 400, "user must be a UUID"),
        ("?project=x", 400, "project must be a project's id"),
        ("?from=7", 400, "from must be a time"),
        ("?type=thread.opened", 400, "not of some types alone"),
        ("?to=2001-01-01T00:00:00Z", 404, "nothing in this part"),
        (&*format!("?thread={nobody}"), 404, "nothing in this part"),
        (&*format!("?user={nobody}"), 404, "nothing in this part"),
        (
            "?project=proj_AAAAAAAAAAAAAAAA",
            404,
            "nothing in this part",
        ),
    ] {
        let wrong = ada.post(&format!("{EXPORTS}{query}"), &json!({})).await;
        assert_eq!(wrong.status, status, "{query}: {}", wrong.body);
        let told = wrong.body["detail"].as_str().unwrap();
        assert!(told.contains(sentence), "{query}: {told}");
    }
}

async fn a_thread_is_exported_with_its_proofs(server: &Server, ada: &Client, thread: &str) {
    let bare = export(ada, &format!("?thread={thread}"), None).await;
    let names: Vec<&str> = bare.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "checkpoint.txt",
            "events.jsonl",
            "manifest.json",
            "manifest.note",
            "transcript.html"
        ]
    );
    assert!(!bare.iter().any(|(_, text)| text.contains(MARKER)));
    let why = Some("Complaint 17");
    let whole = export(ada, &format!("?thread={thread}"), why).await;
    let of = |name: &str| &whole.iter().find(|(known, _)| known == name).unwrap().1;
    assert!(of("readable.jsonl").contains(MARKER));
    assert!(of("transcript.html").contains(MARKER));
    assert!(!of("readable.jsonl").contains("another one"));
    let place = tempfile::tempdir().unwrap();
    for (name, text) in &whole {
        std::fs::write(place.path().join(name), text).unwrap();
    }
    let dir = place.path().to_str().unwrap();
    let verify = ["audit", "verify", "--export", dir];
    let checked = server.command(&verify, "").await.unwrap();
    assert!(checked.contains("as they were signed"), "{checked}");
    assert!(checked.contains("The manifest is signed"), "{checked}");
    let trail = ada
        .get(&format!("/api/audit/threads/{thread}/events"))
        .await;
    let trail = trail.body.to_string();
    assert!(trail.contains("content.read") && trail.contains("Complaint 17"));
    let noted = ada.get("/api/audit/events?type=record.exported").await;
    let noted = noted.body.as_str().unwrap().to_owned();
    assert!(
        noted.contains(thread) && noted.contains("Complaint 17"),
        "{noted}"
    );
}

async fn a_user_and_everything_are_exported(ada: &Client, alice: &Client) {
    let of_alice = export(ada, &format!("?user={}", alice.id), Some("Asked for")).await;
    let text: String = of_alice.into_iter().map(|(_, text)| text).collect();
    assert!(text.contains(MARKER) && text.contains("another one"));
    let all = export(ada, "", None).await;
    let events = &all
        .iter()
        .find(|(name, _)| name == "events.jsonl")
        .unwrap()
        .1;
    assert!(events.starts_with("{\"position\":1,"), "from the first on");
}

async fn what_was_flagged_is_exported(ada: &Client, [alice, bob]: [&Client; 2], two: &str) {
    let nothing = ada
        .post(&format!("{EXPORTS}?flagged=true"), &json!({}))
        .await;
    assert_eq!(nothing.status, 404, "{}", nothing.body);
    let card = "My card is 4532 1111 1111 1112, thanks";
    alice.say(&alice.conversation(2), card).await;
    bob.say(&bob.conversation(1), "of bob").await;
    all_of_it_is_signed(ada).await;
    let flagged = export(ada, "?flagged=true", Some("Review")).await;
    let text: String = flagged.into_iter().map(|(_, text)| text).collect();
    assert!(text.contains(two) && text.contains("another one"));
    assert!(!text.contains(MARKER));
    // Somebody has read both threads at once: that says nothing of the other one that anybody asks for here.
    let one = aggregates::ThreadId::named(&alice.conversation(1)).to_string();
    because(ada, "/api/audit/events?type=message.sent", "A feed").await;
    all_of_it_is_signed(ada).await;
    for query in [
        format!("?thread={one}&flagged=true"),
        format!("?thread={one}&user={}", bob.id),
    ] {
        let nothing = ada.post(&format!("{EXPORTS}{query}"), &json!({})).await;
        assert_eq!(nothing.status, 404, "{query}: {}", nothing.body);
    }
    let query = format!("?thread={two}&flagged=true");
    let flagged = export(ada, &query, Some("Review")).await;
    let text: String = flagged.into_iter().map(|(_, text)| text).collect();
    assert!(text.contains("another one") && text.contains("A feed"));
}

on_both_databases!(check);
