//! Search: what it answers, page by page, for oneself and for staff; what is asked wrongly, and what must not be found.

use aggregates::{
    ThreadId,
    reading::{Looked, ReadingEvent},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{faults, says};
use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{
        client::{Client, answer},
        databases::TestDatabase,
        readings::Readings,
        server::Server,
    },
};

async fn check(database: TestDatabase) {
    let config = database.beside();
    let server = Server::start(database, &[ECHO]).await;
    let (alice, bob) = tokio::join!(server.user("alice"), server.user("bob"));
    an_answer_says_where_and_what(&alice).await;
    others_are_not_found(&alice, &bob).await;
    pages_follow_each_other(&bob).await;
    whatever_is_typed_is_words(&alice).await;
    what_is_asked_wrongly_is_named(&alice, &bob).await;
    what_is_deleted_is_not_found(&alice).await;
    let readings = Readings::of(&config).await;
    staff_find_everything_and_nobody_else_does(&server, &alice, &readings).await;
}

async fn results(who: &Client, query: &str) -> (Vec<Value>, Option<String>) {
    found(who, &format!("/api/chat/search?{query}")).await
}

async fn found(who: &Client, path: &str) -> (Vec<Value>, Option<String>) {
    let answer = who.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert!(answer.headers.contains_key("x-colloquy-position"));
    let keys: Vec<_> = answer.body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["results", "next_cursor"]);
    let next = answer.body["next_cursor"].as_str().map(str::to_owned);
    (answer.body["results"].as_array().unwrap().clone(), next)
}

async fn an_answer_says_where_and_what(alice: &Client) {
    let conversation = alice.conversation(1);
    alice.say(&conversation, "Wo ist die Straße, bitte?").await;
    let list = format!("/api/chat/messages?conversation_id={conversation}");
    let messages = alice.get(&list).await.body["messages"].clone();
    let (rows, next) = results(alice, "q=STRASSE").await;
    assert_eq!((rows.len(), next), (2, None));
    // The question has fewer words around the one that is looked for.
    assert_eq!(
        rows[0],
        json!({
            "conversation_id": conversation, "message_id": messages[0]["id"], "role": "user",
            "created_at": messages[0]["created_at"], "title": "Wo ist die Straße, bitte?",
            "excerpt": { "text": "Wo ist die Straße, bitte?", "highlights": [[11, 17]] },
            "score": rows[0]["score"],
        })
    );
    assert_eq!(rows[1]["role"], "assistant");
    assert!(rows[0]["score"].as_f64().unwrap() > rows[1]["score"].as_f64().unwrap());
    let from = PREFACE.chars().count() + 11;
    assert_eq!(rows[1]["excerpt"]["highlights"], json!([[from, from + 6]]));

    for (query, count) in [
        (format!("q=strasse&conversation_id={conversation}"), 2),
        (
            format!("q=strasse&conversation_id={}", alice.conversation(77)),
            0,
        ),
        (
            "q=strasse&from=2020-01-01&to=2999-01-01T00:00:00Z".to_owned(),
            2,
        ),
        ("q=strasse&from=2999-01-01T00:00:00%2B02:00".to_owned(), 0),
        ("q=strasse&to=2020-01-01T00:00:00+02:00".to_owned(), 0),
        ("q=%22ist+die%22".to_owned(), 2),
        ("q=bit*+-echo".to_owned(), 1),
    ] {
        assert_eq!(results(alice, &query).await.0.len(), count, "{query}");
    }
    // What is archived is off the list, and found.
    let written = alice.say(&conversation, "one more").await.headers["x-colloquy-position"].clone();
    let query = format!("q=more&min_position={}", written.to_str().unwrap());
    assert_eq!(results(alice, &query).await.0.len(), 2);
}

async fn others_are_not_found(alice: &Client, bob: &Client) {
    assert!(results(bob, "q=strasse").await.0.is_empty());
    for path in ["/api/chat/search?q=strasse&conversation_id="] {
        for name in [&alice.conversation(1), "x", ":"] {
            let denied = bob.get(&format!("{path}{name}")).await;
            says(&denied, 403, "Conversation does not belong to this user");
        }
    }
}

async fn pages_follow_each_other(bob: &Client) {
    for number in 0..12 {
        bob.say(&bob.conversation(number), "a word to be found")
            .await;
    }
    let (all, next) = results(bob, "q=found").await;
    assert_eq!((all.len(), next), (24, None));
    for limit in [1, 5, 23, 24, 100] {
        let (mut seen, mut query) = (vec![], format!("q=found&limit={limit}"));
        loop {
            let (rows, next) = results(bob, &query).await;
            assert!(rows.len() <= limit);
            seen.extend(rows);
            let Some(next) = next else { break };
            query = format!("q=found&limit={limit}&cursor={next}");
        }
        assert_eq!(seen, all, "by {limit}");
    }
}

async fn whatever_is_typed_is_words(alice: &Client) {
    for typed in [
        "%22",
        "*",
        "-",
        "--",
        "%22%22",
        "AND",
        "NOT",
        "(",
        "NEAR(a b)",
        "a:b",
        "%27",
        "%27%27%27",
        "^a",
        "%25",
        "%5C",
        "strasse%00",
        "%ff",
        "a*b*",
        "%22a",
        "a%22",
        "-%22",
        "%21%21",
        "{a}",
        "a%26b",
        "!a",
        "%3A*",
        "%EE%80%80",
        "-strasse -die",
        "%F0%9F%90%8E",
    ] {
        for scope in ["", "&conversation_id="] {
            results(alice, &format!("q={typed}{scope}")).await;
        }
    }
    assert!(!results(alice, "q=strasse").await.0.is_empty());
    assert!(results(alice, "q=-strasse").await.0.is_empty());
    let many = "%E7%8C%AB".repeat(500);
    assert!(results(alice, &format!("q={many}")).await.0.is_empty());
    let many = "a* ".repeat(160).replace(' ', "+");
    results(alice, &format!("q={many}")).await;
}

async fn what_is_asked_wrongly_is_named(alice: &Client, bob: &Client) {
    let long = "a".repeat(501);
    for (query, kind, name) in [
        ("", "missing", "q"),
        ("q=", "string_too_short", "q"),
        ("q=+%20%09", "string_too_short", "q"),
        (&*format!("q={long}"), "string_too_long", "q"),
        ("q=a&limit=0", "greater_than_equal", "limit"),
        ("q=a&limit=101", "less_than_equal", "limit"),
        ("q=a&limit=x", "int_parsing", "limit"),
        ("q=a&from=yesterday", "datetime_parsing", "from"),
        ("q=a&from=5", "datetime_parsing", "from"),
        ("q=a&to=2025-13-01", "datetime_parsing", "to"),
        ("q=a&to=%00", "datetime_parsing", "to"),
        ("q=a&cursor=x", "value_error", "cursor"),
        ("q=a&min_position=x", "value_error", "min_position"),
    ] {
        let refused = alice.get(&format!("/api/chat/search?{query}")).await;
        faults(&refused, kind, &["query", name]);
    }
    let bad = format!("{}:web:%0A", bob.id);
    let refused = bob
        .get(&format!("/api/chat/search?q=a&conversation_id={bad}"))
        .await;
    faults(&refused, "value_error", &["query", "conversation_id"]);
    // A cursor that no page gave, but that might have been one, is merely a place.
    let far = "_".repeat(43);
    let answer = alice
        .get(&format!("/api/chat/search?q=a&cursor={far}"))
        .await;
    assert!(
        [200, 422].contains(&answer.status.as_u16()),
        "{}",
        answer.body
    );
}

async fn what_is_deleted_is_not_found(alice: &Client) {
    let conversation = alice.conversation(30);
    alice.say(&conversation, "a secret password").await;
    assert_eq!(results(alice, "q=password").await.0.len(), 2);
    let path = format!("/api/chat/conversations/{conversation}");
    assert_eq!(alice.delete(&path).await.status, 200);
    assert!(results(alice, "q=password").await.0.is_empty());
}

async fn staff_find_everything_and_nobody_else_does(
    server: &Server,
    alice: &Client,
    readings: &Readings,
) {
    const ALL: &str = "/api/chat/search/all?q=strasse";
    for role in ["staff", "admin"] {
        let somebody = server.user_as(role, role).await;
        let (rows, _) = found(&somebody, ALL).await;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row["user_id"] == alice.id.as_str()));
        let one = format!("{ALL}&conversation_id={}", alice.conversation(1));
        assert_eq!(found(&somebody, &one).await.0.len(), 2);
        let looked = ReadingEvent::ContentRead {
            reader: somebody.id.parse().unwrap(),
            what: Looked::Messages,
            threads: vec![ThreadId::named(&alice.conversation(1))],
            completions: vec![],
            reason: None,
        };
        let seen = readings.all().await;
        assert_eq!(seen[seen.len() - 2..], [looked.clone(), looked]);
        // Of one's own there is nothing, and nobody was looked at.
        assert!(results(&somebody, "q=strasse").await.0.is_empty());
        let nothing = format!("{ALL}&conversation_id=of-nobody");
        assert!(found(&somebody, &nothing).await.0.is_empty());
        assert_eq!(readings.all().await, seen);
    }
    for role in ["user", "support", "auditor"] {
        let somebody = server.user_as(&format!("a {role}"), role).await;
        let denied = somebody.get(ALL).await;
        says(&denied, 403, "Only staff may search the messages of others");
    }
    let nobody = answer(alice.bare(Method::GET, ALL)).await.unwrap();
    says(&nobody, 401, "Authentication required");
}

on_both_databases!(check);
