//! Whether the record is as it was signed: every event is hashed again, and what is wrong is said with its position.
//!
//! Between two checkpoints there are three things to compare: the events, the notary's stored hashes, and the signed
//! root. Events that make the root are right, whatever the stored hashes say. When the stored hashes make it, the events
//! that differ from them were changed, and are known one by one. When neither does, the hashes were made anew with
//! the events, and all that can be said is between which positions.

mod findings;
mod signed;
mod walk;

pub use self::findings::{Finding, Report};
use self::{findings::Findings, signed::Signed, walk::Walk};
use super::{anchor::Anchor, key::Trusted};
use crate::store::{Store, StoreError};

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Events that were looked at.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// Looks at the whole log.
///
/// # Errors
/// When the database does not answer. What is wrong with the record is no error, but in the report.
pub async fn verify(
    store: &Store,
    trusted: &Trusted,
    anchor: Option<&Anchor>,
    progress: impl Fn(Progress),
) -> Result<Report, StoreError> {
    let mut findings = Findings::default();
    let signed = Signed::open(store, trusted, anchor, &mut findings).await?;
    // After it: what is signed is there already.
    let head = store.head().await?;
    let end = head.max(signed.last);
    let mut walk = Walk::new(store, trusted, signed, findings, head);
    let (mut position, mut seen) = (0, 0);
    'log: loop {
        let leaves = walk.page(position).await?;
        let Some(last) = leaves.last() else { break };
        if last <= position {
            break;
        }
        let stored = walk.stored_hashes(position, last.min(end)).await?;
        for (at, leaf) in leaves.iter() {
            // What was written since this began.
            if at > end && at <= store.head().await? {
                break 'log;
            }
            seen += 1;
            walk.event(position, at, leaf, &stored).await?;
            position = position.max(at);
        }
        progress(Progress {
            done: seen,
            total: head,
        });
    }
    walk.end(position, end);
    let there = store.count_events().await?;
    let newer = store.head().await?;
    let missed = there < seen || there > seen + newer.saturating_sub(head);
    Ok(walk.report(missed.then_some((there, seen))))
}
