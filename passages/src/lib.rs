//! Passages: what documents are cut into, indexed by, found with and quoted from.
//!
//! Everything is a function of what it is given and takes time in proportion to it; nothing here knows a clock, a file
//! or a network. [`words`] are the terms of any text, in any script; [`terms`](fn@terms) those that say something. A
//! document is [`Page`]s, and is cut into [`Chunk`]s, of which those that fit a question are found by [`rank`] or a [`Ranker`], and
//! [`best_sentences`] quotes what they say to it.

mod chunk;
mod extract;
mod page;
mod rank;
mod sentences;
mod terms;
pub mod words;

pub use chunk::{Chunk, LONGEST, chunks};
pub use extract::{Sentence, best_sentences};
pub use page::Page;
pub use rank::{Ranker, fuse, rank};
pub use terms::{indexed, question, terms};
