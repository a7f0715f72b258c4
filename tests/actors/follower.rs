//! Somebody who follows a reply and puts together what is shown.

use std::sync::Arc;

use colloquy::actors::{Ended, Feed, Frame, Subscriber};
use futures_util::FutureExt;

/// A follower, and what it was shown.
pub(crate) struct Reader {
    frames: Subscriber,
    pub(crate) text: String,
    pub(crate) reasoning: String,
    /// Bytes of text and thoughts, from the beginning, as the last frame told.
    pub(crate) at: (u64, u64),
    pub(crate) resets: usize,
    /// What was looked up, as `+1 Searching …` and `-1 Searching …`, each with the text before it.
    pub(crate) lookups: Vec<(String, String)>,
}

impl Reader {
    /// Follows from these offsets.
    pub(crate) fn new(feed: Arc<Feed>, text: u64, reasoning: u64) -> Self {
        Self {
            frames: feed.subscribe(text, reasoning),
            text: String::new(),
            reasoning: String::new(),
            at: (text, reasoning),
            resets: 0,
            lookups: vec![],
        }
    }

    /// The next frame; the last one tells how it ended.
    pub(crate) async fn next(&mut self) -> Option<(String, Ended)> {
        match self.frames.next().await {
            Frame::Text {
                delta,
                end,
                reasoning_end,
            } => {
                assert!(!delta.is_empty());
                self.text.push_str(&delta);
                self.at = (end, reasoning_end);
            }
            Frame::Reasoning {
                delta,
                end,
                reasoning_end,
            } => {
                assert!(!delta.is_empty());
                self.reasoning.push_str(&delta);
                self.at = (end, reasoning_end);
            }
            Frame::Lookup { lookup, over, .. } => {
                let sign = if over { '-' } else { '+' };
                let told = format!("{sign}{} {}", lookup.call, lookup.label);
                self.lookups.push((told, self.text.clone()));
            }
            Frame::Reset { text } => {
                self.at.0 = text.len() as u64;
                self.text = text;
                self.resets += 1;
            }
            Frame::Ended { text, ended } => return Some((text, ended)),
        }
        None
    }

    /// Reads until it was shown this text.
    pub(crate) async fn until(&mut self, text: &str) {
        while self.text != text {
            assert!(text.starts_with(&self.text), "{:?}", self.text);
            assert!(self.next().await.is_none(), "it ended at {:?}", self.text);
        }
    }

    /// Reads to the end; what it ended with.
    pub(crate) async fn end(&mut self) -> (String, Ended) {
        loop {
            if let Some(ended) = self.next().await {
                return ended;
            }
        }
    }

    /// What was shown once all is read that can be read without waiting.
    pub(crate) fn ready(&mut self) -> &str {
        while let Some(None) = self.next().now_or_never() {}
        &self.text
    }
}
