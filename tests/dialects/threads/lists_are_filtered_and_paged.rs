//! Lists of threads: every filter, every order, pages and their headers.

use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const LIST: &str = "/api/chat-threads/";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;
    let mut threads = vec![];
    for name in ["one, two & žluť", "100%", "under_score", "four"] {
        let id = say(&alice, None, name).await.thread;
        let path = format!("{LIST}{id}/");
        let rename = request(&alice, reqwest::Method::PATCH, &path).json(&json!({ "name": name }));
        assert_eq!(answer(rename).await.unwrap().status, 200);
        threads.push(id);
    }
    post(
        &alice,
        &format!("{LIST}{}/archive/", threads[0]),
        &json!({}),
    )
    .await;
    let threads: Vec<&str> = threads.iter().map(String::as_str).collect();
    orders(&alice, &threads).await;
    filters(&alice, &threads).await;
    wrong_filters_are_told(&alice).await;
    pages(&alice, &threads).await;
    pages_of_messages(&alice, threads[1]).await;
    messages_are_searched(&server, &alice, &threads).await;
}

#[track_caller]
fn lists(answer: &Answer, threads: &[&str]) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        column(&answer.body, "uuid"),
        threads.iter().map(|id| json!(id)).collect::<Vec<_>>()
    );
    assert_eq!(
        answer.headers["x-result-count"],
        threads.len().to_string().as_str()
    );
}

async fn orders(alice: &Client, threads: &[&str]) {
    let [one, two, three, four] = threads else {
        panic!()
    };
    for (order, expected) in [
        ("", [four, three, two, one]),
        ("?o=created", [one, two, three, four]),
        ("?o=-created", [four, three, two, one]),
        ("?o=modified", [two, three, four, one]),
        ("?o=-modified,created", [one, four, three, two]),
        ("?o=-created&o=modified", [two, three, four, one]),
        ("?o=", [four, three, two, one]),
        ("?o=created&unknown=1", [one, two, three, four]),
    ] {
        lists(
            &get(alice, &format!("{LIST}{order}")).await,
            &expected.map(|id| &**id),
        );
    }
}

async fn filters(alice: &Client, threads: &[&str]) {
    let [one, two, three, four] = threads else {
        panic!()
    };
    let all = [&**four, three, two, one];
    let shown = thread(alice, two).await;
    let created = shown["created"].as_str().unwrap();
    let day = &created[..10];
    let archived_at = thread(alice, one).await["modified"]
        .as_str()
        .unwrap()
        .to_owned();
    for (filter, expected) in [
        ("is_archived=true".to_owned(), &[&**one][..]),
        ("is_archived=True".to_owned(), &[one]),
        ("is_archived=2".to_owned(), &[one]),
        ("is_archived=false".to_owned(), &[four, three, two]),
        ("is_archived=3".to_owned(), &[four, three, two]),
        ("is_archived=maybe".to_owned(), &all),
        ("is_flagged=true".to_owned(), &[]),
        ("is_flagged=false".to_owned(), &all),
        ("max_severity=none".to_owned(), &all),
        ("max_severity=high".to_owned(), &[]),
        ("max_severity=".to_owned(), &all),
        (format!("created={day}"), &all),
        ("created=1999-12-31".to_owned(), &[]),
        (format!("modified={day}"), &all),
        (format!("created_after={created}"), &[four, three, two]),
        (format!("created_before={created}"), &[two, one]),
        (
            format!("created_after={created}&created_before={created}"),
            &[two],
        ),
        (
            format!("created_before={}%2B00:00", &created[..26]),
            &[two, one],
        ),
        (
            format!("created_before={}+00:00", &created[..26]),
            &[two, one],
        ),
        (format!("modified_after={archived_at}"), &[one]),
        ("modified_before=2001-01-01".to_owned(), &[]),
        (format!("created_after={day}&created_before={day}"), &all),
        ("query=one%2C%20two%20%26%20%C5%BDLU".to_owned(), &[one]),
        ("query=100%25".to_owned(), &[two]),
        ("query=r_s".to_owned(), &[three]),
        ("query=_".to_owned(), &[three]),
        ("query=LIC".to_owned(), &all),
        ("query=nothing".to_owned(), &[]),
        ("query=a%00b".to_owned(), &[]),
        (format!("query={}", "x".repeat(60_000)), &[]),
        ("query=%5C".to_owned(), &[]),
        (format!("user={}", alice.id), &all),
        (format!("user={}", alice.id.replace('-', "")), &all),
        ("user=00000000000000000000000000000001".to_owned(), &[]),
        ("is_archived=true&query=one".to_owned(), &[one]),
        (
            "is_archived=true&is_archived=false".to_owned(),
            &[four, three, two],
        ),
    ] {
        let answer = get(alice, &format!("{LIST}?{filter}")).await;
        lists(&answer, expected);
    }
}

async fn wrong_filters_are_told(alice: &Client) {
    let choice =
        |bad: &str| format!("Select a valid choice. {bad} is not one of the available choices.");
    for (filter, faults) in [
        (
            "max_severity=bad",
            json!({ "max_severity": [choice("bad")] }),
        ),
        ("created=bad", json!({ "created": ["Enter a valid date."] })),
        (
            "modified=2026-13-01",
            json!({ "modified": ["Enter a valid date."] }),
        ),
        (
            "created_after=bad",
            json!({ "created_after": ["Enter a valid date/time."] }),
        ),
        ("user=bad", json!({ "user": ["Enter a valid UUID."] })),
        ("o=bad", json!({ "o": [choice("bad")] })),
        ("o=created,bad", json!({ "o": [choice("bad")] })),
        ("o=name", json!({ "o": [choice("name")] })),
        (
            "user=x&o=y",
            json!({ "user": ["Enter a valid UUID."], "o": [choice("y")] }),
        ),
    ] {
        says(&get(alice, &format!("{LIST}?{filter}")).await, 400, faults);
    }
    let bad = get(alice, "/api/chat-messages/?thread=bad").await;
    says(&bad, 400, json!({ "thread": ["Enter a valid UUID."] }));
}

async fn pages(alice: &Client, threads: &[&str]) {
    let [one, two, three, four] = threads else {
        panic!()
    };
    let base = format!("http://{}{LIST}", alice.address);
    let first = get(alice, &format!("{LIST}?page_size=3&query=a%2Cb%26&query=")).await;
    assert_eq!(
        column(&first.body, "uuid"),
        [json!(four), json!(three), json!(two)]
    );
    assert_eq!(first.headers["x-result-count"], "4");
    let query = "?page_size=3&query=a%2Cb%26&query=";
    assert_eq!(
        first.headers["link"],
        format!(
            "<{base}{query}>; rel=\"first\", <{base}{query}&page=2>; rel=\"next\", <{base}{query}&page=2>; rel=\"last\""
        )
        .as_str()
    );
    for last in ["2", "last"] {
        let last = get(alice, &format!("{LIST}?page={last}&page_size=3")).await;
        assert_eq!(column(&last.body, "uuid"), [json!(one)]);
        assert_eq!(
            last.headers["link"],
            format!(
                "<{base}?page_size=3>; rel=\"first\", <{base}?page_size=3>; rel=\"prev\", <{base}?page_size=3&page=2>; rel=\"last\""
            )
            .as_str()
        );
    }
    for page in [
        "0",
        "-1",
        "3",
        "1000000000000000000",
        "99999999999999999999999",
        "x",
    ] {
        let answer = get(alice, &format!("{LIST}?page_size=3&page={page}")).await;
        details(&answer, 404, "Invalid page.");
    }
    for size in ["0", "-5", "x", "301", "99999999999999999999999"] {
        let answer = get(alice, &format!("{LIST}?page_size={size}")).await;
        assert_eq!(answer.body.as_array().unwrap().len(), 4);
    }
    // What is no host is in no link.
    for (host, known) in [
        ("chat.example:8080", "chat.example:8080"),
        ("a>; rel=\"next\", <b", "localhost"),
        ("a/b", "localhost"),
    ] {
        let asked = request(alice, reqwest::Method::GET, LIST).header("host", host);
        let shown = answer(asked).await.unwrap();
        assert_eq!(
            shown.headers["link"],
            format!("<http://{known}{LIST}>; rel=\"first\", <http://{known}{LIST}>; rel=\"last\"")
                .as_str()
        );
    }
    let empty = get(alice, &format!("{LIST}?query=nothing&page=last")).await;
    says(&empty, 200, json!([]));
    let sessions = get(alice, "/api/chat-sessions/?page=2").await;
    details(&sessions, 404, "Invalid page.");
}

async fn messages_are_searched(server: &Server, alice: &Client, threads: &[&str]) {
    say(alice, Some(threads[1]), "Wo ist die Straße nach Süden?").await;
    let bob = server.user("bob").await;
    let staff = server.user_as("sven", "staff").await;
    let of_bob = say(&bob, None, "Die Straße endet im Norden").await.thread;
    let list = async |who: &Client, query: &str| {
        get(
            who,
            &format!("{LIST}?query={query}&query_messages=true&o=created"),
        )
        .await
    };
    let path = format!("{LIST}{of_bob}/");
    let rename = request(&bob, reqwest::Method::PATCH, &path).json(&json!({ "name": "far" }));
    assert_eq!(answer(rename).await.unwrap().status, 200);
    let two = [threads[1]];
    for (query, found) in [
        ("STRASSE", &two[..]),
        ("strasse%20nach", &two),
        ("%22strasse%20nach%22", &two),
        ("%22nach%20strasse%22", &[]),
        ("stra%C3%9Fe%20-nach", &[]),
        ("norden", &[]),
        // Names are still looked at, and signs without a word are in no message.
        ("100%25", &two),
        ("%5C", &[]),
    ] {
        lists(&list(alice, query).await, found);
    }
    lists(&list(&bob, "strasse").await, &[&of_bob]);
    lists(&list(&staff, "strasse").await, &[two[0], &of_bob]);
    for without in ["", "&query_messages=false", "&query_messages=maybe"] {
        lists(
            &get(alice, &format!("{LIST}?query=strasse{without}")).await,
            &[],
        );
    }
}

async fn pages_of_messages(alice: &Client, thread: &str) {
    let path = format!("/api/chat-messages/?thread={thread}");
    let whole = get(alice, &path).await;
    assert_eq!(whole.body.as_array().unwrap().len(), 2);
    assert!(!whole.headers.contains_key("link"));
    let page = get(alice, &format!("{path}&page=2&page_size=1")).await;
    assert_eq!(page.body, json!([whole.body[1]]));
    assert_eq!(page.headers["x-result-count"], "2");
    details(
        &get(alice, &format!("{path}&page=9")).await,
        404,
        "Invalid page.",
    );
    let all = get(alice, "/api/chat-messages/").await;
    let indexes: Vec<Value> = column(&all.body, "sequence_index");
    assert_eq!(indexes, [1, 1, 1, 1, 2, 2, 2, 2].map(Value::from));
    for (filter, count) in [
        ("thread=00000000000000000000000000000001", 0),
        ("is_flagged=true", 0),
        ("is_flagged=false", 8),
        (
            &format!("thread=00000000000000000000000000000001&thread={thread}"),
            2,
        ),
    ] {
        let answer = get(alice, &format!("/api/chat-messages/?{filter}")).await;
        assert_eq!(answer.body.as_array().unwrap().len(), count, "{filter}");
    }
}

on_both_databases!(check);
