//! What moderators and users wrote about a conversation's messages: it may quote them.

use aggregates::{
    ThreadId,
    case::{Case, CaseEvent, Flagged, SaidIn},
};
use cqrs_es::Aggregate;

use super::{Eraser, Failure, PAGE, Part};
use crate::store::{Erasure, Recorded};

impl Eraser {
    /// Destroys the keys of the conversation's cases, and what tells repeated requests to them. They are found in the log: the view of them is empty already.
    pub(super) async fn destroy_cases(
        &self,
        erasure: &Erasure,
        held_by: &[String],
    ) -> Result<Part, Failure> {
        let Ok(thread) = erasure.aggregate_id.parse::<ThreadId>() else {
            return Ok(Part::Gone);
        };
        let (mut after, mut gone) = (0, vec![]);
        loop {
            let opened = self
                .store
                .read_named_after(&["case.opened"], after, PAGE)
                .await?;
            let Some(last) = opened.last() else {
                break;
            };
            after = last.position;
            for event in &opened {
                let Some(flagged) =
                    flagged(event).filter(|of| of.said_in == SaidIn::Thread(thread))
                else {
                    continue;
                };
                if self.store.is_held(held_by).await? {
                    return Ok(Part::Held);
                }
                // First, so that whoever is about to write meets it: no key comes back.
                self.cases.erase(&event.aggregate_id, flagged).await?;
                let (store, id) = (&self.store, &event.aggregate_id);
                let destroyed = store.destroy_keys_of(erasure, Case::TYPE, id, held_by);
                if !destroyed.await? {
                    return Ok(Part::Held);
                }
                gone.push(id.clone());
            }
        }
        self.store
            .destroy_commands_of(erasure, Case::TYPE, &gone)
            .await?;
        Ok(Part::Gone)
    }
}

pub(super) fn flagged(event: &Recorded) -> Option<Flagged> {
    match serde_json::from_str(&event.payload) {
        Ok(CaseEvent::Opened(flagged)) => Some(flagged),
        _ => None,
    }
}
