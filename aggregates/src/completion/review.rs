//! Review: what moderators decide about a question or its answer is noted with it, and takes effect with that.

use super::CompletionEvent;
use crate::{
    case::{Decision, REDACTED},
    ids::UserId,
    thread::{Ruling, Stage},
};

pub(super) fn review(stage: Stage, by: UserId, ruling: Ruling) -> Vec<CompletionEvent> {
    match ruling {
        Ruling::Decided {
            decision,
            instead_of,
            reason,
            policy,
        } => {
            let mut events = vec![CompletionEvent::DecisionRecorded {
                stage,
                by,
                decision,
                instead_of,
                reason,
                policy,
            }];
            if instead_of != Some(decision) {
                events.extend(instead_of.and_then(|before| undone(stage, before)));
                events.extend(done(stage, decision));
            }
            events
        }
        Ruling::Overturned { undone, reason } => {
            let overturned = CompletionEvent::DecisionOverturned {
                stage,
                by,
                undone,
                reason,
            };
            let effect = self::undone(stage, undone);
            std::iter::once(overturned).chain(effect).collect()
        }
    }
}

/// There is no conversation that could be hidden, and accounts are restricted elsewhere.
fn done(stage: Stage, decision: Decision) -> Option<CompletionEvent> {
    (decision == Decision::Redact).then(|| CompletionEvent::Redacted {
        stage,
        text: REDACTED.to_owned(),
    })
}

fn undone(stage: Stage, decision: Decision) -> Option<CompletionEvent> {
    (decision == Decision::Redact).then_some(CompletionEvent::Restored { stage })
}
