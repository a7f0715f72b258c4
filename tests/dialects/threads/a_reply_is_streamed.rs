//! The frames of a reply, their order and bytes; resumed, failed, left, cancelled.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;
use crate::{
    dialects::{PREFACE, assistant::upstream, on_both_databases},
    support::{
        databases::TestDatabase,
        scripted::{Gate, Reply, Scripted},
        server::Server,
    },
};

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[crate::dialects::ECHO]).await;
    let alice = server.user("alice").await;
    lines_are_compact_objects_in_order(&alice).await;
    fenced_blocks_come_whole(&alice).await;
    for input in [CODE, "x\n```py"] {
        a_stream_resumes_from_any_cursor(&alice, input).await;
    }
    the_same_request_twice_happens_once(&alice).await;
    forms_are_bodies_too(&alice).await;
}

async fn lines_are_compact_objects_in_order(alice: &Client) {
    let body = json!({ "input": "  zwölf 漢字 \u{1F600}\n| a |\n|---|  " });
    let response = request(alice, Method::POST, STREAM)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["cache-control"], "no-cache");
    let text = response.text().await.unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let frames: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (thread, user, assistant) = (
        frames[0]["m"]["thread_uuid"].clone(),
        frames[0]["m"]["user_message_uuid"].clone(),
        frames[frames.len() - 1]["m"]["assistant_message_uuid"].clone(),
    );
    assert!(is_hex(&thread) && is_hex(&user) && is_hex(&assistant));
    assert_eq!(
        first,
        format!(r#"{{"m":{{"thread_uuid":{thread},"user_message_uuid":{user}}}}}"#)
    );
    assert_eq!(
        last,
        format!(r#"{{"m":{{"user_message_uuid":{user},"assistant_message_uuid":{assistant}}}}}"#)
    );
    let turn_id = assistant.as_str().unwrap();
    let mut shown = String::new();
    for (line, frame) in lines.iter().zip(&frames).skip(1).take(lines.len() - 2) {
        let delta = frame["c"].as_str().unwrap();
        shown.push_str(delta);
        let cursor = format!("{turn_id}.{}", shown.len());
        let expected = format!(
            r#"{{"k":"markdown","c":{},"r":"{cursor}"}}"#,
            Value::from(delta)
        );
        assert_eq!(*line, expected);
    }
    assert_eq!(
        shown,
        format!("{PREFACE}zwölf 漢字 \u{1F600}\n| a |\n|---|")
    );
}

const CODE: &str =
    "See:\n```python\nprint(1)\n\n```\nand\n~~~mermaid\ngraph TD\n~~~\nthen\n```\nopen";

async fn fenced_blocks_come_whole(alice: &Client) {
    let frames = send(alice, &json!({ "input": CODE })).await;
    let content: Vec<Value> = frames[1..frames.len() - 1]
        .iter()
        .map(|frame| {
            let mut frame = frame.as_object().unwrap().clone();
            assert!(frame.remove("r").is_some());
            Value::from(frame)
        })
        .filter(|frame| frame["k"] != "markdown")
        .collect();
    let load = |kind| json!({ "k": "load", "t": kind });
    assert_eq!(
        content,
        [
            load("code"),
            json!({ "k": "code", "c": "print(1)\n", "t": "python" }),
            load("mermaid"),
            json!({ "k": "mermaid", "c": "graph TD" }),
            load("code"),
            json!({ "k": "code", "c": "open", "t": "" }),
        ]
    );
    assert_eq!(turn(&frames).text, format!("{PREFACE}See:\nand\nthen\n"));
}

async fn a_stream_resumes_from_any_cursor(alice: &Client, input: &str) {
    let frames = send(alice, &json!({ "input": input })).await;
    let told = turn(&frames);
    let resume = |after: String| {
        let path = format!("{STREAM}?thread_uuid={}{after}", told.thread);
        frames_of(request(alice, Method::GET, &path))
    };
    let content = |frames: &[Value]| frames[1..frames.len() - 1].to_vec();
    // Neighbouring prose may come in other pieces.
    let joined = |frames: &[Value]| {
        let mut joined: Vec<Value> = vec![];
        for frame in frames {
            match joined.last_mut() {
                Some(last) if last["k"] == "markdown" && frame["k"] == "markdown" => {
                    let text = format!(
                        "{}{}",
                        last["c"].as_str().unwrap(),
                        frame["c"].as_str().unwrap()
                    );
                    *last = json!({ "k": "markdown", "c": text, "r": frame["r"] });
                }
                _ => joined.push(frame.clone()),
            }
        }
        joined
    };
    let all = content(&frames);
    let whole = resume(String::new()).await;
    assert_eq!(joined(&content(&whole)), joined(&all));
    assert_eq!((&whole[0], whole.last()), (&frames[0], frames.last()));
    for (at, frame) in all.iter().enumerate() {
        let after = format!("&after={}", frame["r"].as_str().unwrap());
        let rest = resume(after).await;
        assert_eq!(joined(&content(&rest)), joined(&all[at + 1..]), "{frame}");
        assert_eq!(rest.last(), frames.last());
    }
    // In the middle of prose; and past the end, where everything is shown again.
    let rest = resume(format!("&after={}.{}", told.assistant, 3)).await;
    assert_eq!(turn(&rest).text, told.text[3..]);
    let rest = resume(format!("&after={}.{}", told.assistant, 99999)).await;
    assert_eq!(rest[1]["k"], "reset");
    assert_eq!(turn(&rest).text, told.text);
    for (query, status, body) in [
        (
            "after=x",
            400,
            json!({ "after": ["A cursor has the form <turn>.<offset>, as the stream's frames have it."] }),
        ),
        (
            &format!("after={}.0", told.thread),
            404,
            json!({ "detail": "Message not found." }),
        ),
    ] {
        let path = format!("{STREAM}?thread_uuid={}&{query}", told.thread);
        says(&get(alice, &path).await, status, body);
    }
}

async fn the_same_request_twice_happens_once(alice: &Client) {
    let body = json!({ "input": "once" });
    let named = |body: &Value| {
        request(alice, Method::POST, STREAM)
            .header("idempotency-key", "k1")
            .json(body)
    };
    let (one, other) = tokio::join!(frames_of(named(&body)), frames_of(named(&body)));
    assert_eq!(turn(&one).thread, turn(&other).thread);
    assert_eq!(turn(&one).assistant, turn(&other).assistant);
    let again = turn(&frames_of(named(&body)).await);
    assert_eq!(again.text, format!("{PREFACE}once"));
    assert_eq!(messages(alice, &again.thread, "").await.len(), 2);
    let other = answer(named(&json!({ "input": "twice" }))).await.unwrap();
    details(
        &other,
        409,
        "This Idempotency-Key was used with another request body.",
    );
}

async fn forms_are_bodies_too(alice: &Client) {
    let form = request(alice, Method::POST, STREAM)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("input=one+%26+two&thread_uuid=&mode=");
    let told = turn(&frames_of(form).await);
    assert_eq!(told.text, format!("{PREFACE}one & two"));
    let part = "--x\r\ncontent-disposition: form-data; name=\"input\"\r\n\r\nžluť\r\n--x--\r\n";
    let parts = request(alice, Method::POST, STREAM)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(part);
    assert_eq!(turn(&frames_of(parts).await).text, format!("{PREFACE}žluť"));
    let broken = request(alice, Method::POST, STREAM)
        .header("content-type", "multipart/form-data; boundary=x")
        .body("--x\r\nnonsense");
    assert_eq!(answer(broken).await.unwrap().status, 400);
}

on_both_databases!(check);

/// With a provider that says what it is told to.
mod told {
    use super::*;

    async fn check(database: TestDatabase) {
        let gate = Gate::closed();
        let broken = Reply::sse([upstream::delta("half")]).cut_after(1);
        let slow = |text: &str| {
            Reply::sse(
                [upstream::delta(text), upstream::delta("more")]
                    .into_iter()
                    .chain(upstream::end()),
            )
            .gate(&gate)
        };
        let script = [broken, slow("first "), slow("other ")];
        let upstream = Scripted::start(script).await;
        let (_server, alice) = upstream::server(database, &upstream).await;
        a_failure_is_told_and_what_was_said_is_kept(&alice).await;
        a_cancelled_reply_keeps_its_text(&alice, &gate).await;
        leaving_does_not_stop_a_reply(&alice, &gate).await;
    }

    async fn a_failure_is_told_and_what_was_said_is_kept(alice: &Client) {
        let frames = send(alice, &json!({ "input": "hello" })).await;
        let told = turn(&frames);
        let before_last = &frames[frames.len() - 2];
        assert_eq!(
            *before_last,
            json!({ "e": "Chat processing was interrupted. Please try again later." })
        );
        assert_eq!(told.text, "half");
        let kept = messages(alice, &told.thread, "").await;
        assert_eq!(kept[1]["uuid"], told.assistant);
        assert_eq!(kept[1]["content"], "half");
    }

    async fn a_cancelled_reply_keeps_its_text(alice: &Client, gate: &Gate) {
        gate.let_pass(1);
        let body = json!({ "input": "stop me" });
        let mut response = request(alice, Method::POST, STREAM)
            .json(&body)
            .send()
            .await
            .unwrap();
        let mut text = String::new();
        while !text.contains("first ") {
            text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
        }
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let id = first["m"]["thread_uuid"].as_str().unwrap().to_owned();
        let busy = request(alice, Method::POST, STREAM)
            .header("turn-policy", "reject")
            .json(&json!({ "input": "x", "thread_uuid": id }));
        let busy = answer(busy).await.unwrap();
        details(&busy, 409, "A reply is being generated.");
        // What is being made is no message yet.
        assert_eq!(messages(alice, &id, "").await.len(), 1);
        let cancel = format!("/api/chat-threads/{id}/cancel/");
        let named = || request(alice, Method::POST, &cancel).header("idempotency-key", "c1");
        says(
            &answer(named()).await.unwrap(),
            200,
            json!({ "cancelled": true }),
        );
        while let Some(chunk) = response.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(
            text.lines()
                .last()
                .unwrap()
                .contains("assistant_message_uuid")
        );
        assert!(!text.contains("\"e\""), "{text}");
        says(
            &post(alice, &cancel, &json!({})).await,
            200,
            json!({ "cancelled": false }),
        );
        // What was done is told again.
        says(
            &answer(named()).await.unwrap(),
            200,
            json!({ "cancelled": true }),
        );
        assert_eq!(messages(alice, &id, "").await[1]["content"], "first ");
    }

    async fn leaving_does_not_stop_a_reply(alice: &Client, gate: &Gate) {
        let body = json!({ "input": "I leave" });
        let response = request(alice, Method::POST, STREAM).json(&body);
        let mut response = response.send().await.unwrap();
        let head = response.chunk().await.unwrap().unwrap();
        drop(response);
        let head = std::str::from_utf8(&head).unwrap();
        let first: Value = serde_json::from_str(head.lines().next().unwrap()).unwrap();
        let id = first["m"]["thread_uuid"].as_str().unwrap();
        gate.let_pass(10);
        let path = format!("{STREAM}?thread_uuid={id}");
        let rest = frames_of(request(alice, Method::GET, &path)).await;
        assert_eq!(turn(&rest).text, "other more");
        assert_eq!(messages(alice, id, "").await[1]["content"], "other more");
    }

    on_both_databases!(check);
}

/// Of a stream that broke off before its first word there is no cursor to go on from.
mod without_a_cursor {
    use super::*;

    async fn check(database: TestDatabase) {
        let never = Gate::closed();
        let upstream = Scripted::start([
            Reply::error(400, "not today"),
            upstream::whole("fine"),
            Reply::error(400, "not today"),
            upstream::whole("never").slow_first_byte(&never),
        ])
        .await;
        let (server, alice) = upstream::server(database, &upstream).await;
        let failed = send(&alice, &json!({ "input": "one" })).await;
        let id = turn(&failed).thread;
        assert_eq!(resume(&alice, &id).await, failed);
        let next = |input: &str| json!({ "input": input, "thread_uuid": id });
        assert_eq!(turn(&send(&alice, &next("two")).await).text, "fine");
        assert_eq!(turn(&resume(&alice, &id).await).text, "fine");
        let failed = send(&alice, &next("three")).await;
        assert_eq!(resume(&alice, &id).await, failed);

        let mut lost = Reading::send(&alice, &next("four")).await;
        let asked = lost.head().await["user_message_uuid"].clone();
        let server = server.start_again().await;
        let alice = alice.at(server.address);
        let frames = resume(&alice, &id).await;
        let told = turn(&frames);
        assert_eq!((json!(told.user), &*told.text), (asked, ""));
        assert!(frames[1].get("e").is_some(), "{frames:?}");
    }

    async fn resume(who: &Client, id: &str) -> Vec<Value> {
        let path = format!("{STREAM}?thread_uuid={id}");
        frames_of(request(who, Method::GET, &path)).await
    }

    on_both_databases!(check);
}
