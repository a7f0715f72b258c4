//! The RAG dialect: sessions, documents, questions.

mod a_document_is_taken_in;
mod a_document_that_comes_again_gets_vectors;
mod a_history_is_read_page_by_page;
mod a_long_document_is_searched_whole;
mod a_passage_is_found_by_its_meaning;
mod a_picture_is_described;
mod a_question_is_answered_from_documents;
mod a_session_is_its_owners;
mod an_upload_goes_where_it_was_signed_for;
mod everything_that_is_wrong_is_told;
mod passages_are_reranked;
mod what_is_hidden_is_not_told_again;
mod what_was_asked_is_told_again;
mod what_was_deleted_is_not_sent_again;
mod what_was_dropped_is_told_again;

use aggregates::thread::ThreadEvent;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    client::{Answer, Client, answer},
    server::Server,
};

pub(crate) const COMPLETIONS: &str = "/api/v1/chat/completions";
pub(crate) const NOTHING: &str = "I could not find any relevant notes for your question.";

/// Exactly this status; the body.
#[track_caller]
pub(crate) fn gives(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    answer.body
}

/// An error of this dialect where no answer is asked for.
#[track_caller]
fn tells(answer: Answer, status: u16, sentence: &str) {
    assert_eq!(gives(answer, status), json!({ "error": sentence }));
}

/// Puts a text into a session, and waits until it is looked through; its ingest.
pub(crate) async fn ingest(who: &Client, session: &str, filename: &str, content: &str) -> String {
    let body = json!({ "session_id": session, "filename": filename, "content": content });
    taken(who.post("/api/v1/ingest/text?wait=true", &body).await)
}

/// The same for documents of an institution.
pub(crate) async fn ingest_of(
    who: &Client,
    session: &str,
    institution: &str,
    content: &str,
) -> String {
    let body = json!({
        "session_id": session, "filename": format!("{institution}.md"), "content": content,
        "tags": { "institution": institution },
    });
    taken(who.post("/api/v1/ingest/text?wait=true", &body).await)
}

#[track_caller]
fn taken(answer: Answer) -> String {
    gives(answer, 201)["data"].as_str().unwrap().to_owned()
}

pub(crate) async fn status(who: &Client, ingest: &str) -> Value {
    let told = gives(
        who.get(&format!("/api/v1/ingest/status/{ingest}")).await,
        200,
    );
    told["data"][0].clone()
}

pub(crate) fn question(session: &str, message: &str) -> Value {
    json!({ "message": message, "sessionId": session })
}

/// Asks; the answer's text.
pub(crate) async fn ask(who: &Client, session: &str, message: &str) -> String {
    let told = gives(
        who.post(COMPLETIONS, &question(session, message)).await,
        200,
    );
    assert_eq!(told["success"], true);
    told["data"].as_str().unwrap().to_owned()
}

/// What was said, as role and content.
pub(crate) async fn history(who: &Client, session: &str) -> Vec<(String, String)> {
    let told = gives(
        who.get(&format!("/api/v1/chat/history/{session}")).await,
        200,
    );
    let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
    let messages = told["data"].as_array().unwrap().iter();
    messages
        .map(|message| (text(message, "role"), text(message, "content")))
        .collect()
}

/// The first message that was sent.
async fn first_message(server: &Server) -> String {
    let events = server.store().await.read_after(0, 1_000).await.unwrap();
    let sent = events
        .iter()
        .find(|event| event.event_type == "message.sent");
    match serde_json::from_str(&sent.unwrap().payload).unwrap() {
        ThreadEvent::MessageSent(sent) => sent.message.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Uploads a file and waits until it is looked through; its ingest.
pub(crate) async fn upload(
    who: &Client,
    session: &str,
    filename: &str,
    mime: &str,
    bytes: &[u8],
) -> String {
    let body = sent(who, session, filename, mime, bytes).await;
    taken(who.post("/api/v1/ingest/process?wait=true", &body).await)
}

/// Uploads a file and does not wait for more; its ingest.
pub(crate) async fn upload_only(
    who: &Client,
    session: &str,
    filename: &str,
    mime: &str,
    bytes: &[u8],
) -> String {
    let body = sent(who, session, filename, mime, bytes).await;
    taken(who.post("/api/v1/ingest/process", &body).await)
}

/// Sends a file; the wish to have it looked through.
async fn sent(who: &Client, session: &str, filename: &str, mime: &str, bytes: &[u8]) -> Value {
    let (url, key) = announce(who, filename, mime, bytes.len()).await;
    gives(put(who, &url, bytes).await, 200);
    json!({ "key": key, "filename": filename, "session_id": session })
}

/// The path of a signed URL, and its key.
async fn announce(who: &Client, filename: &str, mime: &str, size: usize) -> (String, String) {
    let body = json!({ "filename": filename, "contentType": mime, "contentSize": size });
    signed(
        who,
        &gives(who.post("/api/v1/ingest/upload/url", &body).await, 200),
    )
}

/// The same of what was announced.
fn signed(who: &Client, told: &Value) -> (String, String) {
    let data = &told["uploadData"];
    let url = data["signedUrl"].as_str().unwrap();
    let origin = format!("http://{}", who.address);
    let path = url.strip_prefix(&origin).expect("the URL is this server's");
    (path.to_owned(), data["key"].as_str().unwrap().to_owned())
}

/// Sends bytes to a signed URL, as nobody in particular.
async fn put(who: &Client, url: &str, bytes: &[u8]) -> Answer {
    let request = who.bare(Method::PUT, url).body(bytes.to_vec());
    answer(request).await.unwrap()
}
