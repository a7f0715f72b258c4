//! Tokens and keys: who gets in, and the two sentences for those who do not.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use colloquy::{
    auth::{Tokens, token::Terms},
    clock,
    config::ServerKey,
};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, header::HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{login, says};
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{
        client::{Answer, Client, answer},
        databases::TestDatabase,
        server::{PASSWORD, Server},
    },
};

const KEY: [u8; 32] = [7; 32];
const NOTHING: &str = "Authentication required";
const BAD: &str = "Invalid or expired token";

async fn check(database: TestDatabase) {
    let key = "07".repeat(32);
    let server = Server::start(database, &[ECHO, ("SERVER_KEY", &key)]).await;
    let (alice, sam) = tokio::join!(server.user("alice"), server.user_as("Sam", "staff"));

    every_route_asks_who_is_there(&alice).await;
    a_bad_token_is_refused(&alice).await;
    a_good_token_opens_from_header_and_query(&alice).await;
    me_tells_who_i_am(&alice, &sam).await;
    a_new_password_ends_the_old_tokens(&server, &sam).await;
    a_revoked_key_opens_nothing(&server, &sam).await;
}

async fn every_route_asks_who_is_there(alice: &Client) {
    let conversation = alice.conversation(1);
    let one = format!("/api/chat/conversations/{conversation}");
    let routes = [
        (Method::POST, "/api/chat".to_owned()),
        (Method::POST, "/api/chat/stream".to_owned()),
        (
            Method::GET,
            format!("/api/chat/stream?conversation_id={conversation}"),
        ),
        (Method::GET, "/api/chat/conversations".to_owned()),
        (
            Method::GET,
            format!("/api/chat/messages?conversation_id={conversation}"),
        ),
        (Method::GET, "/api/chat/search?q=hello".to_owned()),
        (Method::GET, "/api/chat/search/all?q=hello".to_owned()),
        (Method::DELETE, one.clone()),
        (Method::POST, format!("{one}/stop")),
        (Method::POST, format!("{one}/truncate")),
        (Method::POST, format!("{one}/rewind")),
        (Method::POST, format!("{one}/restore")),
        (Method::POST, format!("{one}/archive")),
        (Method::POST, format!("{one}/unarchive")),
        (Method::GET, "/api/auth/me".to_owned()),
        (Method::GET, "/api/providers".to_owned()),
    ];
    for (method, path) in routes {
        // A body that is no JSON: who asks comes before what is asked.
        let nobody = alice.bare(method.clone(), &path).body("{");
        says(&answer(nobody).await.unwrap(), 401, NOTHING);
        let somebody = alice.with_key("nonsense").request(method, &path).body("{");
        says(&answer(somebody).await.unwrap(), 401, BAD);
    }
}

async fn a_bad_token_is_refused(alice: &Client) {
    let another = Tokens::new(&ServerKey::new([8; 32]));
    let id = alice.id.parse().unwrap();
    let stranger = another
        .issue(
            id,
            "alice",
            aggregates::user::Role::User,
            i64::MAX,
            Terms::MONTH,
        )
        .unwrap();
    let now = clock::now().timestamp();
    let claims = json!({
        "sub": alice.id, "username": "alice", "role": "user", "iat": now, "exp": now + 60,
        "pwd": i64::MAX,
    });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!(
        "{}.{}.",
        part(&json!({"alg":"none","typ":"JWT"})),
        part(&claims)
    );
    let good = signed(&claims);
    let (head, rest) = good.split_once('.').unwrap();
    let promoted = format!(
        "{head}.{}.{}",
        part(&with("role", json!("admin"))),
        rest.split_once('.').unwrap().1
    );

    assert_eq!(
        me(alice, &good).await.status,
        200,
        "the forger knows how to sign"
    );
    for bad in [
        "a.b.c".to_owned(),
        "sk_".to_owned(),
        format!("sk_{}", "0".repeat(64)),
        alice.key[..66].to_owned(),
        alice.key.to_uppercase(),
        format!("{}0", alice.key),
        "x".repeat(20_000),
        stranger,
        none,
        promoted,
        signed(&with("exp", json!(now - 60))),
        signed(&with("exp", json!("tomorrow"))),
        signed(&with("sub", json!("01900000-0000-7000-8000-000000000000"))),
        signed(&with("sub", json!("root"))),
        signed(&with("role", json!("emperor"))),
        // Issued before the password that counts now.
        signed(&with("pwd", json!(0))),
    ] {
        says(&me(alice, &bad).await, 401, BAD);
        let request = alice.bare(Method::GET, &format!("/api/auth/me?token={bad}"));
        says(&answer(request).await.unwrap(), 401, BAD);
    }

    for (value, sentence) in [
        (&b"Bearer"[..], NOTHING),
        (b"Bearer  ", NOTHING),
        (b"", NOTHING),
        (b"Basic cm9vdDpyb290", NOTHING),
        (b"Bearer \xff\xfe", BAD),
        (b"Bearer a b", BAD),
        (b"Bearer \t", NOTHING),
    ] {
        let value = HeaderValue::from_bytes(value).unwrap();
        let request = alice
            .bare(Method::GET, "/api/auth/me")
            .header("authorization", value);
        says(&answer(request).await.unwrap(), 401, sentence);
    }
    for (query, sentence) in [
        ("?token=", NOTHING),
        ("?token", NOTHING),
        ("?token=%00", BAD),
        ("?token=%ff", BAD),
    ] {
        let request = alice.bare(Method::GET, &format!("/api/auth/me{query}"));
        says(&answer(request).await.unwrap(), 401, sentence);
    }
}

async fn a_good_token_opens_from_header_and_query(alice: &Client) {
    let token = login(alice, "alice", PASSWORD).await.body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    for secret in [&token, &alice.key] {
        for scheme in ["Bearer", "bearer", "BEARER "] {
            let request = alice
                .bare(Method::GET, "/api/auth/me")
                .header("authorization", format!("{scheme} {secret}"));
            assert_eq!(answer(request).await.unwrap().status, 200);
        }
        let path = format!("/api/auth/me?token={secret}");
        assert_eq!(
            answer(alice.bare(Method::GET, &path)).await.unwrap().status,
            200
        );
        // A proxy's own login does not hide it.
        let request = alice
            .bare(Method::GET, &path)
            .header("authorization", "Basic cm9vdDpyb290");
        assert_eq!(answer(request).await.unwrap().status, 200);
        // The header counts before the query, whichever is right.
        let request = alice.bare(Method::GET, &path).bearer_auth("nonsense");
        says(&answer(request).await.unwrap(), 401, BAD);
        let request = alice
            .bare(Method::GET, "/api/auth/me?token=nonsense")
            .bearer_auth(secret);
        assert_eq!(answer(request).await.unwrap().status, 200);
        // The same for a send.
        let request = alice.bare(Method::POST, &format!("/api/chat?token={secret}"));
        let sent = answer(request.json(&json!({ "text": "hello" })))
            .await
            .unwrap();
        assert_eq!(sent.status, 200, "{}", sent.body);
    }
}

async fn me_tells_who_i_am(alice: &Client, sam: &Client) {
    for (who, username, role) in [(alice, "alice", "user"), (sam, "Sam", "staff")] {
        let me = who.get("/api/auth/me").await;
        assert_eq!(
            me.body,
            json!({ "id": who.id, "username": username, "role": role })
        );
    }
    let providers = alice.get("/api/providers").await;
    assert_eq!(providers.body, json!({ "providers": ["echo"] }));
}

async fn a_new_password_ends_the_old_tokens(server: &Server, sam: &Client) {
    let before = login(sam, "sam", PASSWORD).await.body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(me(sam, &before).await.status, 200);
    server
        .command(
            &["user", "passwd", "sam", "--password-stdin"],
            "another one\n",
        )
        .await
        .unwrap();
    refused_soon(sam, &before).await;
    says(
        &login(sam, "sam", PASSWORD).await,
        401,
        "Invalid username or password",
    );
    let after = login(sam, "sam", "another one").await;
    assert_eq!(
        me(sam, after.body["access_token"].as_str().unwrap())
            .await
            .status,
        200
    );
    // Keys are no passwords.
    assert_eq!(me(sam, &sam.key).await.status, 200);
}

async fn a_revoked_key_opens_nothing(server: &Server, sam: &Client) {
    assert_eq!(me(sam, &sam.key).await.status, 200);
    server
        .command(&["token", "revoke", &sam.key], "")
        .await
        .unwrap();
    refused_soon(sam, &sam.key).await;
}

/// Another process took it away: this one knows within a second, and at once when its database tells it.
async fn refused_soon(who: &Client, secret: &str) {
    let limit = std::time::Duration::from_secs(5);
    let refused = async {
        loop {
            let answer = me(who, secret).await;
            if answer.status != 200 {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let refused = tokio::time::timeout(limit, refused)
        .await
        .expect("it is accepted for ever");
    says(&refused, 401, BAD);
}

async fn me(who: &Client, secret: &str) -> Answer {
    who.with_key(secret).get("/api/auth/me").await
}

/// A token made by somebody who knows the server's key.
fn signed(claims: &Value) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
    mac.update(b"colloquy/token/1");
    let secret = EncodingKey::from_secret(&mac.finalize().into_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &secret).unwrap()
}

on_both_databases!(check);
