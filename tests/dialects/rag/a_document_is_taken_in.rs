//! Documents into a session: of every type, once for the same bytes; what cannot be read says why.

use super::*;
use crate::{
    dialects::{ECHO, on_both_databases},
    support::{databases::TestDatabase, server::Server},
};

const PDF: &[u8] = include_bytes!("../../../parsing/tests/files/cells.pdf");
const DOCX: &[u8] = include_bytes!("../../../parsing/tests/files/cells.docx");
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

async fn check(database: TestDatabase) {
    let server = Server::start(database, &[ECHO]).await;
    let alice = server.user("alice").await;

    let html = b"<html><body><h1>Tides</h1><p>The moon causes the tides.</p><script>evil()</script></body></html>";
    let page = upload(&alice, "s", "tides.html", "text/html; charset=utf-8", html).await;
    let told = status(&alice, &page).await;
    assert_eq!(
        told,
        json!({
            "id": page, "session_id": "s", "filename": "tides.html", "chunks": 1, "visual_chunks": 0,
            "status": "completed", "err_msg": null, "created_at": told["created_at"],
        })
    );
    assert!(
        ask(&alice, "s", "What causes the tides?")
            .await
            .contains("The moon causes the tides.")
    );
    for (filename, mime, bytes) in [
        ("notes.pdf", "application/pdf", PDF),
        ("notes.docx", WORD, DOCX),
    ] {
        let ingest = upload(&alice, "s", filename, mime, bytes).await;
        let told = status(&alice, &ingest).await;
        assert_eq!(told["status"], "completed", "{told}");
        assert!(told["chunks"].as_u64().unwrap() > 0);
    }

    // "The museum is open", as Windows wrote it in Russian.
    let museum = b"\xcc\xf3\xe7\xe5\xe9 \xee\xf2\xea\xf0\xfb\xf2";
    let plain = upload(&alice, "museum", "museum.txt", "text/plain", museum).await;
    let unread = status(&alice, &plain).await;
    assert_eq!(unread["status"], "failed", "{unread}");
    assert!(
        unread["err_msg"]
            .as_str()
            .unwrap()
            .contains("save it as UTF-8"),
        "{unread}"
    );
    let named = "text/plain; Charset=\"windows-1251\"";
    let read = upload(&alice, "museum", "museum.txt", named, museum).await;
    assert_eq!(status(&alice, &read).await["status"], "completed");
    assert!(
        ask(&alice, "museum", "Музей?")
            .await
            .contains("Музей открыт")
    );

    // The same bytes are there already, whatever they are called; in another session they are not.
    let (url, key) = announce(&alice, "again.html", "text/html", html.len()).await;
    gives(put(&alice, &url, html).await, 200);
    let body = json!({ "key": key, "session_id": "s" });
    for _ in 0..2 {
        let again = alice.post("/api/v1/ingest/process?wait=true", &body).await;
        assert_eq!(taken(again), page);
        assert_eq!(status(&alice, &key).await, told);
    }
    let text = ingest(&alice, "s", "a.md", "The sun is a star.").await;
    assert_eq!(
        ingest(&alice, "s", "b.md", "The sun is a star.").await,
        text
    );
    assert_ne!(
        ingest(&alice, "t", "b.md", "The sun is a star.").await,
        text
    );

    let of_another = json!({ "key": key, "session_id": "s", "tags": { "institution": "north" } });
    let refused = alice.post("/api/v1/ingest/process", &of_another).await;
    let other =
        "This upload went into another session, or to another institution: upload the file again";
    tells(refused, 400, other);

    for (filename, mime, bytes, why) in [
        (
            "broken.pdf",
            "application/pdf",
            &PDF[..PDF.len() / 3],
            "PDF",
        ),
        ("no.docx", WORD, &b"not a document at all"[..], ""),
        (
            "photo.png",
            "image/png",
            &b"\x89PNG\r\n\x1a\n"[..],
            "vision provider",
        ),
        ("blank.txt", "text/plain", &b" \n "[..], ""),
    ] {
        let ingest = upload(&alice, "s", filename, mime, bytes).await;
        let told = status(&alice, &ingest).await;
        assert_eq!(
            (&told["status"], &told["chunks"]),
            (&json!("failed"), &json!(0)),
            "{told}"
        );
        let error = told["err_msg"].as_str().unwrap();
        assert!(
            error.contains(why) && error.ends_with('.'),
            "{filename}: {error}"
        );
    }

    // Nobody else sees them.
    let bob = server.user("bob").await;
    assert_eq!(status(&bob, &page).await, Value::Null);
    for unknown in ["nothing", "0196e0a4-0000-7000-8000-000000000000"] {
        assert_eq!(status(&alice, unknown).await, Value::Null);
    }
}

on_both_databases!(check);
