//! One sealed field: XChaCha20-Poly1305 with a random nonce, bound to its place in the log.
//!
//! Stored as the JSON string `sealed:2:<epoch>:<period>:<base64 of nonce, ciphertext and tag>`; without a period
//! as `sealed:1:<epoch>:<base64>`, as what stays is, and as everything was before there were periods. What is inside is
//! the field's own JSON, so that an opened event is the written one, byte for byte.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use crate::store::StoreError;

/// How a sealed field begins.
pub(super) const PREFIX: &str = "sealed:";
/// Followed by the epoch.
const WHOLE: &str = "1:";
/// Followed by the epoch and the period.
const BY_PERIOD: &str = "2:";
const NONCE: usize = 24;

/// A key, ready to be used; its bytes are wiped when it goes.
#[derive(Clone)]
pub(in crate::store) struct Cipher(XChaCha20Poly1305);

/// Where a field is: what is sealed in one place opens in no other.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) kind: &'a str,
    pub(super) subject: &'a str,
    pub(super) sequence: u64,
    pub(super) field: &'a str,
}

impl Place<'_> {
    /// No part has a NUL in it.
    fn bytes(&self) -> Vec<u8> {
        let Self {
            kind,
            subject,
            sequence,
            field,
        } = self;
        format!("{kind}\0{subject}\0{sequence}\0{field}").into_bytes()
    }
}

impl Cipher {
    pub(in crate::store) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// One that nobody has had before, and its key.
    pub(in crate::store) fn fresh() -> Result<([u8; 32], Self), StoreError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| {
            StoreError::Unavailable(format!("the system gives no random numbers: {error}"))
        })?;
        Ok((key, Self::new(&key)))
    }

    /// Nonce, ciphertext and tag.
    pub(in crate::store) fn encrypt(
        &self,
        text: &[u8],
        bound_to: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| {
            StoreError::Unavailable(format!("the system gives no random numbers: {error}"))
        })?;
        let payload = Payload {
            msg: text,
            aad: bound_to,
        };
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::Refused("this is too long to be sealed".to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// What [`Self::encrypt`] was given; `None` when this is not it, or not for this place.
    pub(in crate::store) fn decrypt(&self, sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: bound_to,
        };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok()
    }

    /// The field as it is stored, quotes included.
    pub(super) fn seal(
        &self,
        json: &str,
        (epoch, period): (u64, u64),
        place: Place<'_>,
    ) -> Result<String, StoreError> {
        let sealed = self.encrypt(json.as_bytes(), &place.bytes())?;
        let mut stored = match period {
            0 => format!("\"{PREFIX}{WHOLE}{epoch}:"),
            period => format!("\"{PREFIX}{BY_PERIOD}{epoch}:{period}:"),
        };
        STANDARD_NO_PAD.encode_string(sealed, &mut stored);
        stored.push('"');
        Ok(stored)
    }

    /// The field's own JSON.
    pub(super) fn open(&self, sealed: &Sealed<'_>, place: Place<'_>) -> Option<String> {
        let sealed = STANDARD_NO_PAD.decode(sealed.base64).ok()?;
        String::from_utf8(self.decrypt(&sealed, &place.bytes())?).ok()
    }
}

/// A stored field that is sealed.
pub(super) struct Sealed<'a> {
    pub(super) epoch: u64,
    /// 0: none.
    pub(super) period: u64,
    base64: &'a str,
}

impl<'a> Sealed<'a> {
    /// Of a field's JSON; `None` when it is in clear, as events from before sealing are.
    pub(super) fn parse(json: &'a str) -> Option<Self> {
        let inside = json.strip_prefix('"')?.strip_suffix('"')?;
        let inside = inside.strip_prefix(PREFIX)?;
        let (epoch, period, base64) = match inside.strip_prefix(BY_PERIOD) {
            None => {
                let (epoch, base64) = inside.strip_prefix(WHOLE)?.split_once(':')?;
                (epoch, 0, base64)
            }
            Some(inside) => {
                let (epoch, inside) = inside.split_once(':')?;
                let (period, base64) = inside.split_once(':')?;
                (epoch, period.parse().ok()?, base64)
            }
        };
        Some(Self {
            epoch: epoch.parse().ok()?,
            period,
            base64,
        })
    }
}
