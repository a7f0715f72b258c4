//! Attachments in an S3-compatible store: read from there, gone from there before there is a receipt, and part of every
//! copy of the record.

use aggregates::thread::{Attachment, ThreadEvent};
use colloquy::store::{Store, StoreConfig};
use image::ImageFormat;
use serde_json::{Value, json};

use super::{on_both_databases, prepare};
use crate::{
    dialects::{
        assistant::upstream::{self, whole},
        rag::{status, upload},
    },
    support::{
        bucket::{Bucket, SECRET},
        client::{Client, eventually},
        databases::TestDatabase,
        pictures::{picture, showing},
        scripted::Scripted,
        server::Server,
        traces::{Traces, marker},
    },
};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A server whose model sees images, with this bucket, that logs everything.
async fn start(database: TestDatabase, bucket: &Bucket, upstream: &Scripted) -> Server {
    let url = format!("{}/v1/", upstream.url());
    let mut settings = upstream::settings(&url);
    settings.extend([("PROVIDERS__UP__VISION", "true"), ("LOG", "debug")]);
    settings.extend(bucket.settings());
    Server::start_logged(database, &settings).await
}

/// What the log says was attached, in order.
async fn attachments(server: &Server) -> Vec<Attachment> {
    let events = server.store().await.read_after(0, 1000).await.unwrap();
    let sent = events
        .iter()
        .filter(|event| event.event_type == "message.sent");
    let sent = sent.map(|event| serde_json::from_str(&event.payload).unwrap());
    sent.flat_map(|event| match event {
        ThreadEvent::MessageSent(sent) => sent.attachments,
        other => panic!("{other:?}"),
    })
    .collect()
}

/// How many images the model was shown last.
fn seen(upstream: &Scripted) -> usize {
    let request = upstream.received().pop().unwrap().body;
    let messages = request["messages"].as_array().unwrap().iter();
    let urls = messages.filter_map(|message| message.pointer("/content/1/image_url/url"));
    urls.filter_map(Value::as_str)
        .filter(|url| url.starts_with("data:image/jpeg;base64,"))
        .count()
}

async fn look(alice: &Client, conversation: &str) -> crate::support::client::Answer {
    let picture = picture(300, 200, ImageFormat::Png);
    alice
        .post("/api/chat", &showing(conversation, "Look", &picture))
        .await
}

async fn journey(database: TestDatabase) {
    let upstream = Scripted::start((0..20).map(|_| whole("fine"))).await;
    let bucket = Bucket::start().await;
    let traces = Traces::of(&database);
    let server = start(database, &bucket, &upstream).await;
    let alice = server.user("alice").await;
    let conversation = alice.conversation(1);
    assert_eq!(look(&alice, &conversation).await.body["reply"], "fine");
    assert_eq!(seen(&upstream), 1);
    let told = marker();
    let text = format!(
        "# {told}\n\n{}",
        format!("The tides of {told} are high. ").repeat(26_000)
    );
    let document = upload(&alice, "s", "tides.md", "text/markdown", text.as_bytes()).await;
    assert_eq!(status(&alice, &document).await["status"], "completed");

    // The table has no bytes, the bucket all of them, and nobody could read them there.
    assert_eq!(bucket.objects().len(), 3, "an image and two pieces");
    assert!(traces.blobs().await.iter().all(Vec::is_empty));
    let place = Traces::in_directory(bucket.root());
    assert_eq!(place.holding(&told).await, [""; 0]);
    // Read back by another process.
    let server = server.start_again().await;
    let alice = alice.at(server.address);
    alice.say(&conversation, "Still there?").await;
    assert_eq!(seen(&upstream), 1);

    away(&server, &alice, &bucket, &traces, &conversation).await;

    for secret in [SECRET, "AWS4-HMAC"] {
        assert!(!server.log().contains(secret));
        let metrics = alice.bare(reqwest::Method::GET, "/metrics").send().await;
        assert!(!metrics.unwrap().text().await.unwrap().contains(secret));
    }
}

/// What cannot be kept is refused for now; what cannot be deleted is waited for, and then gone.
async fn away(
    server: &Server,
    alice: &Client,
    bucket: &Bucket,
    traces: &Traces,
    conversation: &str,
) {
    bucket.is_away(true);
    let refused = look(alice, &alice.conversation(2)).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.headers.contains_key("retry-after"));
    let announced = json!({ "filename": "a.md", "contentType": "text/plain", "contentSize": 5 });
    let told = alice.post("/api/v1/ingest/upload/url", &announced).await;
    let url = told.body["uploadData"]["signedUrl"].as_str().unwrap();
    let put = reqwest::Client::new().put(url).body("words").send().await;
    let put = put.unwrap();
    assert_eq!(put.status(), 503);
    assert!(put.headers().contains_key("retry-after"));
    // What needs no attachment goes on.
    assert_eq!(alice.say(&alice.conversation(3), "Hello").await.status, 200);
    let ready = alice.bare(reqwest::Method::GET, "/readyz").send().await;
    assert_eq!(ready.unwrap().status(), 200);

    let path = format!("/api/chat/conversations/{conversation}");
    assert_eq!(alice.delete(&path).await.status, 200);
    assert_eq!(alice.delete("/api/v1/session/s").await.status, 204);
    let waits = "erasures wait until their attachments are deleted in the bucket";
    eventually(async || server.log().contains(waits)).await;
    // The keys are gone first: nobody reads them any more.
    let store = server.store().await;
    eventually(async || {
        let attached = attachments(server).await;
        attached[0].key.is_empty() && store.blob(&attached[0]).await == Ok(None)
    })
    .await;
    let confirmed = "SELECT count(*) FROM events WHERE event_type = 'erasure.confirmed' AND aggregate_type = 'ingest'";
    assert_eq!(traces.number(confirmed).await, 0);
    assert_eq!(bucket.objects().len(), 3);

    bucket.is_away(false);
    // The conversation; the session with the document.
    traces.receipts(3).await;
    assert_eq!(traces.number(confirmed).await, 1);
    // What could not be kept left rows alone.
    assert!(bucket.objects().is_empty());
    assert_eq!(traces.number("SELECT count(*) FROM doomed_blobs").await, 0);
    assert_eq!(look(alice, &alice.conversation(4)).await.status, 200);
    assert_eq!(bucket.objects().len(), 1);
}

on_both_databases!(journey);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_has_them_and_is_restored_into_a_table_or_another_bucket() {
    prepare();
    let upstream = Scripted::start((0..20).map(|_| whole("fine"))).await;
    let bucket = Bucket::start().await;
    let server = start(TestDatabase::sqlite(), &bucket, &upstream).await;
    let alice = server.user("alice").await;
    for number in 1..=3 {
        assert_eq!(look(&alice, &alice.conversation(number)).await.status, 200);
    }
    let attached = attachments(&server).await;
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("backup");
    let dir = dir.to_str().unwrap();
    server.is_signed().await;
    // A bucket that is away makes no backup, and it is begun again.
    bucket.is_away(true);
    let refused = server.command(&["backup", dir], "").await.unwrap_err();
    assert!(refused.contains("blobs.endpoint"), "{refused}");
    bucket.is_away(false);
    server.command(&["backup", dir], "").await.unwrap();

    let table = TestDatabase::sqlite();
    let restore = ["restore", dir];
    Server::command_on(&table, &[], &restore).await.unwrap();
    let elsewhere = Bucket::start().await;
    let other = TestDatabase::sqlite();
    let told = Server::command_on(&other, &elsewhere.settings(), &restore).await;
    let told = told.unwrap();
    assert!(
        told.contains("3 attachments are in s3://attachments/of/tests"),
        "{told}"
    );
    assert_eq!(elsewhere.objects(), bucket.objects());
    assert!(Traces::of(&other).blobs().await.iter().all(Vec::is_empty));
    let copy = table.store().await;
    for attachment in &attached {
        let here = server.store().await.blob(attachment).await.unwrap();
        assert_eq!(copy.blob(attachment).await.unwrap(), here);
        assert!(here.is_some());
    }
    copy.close().await;
    let restored = Server::start_bare(other, &elsewhere.settings()).await;
    let moved = restored.store().await.blob(&attached[0]).await.unwrap();
    assert!(moved.is_some());

    // What is lost in the bucket is missed, and everything else is copied.
    std::fs::remove_file(bucket.path(&attached[1].blob.to_string())).unwrap();
    let again = place.path().join("again");
    let missed = server
        .command(&["backup", again.to_str().unwrap()], "")
        .await;
    let missed = missed.unwrap_err();
    assert!(
        missed.contains("1 attachments are neither in the bucket"),
        "{missed}"
    );
    assert!(missed.contains(&attached[1].blob.to_string()), "{missed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_takes_them_along_to_postgresql_and_another_bucket() {
    prepare();
    let upstream = Scripted::start((0..20).map(|_| whole("fine"))).await;
    let (bucket, elsewhere) = (Bucket::start().await, Bucket::start().await);
    let server = start(TestDatabase::sqlite(), &bucket, &upstream).await;
    let alice = server.user("alice").await;
    look(&alice, &alice.conversation(1)).await;
    let attached = attachments(&server).await;
    server.is_signed().await;
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("all");
    let dir = dir.to_str().unwrap();
    let export = [
        "audit",
        "export",
        dir,
        "--with-keys",
        "--as",
        "root",
        "--reason",
        "we move",
    ];
    server.command(&export, "").await.unwrap();
    let to = TestDatabase::postgres().await;
    let key = (
        "SERVER_KEY",
        "0707070707070707070707070707070707070707070707070707070707070707",
    );
    let settings = [&elsewhere.settings()[..], &[key]].concat();
    Server::command_on(&to, &settings, &["import", dir])
        .await
        .unwrap();
    assert_eq!(elsewhere.objects(), bucket.objects());
    let moved = Server::start_bare(to, &settings).await;
    let store = moved.store().await;
    assert!(store.blob(&attached[0]).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_wrong_key_or_without_its_bucket_does_not_start() {
    prepare();
    let bucket = Bucket::start().await;
    let database = TestDatabase::sqlite();
    let mut settings = bucket.settings();
    settings[3] = ("BLOBS__SECRET_ACCESS_KEY", "hush");
    let refused = Server::command_on(&database, &settings, &SERVE).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("blobs.secret_access_key"), "{refused}");
    assert!(!refused.contains("hush"), "{refused}");
    bucket.is_away(true);
    let refused = Server::command_on(&database, &bucket.settings(), &SERVE).await;
    assert!(refused.unwrap_err().contains("blobs.endpoint"));
    bucket.is_away(false);

    let config = StoreConfig {
        bucket: Some(bucket.config()),
        ..database.config()
    };
    let store = Store::open(&config).await.unwrap();
    store.keep_blob("image/jpeg", b"kept").await.unwrap();
    store.close().await;
    let refused = Server::command_on(&database, &[], &SERVE).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("blobs.url"), "{refused}");
    // Commands that need no attachment do what they are asked for.
    let list = ["user", "list"];
    Server::command_on(&database, &[], &list).await.unwrap();
}
