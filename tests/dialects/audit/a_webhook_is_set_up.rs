//! Auditors and admins set webhooks up, change and try them; nobody else does, and what is wrong is told.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ECHO, on_both_databases, short};
use crate::{
    dialects::chats::{attach, person, policy},
    support::{
        client::{Client, answer, eventually},
        databases::TestDatabase,
        scripted::{Reply, Scripted},
        server::Server,
    },
};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const HOOKS: &str = "/api/audit/webhooks";
const MARKER: &str = "the weather in Tartu";

async fn check(database: TestDatabase) {
    let settings = [ECHO, ("WEBHOOKS__NETWORKS", "loopback")];
    let server = Server::start(database, &settings).await;
    let alice = server.user("alice").await;
    alice.say(&alice.conversation(1), "hello").await;
    let ada = server.user_as("ada", "auditor").await;
    let receiver = Scripted::start(vec![Reply::json("{}"); 50]).await;
    let wish = json!({ "url": format!("{}/hook?key=k", receiver.url()), "events": ["message.*"] });
    nobody_else_has_anything_to_do_with_them(&server, &alice, &ada, &wish).await;
    what_is_wrong_is_told(&ada, &wish).await;
    one_is_made_changed_rotated_and_deleted(&ada, &wish).await;
    what_was_said_is_told_by_its_place_alone(&ada, &alice, &receiver, &wish).await;
    a_policy_opens_one_thread_and_no_more(&server, &alice, &wish).await;
    when_no_more_are_possible_the_last_one_is_answered_again(&ada, &wish).await;
}

async fn patch(who: &Client, path: &str, body: &Value) -> crate::support::client::Answer {
    answer(who.request(Method::PATCH, path).json(body))
        .await
        .unwrap()
}

async fn nobody_else_has_anything_to_do_with_them(
    server: &Server,
    alice: &Client,
    ada: &Client,
    wish: &Value,
) {
    let made = ada.post(HOOKS, wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let one = format!("{HOOKS}/{}", made.body["webhook"].as_str().unwrap());
    let mut others = vec![alice.clone()];
    for role in ["support", "staff"] {
        others.push(server.user_as(role, role).await);
    }
    for id in [&one, &format!("{HOOKS}/{NOBODY}"), &format!("{HOOKS}/x")] {
        for (method, path) in [
            (Method::GET, HOOKS.to_owned()),
            (Method::POST, HOOKS.to_owned()),
            (Method::GET, id.clone()),
            (Method::PATCH, id.clone()),
            (Method::DELETE, id.clone()),
            (Method::POST, format!("{id}/rotate")),
            (Method::POST, format!("{id}/replay")),
            (Method::POST, format!("{id}/test")),
            (Method::GET, format!("{id}/deliveries")),
        ] {
            let stranger = answer(alice.bare(method.clone(), &path)).await.unwrap();
            assert_eq!(stranger.status, 401, "{method} {path}");
            for other in &others {
                let request = other.request(method.clone(), &path).json(wish);
                let refused = answer(request).await.unwrap();
                assert_eq!(refused.status, 403, "{method} {path}: {}", refused.body);
            }
            if path != HOOKS && !path.starts_with(&one) {
                let request = ada.request(method.clone(), &path).json(wish);
                let nobodys = answer(request).await.unwrap();
                assert_eq!(nobodys.status, 404, "{method} {path}: {}", nobodys.body);
            }
        }
    }
    assert_eq!(ada.delete(&one).await.status, 204);
}

async fn what_is_wrong_is_told(ada: &Client, wish: &Value) {
    let with = |name: &str, value: Value| {
        let mut body = wish.clone();
        body[name] = value;
        body
    };
    let made = ada.post(HOOKS, wish).await;
    let one = format!("{HOOKS}/{}", made.body["webhook"].as_str().unwrap());
    for (body, sentence) in [
        (json!([]), "The body must be a JSON object"),
        (json!({ "events": ["*"] }), "url is missing"),
        (json!({ "url": "https://a.example" }), "events is missing"),
        (with("events", json!([])), "events must name 1 to 100 types"),
        (with("events", json!("*")), "events must be a list of texts"),
        (
            with("events", json!(["message.snet"])),
            "there is no type of events \"message.snet\"; /api/audit/schema lists them, and thread.* is all that begin so",
        ),
        (
            with("url", json!("ftp://a.example")),
            "url must be an http or https URL",
        ),
        (
            with("url", json!("https://ada:pw@a.example")),
            "url must not hold a password",
        ),
        (
            with("url", json!("http://169.254.169.254/latest")),
            "url must not be an address that this server keeps webhooks away from",
        ),
        (
            with(
                "url",
                json!(format!("https://a.example/{}", "x".repeat(2_000))),
            ),
            "url may have 2000 characters at most",
        ),
        (
            with("url", json!("https://a.example/\u{0}")),
            "url must have no control characters",
        ),
        (
            with("url", json!("https://a.example/\n")),
            "url must have no control characters",
        ),
        (with("thread", json!("x")), "thread must be a UUID"),
        (
            with("description", json!("")),
            "description must have 1 to 200 characters",
        ),
        (
            with("evnts", json!(1)),
            "There is no field \"evnts\"; there are url, description, events, thread, user",
        ),
    ] {
        let wrong = ada.post(HOOKS, &body).await;
        let told = (wrong.status.as_u16(), &wrong.body);
        assert_eq!(told, (400, &json!({ "detail": sentence })));
    }
    let both = json!({ "thread": NOBODY, "user": NOBODY });
    let wrong = patch(ada, &one, &both).await;
    let either = json!({ "detail": "give either thread or user" });
    assert_eq!((wrong.status.as_u16(), &wrong.body), (400, &either));
    let wrong = patch(ada, &one, &json!({ "enabled": "no" })).await;
    assert_eq!(wrong.status, 400, "{}", wrong.body);
    for from in [json!(0), json!("x"), json!("-1"), json!(1.5), json!(null)] {
        let wrong = ada
            .post(&format!("{one}/replay"), &json!({ "from": from }))
            .await;
        assert_eq!(wrong.status, 400, "{}", wrong.body);
    }
    let long = with("description", json!("x".repeat(20_000)));
    assert_eq!(ada.post(HOOKS, &long).await.status, 413);
    let wrong = ada.get(&format!("{one}/deliveries?state=lost")).await;
    assert_eq!(
        wrong.body,
        json!({ "detail": "state must be one of waiting, delivered, failed, all" })
    );
    ada.delete(&one).await;
}

async fn one_is_made_changed_rotated_and_deleted(ada: &Client, wish: &Value) {
    let named = async |body: &Value| {
        let request = ada
            .request(Method::POST, HOOKS)
            .header("idempotency-key", "one");
        answer(request.json(body)).await.unwrap()
    };
    let made = named(wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = made.body["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    // The same request makes the same one, and shows its secret to nobody again.
    let again = named(wish).await;
    assert_eq!(again.body["webhook"], made.body["webhook"]);
    assert_eq!(again.body.get("secret"), None);
    let other = named(&json!({ "url": "https://a.example", "events": ["*"] })).await;
    assert_eq!(other.status, 409, "{}", other.body);
    let one = format!("{HOOKS}/{}", made.body["webhook"].as_str().unwrap());

    let changed = patch(
        ada,
        &one,
        &json!({ "description": "The SIEM", "events": ["*"], "enabled": false }),
    )
    .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let body = &changed.body;
    assert_eq!(
        (&body["description"], &body["events"], &body["enabled"]),
        (&json!("The SIEM"), &json!(["*"]), &json!(false))
    );
    assert_eq!(
        (&body["disabled"]["why"], &body["url"]),
        (&json!("asked"), &wish["url"])
    );
    let refused = ada.post(&format!("{one}/test"), &json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.body);

    let rotated = ada.post(&format!("{one}/rotate"), &json!({})).await;
    let fresh = rotated.body["secret"].as_str().unwrap();
    assert!(fresh.starts_with("whsec_") && fresh != secret);
    let shown = ada.get(&one).await.body;
    assert_eq!(shown.get("secret"), None);
    a_fourth_secret_waits_for_the_first_to_end(ada, &one).await;
    let listed = ada.get(&format!("{HOOKS}?limit=1")).await.body;
    assert_eq!(listed["webhooks"][0]["webhook"], shown["webhook"]);
    assert_eq!(listed["next"], Value::Null);

    // The record knows what was done, and neither the address nor the secrets without a reason.
    let trail = ada.request(
        Method::GET,
        "/api/audit/events?type=webhook.created,webhook.rotated",
    );
    let trail = trail.send().await.unwrap().text().await.unwrap();
    assert!(trail.contains("webhook.rotated"), "{trail}");
    assert!(
        !trail.contains("hook?key=k") && !trail.contains("whsec_"),
        "{trail}"
    );
    // With one, still neither of them.
    let path = "/api/audit/events?type=webhook.created,webhook.changed,webhook.rotated";
    let request = ada.request(Method::GET, path);
    let request = request.header("x-audit-reason", "Complaint 17/3");
    let trail = request.send().await.unwrap().text().await.unwrap();
    assert!(
        trail.contains(r#""url":null"#) && trail.contains(r#""secret":null"#),
        "{trail}"
    );
    assert!(!trail.contains("hook?key=k"), "{trail}");
    assert_eq!(ada.delete(&one).await.status, 204);
    assert_eq!(ada.get(&one).await.status, 404);
    assert_eq!(
        ada.get(HOOKS).await.body,
        json!({ "webhooks": [], "next": null })
    );
    // Once it is erased, its request is a new one.
    eventually(async || {
        let anew = named(wish).await;
        let status = anew.status.as_u16();
        assert!([201, 404].contains(&status), "{}", anew.body);
        status == 201
    })
    .await;
    let anew = named(wish).await.body["webhook"].clone();
    assert_ne!(anew, made.body["webhook"]);
    let anew = format!("{HOOKS}/{}", anew.as_str().unwrap());
    assert_eq!(ada.delete(&anew).await.status, 204);
}

async fn when_no_more_are_possible_the_last_one_is_answered_again(ada: &Client, wish: &Value) {
    let post = async |nth: usize| {
        let request = ada.request(Method::POST, HOOKS);
        let request = request.header("idempotency-key", format!("{nth} of many"));
        answer(request.json(wish)).await.unwrap()
    };
    let mut made = vec![];
    loop {
        let one = post(made.len()).await;
        match one.status.as_u16() {
            201 => made.push(one.body["webhook"].clone()),
            status => {
                assert_eq!(status, 409, "{}", one.body);
                break;
            }
        }
        assert!(made.len() <= 100);
    }
    let again = post(made.len() - 1).await;
    assert_eq!(again.status, 201, "{}", again.body);
    assert_eq!(Some(&again.body["webhook"]), made.last());
    let listed = ada.get(&format!("{HOOKS}?limit=200")).await.body;
    assert_eq!(listed["webhooks"].as_array().unwrap().len(), 100);
}

/// One was replaced already.
async fn a_fourth_secret_waits_for_the_first_to_end(ada: &Client, one: &str) {
    let rotate = async |name: &'static str| {
        let request = ada.request(Method::POST, &format!("{one}/rotate"));
        let request = request.header("idempotency-key", name).json(&json!({}));
        answer(request).await.unwrap()
    };
    for name in ["second", "third"] {
        assert_eq!(rotate(name).await.status, 200, "{name}");
    }
    let refused = rotate("fourth").await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("can be replaced at 2"), "{detail}");
    // What was done is answered again.
    assert_eq!(rotate("third").await.status, 200);
}

async fn what_was_said_is_told_by_its_place_alone(
    ada: &Client,
    alice: &Client,
    receiver: &Scripted,
    wish: &Value,
) {
    let made = ada.post(HOOKS, wish).await;
    let one = format!("{HOOKS}/{}", made.body["webhook"].as_str().unwrap());
    let before = receiver.received().len();
    alice.say(&alice.conversation(2), MARKER).await;
    receiver.wait_for_requests(before + 1).await;
    let received = receiver.received();
    let told = &received[before];
    assert_eq!(told.body["type"], "message.sent");
    assert_eq!(told.body["data"]["by"], json!(alice.id));
    assert!(!String::from_utf8_lossy(&told.bytes).contains("Tartu"));
    let path = format!("{one}/deliveries?state=delivered&limit=1");
    eventually(async || !ada.get(&path).await.body["deliveries"][0].is_null()).await;
    let page = ada.get(&path).await.body;
    let row = &page["deliveries"][0];
    assert_eq!(row["id"], told.headers["webhook-id"].as_str());
    assert_eq!(row["position"], told.body["data"]["position"]);
    assert!(!page.to_string().contains("Tartu"));
    // Who may, reads from the feed what it was.
    let position: u64 = row["position"].as_str().unwrap().parse().unwrap();
    let feed = format!("/api/audit/events?after={}&limit=1", position - 1);
    let feed = ada.request(Method::GET, &feed).send().await.unwrap();
    assert!(feed.text().await.unwrap().contains("message.sent"));

    let tested = ada.post(&format!("{one}/test"), &json!({})).await;
    assert_eq!(tested.status, 202, "{}", tested.body);
    receiver.wait_for_requests(before + 2).await;
    let from = json!({ "from": row["position"] });
    let replayed = ada.post(&format!("{one}/replay"), &from).await;
    assert_eq!(replayed.status, 202, "{}", replayed.body);
    receiver.wait_for_requests(before + 4).await;
    let metrics = ada.get("/metrics").await.body;
    let metrics = metrics.as_str().unwrap();
    assert!(
        metrics.contains("colloquy_webhook_deliveries_total"),
        "{metrics}"
    );
    assert_eq!(ada.delete(&one).await.status, 204);
}

async fn a_policy_opens_one_thread_and_no_more(server: &Server, alice: &Client, wish: &Value) {
    let admin = server.user_as("ruth", "admin").await;
    let [mine, other] =
        [1, 2].map(|n| aggregates::ThreadId::named(&alice.conversation(n)).to_string());
    let here = policy(
        &admin,
        json!([{
            "effect": "Allow",
            "action": ["audit:ReadMetadata", "audit:Webhooks"],
            "resource": [format!("soat:*:thread:{mine}")],
        }]),
    )
    .await;
    let lars = person(&admin, "lars").await;
    attach(&admin, &lars, &[here]).await;
    let of = |thread: &Value| {
        let mut body = wish.clone();
        body["thread"] = thread.clone();
        body
    };
    for thread in [Value::Null, json!(other), json!("x")] {
        let refused = lars.post(HOOKS, &of(&thread)).await;
        assert_eq!(refused.status, 403, "{thread}: {}", refused.body);
    }
    let made = lars.post(HOOKS, &of(&json!(mine))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let one = format!("{HOOKS}/{}", made.body["webhook"].as_str().unwrap());
    // It cannot be turned to what they may not read.
    for thread in [Value::Null, json!(other)] {
        let refused = patch(&lars, &one, &json!({ "thread": thread })).await;
        assert_eq!(refused.status, 403, "{thread}: {}", refused.body);
    }
    assert_eq!(lars.get(&one).await.status, 200);
    assert_eq!(lars.get(HOOKS).await.status, 403);

    // Who may read it and not change it sees where it leads, and not with which key.
    let reads = policy(
        &admin,
        json!([{ "effect": "Allow", "action": ["audit:ReadMetadata"] }]),
    )
    .await;
    let mia = person(&admin, "mia").await;
    attach(&admin, &mia, &[reads]).await;
    let shown = mia.get(&one).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(
        shown.body["url"].as_str().unwrap().ends_with("/…"),
        "{}",
        shown.body
    );
    assert_eq!(
        mia.post(&format!("{one}/test"), &json!({})).await.status,
        403
    );
    assert_eq!(mia.delete(&one).await.status, 403);

    // What somebody has deleted is answered again, unless they have lost the right meanwhile.
    let deleted = async || {
        let request = lars.request(Method::DELETE, &one);
        let request = request.header("idempotency-key", "deletes one");
        answer(request).await.unwrap()
    };
    assert_eq!(deleted().await.status, 204);
    assert_eq!(deleted().await.status, 204);
    attach(&admin, &lars, &[]).await;
    let refused = deleted().await;
    assert_eq!(refused.status, 403, "{}", refused.body);

    // An auditor who is denied a part has no webhook of everything.
    let denied = policy(
        &admin,
        json!([{
            "effect": "Deny",
            "action": ["audit:Webhooks"],
            "resource": [format!("soat:*:thread:{other}")],
        }]),
    )
    .await;
    let eve = server.user_as("eve", "auditor").await;
    attach(&admin, &short(&eve), &[denied]).await;
    assert_eq!(eve.post(HOOKS, wish).await.status, 403);
    assert_eq!(eve.post(HOOKS, &of(&json!(mine))).await.status, 201);
}

on_both_databases!(check);
