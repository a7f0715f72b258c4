//! The keys: those at hand, how they are stored, and how they are wrapped.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hmac::{Hmac, KeyInit, Mac};
use lru::LruCache;
use sha2::Sha256;

use super::cipher::Cipher;
use crate::{config::ServerKey, store::StoreError};

/// Keys that are kept at hand; a used one is about 200 bytes.
const KEPT: usize = 16_384;
/// For ever: another label makes every wrapped key unreadable.
const LABEL: &[u8] = b"colloquy content keys 1";

/// Whose key, and which of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::store) struct KeyName {
    /// The sort of aggregate.
    pub(in crate::store) kind: String,
    /// Which one.
    pub(in crate::store) subject: String,
    /// How often it had been erased.
    pub(in crate::store) epoch: u64,
    /// What it seals was said in this period, see [`super::period`]; 0: at any time.
    pub(in crate::store) period: u64,
}

/// A row of `content_keys`.
#[derive(Clone, Debug)]
pub(in crate::store) struct StoredKey {
    pub(in crate::store) name: KeyName,
    /// 32 bytes; wrapped, nonce and tag more.
    pub(in crate::store) key: Vec<u8>,
    /// 0 as it is, 1 wrapped by the server's key.
    pub(in crate::store) wrapping: i16,
}

/// The keys of one store.
pub(in crate::store) struct Keyring {
    wrapping: Option<Cipher>,
    at_hand: Mutex<LruCache<KeyName, Arc<Cipher>>>,
}

impl Keyring {
    pub(in crate::store) fn new(wrapping: Option<&ServerKey>) -> Self {
        Self {
            wrapping: wrapping.map(|key| Cipher::new(&derived(key))),
            at_hand: Mutex::new(LruCache::unbounded()),
        }
    }

    /// A fresh key, and how it is stored.
    pub(super) fn make(&self, name: &KeyName) -> Result<(Arc<Cipher>, StoredKey), StoreError> {
        let (key, fresh) = Cipher::fresh()?;
        Ok((Arc::new(fresh), self.wrap(name, &key)?))
    }

    /// How a key is stored.
    pub(in crate::store) fn wrap(
        &self,
        name: &KeyName,
        key: &[u8; 32],
    ) -> Result<StoredKey, StoreError> {
        let (key, wrapping) = match &self.wrapping {
            None => (key.to_vec(), 0),
            Some(cipher) => (cipher.encrypt(key, &bound_to(name))?, 1),
        };
        Ok(StoredKey {
            name: name.clone(),
            key,
            wrapping,
        })
    }

    /// The same key, wrapped by nothing.
    pub(in crate::store) fn bare(&self, stored: &StoredKey) -> Result<StoredKey, StoreError> {
        Ok(StoredKey {
            name: stored.name.clone(),
            key: self.open(stored)?.to_vec(),
            wrapping: 0,
        })
    }

    /// A stored key, ready to be used.
    pub(super) fn unwrap(&self, stored: &StoredKey) -> Result<Arc<Cipher>, StoreError> {
        Ok(Arc::new(Cipher::new(&self.open(stored)?)))
    }

    fn open(&self, stored: &StoredKey) -> Result<[u8; 32], StoreError> {
        let key = match (stored.wrapping, &self.wrapping) {
            (0, _) => Some(stored.key.clone()),
            (_, Some(cipher)) => cipher.decrypt(&stored.key, &bound_to(&stored.name)),
            (_, None) => None,
        };
        let key: Option<[u8; 32]> = key.and_then(|key| key.try_into().ok());
        let fault = match self.wrapping {
            Some(_) => "by another server_key; set the one they were made with",
            None => {
                "by a server_key, and none is given here; set the servers' (server_key, COLLOQUY_SERVER_KEY)"
            }
        };
        key.ok_or_else(|| StoreError::Unreadable(format!("the contents' keys are wrapped {fault}")))
    }

    /// Whether a stored key can be used here.
    pub(in crate::store) fn check(&self, stored: Option<StoredKey>) -> Result<(), StoreError> {
        stored.map_or(Ok(()), |stored| self.unwrap(&stored).map(drop))
    }

    /// Those of the keys that are at hand.
    pub(super) fn at_hand(&self, names: HashSet<KeyName>) -> HashMap<KeyName, Arc<Cipher>> {
        let mut kept = self.lock();
        names
            .into_iter()
            .filter_map(|name| Some((kept.get(&name)?.clone(), name)))
            .map(|(cipher, name)| (name, cipher))
            .collect()
    }

    pub(super) fn keep(&self, name: KeyName, cipher: Arc<Cipher>) {
        let mut kept = self.lock();
        kept.put(name, cipher);
        while kept.len() > KEPT {
            kept.pop_lru();
        }
    }

    /// Forgets this one.
    pub(super) fn drop(&self, name: &KeyName) {
        self.lock().pop(name);
    }

    /// Forgets all of an aggregate.
    pub(in crate::store) fn forget(&self, kind: &str, subject: &str) {
        let mut kept = self.lock();
        let theirs: Vec<KeyName> = kept
            .iter()
            .map(|(name, _)| name)
            .filter(|name| name.subject == subject && name.kind == kind)
            .cloned()
            .collect();
        for name in theirs {
            kept.pop(&name);
        }
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<KeyName, Arc<Cipher>>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

fn derived(key: &ServerKey) -> [u8; 32] {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..32].copy_from_slice(key.expose());
    let mut mac = Hmac::<Sha256>::new(&block);
    mac.update(LABEL);
    mac.finalize().into_bytes().into()
}

fn bound_to(name: &KeyName) -> Vec<u8> {
    let KeyName {
        kind,
        subject,
        epoch,
        period,
    } = name;
    match period {
        0 => format!("{kind}\0{subject}\0{epoch}"),
        period => format!("{kind}\0{subject}\0{epoch}\0{period}"),
    }
    .into_bytes()
}
