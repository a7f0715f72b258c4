//! Signed URLs: for one document of one size, once, for an hour; nothing else is kept.

use colloquy::{
    auth::{Uploads, upload::Upload},
    config::ServerKey,
};

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server, traces::Traces},
};

async fn check(database: TestDatabase) {
    let traces = Traces::of(&database);
    let server = Server::start(database, &[ECHO, ("SERVER_KEY", &"07".repeat(32))]).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let (url, key) = announce(&alice, "a.txt", "text/plain", 3).await;

    let process = json!({ "key": key, "session_id": "s" });
    let empty = "Nothing was uploaded to this key yet: PUT the file to its signed URL first";
    tells(
        alice.post("/api/v1/ingest/process", &process).await,
        400,
        empty,
    );

    let wrong = "This upload URL is not one of ours: ask for a new one";
    for other in [
        url.replace("size=3", "size=4"),
        url.replace("sig=", "sig=0"),
        url.split('?').next().unwrap().to_owned(),
        url.replace("expires=", "expires=9"),
        url.replace(&key, "0196e0a4-0000-7000-8000-000000000000"),
        url.replace(&key, "nothing"),
    ] {
        tells(put(&alice, &other, b"abc").await, 403, wrong);
    }
    // Ours, and too old.
    let late = Upload {
        key: key.parse().unwrap(),
        size: 3,
        expires: 1,
    };
    let signature = Uploads::new(&ServerKey::new([7; 32])).sign(late);
    let at = url.split('?').next().unwrap();
    let late = format!("{at}?size=3&expires=1&sig={signature}");
    let expired = "This upload URL has expired: ask for a new one";
    tells(put(&alice, &late, b"abc").await, 403, expired);
    let size = "The upload must have exactly the 3 bytes that were announced";
    tells(put(&alice, &url, b"abcd").await, 400, size);
    tells(put(&alice, &url, b"ab").await, 400, size);
    let chunked = futures_util::stream::iter([&b"ab"[..], b"cd"].map(Ok::<_, std::io::Error>));
    let chunked = alice
        .bare(Method::PUT, &url)
        .body(reqwest::Body::wrap_stream(chunked));
    tells(answer(chunked).await.unwrap(), 400, size);
    assert_eq!(traces.blobs().await, [[0; 0]; 0], "nothing is kept");

    gives(put(&alice, &url, b"abc").await, 200);
    let used = "This upload URL was used already: ask for a new one";
    tells(put(&alice, &url, b"abc").await, 403, used);

    let unknown = "There is no such upload: ask for a new upload URL";
    tells(
        bob.post("/api/v1/ingest/process", &process).await,
        404,
        unknown,
    );
    let nowhere = json!({ "key": "nothing", "session_id": "s" });
    tells(
        alice.post("/api/v1/ingest/process", &nowhere).await,
        404,
        "There is no such upload: ask for a new upload URL",
    );
    let taken = gives(
        alice
            .post("/api/v1/ingest/process?wait=true", &process)
            .await,
        201,
    );
    assert_eq!(taken["data"], key.as_str());
    let again = gives(alice.post("/api/v1/ingest/process", &process).await, 201);
    assert_eq!(again, taken);
    let elsewhere = json!({ "key": key, "session_id": "t" });
    let other =
        "This upload went into another session, or to another institution: upload the file again";
    tells(
        alice.post("/api/v1/ingest/process", &elsewhere).await,
        400,
        other,
    );
    assert_eq!(status(&alice, &key).await["filename"], "a.txt");

    // Nor has a URL a use while whom it was signed for is let in nowhere.
    let sam = server.user_as("sam", "staff").await;
    let (url, _) = announce(&bob, "b.txt", "text/plain", 3).await;
    let account = format!("/api/auth/users/{}", bob.id);
    let turn = async |action: &str| {
        let done = sam.post(&format!("{account}/{action}"), &json!({})).await;
        gives(done, 200);
    };
    turn("disable").await;
    tells(put(&alice, &url, b"abc").await, 404, unknown);
    turn("enable").await;
    gives(put(&alice, &url, b"abc").await, 200);

    // What is refused makes no session, nor does what went with its own.
    let sessions = async || {
        let listed = gives(alice.get("/api/v1/session").await, 200);
        let rows = listed.as_array().unwrap().iter();
        rows.map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sessions().await, ["s"]);
    gives(alice.delete("/api/v1/session/s").await, 204);
    for body in [&process, &elsewhere] {
        tells(
            alice.post("/api/v1/ingest/process", body).await,
            404,
            unknown,
        );
    }
    assert_eq!(sessions().await, [""; 0]);
}

on_both_databases!(check);
