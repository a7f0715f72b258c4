//! Review: what moderators decide about a message is noted in its thread, and takes effect with that.

use super::reply;
use crate::{
    case::{Decision, REDACTED},
    ids::MessageId,
    thread::{Review, Ruling, Said, StopReason, Thread, ThreadEvent},
};

/// Messages that a thread is hidden for at most; more make it no more hidden.
const MOST: usize = 100;

pub(super) fn review(thread: &Thread, review: Review) -> Vec<ThreadEvent> {
    let Review {
        message,
        by,
        ruling,
        said,
    } = review;
    match ruling {
        Ruling::Decided {
            decision,
            instead_of,
            reason,
            policy,
        } => {
            let mut events = vec![ThreadEvent::DecisionRecorded {
                message,
                by,
                decision,
                instead_of,
                reason,
                policy,
            }];
            if instead_of != Some(decision) {
                events.extend(
                    instead_of.and_then(|before| undone(thread, message, before, said.clone())),
                );
                events.extend(done(thread, message, decision, &said));
            }
            events
        }
        Ruling::Overturned { undone, reason } => {
            let overturned = ThreadEvent::DecisionOverturned {
                message,
                by,
                undone,
                reason,
            };
            let effect = self::undone(thread, message, undone, said);
            std::iter::once(overturned).chain(effect).collect()
        }
    }
}

fn done(thread: &Thread, message: MessageId, decision: Decision, said: &Said) -> Vec<ThreadEvent> {
    match decision {
        Decision::Redact => {
            let redacted = ThreadEvent::MessageRedacted {
                message,
                index: said.index,
                newest: said.newest,
                text: REDACTED.to_owned(),
            };
            // A name that is being made right now is kept away by this, too.
            let tells = thread.titled || !thread.named;
            let unnamed = tells.then_some(ThreadEvent::Unnamed {});
            std::iter::once(redacted).chain(unnamed).collect()
        }
        Decision::HideThread => {
            if thread.hidden_for.contains(&message) || thread.hidden_for.len() >= MOST {
                return vec![];
            }
            let stopped = reply::stop(thread, StopReason::Hidden);
            std::iter::once(ThreadEvent::Hidden { message })
                .chain(stopped)
                .collect()
        }
        Decision::Dismiss | Decision::Confirm | Decision::RestrictUser => vec![],
    }
}

fn undone(
    thread: &Thread,
    message: MessageId,
    decision: Decision,
    said: Said,
) -> Option<ThreadEvent> {
    match decision {
        Decision::Redact => Some(ThreadEvent::MessageRestored {
            message,
            index: said.index,
            newest: said.newest,
            text: said.text,
            reasoning: said.reasoning,
        }),
        Decision::HideThread => thread
            .hidden_for
            .contains(&message)
            .then_some(ThreadEvent::Unhidden { message }),
        Decision::Dismiss | Decision::Confirm | Decision::RestrictUser => None,
    }
}
