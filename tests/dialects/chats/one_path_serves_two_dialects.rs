//! `/api/v1/chat/completions`: the body decides whose request it is, and that one's words answer.

use super::*;
use crate::dialects::{assistant::upstream::whole, on_both_databases, rag::NOTHING};

const SHARED: &str = "/chat/completions";

async fn check(database: TestDatabase) {
    let upstream = Scripted::start([whole("Hello"), whole("Hello"), whole("Hello")]).await;
    let house = House::build(database, &upstream, &[]).await;
    a_stranger_is_told_so_in_the_owners_words(&house).await;
    a_body_about_documents_is_the_others(&house).await;
    a_chat_or_a_provider_answers(&house).await;
    assert_eq!(upstream.received().len(), 3);
}

async fn a_stranger_is_told_so_in_the_owners_words(house: &House) {
    let denied = async |body: Value| {
        let request = house.admin.bare(Method::POST, &path(SHARED)).json(&body);
        gives(answer(request).await.unwrap(), 401)
    };
    let ours = json!({ "error": "Unauthorized" });
    let theirs = json!({ "error": "Unauthorized Access" });
    assert_eq!(denied(json!({ "messages": [] })).await, ours);
    assert_eq!(denied(json!({ "chatId": "x" })).await, ours);
    assert_eq!(denied(json!({ "message": "hi" })).await, theirs);
    assert_eq!(denied(json!({})).await, theirs);
}

async fn a_body_about_documents_is_the_others(house: &House) {
    let told = async |body: &str| {
        let request = house.admin.request(Method::POST, &path(SHARED));
        let answered = answer(request.body(body.to_owned())).await.unwrap();
        let body = gives(answered, 422);
        assert_eq!(body["success"], false);
        body["error"].as_str().unwrap().to_owned()
    };
    for body in [
        "",
        "{}",
        "{",
        "[]",
        r#"{"message":" "}"#,
        r#"{"sessionId":"s"}"#,
    ] {
        assert_eq!(told(body).await, "message is required", "{body}");
    }
    for body in [r#"{"message":"hi"}"#, r#"{"message":"hi","sessionId":""}"#] {
        assert_eq!(told(body).await, "sessionId is required", "{body}");
    }
    let question = json!({ "message": "hi", "sessionId": "s" });
    let answered = gives(post(&house.admin, SHARED, question).await, 200);
    assert_eq!(answered, json!({ "success": true, "data": NOTHING }));
}

async fn a_chat_or_a_provider_answers(house: &House) {
    let admin = &house.admin;
    let mut of_chat = json!({ "chat_id": house.chat, "messages": [said("user", "hi")] });
    gives(post(admin, SHARED, of_chat.clone()).await, 200);
    let (read, _) = frames(admin, SHARED, &streamed(of_chat.clone())).await;
    assert!(read.ends_with("data: [DONE]\n\n"), "{read}");
    gives(
        post(admin, "/chat/completions/", house.ask("hi")).await,
        200,
    );
    of_chat["aiProviderId"] = json!(house.provider);
    refuses(
        &post(admin, SHARED, of_chat).await,
        "Give either chatId or aiProviderId, not both",
    );
    let neither = json!({ "message": "hi", "messages": [said("user", "hi")] });
    refuses(
        &post(admin, SHARED, neither).await,
        "ai_provider_id is required",
    );
    refuses(
        &post(admin, SHARED, json!({ "aiProviderId": house.provider })).await,
        "messages is required and must be a non-empty array",
    );
    let bob = person(admin, "bob").await;
    let of_chat = json!({ "chatId": house.chat, "messages": [said("user", "hi")] });
    forbids(&post(&bob, SHARED, of_chat).await);
    let got = get(admin, SHARED).await;
    assert_eq!(
        (got.status.as_u16(), &got.headers["allow"]),
        (405, &"POST".parse().unwrap())
    );
}

on_both_databases!(check);
