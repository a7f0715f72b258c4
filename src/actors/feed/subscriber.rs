//! A follower of one turn: where it is in the text, the thoughts and the lookups, and what it is shown next.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Ended, Feed, Lookup};

/// The next thing a follower is shown.
#[derive(Clone, Debug)]
pub enum Frame {
    /// More of the answer.
    Text {
        /// The new part.
        delta: String,
        /// Bytes of the answer up to and with `delta`.
        end: u64,
        /// Bytes of the thoughts shown up to now.
        reasoning_end: u64,
    },
    /// More of a thinking model's thoughts.
    Reasoning {
        /// The new part.
        delta: String,
        /// Bytes of the answer up to now.
        end: u64,
        /// Bytes of the thoughts up to and with `delta`.
        reasoning_end: u64,
    },
    /// Something is looked up, or not any more.
    Lookup {
        /// What.
        lookup: Lookup,
        /// It is done.
        over: bool,
        /// It was said before this follower came.
        replayed: bool,
    },
    /// The cursor was past the end: the whole text up to now.
    Reset {
        /// The text.
        text: String,
    },
    /// The last one.
    Ended {
        /// The whole answer.
        text: String,
        /// How it ended.
        ended: Ended,
    },
}

impl Feed {
    /// Follows from these offsets (bytes of the answer and of the thoughts; floored to a character).
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, text: u64, reasoning: u64) -> Subscriber {
        metrics::gauge!("colloquy_open_streams").increment(1);
        Subscriber {
            changed: self.version.subscribe(),
            said_before: self.buffer().marks.len(),
            marks: 0,
            feed: Arc::clone(self),
            text: usize::try_from(text).unwrap_or(usize::MAX),
            reasoning: usize::try_from(reasoning).unwrap_or(usize::MAX),
        }
    }
}

/// A follower of one turn.
pub struct Subscriber {
    feed: Arc<Feed>,
    changed: watch::Receiver<u64>,
    text: usize,
    reasoning: usize,
    /// Signs that it was shown, and those that there were when it came.
    marks: usize,
    said_before: usize,
}

impl Subscriber {
    /// The next frame, as soon as there is one. After [`Frame::Ended`] do not ask again.
    pub async fn next(&mut self) -> Frame {
        loop {
            self.changed.mark_unchanged();
            if let Some(frame) = self.ready() {
                return frame;
            }
            // The sender lives in the feed, which we hold: this cannot fail.
            let _ = self.changed.changed().await;
        }
    }

    /// The answer and the thoughts, up to where this follower is.
    #[must_use]
    pub fn so_far(&self) -> (String, String) {
        let buffer = self.feed.buffer();
        let text = &buffer.text[..buffer.text.floor_char_boundary(self.text)];
        let reasoning = &buffer.reasoning[..buffer.reasoning.floor_char_boundary(self.reasoning)];
        (text.to_owned(), reasoning.to_owned())
    }

    fn ready(&mut self) -> Option<Frame> {
        let buffer = self.feed.buffer();
        if self.text > buffer.text.len() {
            self.text = buffer.text.len();
            return Some(Frame::Reset {
                text: buffer.text.clone(),
            });
        }
        // Thoughts past the end of those that there are: go on with the next ones.
        self.reasoning = self.reasoning.min(buffer.reasoning.len());
        // What comes before the next mark is shown before it.
        let mark = buffer.marks.get(self.marks);
        let until = |whole: usize, mark: Option<usize>| mark.map_or(whole, |at| at.min(whole));
        let reasoning_end = until(buffer.reasoning.len(), mark.map(|mark| mark.reasoning));
        let text_end = until(buffer.text.len(), mark.map(|mark| mark.text));
        let reasoning = buffer
            .reasoning
            .get(buffer.reasoning.floor_char_boundary(self.reasoning)..reasoning_end)
            .unwrap_or("");
        if !reasoning.is_empty() {
            self.reasoning = reasoning_end;
            return Some(Frame::Reasoning {
                delta: reasoning.to_owned(),
                end: self.text as u64,
                reasoning_end: self.reasoning as u64,
            });
        }
        let text = buffer
            .text
            .get(buffer.text.floor_char_boundary(self.text)..text_end)
            .unwrap_or("");
        if !text.is_empty() {
            self.text = text_end;
            return Some(Frame::Text {
                delta: text.to_owned(),
                end: self.text as u64,
                reasoning_end: self.reasoning as u64,
            });
        }
        if let Some(mark) = mark {
            let replayed = self.marks < self.said_before;
            self.marks += 1;
            return Some(Frame::Lookup {
                lookup: mark.lookup.clone(),
                over: mark.over,
                replayed,
            });
        }
        let ended = buffer.ended.clone()?;
        Some(Frame::Ended {
            text: buffer.text.clone(),
            ended,
        })
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        metrics::gauge!("colloquy_open_streams").decrement(1);
    }
}
