//! What tests of several places need.

pub(crate) mod bucket;
pub(crate) mod chunks;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod databases;
pub(crate) mod kills;
pub(crate) mod meddling;
pub(crate) mod moderators;
pub(crate) mod past;
pub(crate) mod pictures;
pub(crate) mod proxy;
pub(crate) mod readings;
pub(crate) mod scripted;
pub(crate) mod server;
pub(crate) mod terminal;
pub(crate) mod threads;
pub(crate) mod traces;
pub(crate) mod wire;

/// Between two looks at something that nobody announces.
pub(crate) async fn look_again() {
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}
