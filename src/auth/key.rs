//! API keys: `sk_` and 64 hex digits. Only a digest of them is stored; the key itself is shown once.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::Secret;

/// What every key begins with.
pub const MARK: &str = "sk_";

/// How many of a key's first characters are stored, to recognise it by.
const PREFIX: usize = 8;

/// A new key.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key, to be shown once.
    pub key: Secret,
    /// SHA-256 of the whole key, 64 lowercase hex digits. A random 256-bit secret needs no slow hash.
    pub digest: String,
    /// Its first 8 characters.
    pub prefix: String,
}

impl NewKey {
    /// Draws one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let key = format!("{MARK}{}", hex(&bytes));
        Ok(Self {
            digest: sha256(&key),
            prefix: key.chars().take(PREFIX).collect(),
            key: Secret::new(key),
        })
    }
}

/// The digest to look a presented key up by; `None` when this cannot be a key.
#[must_use]
pub fn digest(presented: &str) -> Option<String> {
    let digits = presented.strip_prefix(MARK)?;
    let is_key = digits.len() == 64
        && digits
            .bytes()
            .all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    is_key.then(|| sha256(presented))
}

/// Whether two digests are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same_digest(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_key_is_found_by_its_digest_and_recognised_by_its_first_characters() {
        let new = NewKey::draw().unwrap();
        let key = new.key.expose();
        assert_eq!(key.len(), 67);
        assert!(key.starts_with(&new.prefix));
        assert_eq!(new.prefix.len(), 8);
        assert!(same_digest(&digest(key).unwrap(), &new.digest));
    }

    #[test]
    fn no_two_keys_are_alike_and_none_is_shown_by_debug() {
        let (one, other) = (NewKey::draw().unwrap(), NewKey::draw().unwrap());
        assert_ne!(one.key, other.key);
        assert!(!same_digest(&one.digest, &other.digest));
        assert!(!format!("{one:?}").contains(one.key.expose()));
    }

    #[test]
    fn the_digest_is_sha256_in_hex() {
        assert_eq!(
            sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_does_not_look_like_a_key_is_not_looked_up() {
        let key = format!("sk_{}", "a".repeat(64));
        assert!(digest(&key).is_some());
        for text in [
            "",
            "sk_",
            &key[1..],
            &key[..66],
            &format!("{key}a"),
            &key.to_uppercase(),
            &format!("sk_{}", "é".repeat(32)),
        ] {
            assert_eq!(digest(text), None, "{text}");
        }
    }
}
