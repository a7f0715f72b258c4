//! An answer as chunks: the role first, then its text, the reason of its end, its usage where wanted, and `[DONE]`.

use std::collections::VecDeque;

use aggregates::thread::Usage;
use bytes::Bytes;
use futures_util::Stream;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{chat::Answering, error::Error, reply};
use crate::{
    http::{
        completion::Leash,
        follow::{Finished, Follower, Piece},
        sse,
    },
    views::{Freshness, ViewError},
};

/// The stream. Who fails before the first word, and soon, is told by a status.
pub(super) async fn response(
    answering: Answering,
    mut follower: Follower,
    include_usage: bool,
    leash: Option<Leash>,
) -> Result<Response, Error> {
    // Who comes back in the middle has had the beginning.
    let begins = follower.at().text == 0;
    let first = tokio::time::timeout(sse::HEARTBEAT, next(&mut follower)).await;
    let first = match first {
        Ok(Ok(Piece::Ended(finished))) => {
            reply::failed(&finished)?;
            Some(Piece::Ended(finished))
        }
        Ok(piece) => Some(piece?),
        Err(_) => None,
    };
    let mut frames = Frames {
        include_usage,
        follower,
        ready: VecDeque::new(),
        over: false,
        _leash: leash,
        answering,
    };
    if begins {
        frames.begin();
    }
    if let Some(first) = first {
        frames.show(first);
    }
    // Whether reads show it is told with the end.
    let stamp = reply::Stamp::of(&frames.answering, 0, Freshness::Fresh);
    let mut response = sse::response(chunks(frames));
    stamp.put(&mut response);
    Ok(response)
}

struct Frames {
    answering: Answering,
    follower: Follower,
    include_usage: bool,
    ready: VecDeque<Bytes>,
    over: bool,
    /// Dropped with the stream: nobody reads any more.
    _leash: Option<Leash>,
}

fn chunks(frames: Frames) -> impl Stream<Item = Bytes> + Send {
    futures_util::stream::unfold(frames, |mut frames| async move {
        loop {
            if let Some(frame) = frames.ready.pop_front() {
                return Some((frame, frames));
            }
            if frames.over {
                return None;
            }
            match next(&mut frames.follower).await {
                Ok(piece) => frames.show(piece),
                Err(error) => {
                    tracing::warn!(%error, "a stream ended early");
                    let sentence = "The stream cannot go on at the moment; resume it with \
                                    Idempotency-Key and Last-Event-ID.";
                    frames.fail(&Error::busy(sentence));
                }
            }
        }
    })
}

/// The next piece that this API has a place for.
async fn next(follower: &mut Follower) -> Result<Piece, ViewError> {
    loop {
        match follower.next().await? {
            Piece::Reasoning { .. } | Piece::Lookup { .. } => {}
            piece => return Ok(piece),
        }
    }
}

impl Frames {
    fn begin(&mut self) {
        let delta = json!({ "role": "assistant", "content": "" });
        let mut chunk = self.chunk(delta, Value::Null);
        if let Some(warning) = &self.answering.warning {
            chunk["warning"] = json!(warning);
        }
        self.ready.push_back(sse::data(None, &chunk.to_string()));
    }

    fn show(&mut self, piece: Piece) {
        match piece {
            Piece::Text { delta, at } => {
                let chunk = self.chunk(json!({ "content": delta }), Value::Null);
                let frame = sse::data(Some(&at.to_string()), &chunk.to_string());
                self.ready.push_back(frame);
            }
            // The cursor fits no text that exists now: what the client has counts no more.
            Piece::Reset { text, at } => {
                let mut chunk = self.chunk(json!({ "content": text }), Value::Null);
                chunk["reset"] = json!(true);
                let frame = sse::data(Some(&at.to_string()), &chunk.to_string());
                self.ready.push_back(frame);
            }
            Piece::Reasoning { .. } | Piece::Lookup { .. } => {}
            Piece::Ended(finished) => match reply::failed(&finished) {
                Ok(()) => self.end(&finished),
                Err(error) => self.fail(&error),
            },
        }
    }

    fn end(&mut self, finished: &Finished) {
        self.over = true;
        let mut last = self.chunk(json!({}), json!(reply::reason(finished.finish)));
        if finished.fresh == Freshness::Stale {
            last["stale"] = json!(true);
        }
        self.ready.push_back(sse::data(None, &last.to_string()));
        if self.include_usage {
            let chunk = self.usage(finished.usage);
            self.ready.push_back(sse::data(None, &chunk.to_string()));
        }
        self.ready.push_back(sse::data(None, "[DONE]"));
    }

    fn fail(&mut self, error: &Error) {
        self.over = true;
        let told = error.told().to_string();
        self.ready.push_back(sse::data(None, &told));
    }

    fn chunk(&self, delta: Value, finish_reason: Value) -> Value {
        let choice = json!({
            "index": 0,
            "delta": delta,
            "logprobs": null,
            "finish_reason": finish_reason,
        });
        let mut chunk = self.with_choices(json!([choice]));
        if self.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    fn usage(&self, usage: Usage) -> Value {
        let mut chunk = self.with_choices(json!([]));
        chunk["usage"] = reply::usage(usage);
        chunk
    }

    fn with_choices(&self, choices: Value) -> Value {
        json!({
            "id": reply::id(&self.answering),
            "object": "chat.completion.chunk",
            "created": self.answering.created,
            "model": self.answering.model,
            "choices": choices,
        })
    }
}
