//! The record as auditors read it: events, moments, and what lies between two of them.

mod following;
mod moments;
mod owners;
mod webhooks;

use std::sync::Arc;

use aggregates::{HoldId, case::SaidIn, thread::Thread, user::User};
use chrono::DateTime;
use cqrs_es::Aggregate;
use dashmap::DashMap;

use self::owners::Known;
pub use self::{moments::RowAt, webhooks::Told};
use super::{
    as_of::{ErasedSince, ThreadAt},
    key::unchecked,
    origin, proof,
};
use crate::store::{
    EventFilter, HeldErasure, Recorded, SignedCheckpoint, Store, StoreError, TrailPage,
};

/// Events of a thread that are folded together.
const PAGE: u32 = 1_000;

/// Reads the record. Clones are handles of the same thing.
#[derive(Clone, Debug)]
pub struct Trail {
    store: Store,
    owners: Arc<DashMap<SaidIn, Known>>,
}

/// A moment of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// With everything up to this position.
    Position(u64),
    /// With everything up to this time, in microseconds since 1970.
    Time(i64),
}

impl Moment {
    /// Reads digits, or a time as RFC 3339 has it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Self::Position);
        }
        // A plus sign that was not escaped in a query has become a space.
        let time = DateTime::parse_from_rfc3339(&text.trim().replace(' ', "+")).ok()?;
        Some(Self::Time(time.timestamp_micros()))
    }

    fn is_before(self, event: &Recorded) -> bool {
        match self {
            Self::Position(position) => position < event.position,
            Self::Time(time) => time < event.recorded_at,
        }
    }
}

/// A thread that is folded, and what it was at some moments on the way.
struct Walk<const N: usize> {
    /// In their order.
    moments: [Moment; N],
    found: [Option<ThreadAt>; N],
    /// The moment that is looked for.
    next: usize,
    state: ThreadAt,
    /// All that were asked for, those after the last moment, too.
    erasures: Vec<ErasedSince>,
}

impl<const N: usize> Walk<N> {
    fn take(&mut self, events: Vec<Recorded>) {
        for event in events {
            self.note_erasure(&event);
            while !self.is_over() && self.moments[self.next].is_before(&event) {
                self.found[self.next] = self.state.exists().then(|| self.state.clone());
                self.next += 1;
            }
            if !self.is_over() {
                self.state.take(&event);
            }
        }
    }

    fn note_erasure(&mut self, event: &Recorded) {
        match event.event_type.as_str() {
            "erasure.requested" => self.erasures.push(ErasedSince {
                requested: event.position,
                confirmed: None,
                recorded_at: event.recorded_at,
            }),
            "erasure.confirmed" => {
                if let Some(last) = self.erasures.last_mut() {
                    last.confirmed = Some(event.position);
                    last.recorded_at = event.recorded_at;
                }
            }
            _ => {}
        }
    }

    fn is_over(&self) -> bool {
        self.next >= N
    }

    /// What is left is as it is now.
    fn end(mut self) -> [Option<ThreadAt>; N] {
        if self.state.exists() {
            for left in self.found.iter_mut().skip(self.next) {
                *left = Some(self.state.clone());
            }
        }
        for at in self.found.iter_mut().flatten() {
            let mut later = self.erasures.iter();
            at.erased_since = later
                .find(|erasure| erasure.position() > at.position)
                .copied();
        }
        self.found
    }
}

impl Trail {
    /// Of this log.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            owners: Arc::default(),
        }
    }

    /// Where the log ends.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn head(&self) -> Result<u64, StoreError> {
        self.store.head().await
    }

    /// The last position that counts at a moment; 0: nothing had happened.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn position_at(&self, moment: Moment) -> Result<u64, StoreError> {
        let head = self.head().await?;
        let time = match moment {
            Moment::Position(position) => return Ok(position.min(head)),
            Moment::Time(time) => time,
        };
        // Times of the log never go back: halved until the last one of before is found.
        let (mut known, mut beyond) = (0, head + 1);
        while beyond - known > 1 {
            let middle = known + (beyond - known) / 2;
            let signs = self.store.signs_after(middle - 1, middle, 1).await?;
            match signs.first() {
                Some(sign) if sign.recorded_at <= time => known = middle,
                _ => beyond = middle,
            }
        }
        Ok(known)
    }

    /// Whether the first of these moments is not later than the other.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn are_in_order(&self, from: Moment, to: Moment) -> Result<bool, StoreError> {
        Ok(match (from, to) {
            (Moment::Position(from), Moment::Position(to)) => from <= to,
            (Moment::Time(from), Moment::Time(to)) => from <= to,
            (from, to) => self.position_at(from).await? <= self.position_at(to).await?,
        })
    }

    /// The events that fit; see [`Store::trail`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn events(
        &self,
        filter: &EventFilter,
        after: u64,
        last: u64,
        limit: u32,
    ) -> Result<TrailPage, StoreError> {
        self.store.trail(filter, after, last, limit).await
    }

    /// The same events with what was written in them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn with_content(&self, events: Vec<Recorded>) -> Result<Vec<Recorded>, StoreError> {
        self.store.with_content(events).await
    }

    /// The thread as it was at each of these moments, which are in order; `None` where it was not there yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn thread_at<const N: usize>(
        &self,
        thread: &str,
        moments: [Moment; N],
    ) -> Result<[Option<ThreadAt>; N], StoreError> {
        let mut walk = Walk {
            moments,
            found: [const { None }; N],
            next: 0,
            state: ThreadAt::default(),
            erasures: vec![],
        };
        let mut page = self
            .store
            .read_stream(Thread::TYPE, thread, 0, PAGE)
            .await?;
        while let Some(last) = page.last().map(|last| last.sequence) {
            let is_last = page.len() < PAGE as usize;
            // Folding takes a core for a while: the next page is read beside it.
            let folding = tokio::task::spawn_blocking(move || {
                walk.take(page);
                walk
            });
            let reading = async {
                match is_last {
                    true => Ok(vec![]),
                    false => {
                        let store = &self.store;
                        store.read_stream(Thread::TYPE, thread, last, PAGE).await
                    }
                }
            };
            let (folded, read) = tokio::join!(folding, reading);
            walk = folded.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            // Past the last moment, too: what was erased since is told with it.
            page = read?;
        }
        Ok(walk.end())
    }

    /// For people: which holds keep what was said in a thread whose erasure waits, and how that is read. `None`: none
    /// does, or nothing waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn kept(&self, thread: &str, at: &ThreadAt) -> Result<Option<String>, StoreError> {
        let waits = at
            .erasure
            .as_ref()
            .filter(|erasure| erasure.confirmed.is_none() && at.erased_since.is_none());
        let Some(erasure) = waits else {
            return Ok(None);
        };
        let (state, _) = self.store.load::<Thread>(thread).await?;
        let mut holds = state.holds().ids().to_vec();
        for owner in state.former_owners() {
            let (owner, _) = self.store.load::<User>(&owner.to_string()).await?;
            holds.extend(owner.holds().ids());
        }
        let holds: Vec<_> = holds.iter().map(HoldId::to_string).collect();
        Ok((!holds.is_empty()).then(|| {
            format!(
                "What was said is kept by legal holds ({}). It is read as it was before, with a reason: colloquy audit \
                 replay {thread} --at {}",
                holds.join(", "),
                erasure.requested - 1
            )
        }))
    }

    /// Where it is read from.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// The erasures that wait for holds on this thread or user, the oldest first, and how many there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn held_by(
        &self,
        subject: &str,
        limit: u32,
    ) -> Result<(Vec<HeldErasure>, u64), StoreError> {
        self.store.erasures_held_by(subject, limit).await
    }

    /// What the notary has signed last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.store.last_checkpoint().await
    }

    /// The name of this log in its checkpoints.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn origin(&self) -> Result<String, StoreError> {
        Ok(origin(self.store.log_id().await?))
    }

    /// The hash of an event's leaf and what leads from it to the root of the first `size` events, or of what was
    /// signed last; hashes in base64.
    ///
    /// # Errors
    /// When there is no such proof, or the database does not answer.
    pub async fn inclusion(
        &self,
        position: u64,
        size: Option<u64>,
    ) -> Result<Inclusion, proof::ProofError> {
        let size = self.size(size).await?;
        let proof = proof::inclusion(&self.store, position, size).await?;
        let leaves = self.store.leaves_after(position - 1, 1).await?;
        let leaf = leaves.iter().find(|(at, _)| *at == position);
        let (_, leaf) = leaf.ok_or(proof::ProofError::Damaged)?;
        Ok(Inclusion {
            position,
            size,
            leaf: tlog_tiles::record_hash(leaf).to_string(),
            root: proof::root(&self.store, size).await?.to_string(),
            proof: proof.iter().map(ToString::to_string).collect(),
        })
    }

    /// What shows that the first `from` events are the beginning of the first `to` ones, or of what was signed last.
    ///
    /// # Errors
    /// When there is no such proof, or the database does not answer.
    pub async fn consistency(
        &self,
        from: u64,
        to: Option<u64>,
    ) -> Result<Consistency, proof::ProofError> {
        let to = self.size(to).await?;
        let proof = proof::consistency(&self.store, from, to).await?;
        Ok(Consistency {
            from,
            to,
            root_from: proof::root(&self.store, from).await?.to_string(),
            root_to: proof::root(&self.store, to).await?.to_string(),
            proof: proof.iter().map(ToString::to_string).collect(),
        })
    }

    async fn size(&self, given: Option<u64>) -> Result<u64, proof::ProofError> {
        if let Some(size) = given {
            return Ok(size);
        }
        let last = self.store.last_checkpoint().await?;
        let signed = last.and_then(|last| unchecked(&last.note));
        signed.map_or(Err(proof::ProofError::TooLarge(1)), |(_, size, _)| Ok(size))
    }
}

/// A proof that an event is in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Of the event.
    pub position: u64,
    /// Of the tree.
    pub size: u64,
    /// The leaf's hash.
    pub leaf: String,
    /// The tree's.
    pub root: String,
    /// From the leaf upwards.
    pub proof: Vec<String>,
}

/// A proof that a tree is the beginning of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// The smaller one's size.
    pub from: u64,
    /// The larger one's.
    pub to: u64,
    /// The smaller one's root.
    pub root_from: String,
    /// The larger one's.
    pub root_to: String,
    /// As RFC 6962 orders it.
    pub proof: Vec<String>,
}
