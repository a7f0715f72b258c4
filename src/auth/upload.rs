//! URLs that let whoever has them send one document, for a while.

use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{derive, hmac_sha256};
use crate::config::ServerKey;

/// How long one is good, in seconds.
pub const LIFETIME: i64 = 3600;

/// Signs such URLs, and knows documents again.
#[derive(Clone)]
pub struct Uploads {
    signing: [u8; 32],
    contents: [u8; 32],
}

/// What a signature is for.
#[derive(Clone, Copy, Debug)]
pub struct Upload {
    /// The document.
    pub key: Uuid,
    /// Its bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub expires: i64,
}

impl Uploads {
    /// With secrets derived from the server's key.
    #[must_use]
    pub fn new(key: &ServerKey) -> Self {
        Self {
            signing: derive(key, "colloquy/upload/1"),
            contents: derive(key, "colloquy/ingest/1"),
        }
    }

    /// The signature, in hexadecimal digits.
    #[must_use]
    pub fn sign(&self, upload: Upload) -> String {
        hex(&self.mac(upload))
    }

    /// Whether this is the signature, compared in constant time.
    #[must_use]
    pub fn verify(&self, upload: Upload, signature: &str) -> bool {
        let right = self.sign(upload);
        right.as_bytes().ct_eq(signature.as_bytes()).into()
    }

    /// What a document is known again by, in hexadecimal digits: `digest` is the SHA-256 of its bytes. It is keyed, so that
    /// a stored one cannot be used to guess what was in it.
    #[must_use]
    pub fn fingerprint(&self, digest: &[u8]) -> String {
        hex(&hmac_sha256(&self.contents, digest))
    }

    fn mac(&self, upload: Upload) -> [u8; 32] {
        let Upload { key, size, expires } = upload;
        hmac_sha256(&self.signing, format!("{key}:{size}:{expires}").as_bytes())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_exactly_what_was_signed() {
        let uploads = Uploads::new(&ServerKey::new([7; 32]));
        let upload = Upload {
            key: Uuid::from_u128(1),
            size: 3,
            expires: 1_000,
        };
        let signature = uploads.sign(upload);
        assert!(uploads.verify(upload, &signature));
        for other in [
            Upload {
                key: Uuid::from_u128(2),
                ..upload
            },
            Upload { size: 4, ..upload },
            Upload {
                expires: 1_001,
                ..upload
            },
        ] {
            assert!(!uploads.verify(other, &signature), "{other:?}");
        }
        assert!(!uploads.verify(upload, ""));
        let another = Uploads::new(&ServerKey::new([8; 32]));
        assert!(!another.verify(upload, &signature));
    }
}
