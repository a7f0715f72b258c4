//! Sealing a batch of commits before it is appended.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use aggregates::content_of;

use super::{
    cipher::{Cipher, Place},
    fields,
    keyring::{KeyName, StoredKey},
    periods::{SealingDay, ages, period},
};
use crate::store::{Commit, NewEvent, Store, StoreError, append::Submission};

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
    /// Seals the content of these submissions, those that are not sealed yet. Each that is sealed with
    /// keys which are not stored carries those keys, so that it does not matter which of them comes through.
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
        // A stream's first events cannot find a key: one that is there came with events before them.
        let older = clear
            .iter()
            .filter(|(submission, _)| submission.commit.expected > 0)
            .flat_map(|(submission, content)| names(&submission.commit, content, today));
        let stored = self.keys(older.collect()).await?;
        let mut fresh: HashMap<KeyName, SealedKey> = HashMap::new();
        for (submission, content) in clear {
            let (mut ciphers, mut carried) = (HashMap::new(), vec![]);
            for name in names(&submission.commit, &content, today) {
                let period = name.period;
                let cipher = match stored.get(&name) {
                    Some(cipher) => Arc::clone(cipher),
                    None => {
                        let key = match fresh.get(&name) {
                            Some(key) => key.clone(),
                            None => {
                                let (cipher, stored) = self.keyring().make(&name)?;
                                let day = ages(&name, today);
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
                        carried.push(key);
                        cipher
                    }
                };
                ciphers.insert(period, cipher);
            }
            submission.clear = seal(&mut submission.commit, content, &ciphers, today)?;
            submission.keys = carried;
            submission.sealed = true;
        }
        Ok(())
    }

    /// The commit was made, and its keys stored with it.
    pub(in crate::store) fn sealed(&self, submission: &mut Submission) {
        for SealedKey { stored, cipher, .. } in submission.keys.drain(..) {
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

/// The names of the keys that seal this, one for each period.
fn names(commit: &Commit, content: &[Vec<fields::Field>], today: u64) -> Vec<KeyName> {
    let (kind, mut periods) = (commit.aggregate_type, BTreeSet::new());
    for (event, found) in commit.events.iter().zip(content) {
        let of = |field: &fields::Field| period_of(kind, event, field, today);
        periods.extend(found.iter().map(of));
    }
    let name = |period| KeyName {
        kind: kind.to_owned(),
        subject: commit.aggregate_id.clone(),
        epoch: commit.epoch,
        period,
    };
    periods.into_iter().map(name).collect()
}

fn period_of(kind: &str, event: &NewEvent, field: &fields::Field, today: u64) -> u64 {
    period(kind, &event.event_type, &field.path, today)
}

/// The answer is what the payloads were, of those events that it has sealed.
fn seal(
    commit: &mut Commit,
    content: Vec<Vec<fields::Field>>,
    ciphers: &HashMap<u64, Arc<Cipher>>,
    today: u64,
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
            let period = period_of(commit.aggregate_type, event, &field, today);
            let cipher = ciphers
                .get(&period)
                .ok_or_else(|| StoreError::Refused("there is no key for a field".to_owned()))?;
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
