//! What an account that has ended was entered with.

use aggregates::{
    key::Key,
    user::{User, UserEvent},
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use super::{Eraser, Failure, PAGE, PATIENCE, Part};
use crate::{
    actors::Origin,
    store::{Erasure, Recorded},
    views::Freshness,
};

impl Eraser {
    /// Destroys the passwords, the keys and what these were called, and what was made without a conversation. A hold
    /// may be laid in the middle: it keeps what is left.
    pub(super) async fn destroy_access(
        &self,
        erasure: &Erasure,
        held_by: &[String],
    ) -> Result<Part, Failure> {
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
            let store = &self.store;
            let destroyed = store.destroy_credentials(erasure, &credentials, held_by);
            if !destroyed.await? {
                return Ok(Part::Held);
            }
        }
        let Ok(owner) = user.parse() else {
            return Ok(Part::Gone);
        };
        // What was asked for just before the end is in no view yet, and after a hold much may have come.
        let head = self.store.head().await?.max(erasure.position);
        if self.views.wait_for(head, PATIENCE).await == Freshness::Stale {
            return Ok(Part::Waits);
        }
        for row in self.views.keys_of(owner).await? {
            let store = &self.store;
            let destroyed = store.destroy_keys_of(erasure, Key::TYPE, &row.key, held_by);
            if !destroyed.await? {
                return Ok(Part::Held);
            }
            // Last: what has no row is not found again.
            if let Ok(id) = row.key.parse() {
                self.accounts.erase_key(id).await?;
            }
        }
        match self.destroy_completions(erasure, owner.0, held_by).await? {
            Part::Gone => self.destroy_embeddings(erasure, owner.0, held_by).await,
            left => Ok(left),
        }
    }

    /// The same of what was answered without a conversation.
    async fn destroy_completions(
        &self,
        erasure: &Erasure,
        owner: Uuid,
        held_by: &[String],
    ) -> Result<Part, Failure> {
        loop {
            let rows = self.views.completions_of(owner, PAGE).await?;
            if rows.is_empty() {
                return Ok(Part::Gone);
            }
            for row in rows {
                let Ok(id) = row.completion.parse() else {
                    continue;
                };
                // Noted one by one: what fails in the middle is not begun again for those that are done.
                let origin = Origin::server();
                let erased = self
                    .directory
                    .erase_completion(erasure, id, held_by, origin);
                match erased.await? {
                    None => return Ok(Part::Held),
                    Some(true) => self.store.note_destroyed(erasure, "completions", 1).await?,
                    Some(false) => {}
                }
            }
            let head = self.store.head().await?;
            if self.views.wait_for(head, PATIENCE).await == Freshness::Stale {
                return Ok(Part::Waits);
            }
        }
    }

    /// The same of what was turned into vectors.
    async fn destroy_embeddings(
        &self,
        erasure: &Erasure,
        owner: Uuid,
        held_by: &[String],
    ) -> Result<Part, Failure> {
        loop {
            let rows = self.views.embeddings_of(owner, PAGE).await?;
            if rows.is_empty() {
                return Ok(Part::Gone);
            }
            for row in rows {
                let Ok(id) = row.embedding.parse() else {
                    continue;
                };
                let origin = Origin::server();
                let erased = self.directory.erase_embedding(erasure, id, held_by, origin);
                match erased.await? {
                    None => return Ok(Part::Held),
                    Some(true) => self.store.note_destroyed(erasure, "embeddings", 1).await?,
                    Some(false) => {}
                }
            }
            let head = self.store.head().await?;
            if self.views.wait_for(head, PATIENCE).await == Freshness::Stale {
                return Ok(Part::Waits);
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
