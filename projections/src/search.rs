//! `search`: the words of every message that can be found.
//!
//! A row for each message, and one for each conversation, which remembers whose it is. Messages that were
//! replaced, failed or are being written have no words; what a cut hides is found out when somebody asks.

mod found;
mod query;

use aggregates::thread::ThreadEvent;
use passages::words::each_word;

pub use self::{
    found::{Excerpt, excerpt, score},
    query::{Phrase, SearchTerms},
};
use crate::{
    Clear, Event, MessageStatus, Projection, Recorded,
    row::row,
    transcript::{count, end, has_something, ids},
};

/// Bytes of a row's words: PostgreSQL's index takes a mebibyte. The rest of a longer message cannot be found.
pub const LONGEST: usize = 1_000_000;

/// Begins the terms that tell whose a message is, and of which conversation. No word has it.
const MARK: char = '\u{e000}';

row! {
    /// The words of a message.
    pub struct SearchRow in "search" {
        /// The message; of a conversation's row, the conversation.
        pub message: String,
        /// Its conversation.
        pub thread: String,
        /// Whose it is.
        pub owner: String,
        /// Its place in the conversation; 0 in a conversation's row.
        pub place: i64,
        /// The log's position of its beginning: the order of all messages. The index of it alone is over
        /// `"position" + 0`, so that nobody's planner takes it where somebody's messages are asked for.
        pub position: i64,
        /// The time of that.
        pub said: i64,
        /// Its words as [`SearchTerms`] knows them; empty when it cannot be found.
        pub words: String,
    }
    indexes {
        by_owner: r#""owner", "position""#,
        by_thread: r#""thread", "position""#,
        by_position: r#"("position" + 0)"#,
        by_time: r#""said", "position""#,
    }
    words { words by position }
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Search;

impl Projection for Search {
    const VERSION: u32 = 2;
    type Row = SearchRow;

    fn keys(event: &Recorded) -> Vec<String> {
        let Event::Thread(happened) = &event.event else {
            return vec![];
        };
        match happened {
            ThreadEvent::Opened(_) => vec![event.aggregate_id.clone()],
            ThreadEvent::MessageSent(sent) => std::iter::once(sent.message)
                .chain(sent.replaces)
                .map(|message| message.to_string())
                .collect(),
            ThreadEvent::ReplyStarted(started) => std::iter::once(started.turn)
                .chain(started.replaces)
                .map(|turn| turn.answer().to_string())
                .collect(),
            ThreadEvent::MessageRedacted { message, .. }
            | ThreadEvent::MessageRestored { message, .. } => vec![message.to_string()],
            ThreadEvent::ContentExpired(expired) => ids(&expired.messages),
            happened => end(happened)
                .map(|(_, end)| end.turn.answer().to_string())
                .into_iter()
                .collect(),
        }
    }

    fn beside(event: &Recorded) -> Option<String> {
        match &event.event {
            Event::Thread(ThreadEvent::MessageSent(_) | ThreadEvent::ReplyStarted(_)) => {
                Some(event.aggregate_id.clone())
            }
            _ => None,
        }
    }

    fn fold(row: Option<SearchRow>, key: &str, event: &Recorded) -> Option<SearchRow> {
        Self::fold_beside(row, key, event, None)
    }

    fn fold_beside(
        row: Option<SearchRow>,
        key: &str,
        event: &Recorded,
        conversation: Option<&SearchRow>,
    ) -> Option<SearchRow> {
        let Event::Thread(happened) = &event.event else {
            return row;
        };
        let new = |owner: &str, index: u64| SearchRow {
            message: key.to_owned(),
            thread: event.aggregate_id.clone(),
            owner: owner.to_owned(),
            place: count(index),
            position: count(event.position),
            said: event.recorded_at,
            words: String::new(),
        };
        match happened {
            ThreadEvent::Opened(opened) => Some(new(&opened.owner.to_string(), 0)),
            // Of the two rows that these touch, the replaced one goes.
            ThreadEvent::MessageSent(sent) => {
                let owner = &conversation?.owner;
                (sent.message.to_string() == key)
                    .then(|| new(owner, sent.index).with_words(&sent.text))
            }
            ThreadEvent::ReplyStarted(started) => {
                let owner = &conversation?.owner;
                (started.turn.answer().to_string() == key).then(|| new(owner, started.index))
            }
            // What cannot be found for another reason stays so.
            ThreadEvent::MessageRedacted { text, .. }
            | ThreadEvent::MessageRestored { text, .. } => {
                row.map(|row| match row.words.as_str() {
                    "" => row,
                    _ => row.with_words(text),
                })
            }
            // Whatever was made of it since: a row that is made when the keys are gone does not know that either.
            ThreadEvent::ContentExpired(_) => None,
            happened => {
                let (row, (status, end)) = (row?, end(happened)?);
                let found = status != MessageStatus::Failed && has_something(status, &end.text);
                Some(row.with_words(if found { &end.text } else { "" }))
            }
        }
    }

    fn renews(event: &Recorded, key: &str) -> bool {
        match &event.event {
            Event::Thread(ThreadEvent::Opened(_)) => true,
            Event::Thread(ThreadEvent::MessageSent(sent)) => sent.message.to_string() == key,
            Event::Thread(ThreadEvent::ReplyStarted(started)) => {
                started.turn.answer().to_string() == key
            }
            _ => false,
        }
    }

    fn clears(event: &Recorded) -> Option<Clear> {
        match event.event {
            Event::Thread(ThreadEvent::ErasureRequested {}) => Some(Clear {
                column: "thread",
                value: event.aggregate_id.clone(),
            }),
            _ => None,
        }
    }
}

impl SearchRow {
    fn with_words(self, text: &str) -> Self {
        let mut words = format!(" {} {} ", mark(&self.owner), mark(&self.thread));
        let none = words.len();
        words.reserve(text.len() + text.len() / 8);
        each_word(text, |word| {
            let fits = words.len() + word.term.len() < LONGEST;
            if fits {
                words.push_str(&word.term);
                words.push(' ');
            }
            fits
        });
        Self {
            words: if words.len() == none {
                String::new()
            } else {
                words
            },
            ..self
        }
    }
}

/// The term of a user or a conversation: the random part of its id, which is enough to find few others.
fn mark(id: &str) -> String {
    let digits: Vec<char> = id.chars().filter(|digit| *digit != '-').collect();
    std::iter::once(MARK)
        .chain(digits.iter().copied().skip(digits.len().saturating_sub(16)))
        .collect()
}
