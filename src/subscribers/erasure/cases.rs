//! What moderators and users wrote about a conversation's messages: it may quote them.

use aggregates::{
    ThreadId,
    case::{Case, CaseEvent, Flagged},
};
use cqrs_es::Aggregate;

use super::{Eraser, Failure, PAGE};
use crate::store::{Erasure, Recorded};

impl Eraser {
    /// Destroys the keys of the conversation's cases. They are found in the log: the view of them is empty already.
    pub(super) async fn destroy_cases(&self, erasure: &Erasure) -> Result<(), Failure> {
        let Ok(thread) = erasure.aggregate_id.parse::<ThreadId>() else {
            return Ok(());
        };
        let mut after = 0;
        loop {
            let opened = self
                .store
                .read_named_after(&["case.opened"], after, PAGE)
                .await?;
            let Some(last) = opened.last() else {
                return Ok(());
            };
            after = last.position;
            for event in &opened {
                let Some(flagged) = flagged(event).filter(|of| of.thread == thread) else {
                    continue;
                };
                // First, so that whoever is about to write meets it: no key comes back.
                self.cases.erase(&event.aggregate_id, flagged).await?;
                self.store
                    .destroy_keys_of(erasure, Case::TYPE, &event.aggregate_id)
                    .await?;
            }
        }
    }
}

fn flagged(event: &Recorded) -> Option<Flagged> {
    match serde_json::from_str(&event.payload) {
        Ok(CaseEvent::Opened(flagged)) => Some(flagged),
        _ => None,
    }
}
