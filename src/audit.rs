//! What an auditor needs: the record as it stands and as it stood ([`trail`]), and proof that it is as it was written.
//!
//! The notary (a subscriber) hashes every event as it is stored ([`crate::store::leaf_of`]) into a Merkle tree (RFC
//! 6962) in the order of their positions, and signs how far the tree goes ([`key`]). Nothing of an event can be
//! changed, taken away or put in between without the tree, and so what was signed, becoming another one ([`verify`]).
//! Who can write to the database and has the notary's key can sign another tree; that is what [`anchor`] is for, which
//! belongs where such a person cannot write.

pub mod anchor;
pub mod as_of;
pub mod diff;
pub mod export;
pub mod key;
pub mod proof;
pub mod retention;
pub mod shown;
pub mod trail;
pub mod tree;
mod types;
pub mod verify;

pub use crate::store::{
    DeliveryRow, DeliveryState, EventFilter, HeldErasure, Recorded, StoreError,
};
pub use trail::{Moment, RowAt, Told, Trail};
pub use types::{UnknownType, check_types};

use std::{collections::BTreeSet, str::FromStr};

use aggregates::{CompletionId, ThreadId, completion::Completion, content_of, thread::Thread};
use cqrs_es::Aggregate;
use uuid::Uuid;

/// The name of a log, in its checkpoints.
#[must_use]
pub fn origin(log: Uuid) -> String {
    format!("colloquy/{log}")
}

/// The longest name of a case that a hold is for, in characters.
pub const LONGEST_MATTER: usize = 200;

/// The longest reason for reading content, in characters.
pub const LONGEST_REASON: usize = 500;

/// Webhooks there may be.
pub const MOST_WEBHOOKS: u64 = 100;

/// Messages that may wait for a webhook's receiver; what comes then waits in the log.
pub const MOST_WAITING: u64 = 10_000;

/// Whether it says what people or models wrote. Names of accounts and keys are not shown to those who read it.
#[must_use]
pub fn is_written(event: &Recorded) -> bool {
    matches!(
        event.aggregate_type.as_str(),
        Thread::TYPE | Completion::TYPE
    ) && !content_of(&event.aggregate_type, &event.event_type).is_empty()
}

/// The conversations and the completions in which these events say what people or models wrote.
#[must_use]
pub fn written_in<'e>(
    events: impl Iterator<Item = &'e Recorded> + Clone,
) -> (Vec<ThreadId>, Vec<CompletionId>) {
    let written = events.filter(|event| is_written(event));
    (
        ids(written.clone(), Thread::TYPE),
        ids(written, Completion::TYPE),
    )
}

fn ids<'e, Id: FromStr + Ord>(
    written: impl Iterator<Item = &'e Recorded>,
    of_type: &str,
) -> Vec<Id> {
    let written = written.filter(|event| event.aggregate_type == of_type);
    let ids: BTreeSet<Id> = written
        .filter_map(|event| event.aggregate_id.parse().ok())
        .collect();
    ids.into_iter().collect()
}

/// A reason as it is kept; `None`: it says nothing, or too much.
#[must_use]
pub fn reason(text: &str) -> Option<String> {
    line(text, LONGEST_REASON)
}

/// What a case is called that a hold is for; `None` as above.
#[must_use]
pub fn matter(text: &str) -> Option<String> {
    line(text, LONGEST_MATTER)
}

fn line(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fits =
        !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}
