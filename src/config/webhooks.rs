//! Webhooks: where they may be told.

use super::{Networks, networks::NETWORKS, reader::Reader};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Where receivers may be.
    pub networks: Networks,
}

impl WebhookSettings {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let networks = read.choice("webhooks.networks", NETWORKS);
        Self {
            networks: networks.unwrap_or(Networks::Public),
        }
    }
}
