//! An answer as this dialect's frames: `{"content": …}` for each piece, then `[DONE]`; a failure is `{"error": …}`.

use bytes::Bytes;
use futures_util::Stream;
use serde_json::{Value, json};
use warp::reply::Response;

use super::answer::{self, Asked};
use crate::{
    actors::Ending,
    http::{
        follow::{Follower, Piece},
        sse,
    },
};

const DONE: &str = "[DONE]";

/// The stream of an answer.
pub(super) fn response(asked: Asked, follower: Follower) -> Response {
    sse::response(frames(asked, follower))
}

enum State {
    Pieces(Box<(Asked, Follower)>),
    /// The last frames, one after the other.
    Last(Vec<Bytes>),
}

fn frames(asked: Asked, follower: Follower) -> impl Stream<Item = Bytes> + Send {
    let begin = State::Pieces(Box::new((asked, follower)));
    futures_util::stream::unfold(begin, |state| async move {
        match state {
            State::Last(mut frames) => {
                let next = frames.pop()?;
                Some((next, State::Last(frames)))
            }
            State::Pieces(mut both) => {
                let (asked, follower) = &mut *both;
                loop {
                    let at = |follower: &Follower| follower.at().to_string();
                    match follower.next().await {
                        Ok(Piece::Reasoning { .. } | Piece::Lookup { .. }) => {}
                        Ok(Piece::Text { delta, .. }) => {
                            let frame = data(Some(&at(follower)), &json!({ "content": delta }));
                            return Some((frame, State::Pieces(both)));
                        }
                        Ok(Piece::Reset { text, .. }) => {
                            let reset = json!({ "content": text, "reset": true });
                            let frame = data(Some(&at(follower)), &reset);
                            return Some((frame, State::Pieces(both)));
                        }
                        Ok(Piece::Ended(finished)) => {
                            let mut last = match finished.ending {
                                Ending::Completed => vec![sse::data(None, DONE)],
                                ending => {
                                    if ending != Ending::Stopped {
                                        answer::failed(asked.turn, finished.status);
                                    }
                                    vec![data(None, &json!({ "error": "Stream Error" }))]
                                }
                            };
                            if asked.sources && finished.ending == Ending::Completed {
                                let sources = answer::sources(asked).await.unwrap_or_default();
                                last.push(data(None, &json!({ "sources": sources })));
                            }
                            let next = last.pop()?;
                            return Some((next, State::Last(last)));
                        }
                        Err(error) => {
                            tracing::warn!(%error, "a stream ended early");
                            let frame = data(None, &json!({ "error": "Stream Error" }));
                            return Some((frame, State::Last(vec![])));
                        }
                    }
                }
            }
        }
    })
}

fn data(id: Option<&str>, value: &Value) -> Bytes {
    sse::data(id, &value.to_string())
}
