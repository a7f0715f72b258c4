//! What is redacted nobody reads, what is hidden its owner does not see, and who is restricted writes nothing; until
//! somebody else overturns it.

use aggregates::thread::ThreadEvent;

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{client::eventually, databases::TestDatabase},
};

const REDACTED: &str = "[Redacted by a moderator]";
/// A word that is in nothing else.
const WORD: &str = "xylophone";

async fn check(database: TestDatabase) {
    let vectors = [
        ("PROVIDERS__VECTORS__KIND", "ollama"),
        ("PROVIDERS__VECTORS__MODEL", "m"),
    ];
    let settings = [ECHO, vectors[0], vectors[1]];
    let people = People::of(Server::start(database, &settings).await).await;
    nobody_decides_who_may_not(&people).await;
    a_decision_is_complete(&people).await;
    a_redacted_message_is_nowhere_but_in_its_case(&people).await;
    a_redacted_answer_is_streamed_redacted(&people).await;
    a_conversation_is_called_by_what_may_be_read(&people).await;
    a_hidden_thread_is_not_there_for_its_owner(&people).await;
    a_hidden_conversation_is_closed_in_the_other_dialects(&people).await;
    a_restricted_user_reads_and_does_not_write(&people).await;
    a_restriction_ends_when_its_conversation_is_erased(&people).await;
    many_take_effect_at_once(&people).await;
    cases_are_found_by_their_words(&people).await;
    pages_of_what_is_found_by_its_words_miss_nothing(&people).await;
}

fn no() -> Value {
    json!({ "reason": "It was all right." })
}

/// A report of an answer, so that it is a case.
async fn reported(who: &Client, message: &str) {
    let path = format!("/api/chat-messages/{message}/report/");
    ok(post(who, &path, &json!({ "category": "wrong" })).await);
}

async fn contents(who: &Client, thread: &str) -> Vec<Value> {
    let all = messages(who, thread, "&include_history=true").await;
    all.iter()
        .map(|message| message["content"].clone())
        .collect()
}

async fn found(who: &Client, path: &str) -> usize {
    let answer = ok(who.get(path).await);
    answer["results"].as_array().unwrap().len()
}

/// What moderators' decisions have left in a thread.
async fn of_decisions(people: &People, thread: &str) -> Vec<&'static str> {
    let id = uuid::Uuid::parse_str(thread).unwrap().to_string();
    let store = people.server.store().await;
    let events = store.read_stream("thread", &id, 0, 500).await.unwrap();
    events
        .iter()
        .filter_map(
            |event| match serde_json::from_str::<ThreadEvent>(&event.payload).unwrap() {
                ThreadEvent::DecisionRecorded { .. } => Some("decided"),
                ThreadEvent::DecisionOverturned { .. } => Some("overturned"),
                ThreadEvent::MessageRedacted { .. } => Some("redacted"),
                ThreadEvent::MessageRestored { .. } => Some("restored"),
                ThreadEvent::Hidden { .. } => Some("hidden"),
                ThreadEvent::Unhidden { .. } => Some("unhidden"),
                _ => None,
            },
        )
        .collect()
}

async fn nobody_decides_who_may_not(people: &People) {
    let turn = say(&people.ann, None, MEDIUM).await;
    let case = turn.user.unwrap();
    let forbidden = "You do not have permission to perform this action.";
    let auditor = people.server.user_as("aud", "auditor").await;
    let own = said(&people.max, MEDIUM).await;
    let yours = "This conversation is yours: another moderator has to look at it.";
    for what in ["redact", "hide_thread", "restrict_user"] {
        for who in [&people.ann, &auditor] {
            let refused = act(who, &case, "decide", decision(what)).await;
            details(&refused, 403, forbidden);
        }
        let refused = act(&people.max, &own, "decide", decision(what)).await;
        details(&refused, 403, yours);
    }
    details(
        &act(&people.staff, &own, "decide", decision("restrict_user")).await,
        403,
        "Only users can be restricted: this is the conversation of somebody with another role.",
    );
    assert_eq!(contents(&people.ann, &turn.thread).await[0], MEDIUM);
    assert!(of_decisions(people, &turn.thread).await.is_empty());
}

async fn a_decision_is_complete(people: &People) {
    let case = said(&people.ann, MEDIUM).await;
    for (days, sentence) in [
        (json!(0), "Enter a whole number from 1 to 365."),
        (json!(366), "Enter a whole number from 1 to 365."),
        (json!("long"), "Enter a whole number from 1 to 365."),
    ] {
        let mut body = decision("restrict_user");
        body["days"] = days;
        let refused = act(&people.mia, &case, "decide", body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.body, json!({ "days": [sentence] }));
    }
    let mut body = decision("redact");
    body["days"] = json!(3);
    let refused = act(&people.mia, &case, "decide", body).await;
    assert_eq!(
        refused.body,
        json!({ "days": ["Only restrict_user takes days."] })
    );
}

async fn a_redacted_message_is_nowhere_but_in_its_case(people: &People) {
    let (ann, mia) = (&people.ann, &people.mia);
    let text = format!("{MEDIUM}, {WORD}");
    let turn = say(ann, None, &text).await;
    let case = turn.user.unwrap();
    let search = format!("/api/chat/search?q={WORD}");
    // The echo repeats it; both are redacted.
    reported(ann, &turn.assistant).await;
    assert_eq!(found(ann, &search).await, 2);
    let decided = ok(act(mia, &case, "decide", decision("redact")).await);
    assert_eq!(decided["state"], "decided");
    assert_eq!(decided["decision"], "redact");
    assert_eq!(decided["text"], text);
    assert_eq!(found(ann, &search).await, 1);
    ok(act(mia, &turn.assistant, "decide", decision("redact")).await);
    for who in [ann, mia] {
        assert_eq!(contents(who, &turn.thread).await, [REDACTED, REDACTED]);
    }
    assert_eq!(found(ann, &search).await, 0);
    let all = format!("/api/chat/search/all?q={WORD}");
    assert_eq!(found(&people.staff, &all).await, 0);
    let threads = get(
        ann,
        &format!("/api/chat-threads/?query={WORD}&query_messages=true"),
    )
    .await;
    assert_eq!(ok(threads), json!([]));
    let shown = ok(get(&people.max, &format!("{CASES}/{case}")).await);
    assert_eq!(shown["text"], text);
    assert_eq!(shown["context_after"][0]["content"], REDACTED);
    assert_eq!(
        of_decisions(people, &turn.thread).await,
        ["decided", "redacted", "decided", "redacted"]
    );
    // The model is told what people read.
    let again = say(ann, Some(&turn.thread), "And now?").await;
    assert!(!again.text.contains(WORD));
    let undone = ok(act(&people.max, &case, "overturn", no()).await);
    assert_eq!(undone["state"], "open");
    assert_eq!(contents(ann, &turn.thread).await[..2], [&*text, REDACTED]);
    assert_eq!(found(ann, &search).await, 1);
    let of_decisions = of_decisions(people, &turn.thread).await;
    assert_eq!(of_decisions[4..], ["overturned", "restored"]);
}

async fn a_redacted_answer_is_streamed_redacted(people: &People) {
    let (ann, mia) = (&people.ann, &people.mia);
    let conversation = ann.conversation(1);
    let text = format!("Say {WORD}");
    let told = format!("{:?}", ann.stream(&conversation, &text).await.rest().await);
    assert!(told.contains(WORD), "{told}");
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let listed = ok(ann.get(&path).await);
    let answer = listed["messages"][1]["id"].as_str().unwrap().to_owned();
    for message in listed["messages"].as_array().unwrap() {
        let message = message["id"].as_str().unwrap();
        reported(ann, message).await;
        ok(act(mia, message, "decide", decision("redact")).await);
    }
    for offset in [0, 3, 20, 30, 1_000] {
        let events = ann
            .resume(&conversation, &format!("{answer}.{offset}"))
            .await;
        let events = events.rest().await;
        // Until the text is told anew, they are where they were.
        assert_eq!(events[0].id, format!("{answer}.{offset}"));
        let told = format!("{events:?}");
        assert!(told.contains(REDACTED), "{offset}: {told}");
        assert!(
            !told.contains(WORD) && !told.contains("echo, not"),
            "{told}"
        );
    }
    for path in [&*path, "/api/chat/conversations"] {
        let shown = ok(ann.get(path).await).to_string();
        assert!(!shown.contains(WORD), "{shown}");
    }
}

async fn a_conversation_is_called_by_what_may_be_read(people: &People) {
    let (ann, mia) = (&people.ann, &people.mia);
    let conversation = ann.conversation(3);
    ok(ann.say(&conversation, "Hello?").await);
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let listed = ok(ann.get(&path).await);
    let called = async || {
        let listed = ok(ann.get("/api/chat/conversations").await);
        let rows = listed["conversations"].as_array().unwrap().clone();
        let row = rows.into_iter().find(|row| row["id"] == conversation);
        row.unwrap()["title"].clone()
    };
    for (nth, title) in [(1_usize, "Hello?"), (0, REDACTED)] {
        let message = listed["messages"][nth]["id"].as_str().unwrap();
        reported(ann, message).await;
        ok(act(mia, message, "decide", decision("redact")).await);
        assert_eq!(called().await, title);
    }
    let first = listed["messages"][0]["id"].as_str().unwrap();
    ok(act(&people.max, first, "overturn", no()).await);
    assert_eq!(called().await, "Hello?");

    let turn = say(ann, None, MEDIUM).await;
    let case = turn.user.unwrap();
    ok(act(mia, &case, "decide", decision("redact")).await);
    let path = format!("/api/chat-threads/{}/", turn.thread);
    assert_eq!(ok(get(ann, &path).await)["name"], "New chat");
}

async fn a_hidden_thread_is_not_there_for_its_owner(people: &People) {
    let (ann, mia) = (&people.ann, &people.mia);
    let turn = say(ann, None, MEDIUM).await;
    let (thread, case) = (&turn.thread, turn.user.unwrap());
    let more = json!({ "input": "And?", "thread_uuid": thread });
    assert_eq!(named(ann, STREAM, &more, "").await.status, 200);
    ok(act(mia, &case, "decide", decision("hide_thread")).await);
    assert_eq!(named(ann, STREAM, &more, "").await.status, 404);
    let path = format!("/api/chat-threads/{thread}/");
    let none = "No ThreadSession matches the given query.";
    details(&get(ann, &path).await, 404, none);
    details(
        &post(ann, &format!("{path}archive/"), &json!({})).await,
        404,
        none,
    );
    let listed = ok(get(ann, "/api/chat-threads/?page_size=100").await);
    assert!(!listed.to_string().contains(thread.as_str()));
    assert!(contents(ann, thread).await.is_empty());
    let all = ok(get(ann, "/api/chat-messages/?page_size=200").await);
    assert!(!all.to_string().contains(thread.as_str()));
    let body = json!({ "input": "Hello?", "thread_uuid": thread });
    details(&post(ann, STREAM, &body).await, 404, "Thread not found.");
    let resumed = get(ann, &format!("{STREAM}?thread_uuid={thread}")).await;
    details(&resumed, 404, "Thread not found.");
    assert_eq!(contents(mia, thread).await[0], MEDIUM);
    let listed = ok(get(mia, "/api/chat-threads/?page_size=100").await);
    assert!(listed.to_string().contains(thread.as_str()));
    ok(act(&people.max, &case, "overturn", no()).await);
    assert_eq!(contents(ann, thread).await[0], MEDIUM);
    say(ann, Some(thread), "Hello again").await;
    assert_eq!(
        of_decisions(people, thread).await,
        ["decided", "hidden", "overturned", "unhidden"]
    );
}

async fn a_hidden_conversation_is_closed_in_the_other_dialects(people: &People) {
    let (ann, mia) = (&people.ann, &people.mia);
    let conversation = ann.conversation(2);
    let text = format!("{MEDIUM} {WORD}");
    let send = json!({ "text": text, "conversation_id": conversation });
    ok(named(ann, "/api/chat", &send, "new").await);
    let path = format!("/api/chat/messages?conversation_id={conversation}");
    let listed = ok(ann.get(&path).await);
    let case = listed["messages"][0]["id"].as_str().unwrap();
    let answer = listed["messages"][1]["id"].as_str().unwrap();
    let search = format!("/api/chat/search?q={WORD}");
    let before = found(ann, &search).await;
    ok(act(mia, case, "decide", decision("hide_thread")).await);
    let hidden = "Moderators have hidden this thread";
    let follow = format!("/api/chat/stream?conversation_id={conversation}");
    for path in [&*path, &follow, &format!("{follow}&after={answer}.0")] {
        details(&ann.get(path).await, 403, hidden);
    }
    details(&ann.say(&conversation, "Hello?").await, 403, hidden);
    // What was answered before is not answered again.
    details(&named(ann, "/api/chat", &send, "new").await, 403, hidden);
    let one = format!("/api/chat/conversations/{conversation}");
    let body = json!({ "keep_count": 1 });
    details(
        &ann.post(&format!("{one}/truncate"), &body).await,
        403,
        hidden,
    );
    let listed = ok(ann.get("/api/chat/conversations").await);
    assert!(!listed.to_string().contains(&conversation));
    assert_eq!(found(ann, &search).await, before - 2);
    ok(act(&people.max, case, "overturn", no()).await);
    assert_eq!(found(ann, &search).await, before);
    let ask = json!({ "model": "echo", "messages": [{ "role": "user", "content": MEDIUM }] });
    let opened = named(ann, "/v1/chat/completions", &ask, "new").await;
    let thread = opened.headers["x-thread"].to_str().unwrap().to_owned();
    let listed = listed_of(people, &thread).await;
    ok(act(mia, &listed, "decide", decision("hide_thread")).await);
    for of in ["new", &thread] {
        let refused = named(ann, "/v1/chat/completions", &ask, of).await;
        assert_eq!(refused.status, 404, "{of}: {}", refused.body);
        assert_eq!(refused.body["error"]["code"], "thread_not_found", "{of}");
    }
}

/// The same request under the same name, of this thread where a dialect asks for one.
async fn named(who: &Client, path: &str, body: &Value, thread: &str) -> Answer {
    let request = who
        .request(reqwest::Method::POST, path)
        .header("idempotency-key", format!("once-{path}-{thread}"))
        .header("x-thread", thread);
    crate::support::client::answer(request.json(body))
        .await
        .unwrap()
}

/// The first message of somebody's thread, as staff see it.
async fn listed_of(people: &People, thread: &str) -> String {
    let said = messages(&people.staff, thread, "").await;
    said[0]["uuid"].as_str().unwrap().to_owned()
}

async fn a_restricted_user_reads_and_does_not_write(people: &People) {
    let bob = people.server.user_as("bob", "user").await;
    let turn = say(&bob, None, MEDIUM).await;
    let case = turn.user.unwrap();
    let earlier = bob.conversation(2);
    ok(bob.say(&earlier, "Hello?").await);
    let mut body = decision("restrict_user");
    body["days"] = json!(30);
    ok(act(&people.mia, &case, "decide", body).await);
    let sentence = "A moderator has restricted your account until ";
    let told = |answer: &Answer, sentence_of: &Value| {
        assert_eq!(answer.status, 403, "{}", answer.body);
        let told = sentence_of.as_str().unwrap();
        assert!(told.starts_with(sentence), "{told}");
        assert!(told.ends_with(": you can read, but not write."), "{told}");
    };
    for body in [
        json!({ "input": "Hello?" }),
        json!({ "input": "Hello?", "thread_uuid": turn.thread }),
    ] {
        let refused = post(&bob, STREAM, &body).await;
        told(&refused, &refused.body["detail"]);
    }
    let refused = bob.say(&bob.conversation(1), "Hello?").await;
    told(&refused, &refused.body["detail"]);
    let ask = json!({ "model": "echo", "messages": [{ "role": "user", "content": "Hello?" }] });
    let refused = bob.post("/v1/chat/completions", &ask).await;
    told(&refused, &refused.body["error"]["message"]);
    assert_eq!(refused.body["error"]["code"], "account_restricted");
    let texts = json!({ "model": "vectors", "input": "Hello?" });
    let refused = bob.post("/v1/embeddings", &texts).await;
    told(&refused, &refused.body["error"]["message"]);
    let ask = json!({ "ai_provider_id": "aip_x", "messages": ask["messages"] });
    let refused = bob.post("/api/v1/chats/completions", &ask).await;
    told(&refused, &refused.body["error"]["message"]);
    let chat = json!({ "ai_provider_id": "aip_x", "name": "x" });
    let document = json!({ "content": "x" });
    for (path, body) in [("chats", &chat), ("documents", &document)] {
        let refused = bob.post(&format!("/api/v1/{path}"), body).await;
        told(&refused, &refused.body["error"]["message"]);
    }
    let question = json!({ "message": "Hello?", "sessionId": "s" });
    let text = json!({ "session_id": "s", "filename": "f", "content": "x" });
    let file = json!({ "filename": "f", "contentType": "text/plain", "contentSize": 1 });
    for (path, body) in [
        ("chat/completions", question),
        ("session", json!({})),
        ("ingest/text", text),
        ("ingest/upload/url", file),
        ("ingest/process", json!({ "key": "x", "session_id": "s" })),
    ] {
        let refused = bob.post(&format!("/api/v1/{path}"), &body).await;
        told(&refused, &refused.body["error"]);
    }
    for (tool, arguments) in [("create-chat", chat), ("create-chat-completion", ask)] {
        let refused = crate::dialects::mcp::refused(&bob, tool, arguments).await;
        assert!(refused.starts_with(sentence), "{tool}: {refused}");
    }
    let chats = crate::dialects::mcp::told(&bob, "list-chats", json!({})).await;
    assert_eq!(chats, json!([]));
    let renamed = bob.request(
        reqwest::Method::PATCH,
        &format!("/api/chat-threads/{}/", turn.thread),
    );
    let renamed = renamed.json(&json!({ "name": "Mine" }));
    let refused = crate::support::client::answer(renamed).await.unwrap();
    told(&refused, &refused.body["detail"]);
    let path = format!("/api/chat-messages/{}/report/", turn.assistant);
    let refused = post(&bob, &path, &json!({ "category": "wrong" })).await;
    told(&refused, &refused.body["detail"]);
    assert_eq!(contents(&bob, &turn.thread).await.len(), 2);
    // What says nothing new stays theirs.
    for action in ["archive", "unarchive", "cancel"] {
        let path = format!("/api/chat-threads/{}/{action}/", turn.thread);
        let done = post(&bob, &path, &json!({})).await;
        assert!(done.status.is_success(), "{action}: {}", done.body);
    }
    let path = format!("/api/chat/conversations/{earlier}");
    for (action, body) in [
        ("truncate", json!({ "keep_count": 1 })),
        ("restore", json!({})),
        ("archive", json!({})),
        ("unarchive", json!({})),
    ] {
        ok(bob.post(&format!("{path}/{action}"), &body).await);
    }
    ok(bob.delete(&path).await);
    let appeal = act(&bob, &case, "appeal", json!({ "text": "It was a joke." })).await;
    ok(appeal);
    // Another decision takes the place of the one that was appealed against.
    ok(act(&people.max, &case, "decide", decision("redact")).await);
    say(&bob, Some(&turn.thread), "Thank you").await;
    assert_eq!(contents(&bob, &turn.thread).await[0], REDACTED);
}

async fn a_restriction_ends_when_its_conversation_is_erased(people: &People) {
    let cid = people.server.user("cid").await;
    let ada = people.server.user_as("ada", "auditor").await;
    let turn = say(&cid, None, MEDIUM).await;
    let case = turn.user.unwrap();
    let mut body = decision("restrict_user");
    body["days"] = json!(365);
    ok(act(&people.mia, &case, "decide", body).await);
    let hello = json!({ "input": "Hello?" });
    assert_eq!(post(&cid, STREAM, &hello).await.status, 403);
    let thread = uuid::Uuid::parse_str(&turn.thread).unwrap();
    let erase = format!("/api/audit/threads/{thread}/erase");
    let reason = json!({ "reason": "A court says so" });
    assert_eq!(ada.post(&erase, &reason).await.status, 202);
    let store = people.server.store().await;
    eventually(async || {
        let events = store.read_stream("user", &cid.id, 0, 100).await.unwrap();
        let names: Vec<&str> = events.iter().map(|event| &*event.event_type).collect();
        names.ends_with(&["user.restricted", "user.unrestricted"])
    })
    .await;
    eventually(async || post(&cid, STREAM, &hello).await.status == 200).await;
    let overturned = act(&people.max, &case, "overturn", no()).await;
    assert_eq!(overturned.status, 404, "{}", overturned.body);
}

async fn many_take_effect_at_once(people: &People) {
    let mut threads = vec![];
    let mut ids = vec![];
    for _ in 0..3 {
        let turn = say(&people.ann, None, MEDIUM).await;
        ids.push(turn.user.unwrap());
        threads.push(turn.thread);
    }
    let body = json!({
        "ids": ids, "decision": "redact", "reason": "A flood.", "expected_count": 3,
    });
    let done = ok(post(&people.mia, &format!("{CASES}/bulk"), &body).await);
    assert_eq!(done["decided"], 3);
    for thread in threads {
        assert_eq!(contents(&people.ann, &thread).await[0], REDACTED);
    }
}

async fn cases_are_found_by_their_words(people: &People) {
    let case = said(&people.ann, &format!("{MEDIUM} 50%_Harpsichord")).await;
    for (text, found) in [
        ("harpsichord", vec![case.clone()]),
        ("50%25_H", vec![case.clone()]),
        ("50_", vec![]),
        ("clavichord", vec![]),
    ] {
        let listed = listed(&people.mia, &format!("?q={text}")).await;
        let cases: Vec<&str> = listed
            .iter()
            .map(|case| case["uuid"].as_str().unwrap())
            .collect();
        assert_eq!(cases, found, "{text}");
    }
    ok(act(&people.mia, &case, "decide", decision("redact")).await);
    assert!(listed(&people.mia, "?q=harpsichord").await.is_empty());
    let case = said(&people.ann, &format!("{MEDIUM} ÜBER dem Ωmega: ДА")).await;
    for text in ["ÜBER", "über", "ωMEGA", "да", "Да"] {
        let found = listed(&people.mia, &format!("?q={text}")).await;
        let cases: Vec<&Value> = found.iter().map(|case| &case["uuid"]).collect();
        assert_eq!(cases, [&json!(case)], "{text}");
    }
}

async fn pages_of_what_is_found_by_its_words_miss_nothing(people: &People) {
    let mut said_so = vec![];
    for number in 0..3 {
        said_so.push(said(&people.ann, &format!("{MEDIUM} Žluťoučký {number}")).await);
        said(&people.ann, MEDIUM).await;
    }
    let (mut paged, mut cursor) = (vec![], String::new());
    loop {
        let path = format!("{CASES}?q=ŽLUŤOUČKÝ&o=created&limit=1{cursor}");
        let page = ok(get(&people.mia, &path).await);
        for case in page["cases"].as_array().unwrap() {
            paged.push(case["uuid"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, said_so);
}

on_both_databases!(check);
