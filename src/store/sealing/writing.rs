//! Sealing a batch of commits before it is appended.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use aggregates::content_of;

use super::{
    cipher::{Cipher, Place},
    fields,
    keyring::{KeyName, StoredKey},
    periods::{SealingDay, grows_old, period},
};
use crate::store::{Commit, Store, StoreError, append::Submission};

/// A key that is not stored yet: it goes into the log's database with the commit that it sealed.
#[derive(Clone)]
pub(in crate::store) struct SealedKey {
    pub(in crate::store) stored: StoredKey,
    /// The day, see [`super::day_of`], on which it sealed for the first time, of what grows too old one day.
    pub(in crate::store) day: Option<u64>,
    cipher: Arc<Cipher>,
}

impl std::fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedKey({:?})", self.stored.name)
    }
}

impl Store {
    /// Seals the content of these submissions, those that are not sealed yet. Each that is sealed with a
    /// key which is not stored carries that key, so that it does not matter which of them comes through.
    pub(in crate::store) async fn seal<'s>(
        &self,
        batch: impl Iterator<Item = &'s mut Submission>,
        day: &mut SealingDay,
    ) -> Result<(), StoreError> {
        let mut clear = vec![];
        for submission in batch.filter(|submission| !submission.sealed) {
            let fields = content(&submission.commit);
            if fields.iter().all(Vec::is_empty) {
                submission.sealed = true;
            } else {
                clear.push((submission, fields));
            }
        }
        if clear.is_empty() {
            return Ok(());
        }
        let today = day.today(self).await?;
        let name = |commit: &Commit| KeyName {
            kind: commit.aggregate_type.to_owned(),
            subject: commit.aggregate_id.clone(),
            epoch: commit.epoch,
            period: period(commit.aggregate_type, today),
        };
        // A stream's first events cannot find a key: one that is there came with events before them.
        let older = clear
            .iter()
            .filter(|(submission, _)| submission.commit.expected > 0)
            .map(|(submission, _)| name(&submission.commit));
        let stored = self.keys(older.collect()).await?;
        let mut fresh: HashMap<KeyName, SealedKey> = HashMap::new();
        for (submission, fields) in clear {
            let name = name(&submission.commit);
            let period = name.period;
            let cipher = match stored.get(&name) {
                Some(cipher) => Arc::clone(cipher),
                None => {
                    let key = match fresh.get(&name) {
                        Some(key) => key.clone(),
                        None => {
                            let (cipher, stored) = self.keyring().make(&name)?;
                            let day = grows_old(&name.kind).then_some(today);
                            let key = SealedKey {
                                stored,
                                day,
                                cipher,
                            };
                            fresh.insert(name, key.clone());
                            key
                        }
                    };
                    let cipher = Arc::clone(&key.cipher);
                    submission.key = Some(key);
                    cipher
                }
            };
            submission.clear = seal(&mut submission.commit, fields, period, &cipher)?;
            submission.sealed = true;
        }
        Ok(())
    }

    /// The commit was made, and its key stored with it.
    pub(in crate::store) fn sealed(&self, submission: &mut Submission) {
        if let Some(SealedKey { stored, cipher, .. }) = submission.key.take() {
            self.keyring().keep(stored.name, cipher);
        }
    }

    /// The keys that there are; those of others have been destroyed, or never made.
    pub(super) async fn keys(
        &self,
        names: HashSet<KeyName>,
    ) -> Result<HashMap<KeyName, Arc<Cipher>>, StoreError> {
        let mut keys = self.keyring().at_hand(names.clone());
        let missing: Vec<KeyName> = names
            .into_iter()
            .filter(|name| !keys.contains_key(name))
            .collect();
        if !missing.is_empty() {
            for stored in self.content_keys(&missing).await? {
                let cipher = self.keyring().unwrap(&stored)?;
                self.keyring()
                    .keep(stored.name.clone(), Arc::clone(&cipher));
                keys.insert(stored.name, cipher);
            }
        }
        Ok(keys)
    }
}

/// The content fields of each of its events.
fn content(commit: &Commit) -> Vec<Vec<fields::Field>> {
    let events = commit.events.iter().map(|event| {
        match content_of(commit.aggregate_type, &event.event_type) {
            [] => vec![],
            // JSON of another shape is no event of ours, and has no fields.
            paths => fields::find(&event.payload, paths).unwrap_or_default(),
        }
    });
    events.collect()
}

/// The answer is what the payloads were, of those events that it has sealed.
fn seal(
    commit: &mut Commit,
    content: Vec<Vec<fields::Field>>,
    period: u64,
    cipher: &Cipher,
) -> Result<Vec<Option<String>>, StoreError> {
    let mut clear = Vec::with_capacity(commit.events.len());
    for ((event, sequence), found) in commit
        .events
        .iter_mut()
        .zip(commit.expected + 1..)
        .zip(content)
    {
        if found.is_empty() {
            clear.push(None);
            continue;
        }
        let sealed = found.into_iter().map(|field| {
            let place = Place {
                kind: commit.aggregate_type,
                subject: &commit.aggregate_id,
                sequence,
                field: &field.path,
            };
            let of = (commit.epoch, period);
            let json = cipher.seal(&event.payload[field.span.clone()], of, place)?;
            Ok((field, json))
        });
        let sealed: Vec<_> = sealed.collect::<Result<_, StoreError>>()?;
        let payload = fields::replace(&event.payload, &sealed);
        clear.push(Some(std::mem::replace(&mut event.payload, payload)));
    }
    Ok(clear)
}
