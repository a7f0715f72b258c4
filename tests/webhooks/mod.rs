//! Webhooks: what receivers are told, how often, and in which order.

mod receivers;
mod retries;
mod told;
pub(crate) mod world;

use crate::support::scripted::Reply;

/// A receiver that takes so many messages.
fn takes(count: usize) -> Vec<Reply> {
    vec![Reply::json("{}"); count]
}
