//! The walk along the log: event after event into the tree, and at every checkpoint a look whether it fits.

use std::collections::VecDeque;

use tlog_tiles::{HASH_SIZE, Hash, record_hash};

use super::{
    findings::{Findings, Report, time},
    signed::{Signed, Source},
};
use crate::{
    audit::{
        key::{Trusted, unchecked},
        tree::Edge,
    },
    store::{Leaves, SignedCheckpoint, Store, StoreError},
};

/// Events of one read.
const PAGE: u32 = 2_048;
/// Hashes of a tile.
const TILE: u64 = 256;
/// Hashes that are kept until the next checkpoint comes.
const MOST: usize = 1 << 18;

/// Where it is.
pub(super) struct Walk<'w> {
    store: &'w Store,
    trusted: &'w Trusted,
    signed: Signed<'w>,
    findings: Findings,
    /// Where the log says that it ends.
    head: u64,
    /// The tree up to the last checkpoint that was right, and what had to be taken on trust since.
    edge: Edge,
    /// The last checkpoint of each source that was right.
    good: [u64; 2],
    /// What came after the edge.
    segment: VecDeque<Entry>,
    /// Nothing can be compared with what was signed any more.
    lost: bool,
    /// Checkpoints that were right.
    checked: u64,
}

/// An event's place in the tree.
struct Entry {
    /// The hash of what stands there.
    computed: Option<Hash>,
    /// The hash that the notary has kept.
    stored: Option<Hash>,
    /// What stands there, when it is not what was kept.
    leaf: Option<Vec<u8>>,
}

impl Entry {
    fn differs(&self) -> bool {
        self.stored.is_some() && self.computed != self.stored
    }
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        store: &'w Store,
        trusted: &'w Trusted,
        signed: Signed<'w>,
        findings: Findings,
        head: u64,
    ) -> Self {
        Self {
            store,
            trusted,
            signed,
            findings,
            head,
            edge: Edge::default(),
            good: [0; 2],
            segment: VecDeque::new(),
            lost: false,
            checked: 0,
        }
    }

    /// What was found; `uncounted`: rows of the table, and events that were seen, when these are not as many.
    pub(super) fn report(mut self, uncounted: Option<(u64, u64)>) -> Report {
        if let Some((there, seen)) = uncounted {
            self.findings.add(None, format!(
                "the table of events has {there} rows, but {seen} of them can be read at a position of their own"
            ));
        }
        let [database, anchor] = self.good;
        let good = database.max(anchor);
        self.findings
            .report(self.head, good, self.checked, &self.signed)
    }

    /// The next events. Where a page cannot be read, one event alone.
    pub(super) async fn page(&mut self, position: u64) -> Result<Leaves, StoreError> {
        let mut from = position;
        let mut limit = PAGE;
        loop {
            let error = match self.store.leaves_after(from, limit).await {
                Ok(leaves) => return Ok(leaves),
                Err(error) => error,
            };
            // A database that is away is no finding; a damaged one answers otherwise.
            self.store.head().await?;
            if limit == 1 {
                from += 1;
                let sentence = format!("event {from} cannot be read: {error}");
                self.findings.add(Some(from), sentence);
                if from >= self.head {
                    return Ok(Leaves::default());
                }
            }
            limit = 1;
        }
    }

    /// The notary's hashes of the events after `position`, up to `last`.
    pub(super) async fn stored_hashes(
        &self,
        position: u64,
        last: u64,
    ) -> Result<Stored, StoreError> {
        let first = position / TILE;
        let tiles: Vec<_> = (first..=last.saturating_sub(1) / TILE)
            .map(|index| (0, index))
            .collect();
        let tiles = self.store.tiles(&tiles).await?;
        let tiles = tiles.into_iter().map(|tile| (tile.index, tile.hashes));
        Ok(Stored(tiles.collect()))
    }

    pub(super) async fn event(
        &mut self,
        before: u64,
        at: u64,
        leaf: &[u8],
        stored: &Stored,
    ) -> Result<(), StoreError> {
        let end = self.head.max(self.signed.last);
        if at <= before {
            self.findings.add(
                Some(at),
                format!("more than one event stands at position {at}"),
            );
            return Ok(());
        }
        if at > end {
            self.findings.add(Some(at), format!(
                "an event stands at position {at}, although the log ends at {}: it was put there past the log",
                self.head
            ));
            return Ok(());
        }
        self.missing(before + 1, at - 1, stored).await?;
        let computed = record_hash(leaf);
        let stored = stored.get(at);
        let differs = stored.is_some_and(|stored| stored != computed);
        let entry = Entry {
            computed: Some(computed),
            stored,
            leaf: differs.then(|| leaf.to_vec()),
        };
        self.place(at, entry).await
    }

    /// Nothing stands at these positions.
    async fn missing(&mut self, first: u64, last: u64, stored: &Stored) -> Result<(), StoreError> {
        if first > last {
            return Ok(());
        }
        let sentence = match first == last {
            true => format!("event {first} is missing"),
            false => format!("the events {first} to {last} are missing"),
        };
        self.findings.add(Some(first), sentence);
        for at in first..=last {
            if self.lost {
                break;
            }
            let entry = Entry {
                computed: None,
                stored: stored.get(at),
                leaf: None,
            };
            self.place(at, entry).await?;
        }
        Ok(())
    }

    async fn place(&mut self, at: u64, entry: Entry) -> Result<(), StoreError> {
        if self.lost {
            return Ok(());
        }
        self.segment.push_back(entry);
        while let Some((checkpoint, source)) = self.signed.at(at).await? {
            self.compare(at, &checkpoint, source);
        }
        while self.segment.len() > MOST {
            // No checkpoint for long: what stands there is taken on trust until one comes.
            let Some(entry) = self.segment.pop_front() else {
                break;
            };
            match entry.computed.or(entry.stored) {
                Some(hash) => self.edge.push(hash, &mut vec![]),
                None => self.lost = true,
            }
        }
        Ok(())
    }

    /// Compares the tree up to here with what was signed of it.
    fn compare(&mut self, at: u64, checkpoint: &SignedCheckpoint, source: Source) {
        if self.lost {
            return;
        }
        let of = source.name();
        let (size, root) = match unchecked(&checkpoint.note) {
            Some((_, size, root)) if size == at => (size, root),
            _ => {
                let sentence = format!("the {of} of {at} events is none, or of another size");
                self.findings.add(Some(at), sentence);
                return;
            }
        };
        let is =
            |edge: &Option<Edge>| edge.as_ref().and_then(|edge| edge.root().ok()) == Some(root);
        let first = self.edge.size() + 1;
        let computed = self.grown(|entry| entry.computed);
        if is(&computed) {
            if self.segment.iter().any(Entry::differs) {
                self.findings.add(Some(first), format!(
                    "the notary's hashes of the events {first} to {at} are damaged; the events themselves are as they were signed"
                ));
            }
            return self.settle(size, computed, source);
        }
        let stored = self.grown(|entry| entry.stored.or(entry.computed));
        if is(&stored) {
            self.name_changed();
            return self.settle(size, stored, source);
        }
        if let Err(error) = self.trusted.check(&checkpoint.note) {
            let sentence = format!("the {of} of {at} events is not to be believed: {error}");
            self.findings.add(Some(at), sentence);
            return;
        }
        let since = self.good[source as usize] + 1;
        self.findings.add(Some(since), format!(
            "the events {since} to {at} are not those of the {of} that was signed at {}: from somewhere between these \
             positions on, the log was made anew, with hashes that fit it",
            time(checkpoint.signed_at)
        ));
        self.lost = true;
    }

    /// Tells of the events that differ from what the notary has kept of them.
    fn name_changed(&mut self) {
        let first = self.edge.size() + 1;
        for (position, entry) in (first..).zip(&self.segment) {
            if let Some(leaf) = &entry.leaf {
                self.findings.changed(position, leaf.clone(), entry.stored);
            }
        }
    }

    /// The tree with the rest of the events, each by this hash; `None` when one has none.
    fn grown(&self, hash: impl Fn(&Entry) -> Option<Hash>) -> Option<Edge> {
        let mut edge = self.edge.clone();
        let mut full = vec![];
        for entry in &self.segment {
            edge.push(hash(entry)?, &mut full);
            full.clear();
        }
        Some(edge)
    }

    /// What was signed fits this tree.
    fn settle(&mut self, size: u64, edge: Option<Edge>, source: Source) {
        if let Some(edge) = edge {
            self.edge = edge;
            self.segment.clear();
            self.good[source as usize] = size;
            self.checked += 1;
        }
    }

    /// Nothing comes after `position`.
    pub(super) fn end(&mut self, position: u64, end: u64) {
        if position < self.head {
            let sentence = format!(
                "the log ends with event {position}, but its head says {}: the events {} to {} were cut off",
                self.head,
                position + 1,
                self.head
            );
            self.findings.add(Some(position + 1), sentence);
        } else if position < end {
            let sentence = format!(
                "the log ends with event {position}, but {end} events were signed at {}: the events {} to {end} were cut off",
                time(self.signed.last_at),
                position + 1
            );
            self.findings.add(Some(position + 1), sentence);
        }
        // Where the next checkpoint cannot be reached, there are the hashes only.
        if !self.lost && position < self.signed.last {
            self.name_changed();
        }
    }
}

/// The notary's hashes of some events.
pub(super) struct Stored(std::collections::HashMap<u64, Vec<u8>>);

impl Stored {
    fn get(&self, position: u64) -> Option<Hash> {
        let place = position.checked_sub(1)?;
        let hashes = self.0.get(&(place / TILE))?;
        let from = usize::try_from(place % TILE).ok()? * HASH_SIZE;
        let hash = hashes.get(from..from + HASH_SIZE)?;
        Some(Hash(hash.try_into().ok()?))
    }
}
