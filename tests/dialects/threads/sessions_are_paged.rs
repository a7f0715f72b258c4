//! Lists of sessions: the newest first, a page at a time, with the headers that lead from one to the next.

use serde_json::json;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const LIST: &str = "/api/chat-sessions/";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let mut users = vec![];
    for name in ["alice", "bob", "carol"] {
        let user = server.user(name).await;
        let session = get(&user, &format!("{LIST}current/")).await;
        assert_eq!(session.status, 200);
        users.push(user);
    }
    let alice = &users[0];
    for role in ["staff", "support"] {
        let sees_all = server.user_as(role, role).await;
        everything_newest_first(&sees_all).await;
        pages(&sees_all).await;
    }
    // Everybody else has one, and it is all that they see.
    let own = get(alice, LIST).await;
    assert_eq!(column(&own.body, "user_username"), ["alice"]);
    let base = format!("http://{}{LIST}", alice.address);
    has_headers(
        &own,
        "1",
        &format!("<{base}>; rel=\"first\", <{base}>; rel=\"last\""),
    );
}

#[track_caller]
fn has_headers(answer: &Answer, count: &str, link: &str) {
    assert_eq!(answer.headers["x-result-count"], count);
    assert_eq!(answer.headers["link"], link);
}

async fn everything_newest_first(who: &Client) {
    let all = get(who, LIST).await;
    assert_eq!(
        column(&all.body, "user_username"),
        ["carol", "bob", "alice"]
    );
    let times = column(&all.body, "created");
    assert!(times.is_sorted_by(|newer, older| newer.as_str() > older.as_str()));
}

async fn pages(who: &Client) {
    let base = format!("http://{}{LIST}", who.address);
    let rows = "?page_size=2&field=user_username";
    let first = get(who, &format!("{LIST}{rows}")).await;
    let row = |name: &str| json!({ "user_username": name });
    says(&first, 200, json!([row("carol"), row("bob")]));
    has_headers(
        &first,
        "3",
        &format!(
            "<{base}{rows}>; rel=\"first\", <{base}{rows}&page=2>; rel=\"next\", <{base}{rows}&page=2>; rel=\"last\""
        ),
    );
    for page in ["2", "last"] {
        let last = get(who, &format!("{LIST}{rows}&page={page}")).await;
        says(&last, 200, json!([row("alice")]));
        has_headers(
            &last,
            "3",
            &format!(
                "<{base}{rows}>; rel=\"first\", <{base}{rows}>; rel=\"prev\", <{base}{rows}&page=2>; rel=\"last\""
            ),
        );
    }
    for page in ["0", "3", "x"] {
        let none = get(who, &format!("{LIST}{rows}&page={page}")).await;
        details(&none, 404, "Invalid page.");
    }
}

on_both_databases!(check);
