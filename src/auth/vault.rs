//! The vault: what has to be used again is encrypted under the server's key, and bound to what it belongs to.
//!
//! XChaCha20-Poly1305 with a random nonce; stored as base64 of nonce, ciphertext and tag. Who has the log, the
//! views or a backup of them has nothing without the server's key.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::derive;
use crate::config::{Secret, ServerKey};

const NONCE: usize = 24;

/// Why something cannot be locked away or taken out.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The system has no randomness.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(#[from] getrandom::Error),
    /// It was locked away under another key, or for something else, or it was damaged.
    #[error(
        "a secret was encrypted under another server_key; set the one it was made with, or the secret anew"
    )]
    Locked,
}

/// The vault of this server. Clones are the same.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl Vault {
    /// With a key derived from the server's.
    #[must_use]
    pub fn new(key: &ServerKey) -> Self {
        Self(XChaCha20Poly1305::new(
            &derive(key, "colloquy/vault/1").into(),
        ))
    }

    /// Encrypts a value for what it belongs to.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn lock(&self, belongs_to: &str, value: &Secret) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload {
            msg: value.expose().as_bytes(),
            aad: belongs_to.as_bytes(),
        };
        let locked = self.0.encrypt(&XNonce::from(nonce), payload);
        let locked = locked.map_err(|_| VaultError::Locked)?;
        Ok(STANDARD_NO_PAD.encode([&nonce[..], &locked].concat()))
    }

    /// What [`Self::lock`] was given.
    ///
    /// # Errors
    /// When this is not it.
    pub fn open(&self, belongs_to: &str, locked: &str) -> Result<Secret, VaultError> {
        let opened = || {
            let bytes = STANDARD_NO_PAD.decode(locked).ok()?;
            let (nonce, locked) = bytes.split_first_chunk::<NONCE>()?;
            let payload = Payload {
                msg: locked,
                aad: belongs_to.as_bytes(),
            };
            let value = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
            String::from_utf8(value).ok()
        };
        opened().map(Secret::new).ok_or(VaultError::Locked)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn vault(key: u8) -> Vault {
        Vault::new(&ServerKey::new([key; 32]))
    }

    #[test]
    fn a_value_comes_out_as_it_went_in_and_is_locked_otherwise_each_time() {
        let value = Secret::new("sk-žluť");
        let one = vault(1).lock("sec_1", &value).unwrap();
        assert_ne!(one, vault(1).lock("sec_1", &value).unwrap());
        assert!(!one.contains("sk-"));
        assert_eq!(vault(1).open("sec_1", &one).unwrap(), value);
    }

    #[test]
    fn it_opens_under_no_other_key_for_nothing_else_and_not_when_it_was_changed() {
        let locked = vault(1).lock("sec_1", &Secret::new("x")).unwrap();
        assert!(vault(2).open("sec_1", &locked).is_err());
        assert!(vault(1).open("sec_2", &locked).is_err());
        for text in ["", "?", "AAAA", &locked[1..], &locked[..locked.len() - 1]] {
            assert!(vault(1).open("sec_1", text).is_err(), "{text}");
        }
    }
}
