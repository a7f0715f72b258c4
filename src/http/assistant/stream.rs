//! A running reply as this dialect's frames: `meta`, `status`, `tool_start` and `tool_end`, `reasoning`, `assistant`, then `done` or `error`.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::Stream;
use serde_json::{Value, json};
use warp::reply::Response;

use super::reply;
use crate::http::{
    follow::{Cursor, Follower, Piece},
    sse,
};

/// How a stream is shown.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// The whole text is repeated in every frame, as old clients want it.
    pub(super) full: bool,
    /// With the model's thoughts.
    pub(super) reasoning: bool,
    /// It goes on after a break.
    pub(super) resumed: bool,
    /// What its author is told first: what moderation took out of the message, what cannot be done.
    pub(super) statuses: VecDeque<String>,
}

/// The stream of a turn.
pub(super) fn response(
    conversation: &str,
    provider: &str,
    follower: Follower,
    shown: Shown,
) -> Response {
    sse::response(frames(Frames {
        conversation: conversation.to_owned(),
        provider: provider.to_owned(),
        at: follower.at(),
        follower,
        first_text: shown.resumed,
        first_reasoning: shown.resumed,
        shown,
        state: State::Meta,
    }))
}

struct Frames {
    conversation: String,
    provider: String,
    follower: Follower,
    at: Cursor,
    shown: Shown,
    /// The next text frame is the first one after a resume.
    first_text: bool,
    /// The same of the thoughts.
    first_reasoning: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Meta,
    Pieces,
    Over,
}

fn frames(frames: Frames) -> impl Stream<Item = Bytes> + Send {
    futures_util::stream::unfold(frames, |mut frames| async move {
        let frame = match frames.state {
            State::Over => return None,
            State::Meta => frames.meta(),
            State::Pieces => match frames.shown.statuses.pop_front() {
                Some(status) => frames.status(&status),
                None => frames.piece().await,
            },
        };
        Some((frame, frames))
    })
}

impl Frames {
    fn meta(&mut self) -> Bytes {
        self.state = State::Pieces;
        let mut data = json!({ "type": "meta", "conversation_id": self.conversation, "provider": self.provider });
        if self.shown.resumed {
            data["replayed"] = json!(true);
        }
        self.frame("meta", &data)
    }

    fn status(&self, text: &str) -> Bytes {
        let mut data = json!({ "type": "status", "text": text });
        if self.shown.resumed {
            data["replayed"] = json!(true);
        }
        self.frame("status", &data)
    }

    async fn piece(&mut self) -> Bytes {
        let mut piece = self.follower.next().await;
        while !self.shown.reasoning
            && let Ok(Piece::Reasoning { at, .. }) = piece
        {
            self.at = at;
            piece = self.follower.next().await;
        }
        match piece {
            Ok(Piece::Text { delta, at }) => {
                self.at = at;
                let mut data = json!({ "type": "assistant", "delta": delta });
                if self.shown.full || std::mem::take(&mut self.first_text) {
                    data["text"] = json!(self.follower.so_far().0);
                }
                self.frame("assistant", &data)
            }
            Ok(Piece::Reasoning { delta, at }) => {
                self.at = at;
                let mut data = json!({ "type": "reasoning", "delta": delta });
                if self.shown.full || std::mem::take(&mut self.first_reasoning) {
                    data["text"] = json!(self.follower.so_far().1);
                }
                self.frame("reasoning", &data)
            }
            Ok(Piece::Lookup {
                lookup,
                over,
                replayed,
            }) => {
                let event = if over { "tool_end" } else { "tool_start" };
                let mut data = json!({
                    "type": event,
                    "name": lookup.tool.as_str(),
                    "label": lookup.label,
                });
                if replayed && self.shown.resumed {
                    data["replayed"] = json!(true);
                }
                self.frame(event, &data)
            }
            Ok(Piece::Reset { text, at }) => {
                self.at = at;
                self.frame("reset", &json!({ "type": "reset", "text": text }))
            }
            Ok(Piece::Ended(finished)) => {
                self.state = State::Over;
                let provider = reply::answered_by(&finished, &self.provider);
                let data = match reply::failure(&finished) {
                    None => json!({
                        "type": "done",
                        "reply": finished.text,
                        "conversation_id": self.conversation,
                        "provider": provider,
                    }),
                    Some(error) => json!({
                        "type": "error",
                        "error": error,
                        "conversation_id": self.conversation,
                        "provider": provider,
                    }),
                };
                let name = data["type"].as_str().unwrap_or("error").to_owned();
                self.frame(&name, &data)
            }
            // The reply itself goes on; the client resumes where it was.
            Err(error) => {
                self.state = State::Over;
                tracing::warn!(%error, "a stream ended early");
                let sentence =
                    "the stream cannot go on at the moment; resume it with Last-Event-ID";
                self.frame(
                    "error",
                    &json!({
                        "type": "error",
                        "error": sentence,
                        "conversation_id": self.conversation,
                        "provider": self.provider,
                    }),
                )
            }
        }
    }

    fn frame(&self, event: &str, data: &Value) -> Bytes {
        sse::frame(event, Some(&self.at.to_string()), &data.to_string())
    }
}
