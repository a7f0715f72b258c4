//! What each view shows after what has happened; every story is told in one go, event by event, and twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod folds;
mod histories;
mod random;
