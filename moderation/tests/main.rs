//! What the crate promises to those who use it.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read their texts from files, and tests of speed need a clock"
)]

mod categories;
mod forms;
mod golden;
mod holdout;
mod hostile;
mod policies;
mod readings;
mod spaces;
mod versions;
mod window;
