//! A finished answer as JSON, in the order in which this API lists its fields.

use aggregates::{
    ThreadId,
    thread::{FinishReason, Usage},
};
use http::HeaderValue;
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use super::{chat::Answering, error::Error, models};
use crate::{
    actors::Ending,
    http::{
        answer_id,
        follow::{Finished, Follower, Piece},
    },
    views::Freshness,
};

/// Reads the answer to its end.
pub(super) async fn whole(answering: Answering, mut follower: Follower) -> Result<Response, Error> {
    loop {
        if let Piece::Ended(finished) = follower.next().await? {
            failed(&finished)?;
            return Ok(response(&answering, &finished));
        }
    }
}

fn response(answering: &Answering, finished: &Finished) -> Response {
    let mut body = json!({
        "id": id(answering),
        "object": "chat.completion",
        "created": answering.created,
        "model": models::name(&finished.provider, &finished.model),
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": finished.text, "refusal": null },
            "logprobs": null,
            "finish_reason": reason(finished.finish),
        }],
        "usage": usage(finished.usage),
    });
    if let Some(warning) = &answering.warning {
        body["warning"] = json!(warning);
    }
    let mut response = warp::reply::json(&body).into_response();
    Stamp::of(answering, finished.position, finished.fresh).put(&mut response);
    response
}

/// Where in the log an answer stands, whether the views were behind, and in which conversation.
pub(super) struct Stamp {
    position: u64,
    fresh: Freshness,
    thread: Option<ThreadId>,
}

impl Stamp {
    pub(super) fn of(answering: &Answering, position: u64, fresh: Freshness) -> Self {
        Self {
            position: position.max(answering.position),
            fresh,
            thread: answering.thread,
        }
    }

    pub(super) fn put(&self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert("x-colloquy-position", HeaderValue::from(self.position));
        if self.fresh == Freshness::Stale {
            headers.insert("x-colloquy-stale", HeaderValue::from_static("1"));
        }
        if let Some(thread) = self.thread
            && let Ok(thread) = HeaderValue::from_str(&thread.to_string())
        {
            headers.insert("x-thread", thread);
        }
    }
}

/// An answer that is none.
pub(super) fn failed(finished: &Finished) -> Result<(), Error> {
    Err(match finished.ending {
        Ending::Completed => return Ok(()),
        Ending::Failed => {
            let sentence = finished.error.clone();
            Error::provider(sentence.unwrap_or_else(|| "The provider failed.".to_owned()))
        }
        Ending::Stopped => Error::interrupted("The answer was stopped."),
        Ending::Interrupted => {
            Error::interrupted("The server stopped in the middle of the answer.")
        }
        Ending::Dropped | Ending::Elsewhere => {
            Error::gone("What this request made was deleted since.")
        }
    })
}

pub(super) fn id(answering: &Answering) -> String {
    answer_id::printed(answering.turn.0)
}

/// In this API's words.
pub(super) fn reason(finish: Option<FinishReason>) -> &'static str {
    match finish {
        Some(FinishReason::Length) => "length",
        Some(FinishReason::ContentFilter) => "content_filter",
        // Which ones nobody here can say: none are offered that a client could answer.
        Some(FinishReason::ToolCalls) => "tool_calls",
        _ => "stop",
    }
}

pub(super) fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens.saturating_add(usage.completion_tokens),
    })
}
