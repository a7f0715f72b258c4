//! Every projection is made anew beside the running server and is the same, row by row.

use super::on_both_databases;
use crate::support::{databases::TestDatabase, server::Server};

async fn journey(database: TestDatabase) {
    let server = Server::start(database, &[]).await;
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
    let unknown = server
        .command(&["projections", "rebuild", "nonsense"], "")
        .await
        .unwrap_err();
    assert!(unknown.contains("nonsense"), "{unknown}");
}

on_both_databases!(journey);
