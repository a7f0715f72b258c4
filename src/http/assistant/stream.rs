//! A running reply as this dialect's frames: `meta`, `reasoning`, `assistant`, then `done` or `error`.

use bytes::Bytes;
use futures_util::Stream;
use serde_json::{Value, json};
use warp::reply::Response;

use super::reply;
use crate::http::{
    follow::{Cursor, Follower, Piece},
    sse,
};

/// The stream of a turn. `full` repeats the whole text in every frame, as old clients want it.
pub(super) fn response(
    conversation: &str,
    provider: &str,
    follower: Follower,
    full: bool,
    resumed: bool,
) -> Response {
    sse::response(frames(Frames {
        conversation: conversation.to_owned(),
        provider: provider.to_owned(),
        at: follower.at(),
        follower,
        full,
        resumed,
        first_text: resumed,
        first_reasoning: resumed,
        state: State::Meta,
    }))
}

struct Frames {
    conversation: String,
    provider: String,
    follower: Follower,
    at: Cursor,
    full: bool,
    resumed: bool,
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
            State::Pieces => frames.piece().await,
        };
        Some((frame, frames))
    })
}

impl Frames {
    fn meta(&mut self) -> Bytes {
        self.state = State::Pieces;
        let mut data = json!({ "type": "meta", "conversation_id": self.conversation, "provider": self.provider });
        if self.resumed {
            data["replayed"] = json!(true);
        }
        self.frame("meta", &data)
    }

    async fn piece(&mut self) -> Bytes {
        match self.follower.next().await {
            Ok(Piece::Text { delta, at }) => {
                self.at = at;
                let mut data = json!({ "type": "assistant", "delta": delta });
                if self.full || std::mem::take(&mut self.first_text) {
                    data["text"] = json!(self.follower.so_far().0);
                }
                self.frame("assistant", &data)
            }
            Ok(Piece::Reasoning { delta, at }) => {
                self.at = at;
                let mut data = json!({ "type": "reasoning", "delta": delta });
                if self.full || std::mem::take(&mut self.first_reasoning) {
                    data["text"] = json!(self.follower.so_far().1);
                }
                self.frame("reasoning", &data)
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
