//! Who is asking: passwords, tokens, API keys, and the proof that a request is the same one again.
//!
//! Nothing here reads or writes anything: the caller looks users and keys up in the views and says what
//! they hold. Every secret is derived from the server's key, one for each purpose.

pub mod idempotency;
pub mod key;
pub mod password;
pub mod policy;
pub mod principal;
pub mod token;
pub mod upload;
pub mod vault;
pub mod webhook;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use self::{
    idempotency::Fingerprints,
    password::Passwords,
    principal::{Presented, Principal, Via},
    token::Tokens,
    upload::Uploads,
    vault::Vault,
};
use crate::config::ServerKey;

/// Everything that authenticates, built once. Clones share their limits.
#[derive(Clone)]
pub struct Auth {
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Issues and checks tokens.
    pub tokens: Tokens,
    /// Recognises repeated requests.
    pub fingerprints: Fingerprints,
    /// Keeps the secrets of providers.
    pub vault: Vault,
    /// Lets documents in.
    pub uploads: Uploads,
}

impl Auth {
    /// Builds it with secrets derived from the server's key.
    #[must_use]
    pub fn new(key: &ServerKey) -> Self {
        Self {
            passwords: Passwords::default(),
            tokens: Tokens::new(key),
            fingerprints: Fingerprints::new(key),
            vault: Vault::new(key),
            uploads: Uploads::new(key),
        }
    }
}

/// A secret for one purpose. A label is for ever: another one ends what was made with the old.
fn derive(key: &ServerKey, label: &str) -> [u8; 32] {
    hmac_sha256(key.expose(), label.as_bytes())
}

/// HMAC-SHA256 (RFC 2104).
fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // A key of 32 bytes is shorter than a block, so it is used as it is, padded with zeros.
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_derivation_is_hmac_sha256() {
        // RFC 4231, test case 1: the key is shorter there, and zeros at its end change nothing.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mac = hmac_sha256(&key, b"Hi There");
        assert_eq!(mac[..4], [0xb0, 0x34, 0x4c, 0x61]);
        assert_eq!(mac[28..], [0x2e, 0x32, 0xcf, 0xf7]);
    }

    #[test]
    fn each_purpose_has_its_own_secret() {
        let key = ServerKey::new([7; 32]);
        assert_ne!(derive(&key, "a"), derive(&key, "b"));
        assert_ne!(derive(&key, "a"), derive(&ServerKey::new([8; 32]), "a"));
    }
}
