//! An answer as frames: `data: {"choices":[{"delta":{"content":"Hel"}}]}` each, and `data: [DONE]`; what fails is
//! `data: {"error":"…"}`, and nothing after it.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::{Stream, stream};
use serde_json::{Value, json};
use warp::reply::Response;

use super::{completions::Running, error::Error, reply::stamp};
use crate::{
    http::{
        completion::Leash,
        follow::{Cursor, Follower, Piece},
        sse,
    },
    views::Freshness,
};

/// The stream.
pub(super) fn response(running: Running) -> Response {
    let Running {
        answering,
        follower,
        leash,
    } = running;
    let position = answering.position;
    // Who comes back in the middle has had the beginning.
    let warning = answering.warning.filter(|_| follower.at().text == 0);
    let mut response = sse::response(frames(Frames {
        follower,
        warning,
        ready: VecDeque::new(),
        over: false,
        _leash: leash,
    }));
    // Whether reads show it is told with the end.
    stamp(&mut response, position, Freshness::Fresh);
    response
}

/// A stream that has failed before its beginning.
pub(super) fn failed(sentence: &str) -> Response {
    let frame = error(sentence);
    sse::response(stream::once(async move { frame }))
}

struct Frames {
    follower: Follower,
    /// What moderation took out of the question: told with the first words.
    warning: Option<String>,
    ready: VecDeque<Bytes>,
    over: bool,
    /// Dropped with the stream: nobody reads any more.
    _leash: Option<Leash>,
}

fn frames(frames: Frames) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(frames, |mut frames| async move {
        loop {
            if let Some(frame) = frames.ready.pop_front() {
                return Some((frame, frames));
            }
            if frames.over {
                return None;
            }
            match frames.follower.next().await {
                Ok(piece) => frames.show(piece),
                Err(fault) => {
                    tracing::warn!(error = %fault, "a stream ended early");
                    frames.fail(
                        "The stream cannot go on at the moment; resume it with Idempotency-Key \
                         and Last-Event-ID.",
                    );
                }
            }
        }
    })
}

impl Frames {
    fn show(&mut self, piece: Piece) {
        match piece {
            Piece::Text { delta, at } => self.say(json!({ "content": delta }), at, false),
            // The cursor fits no text that exists now: what the client has counts no more.
            Piece::Reset { text, at } => self.say(json!({ "content": text }), at, true),
            // This API has no place for them.
            Piece::Reasoning { .. } | Piece::Lookup { .. } => {}
            Piece::Ended(finished) => match Error::ended(&finished) {
                Ok(()) => {
                    self.over = true;
                    if finished.fresh == Freshness::Stale {
                        let stale = json!({ "choices": [{ "delta": {} }], "stale": true });
                        self.ready.push_back(sse::data(None, &stale.to_string()));
                    }
                    self.ready.push_back(sse::data(None, "[DONE]"));
                }
                Err(error) => self.fail(error.in_stream().unwrap_or("The server has failed.")),
            },
        }
    }

    fn say(&mut self, delta: Value, at: Cursor, reset: bool) {
        let mut frame = json!({ "choices": [{ "delta": delta }] });
        if reset {
            frame["reset"] = json!(true);
        }
        if let Some(warning) = self.warning.take() {
            frame["warning"] = json!(warning);
        }
        let frame = sse::data(Some(&at.to_string()), &frame.to_string());
        self.ready.push_back(frame);
    }

    fn fail(&mut self, sentence: &str) {
        self.over = true;
        self.ready.push_back(error(sentence));
    }
}

fn error(sentence: &str) -> Bytes {
    sse::data(None, &json!({ "error": sentence }).to_string())
}
