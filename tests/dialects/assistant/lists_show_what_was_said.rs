//! Conversations and messages as lists: order, filters, pages, forms.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    dialects::{ECHO, PREFACE, on_both_databases},
    support::{client::Client, databases::TestDatabase, server::Server},
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let (alice, bob) = tokio::join!(server.user("alice"), server.user("bob"));
    nothing_is_a_list_too(&bob).await;
    a_conversation_is_one_line(&alice).await;
    messages_are_the_last_ones_oldest_first(&alice).await;
    pages_have_no_gap_and_no_duplicate(&bob).await;
    channels_are_told_apart(&bob).await;
}

async fn lines(who: &Client, query: &str) -> (Vec<Value>, Option<String>) {
    let list = who.get(&format!("/api/chat/conversations{query}")).await;
    assert_eq!(list.status, 200, "{}", list.body);
    let keys: Vec<_> = list
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["conversations", "next_cursor"]);
    let next = list.body["next_cursor"].as_str().map(str::to_owned);
    (list.body["conversations"].as_array().unwrap().clone(), next)
}

fn ids(lines: &[Value]) -> Vec<String> {
    lines
        .iter()
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

/// ISO 8601 in UTC.
fn time(value: &Value) -> DateTime<Utc> {
    let text = value.as_str().unwrap();
    assert!(
        text.ends_with('Z') && text.len() == "2025-01-01T00:00:00.000000Z".len(),
        "{text}"
    );
    text.parse().unwrap()
}

async fn nothing_is_a_list_too(who: &Client) {
    assert_eq!(lines(who, "").await, (vec![], None));
    let unknown = who.conversation(1);
    let messages = who
        .get(&format!("/api/chat/messages?conversation_id={unknown}"))
        .await;
    assert_eq!(
        messages.body,
        json!({ "conversation_id": unknown, "messages": [] })
    );
}

async fn a_conversation_is_one_line(alice: &Client) {
    let before = Utc::now_by_log(alice).await;
    let (short, long) = (alice.conversation(1), alice.conversation(2));
    alice.say(&short, "hällo").await;
    let text = format!("{}{}", "ä".repeat(80), "tail");
    alice.say(&long, &text).await;
    alice.say(&long, "more").await;

    let (rows, next) = lines(alice, "").await;
    assert_eq!(next, None);
    assert_eq!(ids(&rows), [long.clone(), short.clone()]);
    let echo = |text: &str| format!("{PREFACE}{text}").chars().count() + text.chars().count();
    for (row, id, title, count, length) in [
        (
            &rows[0],
            &long,
            format!("{}…", "ä".repeat(80)),
            4,
            echo(&text) + echo("more"),
        ),
        (&rows[1], &short, "hällo".to_owned(), 2, echo("hällo")),
    ] {
        assert_eq!(
            *row,
            json!({
                "id": id, "title": title, "created_at": row["created_at"],
                "last_active": row["last_active"], "message_count": count,
                "approx_tokens": length / 4, "folder_id": null,
            })
        );
        let (created, active) = (time(&row["created_at"]), time(&row["last_active"]));
        assert!(before <= created && created <= active);
    }
    // Activity moves a conversation to the front.
    alice.say(&short, "again").await;
    assert_eq!(ids(&lines(alice, "").await.0), [short, long]);
    // Titles of nothing but space say nothing.
    let blank = alice.conversation(3);
    alice.say(&blank, "   ").await;
    assert_eq!(lines(alice, "").await.0[0]["title"], "New conversation");
    // Eighty characters are not cut.
    let exact = alice.conversation(4);
    alice.say(&exact, &"\u{1F600}".repeat(80)).await;
    assert_eq!(
        lines(alice, "?limit=1").await.0[0]["title"],
        "\u{1F600}".repeat(80)
    );
}

trait Moments {
    async fn now_by_log(who: &Client) -> DateTime<Utc>;
}

impl Moments for Utc {
    /// A moment that the server has recorded: its clock and this one need not agree.
    async fn now_by_log(who: &Client) -> DateTime<Utc> {
        let first = who.conversation(1);
        who.say(&first, "tick").await;
        let moment = time(&lines(who, "").await.0[0]["last_active"]);
        who.delete(&format!("/api/chat/conversations/{first}"))
            .await;
        moment
    }
}

async fn messages_are_the_last_ones_oldest_first(alice: &Client) {
    let conversation = alice.conversation(10);
    for number in 0..8 {
        alice.say(&conversation, &format!("message {number}")).await;
    }
    let messages = async |query: &str| -> Vec<Value> {
        let path = format!("/api/chat/messages?conversation_id={conversation}{query}");
        let answer = alice.get(&path).await;
        assert_eq!(answer.body["conversation_id"], conversation);
        assert_eq!(answer.body.as_object().unwrap().len(), 2);
        answer.body["messages"].as_array().unwrap().clone()
    };
    let all = messages("").await;
    assert_eq!(all.len(), 16);
    for (number, message) in all.iter().enumerate() {
        let text = format!("message {}", number / 2);
        let (role, content, provider) = match number % 2 {
            0 => ("user", text, json!(null)),
            _ => ("assistant", format!("{PREFACE}{text}"), json!("echo")),
        };
        assert_eq!(
            *message,
            json!({
                "role": role, "content": content, "id": message["id"],
                "created_at": message["created_at"], "provider": provider,
            })
        );
        assert_eq!(message["id"].as_str().unwrap().len(), 36);
    }
    assert!(all.is_sorted_by_key(|message| time(&message["created_at"])));
    for limit in [1, 3, 15, 16, 17, 100] {
        let last = messages(&format!("&limit={limit}")).await;
        assert_eq!(last, all[16_usize.saturating_sub(limit)..]);
    }
}

async fn pages_have_no_gap_and_no_duplicate(bob: &Client) {
    let mut expected = vec![];
    for number in 0..23 {
        let id = bob.conversation(number);
        bob.say(&id, "hello").await;
        expected.insert(0, id);
    }
    assert_eq!(ids(&lines(bob, "?limit=100").await.0), expected);
    for limit in [1, 5, 22, 23, 24] {
        let mut found = vec![];
        let mut query = format!("?limit={limit}");
        loop {
            let (rows, next) = lines(bob, &query).await;
            assert!(rows.len() <= limit);
            found.extend(ids(&rows));
            let Some(next) = next else { break };
            assert!(!rows.is_empty());
            query = format!("?limit={limit}&cursor={next}");
        }
        assert_eq!(found, expected, "by {limit}");
    }
    // Something new between two pages shifts nothing. What moves to the front is neither missed nor shown
    // twice, whether its turn was over or was still to come.
    let (first, next) = lines(bob, "?limit=10").await;
    let mut found = ids(&first);
    let mut next = next;
    for (moves, new) in [([3, 12, 21], 500), ([1, 20, 22], 501)] {
        bob.say(&bob.conversation(new), "new").await;
        for moved in moves {
            bob.say(&expected[moved], "again").await;
        }
        let (rows, after) = lines(bob, &format!("?limit=7&cursor={}", next.unwrap())).await;
        found.extend(ids(&rows));
        next = after;
    }
    assert_eq!(found, expected[..23]);
    assert_eq!(next, None);
    let front = ids(&lines(bob, "?limit=4").await.0);
    let moved = [22, 20, 1].map(|moved| expected[moved].clone());
    assert_eq!(front, [&moved[..], &[bob.conversation(501)]].concat());
}

async fn channels_are_told_apart(bob: &Client) {
    let telegram = format!("{}:telegram:00000001", bob.id);
    bob.say(&telegram, "from afar").await;
    let from_afar = ids(&lines(bob, "?channel=telegram").await.0);
    assert_eq!(from_afar, [telegram.as_str()]);
    assert_eq!(lines(bob, "?channel=web").await.0.len(), 25);
    assert_eq!(lines(bob, "?channel=").await.0.len(), 26);
    assert_eq!(
        ids(&lines(bob, "?channel=telegram&limit=1").await.0),
        [telegram]
    );
    for none in ["WEB", "we", "web%20", "%25", "'", "_eb", "%ff"] {
        assert!(
            lines(bob, &format!("?channel={none}")).await.0.is_empty(),
            "{none}"
        );
    }
    assert!(lines(bob, "?archived=true").await.0.is_empty());
    assert_eq!(lines(bob, "?archived=false").await.0.len(), 26);
}

on_both_databases!(check);
