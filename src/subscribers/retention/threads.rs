//! What of a conversation is too old: which messages, and up to which event.

use std::collections::BTreeSet;

use aggregates::{
    MessageId,
    thread::{Expired, Thread, ThreadCommand, ThreadEvent},
};
use cqrs_es::Aggregate;

use super::{PAGE, Postponed, Retention};
use crate::{
    actors::Origin,
    store::{StoreError, beginning_of},
};

impl Retention {
    /// Has everything expire that was said before this day; `false`: it is put aside.
    pub(super) async fn expire_thread(&self, id: &str, before: u64) -> Result<bool, Postponed> {
        let (thread, _) = self.store.load::<Thread>(id).await?;
        // What was erased is destroyed with that, and holds are asked for there.
        let Some(owner) = thread.owner() else {
            return Ok(true);
        };
        if self.is_held(Thread::TYPE, id, Some(owner)).await? {
            return Ok(false);
        }
        let known = thread.expiry().through;
        let through = self.last_of(id, known, before).await?;
        let expired = Expired {
            before,
            through,
            messages: self.said_in(id, known, through).await?,
        };
        let (command, origin) = (ThreadCommand::Expire(expired), Origin::retention());
        self.directory.execute(id.parse()?, command, origin).await?;
        Ok(true)
    }

    /// The last event after this one that was recorded, or sealed, before the day.
    async fn last_of(&self, id: &str, after: u64, before: u64) -> Result<u64, StoreError> {
        let (mut through, time) = (after, beginning_of(before));
        loop {
            let page = self
                .store
                .read_stream(Thread::TYPE, id, through, PAGE)
                .await?;
            let old = page.iter().take_while(|event| event.recorded_at < time);
            let (count, last) = old.fold((0, through), |(count, _), event| {
                (count + 1, event.sequence)
            });
            through = last;
            if count < PAGE as usize {
                break;
            }
        }
        self.store
            .sealed_through(Thread::TYPE, id, through, before)
            .await
    }

    /// The messages that say something in these events.
    async fn said_in(
        &self,
        id: &str,
        mut after: u64,
        through: u64,
    ) -> Result<Vec<MessageId>, StoreError> {
        let mut said = BTreeSet::new();
        while after < through {
            let page = self
                .store
                .read_stream(Thread::TYPE, id, after, PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            for event in page.iter().filter(|event| event.sequence <= through) {
                match serde_json::from_str(&event.payload) {
                    // What was said before is gone anyway.
                    Ok(ThreadEvent::ErasureRequested {}) => said.clear(),
                    Ok(happened) => said.extend(happened.says().map(|message| message.0)),
                    Err(_) => {}
                }
            }
        }
        Ok(said.into_iter().map(MessageId).collect())
    }
}
