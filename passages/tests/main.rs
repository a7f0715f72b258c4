//! What the crate promises to those who use it.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "tests of speed need a clock"
)]

mod chunks;
mod extracts;
mod ranks;
mod terms;
mod words;
