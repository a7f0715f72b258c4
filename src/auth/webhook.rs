//! What webhooks are signed with: Standard Webhooks 1.0.0
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>), HMAC-SHA256.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::hmac_sha256;
use crate::config::Secret;

/// What a secret begins with, for people to know it by.
const PREFIX: &str = "whsec_";

/// A fresh secret: 32 random bytes, as receivers are given them.
///
/// # Errors
/// When the system has no randomness.
pub fn fresh_secret() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let bytes = STANDARD.encode(bytes);
    Ok(Secret::new(format!("{PREFIX}{bytes}")))
}

/// The signature of a message under this secret, as it stands in `webhook-signature`; `None`: this is no such secret.
///
/// `id` has no full stop; `timestamp` is in seconds since 1970.
#[must_use]
pub fn signature(secret: &Secret, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let bytes = STANDARD.decode(secret.expose().strip_prefix(PREFIX)?);
    let key: [u8; 32] = bytes.ok()?.try_into().ok()?;
    let signed = format!("{id}.{timestamp}.{body}");
    let mac = STANDARD.encode(hmac_sha256(&key, signed.as_bytes()));
    Some(format!("v1,{mac}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use standardwebhooks::Webhook;

    use super::*;

    #[test]
    fn what_is_signed_is_verified_by_the_standards_own_library() {
        let secret = fresh_secret().unwrap();
        let (id, body) = ("msg_1", r#"{"type":"message.sent"}"#);
        let theirs = Webhook::new(secret.expose()).unwrap();
        for timestamp in [0, 1_674_087_231, i64::from(u32::MAX)] {
            let ours = signature(&secret, id, timestamp, body).unwrap();
            assert_eq!(ours, theirs.sign(id, timestamp, body.as_bytes()).unwrap());
        }
    }

    #[test]
    fn secrets_differ_and_what_is_none_signs_nothing() {
        assert_ne!(fresh_secret().unwrap(), fresh_secret().unwrap());
        for text in ["", "whsec_", "whsec_AAAA", "AAAA", "whsec_?"] {
            assert_eq!(signature(&Secret::new(text), "a", 1, "b"), None, "{text}");
        }
    }
}
