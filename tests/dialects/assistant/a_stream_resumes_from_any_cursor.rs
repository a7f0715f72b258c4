//! `GET /api/chat/stream`: from every byte of a reply, running or finished; and cursors that are none.

use reqwest::Method;
use serde_json::json;

use super::{all_faults, says};
use crate::{
    dialects::{PREFACE, on_both_databases},
    support::{
        client::{Client, Event, Events, shown},
        databases::TestDatabase,
        server::Server,
    },
};

const SLOW: &[(&str, &str)] = &[
    ("PROVIDERS__ECHO__KIND", "echo"),
    ("PROVIDERS__ECHO__DELAY_MS", "3"),
];
const NO_SUCH_REPLY: &str = "There is no such reply in this conversation";
const NO_REPLY: &str = "There is no reply to follow in this conversation";

async fn check(database: TestDatabase) {
    let server = Server::start(database, SLOW).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    let events = alice
        .stream(&conversation, "ä漢\u{1F600} ende")
        .await
        .rest()
        .await;
    let whole = events.last().unwrap().text("reply").to_owned();
    let turn = events[0].id.split_once('.').unwrap().0.to_owned();

    every_byte_is_a_place_to_go_on_from(&alice, &conversation, &turn, &whole).await;
    a_place_past_the_end_resets(&alice, &conversation, &turn, &whole).await;
    the_header_counts_before_the_query(&alice, &conversation, &turn, &whole).await;
    without_a_cursor_the_newest_reply_is_followed(&alice, &conversation, &whole).await;
    a_reply_of_another_conversation_is_not_found(&alice, &turn).await;
    a_running_reply_is_joined_by_many(&alice).await;
    a_repeated_send_goes_on_where_its_stream_broke(&alice).await;
}

async fn resumed(who: &Client, conversation: &str, cursor: &str) -> Vec<Event> {
    let events = who.resume(conversation, cursor).await.rest().await;
    assert_eq!(events[0].kind, "meta");
    assert_eq!(
        events[0].data,
        json!({ "type": "meta", "conversation_id": conversation, "provider": "echo", "replayed": true })
    );
    let last = events.last().unwrap();
    assert_eq!(last.kind, "done");
    assert_eq!(
        events.iter().filter(|event| event.kind == "done").count(),
        1
    );
    events
}

async fn every_byte_is_a_place_to_go_on_from(
    who: &Client,
    conversation: &str,
    turn: &str,
    whole: &str,
) {
    for offset in 0..=whole.len() {
        if offset > 3 && offset + 24 < whole.len() {
            continue;
        }
        let floored = whole.floor_char_boundary(offset);
        let events = resumed(who, conversation, &format!("{turn}.{offset}")).await;
        assert_eq!(shown(&events), whole[floored..], "from byte {offset}");
        assert_eq!(events.last().unwrap().text("reply"), whole);
        assert_eq!(events.last().unwrap().id, format!("{turn}.{}", whole.len()));
        if let Some(first) = events.iter().find(|event| event.kind == "assistant") {
            assert_eq!(
                first.text("text"),
                whole,
                "the first text after a resume is whole"
            );
        }
    }
}

async fn a_place_past_the_end_resets(who: &Client, conversation: &str, turn: &str, whole: &str) {
    for offset in [whole.len() as u64 + 1, u64::MAX - 1, u64::MAX] {
        for cursor in [
            format!("{turn}.{offset}"),
            format!("{turn}.{offset}.{offset}"),
        ] {
            let events = resumed(who, conversation, &cursor).await;
            let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
            assert_eq!(kinds, ["meta", "reset", "done"]);
            assert_eq!(events[1].data, json!({ "type": "reset", "text": whole }));
            assert_eq!(
                events[1].id.split('.').nth(1).unwrap(),
                whole.len().to_string()
            );
        }
    }
}

async fn the_header_counts_before_the_query(
    who: &Client,
    conversation: &str,
    turn: &str,
    whole: &str,
) {
    let (early, late) = (format!("{turn}.1"), format!("{turn}.{}", whole.len() - 1));
    let path = format!("/api/chat/stream?conversation_id={conversation}&after={early}");
    let by_query = Events::open(who.request(Method::GET, &path))
        .await
        .unwrap()
        .rest()
        .await;
    assert_eq!(shown(&by_query), whole[1..]);
    let request = who
        .request(Method::GET, &path)
        .header("last-event-id", &late);
    let both = Events::open(request).await.unwrap().rest().await;
    assert_eq!(shown(&both), whole[whole.len() - 1..]);
    // An empty header is what a fresh EventSource means; the query counts then.
    let request = who.request(Method::GET, &path).header("last-event-id", "");
    let fresh = Events::open(request).await.unwrap().rest().await;
    assert_eq!(shown(&fresh), whole[1..]);
    // An EventSource cannot set headers.
    let path = format!("{path}&token={}", who.key);
    let by_token = Events::open(who.bare(Method::GET, &path))
        .await
        .unwrap()
        .rest()
        .await;
    assert_eq!(shown(&by_token), whole[1..]);
}

async fn without_a_cursor_the_newest_reply_is_followed(
    who: &Client,
    conversation: &str,
    whole: &str,
) {
    let events = newest(who, conversation).await.rest().await;
    assert_eq!(shown(&events), whole);
    let nothing = format!("/api/chat/stream?conversation_id={}", who.conversation(99));
    says(&who.get(&nothing).await, 404, NO_REPLY);
}

async fn newest(who: &Client, conversation: &str) -> Events {
    let path = format!("/api/chat/stream?conversation_id={conversation}");
    let request = who.request(Method::GET, &path);
    Events::open(request).await.unwrap()
}

async fn a_reply_of_another_conversation_is_not_found(who: &Client, turn: &str) {
    let other = who.conversation(2);
    who.say(&other, "hello").await;
    for conversation in [other, who.conversation(99)] {
        let path = format!("/api/chat/stream?conversation_id={conversation}&after={turn}.0");
        says(&who.get(&path).await, 404, NO_SUCH_REPLY);
        let path = format!("/api/chat/stream?conversation_id={conversation}&after={turn}");
        all_faults(&who.get(&path).await);
    }
}

async fn a_running_reply_is_joined_by_many(who: &Client) {
    let conversation = who.conversation(3);
    let text = "wörd ".repeat(150);
    let mut stream = who.stream(&conversation, &text).await;
    let mut events = vec![];
    // One of the places is inside of the first ö.
    let inside = PREFACE.len() + 2;
    while shown(&events).len() < inside + 5 {
        events.push(stream.next().await.unwrap());
    }
    let turn = events[0].id.split_once('.').unwrap().0;
    let cursors = [0, 1, inside, 1_000_000].map(|offset| format!("{turn}.{offset}"));
    let joined = cursors
        .iter()
        .map(|cursor| who.resume(&conversation, cursor));
    let joined = futures_util::future::join_all(joined).await;
    let newest = newest(who, &conversation).await;
    events.extend(stream.rest().await);
    let whole = events.last().unwrap().text("reply").to_owned();
    assert_eq!(shown(&events), whole);
    let mut joined = futures_util::future::join_all(joined.into_iter().map(Events::rest)).await;
    assert_eq!(shown(&newest.rest().await), whole);
    let past = joined.pop().unwrap();
    for (events, from) in joined.iter().zip([0, 1, inside - 1]) {
        assert_eq!(events[0].text("provider"), "echo");
        assert_eq!(shown(events), whole[from..]);
        assert_eq!(events.last().unwrap().kind, "done");
    }
    // Past what there was at that moment: the text up to then, and on from there.
    assert_eq!(past[1].kind, "reset");
    assert_eq!(past[1].text("text").to_owned() + &shown(&past), whole);
}

async fn a_repeated_send_goes_on_where_its_stream_broke(who: &Client) {
    let conversation = who.conversation(4);
    let body = json!({ "text": "wörd ".repeat(40), "conversation_id": conversation });
    let send = || {
        who.request(Method::POST, "/api/chat/stream")
            .header("idempotency-key", "broken")
            .json(&body)
    };
    let mut stream = Events::open(send()).await.unwrap();
    let mut seen = vec![];
    while seen.len() < 5 {
        seen.push(stream.next().await.unwrap());
    }
    drop(stream);
    let cursor = &seen.last().unwrap().id;
    let rest = Events::open(send().header("last-event-id", cursor))
        .await
        .unwrap()
        .rest()
        .await;
    let whole = rest.last().unwrap().text("reply");
    assert_eq!(shown(&seen) + &shown(&rest), whole);
    assert_eq!(who.history(&conversation).await.len(), 2);
    // Somebody else's place means nothing here: it begins at the beginning.
    let other = "01900000-0000-7000-8000-000000000000.7";
    let anew = Events::open(send().header("last-event-id", other))
        .await
        .unwrap()
        .rest()
        .await;
    assert_eq!(shown(&anew), whole);
}

on_both_databases!(check);

/// Of a stream that broke off before its first word there is no cursor to go on from.
mod without_a_cursor {
    use super::*;
    use crate::{
        dialects::assistant::upstream,
        support::scripted::{Gate, Reply, Scripted},
    };

    async fn check(database: TestDatabase) {
        let gate = Gate::closed();
        let upstream = Scripted::start([
            Reply::error(400, "not today"),
            upstream::whole("fine"),
            Reply::error(400, "not today"),
            upstream::whole("at last").slow_first_byte(&gate),
            upstream::whole("and then"),
        ])
        .await;
        let (_server, alice) = upstream::server(database, &upstream).await;
        let conversation = alice.conversation(1);
        it_has_failed(&alice, &conversation, "one").await;
        alice.say(&conversation, "two").await;
        let events = newest(&alice, &conversation).await.rest().await;
        assert_eq!(shown(&events), "fine");
        it_has_failed(&alice, &conversation, "three").await;

        let _running = alice.stream(&conversation, "four").await;
        upstream.wait_for_requests(4).await;
        let waiting = alice.stream(&conversation, "five").await;
        let joined = newest(&alice, &conversation).await;
        gate.let_pass(1);
        assert_eq!(shown(&joined.rest().await), "at last");
        assert_eq!(shown(&waiting.rest().await), "and then");
    }

    /// Whoever asks for the newest reply is told so, as who has asked the question was.
    async fn it_has_failed(who: &Client, conversation: &str, text: &str) {
        let told = who.stream(conversation, text).await.rest().await;
        let again = newest(who, conversation).await.rest().await;
        let [told, again] = [&told, &again].map(|events| events.last().unwrap());
        assert_eq!(told.kind, "error");
        assert_eq!((&again.id, &again.data), (&told.id, &told.data));
    }

    on_both_databases!(check);
}
