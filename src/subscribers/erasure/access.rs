//! What an account that has ended was entered with.

use aggregates::{
    key::Key,
    user::{User, UserEvent},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{Eraser, Failure, PAGE, PATIENCE};
use crate::{
    store::{Erasure, Recorded},
    views::Freshness,
};

impl Eraser {
    /// Destroys the passwords, the keys and what these were called; `false`: not all, because the views are behind.
    pub(super) async fn destroy_access(&self, erasure: &Erasure) -> Result<bool, Failure> {
        let user = &erasure.aggregate_id;
        let mut after = 0;
        loop {
            let events = self
                .store
                .read_stream(User::TYPE, user, after, PAGE)
                .await?;
            let Some(last) = events.last() else { break };
            after = last.sequence;
            let credentials: Vec<_> = events.iter().filter_map(credential).collect();
            self.store
                .destroy_credentials(erasure, &credentials)
                .await?;
        }
        let Ok(owner) = user.parse() else {
            return Ok(true);
        };
        // What was asked for just before the end is in no view yet, and after a hold much may have come.
        let head = self.store.head().await?.max(erasure.position);
        if self.views.wait_for(head, PATIENCE).await == Freshness::Stale {
            return Ok(false);
        }
        for row in self.views.keys_of(owner).await? {
            self.store
                .destroy_keys_of(erasure, Key::TYPE, &row.key)
                .await?;
            // Last: what has no row is not found again.
            if let Ok(id) = row.key.parse() {
                self.accounts.erase_key(id).await?;
            }
        }
        Ok(self.destroy_completions(erasure, owner.0).await?
            && self.destroy_embeddings(erasure, owner.0).await?)
    }

    /// The same of what was answered without a conversation.
    async fn destroy_completions(&self, erasure: &Erasure, owner: Uuid) -> Result<bool, Failure> {
        loop {
            let rows = self.views.completions_of(owner, PAGE).await?;
            if rows.is_empty() {
                return Ok(true);
            }
            for row in rows {
                let Ok(id) = row.completion.parse() else {
                    continue;
                };
                // Noted one by one: what fails in the middle is not begun again for those that are done.
                if self.directory.erase_completion(erasure, id).await? {
                    self.store.note_destroyed(erasure, "completions", 1).await?;
                }
            }
            let head = self.store.head().await?;
            if self.views.wait_for(head, PATIENCE).await == Freshness::Stale {
                return Ok(false);
            }
        }
    }

    /// The same of what was turned into vectors.
    async fn destroy_embeddings(&self, erasure: &Erasure, owner: Uuid) -> Result<bool, Failure> {
        loop {
            let rows = self.views.embeddings_of(owner, PAGE).await?;
            if rows.is_empty() {
                return Ok(true);
            }
            for row in rows {
                let Ok(id) = row.embedding.parse() else {
                    continue;
                };
                if self.directory.erase_embedding(erasure, id).await? {
                    self.store.note_destroyed(erasure, "embeddings", 1).await?;
                }
            }
            let head = self.store.head().await?;
            if self.views.wait_for(head, PATIENCE).await == Freshness::Stale {
                return Ok(false);
            }
        }
    }
}

/// Which password hash an event of an account names.
fn credential(event: &Recorded) -> Option<Uuid> {
    match serde_json::from_str(&event.payload) {
        Ok(
            UserEvent::Registered { credential, .. } | UserEvent::PasswordChanged { credential },
        ) => Some(credential),
        _ => None,
    }
}
