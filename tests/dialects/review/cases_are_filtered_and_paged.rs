//! Which cases a moderator sees first.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::databases::TestDatabase,
};

async fn check(database: TestDatabase) {
    let people = People::of(Server::start(database, &[ECHO]).await).await;
    let bob = people.server.user_as("bob", "user").await;
    let first = said(&people.ann, MEDIUM).await;
    let worst = said(&bob, CRITICAL).await;
    let last = said(&people.ann, MEDIUM).await;
    let mia = &people.mia;
    let ids = |rows: Vec<Value>| -> Vec<String> {
        let id = |row: &Value| row["uuid"].as_str().unwrap().to_owned();
        rows.iter().map(id).collect()
    };
    assert_eq!(ids(listed(mia, "").await), [&*worst, &*first, &*last]);
    assert_eq!(
        ids(listed(mia, "?o=created").await),
        [&*first, &*worst, &*last]
    );
    assert_eq!(
        ids(listed(mia, "?o=-created").await),
        [&*last, &*worst, &*first]
    );
    assert_eq!(
        ids(listed(mia, "?severity=medium").await),
        [&*first, &*last]
    );
    assert_eq!(ids(listed(mia, "?min_severity=high").await), [&*worst]);
    assert_eq!(
        ids(listed(mia, "?category=leetspeak").await),
        [&*first, &*last]
    );
    assert_eq!(ids(listed(mia, "?category=leet_peak").await), [""; 0]);
    let of_bob = format!("?user={}", bob.id);
    assert_eq!(ids(listed(mia, &of_bob).await), [&*worst]);
    ok(act(mia, &first, "claim", json!({})).await);
    assert_eq!(ids(listed(mia, "?state=claimed").await), [&*first]);
    assert_eq!(ids(listed(mia, "?state=open").await), [&*worst, &*last]);
    let of_mia = format!("?assignee={}", mia.id);
    assert_eq!(ids(listed(mia, &of_mia).await), [&*first]);
    assert_eq!(
        ids(listed(mia, "?from=2000-01-01&to=2000-01-02").await),
        [""; 0]
    );
    for order in ["-severity", "created", "-created"] {
        let whole = ids(listed(mia, &format!("?o={order}")).await);
        let (mut paged, mut cursor) = (vec![], String::new());
        loop {
            let page = get(mia, &format!("{CASES}?o={order}&limit=1{cursor}")).await;
            let page = ok(page);
            paged.extend(ids(page["cases"].as_array().unwrap().clone()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, whole, "{order}");
    }
    for (query, field) in [
        ("?state=lost", "state"),
        ("?severity=bad", "severity"),
        ("?category=%25", "category"),
        ("?user=me", "user"),
        ("?limit=0", "limit"),
        ("?limit=201", "limit"),
        ("?cursor=abc", "cursor"),
        ("?o=name", "o"),
        ("?from=yesterday", "from"),
    ] {
        let refused = get(mia, &format!("{CASES}{query}")).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.body);
        assert!(refused.body[field].is_array(), "{query}: {}", refused.body);
    }
    let long = "secret".repeat(34);
    for (words, fault) in [
        ("secret%00words", "Null characters are not allowed."),
        (&*long, "Ensure this value has at most 200 characters."),
    ] {
        let refused = get(mia, &format!("{CASES}?q={words}")).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.body, json!({ "q": [fault] }));
    }
    assert!(
        listed(mia, &format!("?q={}", &long[..200]))
            .await
            .is_empty()
    );
}

on_both_databases!(check);
