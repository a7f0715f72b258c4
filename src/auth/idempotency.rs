//! The same request again: which command it is, and whether its body is the same.

use aggregates::UserId;
use uuid::Uuid;

use super::{derive, hmac_sha256};
use crate::config::ServerKey;

/// The command that a request with an `Idempotency-Key` stands for: the same principal, route and key make
/// the same id, on every node and for ever (a UUIDv5 in the principal's own namespace).
#[must_use]
pub fn command_id(principal: UserId, route: &str, key: &str) -> Uuid {
    // The route's length comes first, so that no two pairs make the same name.
    let name = format!("{}:{route}{key}", route.len());
    Uuid::new_v5(&principal.0, name.as_bytes())
}

/// Takes fingerprints of request bodies.
#[derive(Clone)]
pub struct Fingerprints {
    secret: [u8; 32],
}

impl Fingerprints {
    /// With a secret derived from the server's key.
    #[must_use]
    pub fn new(key: &ServerKey) -> Self {
        Self {
            secret: derive(key, "colloquy/fingerprint/1"),
        }
    }

    /// The fingerprint of a body. It is keyed, so that a stored one cannot be used to guess what was said.
    #[must_use]
    pub fn take(&self, body: &[u8]) -> [u8; 32] {
        hmac_sha256(&self.secret, body)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_same_principal_route_and_key_make_the_same_command() {
        let (ada, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let id = command_id(ada, "POST /api/chat", "k");
        assert_eq!(id, command_id(ada, "POST /api/chat", "k"));
        assert_ne!(id, command_id(bob, "POST /api/chat", "k"));
        assert_ne!(id, command_id(ada, "POST /api/other", "k"));
        assert_ne!(id, command_id(ada, "POST /api/chat", "l"));
        assert_ne!(
            command_id(ada, "POST /a", "bc"),
            command_id(ada, "POST /ab", "c")
        );
    }

    #[test]
    fn the_command_of_a_request_stays_the_same_for_ever() {
        assert_eq!(
            command_id(UserId(Uuid::from_u128(1)), "POST /api/chat", "k").to_string(),
            "4c9335ed-9e20-5ba4-929d-0bb4744b1017"
        );
    }

    #[test]
    fn a_fingerprint_tells_bodies_apart_and_nothing_to_others() {
        let ours = Fingerprints::new(&ServerKey::new([1; 32]));
        let theirs = Fingerprints::new(&ServerKey::new([2; 32]));
        assert_eq!(ours.take(b"a"), ours.take(b"a"));
        assert_ne!(ours.take(b"a"), ours.take(b"b"));
        assert_ne!(ours.take(b"a"), theirs.take(b"a"));
    }
}
