//! What of a conversation has expired: a part of an erasure, of what was said before a day.

use aggregates::{
    MessageId,
    case::Case,
    thread::{Expiry, Thread, ThreadEvent},
};
use cqrs_es::Aggregate;

use super::{Eraser, FIRST_EXPIRY, Failure, Part, cases::flagged};
use crate::store::{Erasure, HeldErasure, StoreError};

impl Eraser {
    /// What is to be destroyed: what stands in the log up to the last event of that time, and was sealed before the day.
    pub(super) async fn expiry(
        &self,
        asked: Erasure,
        expiry: &Expiry,
    ) -> Result<Erasure, StoreError> {
        let id = &asked.aggregate_id;
        let before = expiry.through.saturating_sub(1);
        let last = self.store.read_stream(Thread::TYPE, id, before, 1).await?;
        let last = last.first().filter(|_| expiry.through > 0);
        Ok(Erasure {
            number: FIRST_EXPIRY + expiry.count,
            position: last.map_or(0, |event| event.position + 1),
            sequence: expiry.through + 1,
            before: Some(expiry.before),
            ..asked
        })
    }

    /// Whether something more is to be destroyed of what this asked for.
    pub(super) async fn is_due(&self, request: &HeldErasure) -> Result<bool, StoreError> {
        if request.aggregate_type != Thread::TYPE {
            return Ok(false);
        }
        let (thread, _) = self.store.load::<Thread>(&request.aggregate_id).await?;
        Ok(thread.is_being_erased() || thread.expiry().is_open())
    }

    /// Destroys what moderators and users wrote about the messages that have expired: it may quote them.
    pub(super) async fn destroy_expired_cases(
        &self,
        erasure: &Erasure,
        held_by: &[String],
    ) -> Result<Part, Failure> {
        // All of a case goes, whenever it was written.
        let whole = Erasure {
            before: None,
            ..erasure.clone()
        };
        let mut gone = vec![];
        for message in self.expired_messages(erasure).await? {
            let id = message.to_string();
            let first = self.store.read_stream(Case::TYPE, &id, 0, 1).await?;
            let Some(of) = first.first().and_then(flagged) else {
                continue;
            };
            if self.store.is_held(held_by).await? {
                return Ok(Part::Held);
            }
            self.cases.erase(&id, of).await?;
            let store = &self.store;
            let destroyed = store.destroy_keys_of(&whole, Case::TYPE, &id, held_by);
            if !destroyed.await? {
                return Ok(Part::Held);
            }
            gone.push(id);
        }
        self.store
            .destroy_commands_of(&whole, Case::TYPE, &gone)
            .await?;
        Ok(Part::Gone)
    }

    async fn expired_messages(&self, erasure: &Erasure) -> Result<Vec<MessageId>, StoreError> {
        let (of, id) = (&erasure.aggregate_type, &erasure.aggregate_id);
        let (thread, _) = self.store.load::<Thread>(id).await?;
        let known = thread.expiry();
        let open = known.count.saturating_sub(known.confirmed);
        let open = self.store.open_expiries(of, id, open).await?;
        let messages = open
            .iter()
            .filter_map(|event| match serde_json::from_str(&event.payload) {
                Ok(ThreadEvent::ContentExpired(expired)) => Some(expired.messages),
                _ => None,
            });
        Ok(messages.flatten().collect())
    }
}
