//! What was said in a session, 20 messages a page; and how it is destroyed.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    ingest(&alice, "s", "numbers.md", "Seven is a number.").await;
    for number in 0..11 {
        ask(&alice, "s", &format!("question {number}")).await;
    }
    let page = async |page: &str| {
        let path = format!("/api/v1/chat/history/s{page}");
        gives(alice.get(&path).await, 200)
    };
    let first = page("").await;
    assert_eq!(
        (
            &first["success"],
            &first["page"],
            &first["total"],
            &first["hasMore"]
        ),
        (&json!(true), &json!(0), &json!(22), &json!(true))
    );
    let messages = first["data"].as_array().unwrap();
    assert_eq!(messages.len(), 20);
    assert_eq!(messages[0]["content"], "question 0");
    assert_eq!(messages[1]["role"], "assistant");
    let names: Vec<_> = messages[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["role", "content", "createdAt"]);
    let time = messages[0]["createdAt"].as_str().unwrap();
    assert!(time.ends_with('Z') && time.len() == 24, "{time}");
    for same in ["?page=0", "?page=-1", "?page=abc", "?page="] {
        assert_eq!(page(same).await, first, "{same}");
    }
    let second = page("?page=1").await;
    assert_eq!(
        (&second["page"], &second["hasMore"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(second["data"][0]["content"], "question 10");
    for far in ["9", "18446744073709551615", "99999999999999999999999"] {
        let beyond = page(&format!("?page={far}")).await;
        assert_eq!(
            (&beyond["data"], &beyond["hasMore"], &beyond["total"]),
            (&json!([]), &json!(false), &json!(22)),
            "{far}"
        );
    }

    for _ in 0..2 {
        let deleted = alice.delete("/api/v1/chat/s").await;
        assert_eq!(gives(deleted, 204), "");
    }
    gives(alice.delete("/api/v1/chat/unknown").await, 204);
    let nothing = page("").await;
    assert_eq!(
        (&nothing["data"], &nothing["total"]),
        (&json!([]), &json!(0))
    );
    // The session and its documents stay.
    assert!(
        ask(&alice, "s", "Which number?")
            .await
            .contains("Seven is a number.")
    );
    assert_eq!(page("").await["total"], 2);
}

on_both_databases!(check);
