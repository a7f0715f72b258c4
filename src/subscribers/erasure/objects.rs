//! What an erasure leaves in a bucket: deleted there before there is a receipt, however long the bucket is away.
//!
//! What is there is unreadable by then, because its keys are destroyed. An erasure that has nothing in the bucket does not
//! wait for it.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::Failure;
use crate::store::{Erasure, Store, StoreError};

/// How long nobody asks a bucket that has not answered: each erasure that waits for it would wait for its silence again.
const PAUSE: Duration = Duration::from_secs(5);

/// Who answers later than this does not answer, as far as others are concerned.
const PROMPT: Duration = Duration::from_secs(1);

/// The bucket, as an eraser knows it.
#[derive(Default)]
pub(super) struct Objects {
    /// When it has not answered the last time.
    away_at: Option<Instant>,
    /// When it has refused to delete something of an erasure, by its position.
    refused_at: HashMap<u64, Instant>,
}

impl Objects {
    /// Whether there is something of an erasure in a bucket that did not answer a moment ago: everything else of it is
    /// destroyed, and need not be looked for until then.
    pub(super) async fn are_awaited(
        &self,
        store: &Store,
        erasure: &Erasure,
    ) -> Result<bool, Failure> {
        Ok(self.is_away_for(erasure) && store.has_doomed(erasure).await?)
    }

    /// Deletes what there is of an erasure; whether nothing is left.
    pub(super) async fn are_gone(
        &mut self,
        store: &Store,
        erasure: &Erasure,
    ) -> Result<bool, Failure> {
        if !store.has_doomed(erasure).await? {
            return Ok(true);
        }
        if self.is_away_for(erasure) {
            return Ok(false);
        }
        let began = Instant::now();
        match store.delete_doomed_of(erasure).await {
            Ok(()) => {
                self.away_at = None;
                self.refused_at.remove(&erasure.position);
                Ok(true)
            }
            Err(error @ StoreError::Bucket(_)) => {
                let (of, id) = (&erasure.aggregate_type, &erasure.aggregate_id);
                tracing::warn!(of, id, %error, "erasures wait until their attachments are deleted in the bucket");
                // One that cannot be deleted keeps no other one.
                match began.elapsed() < PROMPT {
                    true => drop(self.refused_at.insert(erasure.position, Instant::now())),
                    false => self.away_at = Some(Instant::now()),
                }
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn is_away_for(&self, erasure: &Erasure) -> bool {
        let refused = self.refused_at.get(&erasure.position);
        let mut times = self.away_at.iter().chain(refused);
        times.any(|at| at.elapsed() < PAUSE)
    }
}
