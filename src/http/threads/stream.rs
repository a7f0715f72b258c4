//! A reply as this dialect's frames: `m`, `w` when moderation took something out, then content, `e` when it failed, and `m` again.

use std::collections::VecDeque;

use aggregates::{MessageId, ThreadId, TurnId};
use bytes::Bytes;
use futures_util::Stream;
use serde_json::{Value, json};
use warp::reply::Response;

use super::{
    blocks::{Block, Kind, Shown, Splitter},
    reply::Fields,
};
use crate::{
    actors::Ending,
    http::{
        follow::{Finished, Follower, Piece},
        ndjson,
    },
};

/// What a client is told when the provider failed.
const INTERRUPTED: &str = "Chat processing was interrupted. Please try again later.";

/// What a client is told beside the reply.
pub(super) struct Told {
    /// The message it answers, unless that is an older one.
    pub(super) asked: Option<MessageId>,
    /// What moderation took out of that.
    pub(super) warning: Option<String>,
    /// Bytes of the reply that the client has.
    pub(super) after: u64,
}

/// The stream of a turn; `follower` stands at the reply's beginning.
pub(super) fn response(thread: ThreadId, follower: Follower, told: Told) -> Response {
    frames(thread, follower, told, false)
}

/// The same, to somebody who has seen its beginning.
pub(super) fn resumed(thread: ThreadId, follower: Follower, told: Told) -> Response {
    frames(thread, follower, told, true)
}

fn frames(thread: ThreadId, follower: Follower, told: Told, replayed: bool) -> Response {
    let mut head = vec![("thread_uuid", json!(thread.0.simple().to_string()))];
    if let Some(asked) = told.asked {
        head.push(("user_message_uuid", json!(asked.0.simple().to_string())));
    }
    let mut ready = VecDeque::from([meta(head)]);
    if let Some(warning) = told.warning {
        let mut fields = vec![("w", json!(warning))];
        if replayed {
            fields.push(("replayed", json!(true)));
        }
        ready.push_back(frame(fields));
    }
    ndjson::response(lines(Frames {
        turn: follower.at().turn,
        asked: told.asked,
        follower,
        splitter: Splitter::default(),
        after: told.after,
        ready,
        over: false,
    }))
}

struct Frames {
    turn: TurnId,
    asked: Option<MessageId>,
    follower: Follower,
    splitter: Splitter,
    /// Bytes of the reply that the client has.
    after: u64,
    ready: VecDeque<Bytes>,
    over: bool,
}

fn lines(frames: Frames) -> impl Stream<Item = Bytes> + Send {
    futures_util::stream::unfold(frames, |mut frames| async move {
        loop {
            if let Some(line) = frames.ready.pop_front() {
                return Some((line, frames));
            }
            if frames.over {
                return None;
            }
            frames.more().await;
        }
    })
}

impl Frames {
    async fn more(&mut self) {
        match self.follower.next().await {
            Ok(Piece::Text { delta, .. }) => {
                let shown = self.splitter.push(&delta);
                self.show(shown);
            }
            // This API has no place for thoughts.
            Ok(Piece::Reasoning { .. } | Piece::Lookup { .. }) => {}
            Ok(Piece::Reset { text, .. }) => {
                self.reset();
                let shown = self.splitter.push(&text);
                self.show(shown);
            }
            Ok(Piece::Ended(finished)) => self.end(&finished),
            // The reply itself goes on; the client resumes where it was.
            Err(error) => {
                tracing::warn!(%error, "a stream ended early");
                self.fail();
                self.last();
            }
        }
    }

    fn end(&mut self, finished: &Finished) {
        let shown = std::mem::take(&mut self.splitter).finish();
        self.show(shown);
        if self.after > finished.text.len() as u64 {
            self.reset();
            let mut shown = self.splitter.push(&finished.text);
            shown.extend(std::mem::take(&mut self.splitter).finish());
            self.show(shown);
        }
        match finished.ending {
            Ending::Completed | Ending::Stopped => {}
            Ending::Failed | Ending::Interrupted | Ending::Elsewhere | Ending::Dropped => {
                self.fail();
            }
        }
        self.last();
    }

    /// The client's cursor fits no text that exists now: what it has counts no more.
    fn reset(&mut self) {
        self.splitter = Splitter::default();
        self.after = 0;
        self.ready
            .push_back(frame(vec![("k", json!("reset")), ("r", self.cursor(0))]));
    }

    fn show(&mut self, shown: Vec<Shown>) {
        for Shown { block, end } in shown {
            if end <= self.after {
                continue;
            }
            let mut fields = match block {
                Block::Markdown(text) => {
                    let start = end.saturating_sub(text.len() as u64);
                    let seen = usize::try_from(self.after.saturating_sub(start)).unwrap_or(0);
                    let unseen = &text[text.floor_char_boundary(seen)..];
                    vec![("k", json!("markdown")), ("c", json!(unseen))]
                }
                Block::Load(kind) => vec![("k", json!("load")), ("t", json!(name(kind)))],
                Block::Fenced {
                    kind: Kind::Mermaid,
                    text,
                    ..
                } => vec![("k", json!("mermaid")), ("c", json!(text))],
                Block::Fenced { text, language, .. } => vec![
                    ("k", json!("code")),
                    ("c", json!(text)),
                    ("t", json!(language)),
                ],
            };
            fields.push(("r", self.cursor(end)));
            self.ready.push_back(frame(fields));
        }
    }

    fn fail(&mut self) {
        self.ready.push_back(frame(vec![("e", json!(INTERRUPTED))]));
    }

    /// Names the answer, of a turn that was dropped too: what would have been it.
    fn last(&mut self) {
        let mut fields = vec![];
        if let Some(asked) = self.asked {
            fields.push(("user_message_uuid", json!(asked.0.simple().to_string())));
        }
        let answer = self.turn.answer().0.simple().to_string();
        fields.push(("assistant_message_uuid", json!(answer)));
        self.ready.push_back(meta(fields));
        self.over = true;
    }

    fn cursor(&self, offset: u64) -> Value {
        json!(format!("{}.{offset}", self.turn.0.simple()))
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Code => "code",
        Kind::Mermaid => "mermaid",
    }
}

fn frame(fields: Vec<(&'static str, Value)>) -> Bytes {
    ndjson::line(&Fields(fields))
}

/// `{"m":{…}}`
fn meta(fields: Vec<(&'static str, Value)>) -> Bytes {
    ndjson::line(&std::collections::BTreeMap::from([("m", Fields(fields))]))
}
