//! Conversations of other programs become threads: with their branches, once, and whatever is wrong with one of them harms no
//! other.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{on_both_databases, prepare};
use crate::support::{
    client::{Client, eventually},
    databases::TestDatabase,
    server::{Server, events_of},
};

const CARD: &str = "4532 1111 1111 1112";

fn message(id: &str, parent: &str, role: &str, content: Value, more: Value) -> (String, Value) {
    let mut message = json!({
        "id": id, "author": { "role": role }, "create_time": 1_700_000_000.5, "content": content,
        "status": "finished_successfully", "metadata": {}, "recipient": "all",
    });
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    let node = json!({ "id": id, "message": message, "parent": parent, "children": [] });
    (id.to_owned(), node)
}

fn text(id: &str, parent: &str, role: &str, said: &str) -> (String, Value) {
    let content = json!({ "content_type": "text", "parts": [said] });
    message(id, parent, role, content, json!({}))
}

fn chatgpt(id: &str, title: &str, current: &str, nodes: Vec<(String, Value)>) -> Value {
    let root = json!({ "id": "root", "message": null, "parent": null, "children": [] });
    let mut mapping = serde_json::Map::from_iter([("root".to_owned(), root)]);
    mapping.extend(nodes);
    json!({
        "id": id, "conversation_id": id, "title": title, "create_time": 1_700_000_000.25,
        "update_time": 1_700_000_100.0, "mapping": mapping, "current_node": current,
        "default_model_slug": "gpt-4o", "is_archived": false,
    })
}

/// With a branch at every depth, a system, a tool, a picture, something that is not to be kept, and some that are broken.
fn conversations() -> Value {
    let picture = json!({ "content_type": "multimodal_text", "parts": [
        { "content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1" }, "and this?",
    ] });
    let code = json!({ "content_type": "code", "language": "python", "text": "1 + 1" });
    let branches = vec![
        text("s", "root", "system", "You are a system."),
        text("u1", "s", "user", "the first question"),
        text("a1", "u1", "assistant", "the first answer"),
        text("a1b", "u1", "assistant", "another first answer"),
        text("u2", "a1b", "user", "the second question"),
        text("a2", "u2", "assistant", "the second answer"),
        text("u2b", "a1b", "user", "the second question, edited"),
        message(
            "c",
            "u2b",
            "assistant",
            code,
            json!({ "recipient": "python" }),
        ),
        text("t", "c", "tool", "2"),
        text("a2b", "t", "assistant", "it is two"),
        message("u3", "a2b", "user", picture, json!({})),
        text("a3", "u3", "assistant", "a cat"),
    ];
    let private = vec![
        text("p1", "root", "user", &format!("my card is {CARD}")),
        text("p2", "p1", "assistant", &format!("so it is {CARD}")),
    ];
    let empty = vec![text("e1", "root", "user", "")];
    json!([
        chatgpt("c-branches", "Numbers and cats", "a3", branches),
        { "id": "c-corrupted", "title": "a secret title", "create_time": 1.0 },
        chatgpt("c-private", "", "p2", private),
        chatgpt("c-empty", "nothing", "e1", empty),
        7,
    ])
}

async fn import(server: &Server, file: &Path, by: &str) -> Result<String, String> {
    let arguments = ["import", file.to_str().unwrap(), "--as", by];
    server.command(&arguments, "").await
}

async fn listed(who: &Client) -> Vec<Value> {
    let list = who.get("/api/chat/conversations?limit=100").await;
    assert_eq!(list.status, 200, "{}", list.body);
    list.body["conversations"].as_array().unwrap().clone()
}

async fn events(server: &Server, types: &str) -> Vec<Value> {
    let show = ["audit", "show", "--type", types];
    let shown = server.command(&show, "").await.unwrap();
    events_of(&shown)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[]).await;
    let alice = server.user("alice").await;
    server.user_as("ada", "auditor").await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("conversations.json");
    fs::write(&file, conversations().to_string()).unwrap();

    let told = import(&server, &file, "alice").await.unwrap_err();
    for part in [
        "conversation c-corrupted: ",
        "conversation c-empty: it holds no messages",
        "number 5",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains("secret"), "{told}");
    let list = listed(&alice).await;
    assert_eq!(list.len(), 2, "{list:?}");
    let of = |channel: &str, nth: usize| {
        let ours = list
            .iter()
            .filter(|it| it["id"].as_str().unwrap().contains(channel));
        ours.map(|it| it["id"].as_str().unwrap().to_owned())
            .nth(nth)
            .unwrap()
    };
    let mut branches = String::new();
    for nth in 0..2 {
        let id = of(":chatgpt:", nth);
        let history = alice.history(&id).await;
        let said: Vec<&str> = history.iter().map(|(_, text)| text.as_str()).collect();
        if said.len() == 2 {
            // Judged as everything that is said here.
            assert_eq!(said[0], "my card is [pii_credit_card_REDACTED]");
            assert_eq!(said[1], "so it is [pii_credit_card_REDACTED]");
            continue;
        }
        let expected = [
            "the first question",
            "another first answer",
            "the second question, edited",
            "it is two",
            "[left out: image]\nand this?",
            "a cat",
        ];
        assert_eq!(said, expected);
        branches = id;
    }

    // The other branches are in the record, and so is when all of it was said.
    let imported = events(&server, "thread.imported").await;
    assert_eq!(imported.len(), 2);
    let whole = imported
        .iter()
        .find(|event| event["data"]["reference"] == "c-branches")
        .unwrap();
    assert_eq!(whole["data"]["source"], "chatgpt");
    assert_eq!(whole["data"]["began_at"], 1_700_000_000_250_000_i64);
    assert_eq!(whole["data"]["written"][0]["at"], 1_700_000_000_500_000_i64);
    assert_eq!(whole["data"]["left_out"], 3, "a call, its tool, an image");
    assert_eq!(whole["by"], alice.id);
    let thread = whole["aggregate_id"].as_str().unwrap();
    let replay = [
        "audit", "replay", thread, "--as", "ada", "--reason", "a look", "--json",
    ];
    let replayed = server.command(&replay, "").await.unwrap();
    for said in [
        "the first answer",
        "the second answer",
        "the second question\"",
    ] {
        assert!(replayed.contains(said), "{said}: {replayed}");
    }
    assert!(!replayed.contains("You are a system"));

    // Again, and by another way: nothing is new. In a directory the parts are read in their order.
    let before = events(&server, "message.sent,reply.completed,thread.imported").await;
    let parts = place.path().join("parts");
    fs::create_dir(&parts).unwrap();
    let all = conversations();
    let part = |range: std::ops::Range<usize>| json!(all.as_array().unwrap()[range]).to_string();
    fs::write(parts.join("conversations-000.json"), part(0..1)).unwrap();
    fs::write(parts.join("conversations-001.json"), part(2..3)).unwrap();
    fs::write(parts.join("user.json"), "{}").unwrap();
    let told = import(&server, &parts, "alice").await.unwrap();
    assert!(told.contains("0 imported, 2 were here before"), "{told}");
    let _ = import(&server, &file, "alice").await;
    let after = events(&server, "message.sent,reply.completed,thread.imported").await;
    assert_eq!(before, after);

    // Somebody went on with it there, and the others are as they were.
    assert!(!told.contains("gone on"), "{told}");
    let mut longer = conversations();
    let mapping = longer[0]["mapping"].as_object_mut().unwrap();
    let later = json!({ "create_time": 1_700_000_500.5 });
    let said = json!({ "content_type": "text", "parts": ["one more thing"] });
    mapping.extend([message("u4", "a3", "user", said, later)]);
    longer[0]["current_node"] = json!("u4");
    let grown = place.path().join("grown.json");
    fs::write(&grown, json!([longer[0], longer[2]]).to_string()).unwrap();
    let told = import(&server, &grown, "alice").await.unwrap();
    assert!(
        told.contains("1 of those that were here have gone on there"),
        "{told}"
    );

    // It goes on like any other, and what was deleted does not come back.
    assert_eq!(alice.say(&branches, "and now?").await.status, 200);
    assert_eq!(alice.history(&branches).await.len(), 8);
    let path = format!("/api/chat/conversations/{branches}");
    assert_eq!(alice.delete(&path).await.status, 200);
    let told = import(&server, &parts, "alice").await.unwrap();
    assert!(told.contains("0 imported, 2 were here before"), "{told}");
    assert_eq!(listed(&alice).await.len(), 1);
    for view in ["transcript", "conversations", "thread_list"] {
        let report = server
            .command(&["projections", "rebuild", view], "")
            .await
            .unwrap();
        assert!(report.contains("identical"), "{view}: {report}");
    }
    let signed = async || server.command(&["audit", "verify"], "").await.is_ok();
    eventually(signed).await;
}

on_both_databases!(journey);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_format_is_known_by_its_shape_and_nothing_else_is_taken() {
    prepare();
    let server = Server::start(TestDatabase::sqlite(), &[]).await;
    let bob = server.user("bob").await;
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let webui = json!([{
        "id": "w1", "title": "From a web page", "archived": true, "created_at": 1_700_000_000,
        "chat": { "models": ["llama"], "history": { "currentId": "m3", "messages": {
            "m1": { "id": "m1", "parentId": null, "childrenIds": ["m2", "m3"], "role": "user", "content": "hello" },
            "m2": { "id": "m2", "parentId": "m1", "role": "assistant", "content": "hi" },
            "m3": { "id": "m3", "parentId": "m1", "role": "assistant", "content": "good day", "model": "llama" },
        } } },
    }]);
    let libre = json!({
        "conversationId": "l1", "title": "Free", "recursive": true, "branches": true, "messages": [{
            "messageId": "m1", "isCreatedByUser": true, "text": "who?", "createdAt": "2024-05-01T16:35:11.530Z",
            "children": [{ "messageId": "m2", "isCreatedByUser": false, "text": "me", "model": "x",
                           "createdAt": "2024-05-01T16:35:12.604Z", "children": [] }],
        }],
    });
    for (file, said) in [(webui, ["hello", "good day"]), (libre, ["who?", "me"])] {
        let file = write("export.json", &file.to_string());
        let told = import(&server, &file, "bob").await.unwrap();
        assert!(told.contains("1 imported"), "{told}");
        let archived = bob.get("/api/chat/conversations?archived=true").await;
        let mut all = listed(&bob).await;
        all.extend(archived.body["conversations"].as_array().unwrap().clone());
        let mut found = false;
        for one in all {
            let history = bob.history(one["id"].as_str().unwrap()).await;
            found |= history.iter().map(|(_, text)| text.as_str()).eq(said);
        }
        assert!(found, "{said:?}");
    }
    let told = import(&server, &write("none.json", "[]"), "bob")
        .await
        .unwrap();
    assert!(told.contains("0 conversations"), "{told}");

    for (name, text, reason) in [
        (
            "a.json",
            "{\"hello\": 1}",
            "neither the messages of ChatGPT",
        ),
        ("b.json", "[1, \"x\"]", "it is not an object"),
        (
            "c.json",
            "<html></html>",
            "is not an export of conversations",
        ),
        (
            "d.json",
            "[{\"id\": \"x\"",
            "cannot be read behind its conversation 0",
        ),
        ("e.json", "PK\u{3}\u{4} but no archive", "e.json"),
    ] {
        let refused = import(&server, &write(name, text), "bob")
            .await
            .unwrap_err();
        assert!(refused.contains(reason), "{name}: {refused}");
    }
    let missing = import(&server, &place.path().join("nowhere.json"), "bob").await;
    assert!(missing.unwrap_err().contains("nowhere.json"));
    let nobody = import(&server, &write("none.json", "[]"), "nobody").await;
    assert!(nobody.unwrap_err().contains("there is no user"));
    let id = "x\ncolloquy: all is well\u{1b}[2J";
    let wrong = write("f.json", &json!([{ "id": id, "chat": {} }]).to_string());
    let arguments = [
        "import",
        wrong.to_str().unwrap(),
        "--as",
        "bob",
        "--format",
        "chatgpt",
    ];
    let refused = server.command(&arguments, "").await.unwrap_err();
    assert!(
        refused.contains(
            "conversation x\\ncolloquy: all is well\\u{1b}[2J: it has no messages (`mapping`)"
        ),
        "{refused}"
    );
}
