//! What a model was shown for a reply.

use aggregates::{ThreadId, TurnId, reading::Looked, verdict::Verdict};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{
    error::Error,
    request::{self, Access},
    routes::Call,
};
use crate::{
    actors::{AskedMessage, LookupsShown, NotesShown},
    http::answer_id,
};

/// `GET /api/audit/threads/{id}/replies/{turn}/context`
pub(super) async fn of_reply(
    call: &Call,
    access: &Access,
    thread: &str,
    turn: &str,
) -> Result<Response, Error> {
    let thread = request::thread(thread)?;
    let none = || Error::not_found("The thread has no such reply");
    let id: ThreadId = thread.parse().map_err(|_| Error::no_thread())?;
    let turn: TurnId = answer_id::read(turn).ok_or_else(none)?;
    let manifest = call.api.records.context_of(id, turn).await?;
    let manifest = manifest.ok_or_else(none)?;
    access.note(&call.api, Looked::Messages, [&*thread]).await?;
    let content = access.content();
    let asked = manifest.asked.iter().map(|asked| {
        let messages = asked.messages.iter();
        let messages: Vec<_> = messages
            .map(|message| self::message(message, content))
            .collect();
        json!({ "provider": asked.provider, "obstacle": asked.obstacle, "messages": messages })
    });
    let asked: Vec<_> = asked.collect();
    let mut attempts = manifest.attempts;
    if !content {
        // A provider's error may quote what was said.
        attempts.iter_mut().for_each(|attempt| attempt.error = None);
    }
    let body = json!({
        "thread": thread,
        "turn": turn,
        "position": manifest.position.to_string(),
        "answers": manifest.answers,
        "rule": manifest.rule,
        "system_prompt": manifest.system_prompt,
        "asked": asked,
        "attempts": attempts,
        "notes": manifest.notes.as_ref().map(|notes| self::notes(notes, content)),
        "lookups": manifest.lookups.as_ref().map(|lookups| self::lookups(lookups, content)),
        "content": content,
    });
    Ok(warp::reply::json(&body).into_response())
}

/// The passages that a model was shown before its question.
fn notes(notes: &NotesShown, content: bool) -> Value {
    let passages = notes.passages.iter().map(|(source, text)| {
        json!({
            "document": source.ingest,
            "chunk": source.chunk,
            "score": source.score,
            "flagged": source.flagged,
            "kept_back": source.kept_back,
            "text": text.as_ref().filter(|_| content),
        })
    });
    let passages: Vec<_> = passages.collect();
    json!({ "prompt": notes.prompt, "rules": notes.rules, "passages": passages })
}

/// What the model looked up in the middle of its answer.
fn lookups(lookups: &LookupsShown, content: bool) -> Value {
    let calls = lookups.calls.iter().map(|(called, answered)| {
        let verdict = answered.as_ref().and_then(|told| told.verdict.as_ref());
        json!({
            "call": called.call,
            "round": called.round,
            "tool": called.tool,
            "arguments": content.then_some(&called.arguments),
            "done": answered.as_ref().map(|told| told.done),
            "flagged": verdict.map(Verdict::categories),
            "kept_back": answered.as_ref().map(|told| told.kept_back),
            "duration_ms": answered.as_ref().map(|told| told.duration_ms),
            "result": answered.as_ref().map(|told| &told.result).filter(|_| content),
        })
    });
    let calls: Vec<_> = calls.collect();
    json!({
        "prompt": lookups.tools.as_ref().map(|tools| &tools.prompt),
        "rules": lookups.rules,
        "offered": lookups.tools.as_ref().map(|tools| &tools.offered),
        "beside_question": lookups.tools.as_ref().map(|tools| tools.beside_question),
        "calls": calls,
    })
}

/// With the id of the version that was shown, or of what stood in for it.
fn message(message: &AskedMessage, content: bool) -> Value {
    json!({
        "place": message.place,
        "message": message.message,
        "stands_in": message.stands_in,
        "role": if message.by_person { "user" } else { "assistant" },
        "images": message.images,
        "length": message.text.chars().count(),
        "text": content.then_some(&message.text),
    })
}
