//! What tests of several places need.

pub(crate) mod databases;
