//! Passages: what documents are cut into, indexed by, found with and quoted from.
//!
//! Everything is a function of what it is given and takes time in proportion to it; nothing here knows a clock, a file
//! or a network. [`words`] are the terms of any text, in any script; [`terms`](fn@terms) those that say something.

mod terms;
pub mod words;

pub use terms::{indexed, question, terms};
