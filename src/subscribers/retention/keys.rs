//! What the server keeps for so many days, found by its keys: everything, whatever it is asked of.

use std::{collections::HashSet, mem};

use aggregates::{completion::Completion, embedding::Embedding, ingest::Ingest, thread::Thread};
use cqrs_es::Aggregate;

use super::{PAGE, Postponed, Retention};
use crate::store::AgedKey;

impl Retention {
    /// Has everything go that has a key of a day of which the server keeps nothing any more; whether there was
    /// anything. Past a page that only waits, or fails, it looks at the next one.
    pub(super) async fn look_through_keys(&mut self, today: u64) -> Result<bool, Postponed> {
        let Some(days) = self.days else {
            return Ok(false);
        };
        let before = today.saturating_sub(days.into());
        let mut asked = HashSet::new();
        // What was only asked for on another day is asked for again.
        if today == self.day {
            mem::swap(&mut asked, &mut self.asked);
        }
        self.asked.clear();
        self.day = today;
        let (mut after, mut found): (Option<AgedKey>, bool) = (None, false);
        loop {
            let page = self.store.aged_keys(before, after.as_ref(), PAGE).await?;
            found |= !page.is_empty();
            let mut is_news = false;
            for key in &page {
                let subject = subject(key);
                // What is gone is not remembered.
                if asked.contains(&subject) || self.asked.contains(&subject) {
                    self.asked.insert(subject);
                    continue;
                }
                self.renew().await?;
                match self.expire(key, today).await {
                    Ok(true) => {
                        self.asked.insert(subject);
                        is_news = true;
                    }
                    Ok(false) => {}
                    // What keeps one from its end keeps no other.
                    Err(error) => self.wait(&key.aggregate_type, &key.aggregate_id, &error),
                }
            }
            // No more are asked for until these are gone: they are destroyed one after the other.
            if is_news || page.len() < PAGE as usize {
                return Ok(found);
            }
            after = page.last().cloned();
        }
    }

    /// Has it go; `false`: it is put aside.
    async fn expire(&mut self, key: &AgedKey, today: u64) -> Result<bool, Postponed> {
        let before = today.saturating_sub(self.days.unwrap_or(0).into());
        match key.aggregate_type.as_str() {
            Thread::TYPE => self.expire_thread(&key.aggregate_id, before).await,
            Completion::TYPE => self.erase_completion(&key.aggregate_id).await,
            Embedding::TYPE => self.erase_embedding(&key.aggregate_id).await,
            Ingest::TYPE => self.erase_document(&key.aggregate_id).await,
            _ => Ok(true),
        }
    }
}

fn subject(key: &AgedKey) -> (String, String) {
    (key.aggregate_type.clone(), key.aggregate_id.clone())
}
