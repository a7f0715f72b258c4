//! What was signed, in the order of its sizes: the database's checkpoints, and those of the anchor file.

use std::{collections::VecDeque, iter::Peekable};

use super::findings::Findings;
use crate::{
    audit::{anchor::Anchor, key::Trusted},
    store::{SignedCheckpoint, Store, StoreError},
};

/// Checkpoints of one read.
const PAGE: u32 = 1_000;

/// Where something signed is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Database = 0,
    Anchor = 1,
}

impl Source {
    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Database => "checkpoint",
            Self::Anchor => "anchor",
        }
    }
}

type Lines<'l> = Peekable<Box<dyn Iterator<Item = SignedCheckpoint> + Send + 'l>>;

/// Two queues.
pub(super) struct Signed<'s> {
    store: &'s Store,
    stored: VecDeque<SignedCheckpoint>,
    /// What was read from the database up to here.
    read: u64,
    is_read: bool,
    anchored: Option<Lines<'s>>,
    lines: u64,
    /// The largest size that somebody trusted has signed.
    pub(super) last: u64,
    /// When.
    pub(super) last_at: i64,
}

impl<'s> Signed<'s> {
    /// Looks at the last one of each, which vouch for all before them.
    pub(super) async fn open(
        store: &'s Store,
        trusted: &Trusted,
        anchor: Option<&Anchor>,
        findings: &mut Findings,
    ) -> Result<Self, StoreError> {
        let mut signed = Self {
            store,
            stored: VecDeque::new(),
            read: 0,
            is_read: false,
            anchored: None,
            lines: 0,
            last: 0,
            last_at: 0,
        };
        let kept = store.last_checkpoint().await?;
        if kept.is_none() && store.head().await? > 0 {
            let sentence = "nothing in the database is signed: no server has run here yet, whose notary does that, or its checkpoints were deleted";
            findings.add(None, sentence.to_owned());
        }
        signed.trust(kept, "last checkpoint", trusted, findings);
        let Some(anchor) = anchor else {
            return Ok(signed);
        };
        match (anchor.last(), anchor.lines()) {
            (Ok(last), Ok(lines)) => {
                signed.trust(last, "last line of the anchor file", trusted, findings);
                // A torn line is a crash's; sizes that go back would be a rewritten file.
                let mut size = 0;
                let lines = lines.flatten().filter(move |line| {
                    let grows = line.size > size;
                    size = size.max(line.size);
                    grows
                });
                let lines: Box<dyn Iterator<Item = _> + Send> = Box::new(lines);
                signed.anchored = Some(lines.peekable());
            }
            (Err(error), _) | (_, Err(error)) if error.kind() != std::io::ErrorKind::NotFound => {
                let path = anchor.path().display();
                findings.add(
                    None,
                    format!("the anchor file {path} cannot be read: {error}"),
                );
            }
            _ => {}
        }
        Ok(signed)
    }

    fn trust(
        &mut self,
        checkpoint: Option<SignedCheckpoint>,
        of: &str,
        trusted: &Trusted,
        findings: &mut Findings,
    ) {
        let Some(checkpoint) = checkpoint else { return };
        match trusted.check(&checkpoint.note) {
            Ok((size, _)) if size > self.last => {
                self.last = size;
                self.last_at = checkpoint.signed_at;
            }
            Ok(_) => {}
            Err(error) => {
                let position = Some(checkpoint.size);
                findings.add(
                    position,
                    format!("the {of} ({} events): {error}", checkpoint.size),
                );
            }
        }
    }

    /// The next one of this size, and where it is from.
    pub(super) async fn at(
        &mut self,
        size: u64,
    ) -> Result<Option<(SignedCheckpoint, Source)>, StoreError> {
        if self.stored.is_empty() && !self.is_read {
            let page = self.store.checkpoints_after(self.read, PAGE).await?;
            self.is_read = page.is_empty();
            self.read = page.last().map_or(self.read, |last| last.size);
            self.stored.extend(page);
        }
        while self.stored.front().is_some_and(|next| next.size < size) {
            self.stored.pop_front();
        }
        if self.stored.front().is_some_and(|next| next.size == size) {
            let next = self.stored.pop_front();
            return Ok(next.map(|next| (next, Source::Database)));
        }
        let Some(lines) = &mut self.anchored else {
            return Ok(None);
        };
        while lines.next_if(|next| next.size < size).is_some() {}
        let next = lines.next_if(|next| next.size == size);
        self.lines += u64::from(next.is_some());
        Ok(next.map(|next| (next, Source::Anchor)))
    }

    /// How many lines of the anchor file were compared, if there is one.
    pub(super) fn anchored(&self) -> Option<u64> {
        self.anchored.as_ref().map(|_| self.lines)
    }
}
