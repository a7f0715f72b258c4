//! Erasures that wait for a legal hold.

use aggregates::{UserId, ingest::Ingest, rag_session::RagSession};
use cqrs_es::Aggregate;

use super::{Eraser, Failure};
use crate::{
    actors::owner_of,
    store::{Erasure, HeldErasure, StoreError},
};

impl Eraser {
    /// Whose something is that has no hold of its own: it is held when its owner is. What belongs to somebody, nobody
    /// knows whom, is not destroyed: they may be held.
    pub(super) async fn whose(&self, erasure: &Erasure) -> Result<Vec<UserId>, Failure> {
        let id = &erasure.aggregate_id;
        match erasure.aggregate_type.as_str() {
            of @ (Ingest::TYPE | RagSession::TYPE) => {
                let owner = owner_of(&self.store, of, id).await?;
                owner.map(|owner| vec![owner]).ok_or(Failure::Owner)
            }
            // What is configured is a project's.
            _ => Ok(vec![]),
        }
    }

    /// Whose hold it is that keeps something of theirs, for those who look at their holds. Where it is the
    /// conversation's own, whoever had it last.
    pub(super) async fn holder(&self, whose: &[UserId]) -> Result<Option<String>, StoreError> {
        for owner in whose.iter().map(ToString::to_string) {
            if self.store.is_held(std::slice::from_ref(&owner)).await? {
                return Ok(Some(owner));
            }
        }
        Ok(whose.last().map(ToString::to_string))
    }

    /// Has it wait, without keeping others from their end.
    pub(super) async fn put_aside(
        &self,
        request: &HeldErasure,
        owner: Option<String>,
    ) -> Result<(), Failure> {
        let (of, id) = (&request.aggregate_type, &request.aggregate_id);
        if !self.store.is_waiting(of, id).await? {
            tracing::info!(of, id, "an erasure waits for a legal hold");
        }
        let waiting = HeldErasure {
            owner,
            ..request.clone()
        };
        Ok(self.store.note_held(&waiting).await?)
    }
}
