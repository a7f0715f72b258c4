//! What tests of several places need.

pub(crate) mod databases;
pub(crate) mod proxy;
