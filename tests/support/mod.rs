//! What several areas' tests need.

pub(crate) mod scripted;
