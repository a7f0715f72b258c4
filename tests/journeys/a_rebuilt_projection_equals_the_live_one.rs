//! Every projection is made anew beside the running server and is the same, row by row: of messages that were sent one
//! after the other or while a reply ran, by each policy, and of answers that more than one was asked for.

use reqwest::Method;
use serde_json::json;

use super::{house::House, on_both_databases, words};
use crate::support::{
    client::{Client, answer},
    databases::TestDatabase,
    server::Server,
};

const SLOW: &[(&str, &str)] = &[
    ("PROVIDERS__SLOW__KIND", "echo"),
    ("PROVIDERS__SLOW__DELAY_MS", "5"),
];

async fn journey(database: TestDatabase) {
    let house = House::whose_first_provider_refuses().await;
    let server = Server::start(database, &house.with(SLOW)).await;
    for name in ["alice", "bob"] {
        let client = server.user(name).await;
        for number in 0..5 {
            for text in ["one", "two"] {
                client.say(&client.conversation(number), text).await;
            }
        }
        client
            .delete(&format!(
                "/api/chat/conversations/{}",
                client.conversation(0)
            ))
            .await;
        for (number, policy) in [(5, "queue"), (6, "reject"), (7, "interrupt")] {
            let conversation = client.conversation(number);
            say_something_while_a_reply_runs(&client, &conversation, policy).await;
        }
    }
    let list = server.command(&["projections", "list"], "").await.unwrap();
    let names: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 6, "{list}");
    for name in names {
        let report = server
            .command(&["projections", "rebuild", name], "")
            .await
            .unwrap();
        assert!(report.contains("identical"), "{name}: {report}");
    }
    what_somebody_has_changed_is_told_and_mended(&server).await;
    let unknown = server
        .command(&["projections", "rebuild", "nonsense"], "")
        .await
        .unwrap_err();
    assert!(unknown.contains("nonsense"), "{unknown}");
}

async fn say_something_while_a_reply_runs(who: &Client, conversation: &str, policy: &str) {
    let slow = json!({ "text": words(100), "conversation_id": conversation, "provider": "slow" });
    let running = who.request(Method::POST, "/api/chat").json(&slow);
    let more = json!({ "text": "and this", "conversation_id": conversation });
    let more = who
        .request(Method::POST, "/api/chat")
        .header("turn-policy", policy)
        .json(&more);
    let (running, more) = tokio::join!(answer(running), answer(more));
    // Whichever comes first.
    let statuses = [running.unwrap().status, more.unwrap().status];
    let refused = statuses.iter().filter(|status| **status == 409).count();
    assert!(refused <= usize::from(policy == "reject"), "{statuses:?}");
}

/// At a terminal one sees how far it is.
async fn what_somebody_has_changed_is_told_and_mended(server: &Server) {
    let forge = r#"UPDATE "transcript" SET "text" = 'forged', "length" = 6 WHERE "text" = 'two'"#;
    let forged = server.meddler().await.run(forge).await;
    assert!((2..=10).contains(&forged), "{forged}");
    let rebuild = ["projections", "rebuild", "transcript"];
    let seen = server.command_at_terminal(&rebuild).await;
    let (bar, report) = seen.split_once(" events made ").unwrap();
    assert!(
        bar.contains("transcript ") && bar.contains(" events, "),
        "{seen}"
    );
    let told = format!(
        "{forged} rows were different in the view that was in use; the new one is in its place"
    );
    assert!(report.contains(&told), "{seen}");
    let rows = report.matches(": text, length").count() as u64;
    assert_eq!(rows, forged, "{seen}");
    assert!(!report.contains("forged"), "never what rows hold: {seen}");
    let report = server.command(&rebuild, "").await.unwrap();
    assert!(report.contains("identical"), "{report}");
}

on_both_databases!(journey);
