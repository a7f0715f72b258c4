//! The notary: hashes every event as it is stored into a Merkle tree, and signs, at least every second in which
//! something happens, how far the tree goes. What it signed goes to the database and to the anchor file.
//!
//! Unlike other subscribers it reads the stored bytes of all events. One node at a time does the work; two that
//! both believe to have it cannot both write, because the tree must still be as large as when they began. It
//! signs nothing on top of a tree that does not fit what was signed before, nor on top of what somebody else has
//! signed: that is for a person to look at.

use std::time::Duration;

use tlog_tiles::record_hash;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::Postponed;
use crate::{
    audit::{
        anchor::Anchor,
        key::{KeyError, NotaryKey, Trusted, Untrusted, unchecked},
        origin, proof,
        tree::Edge,
    },
    clock,
    shutdown::Shutdown,
    store::{Growth, SignedCheckpoint, Store},
};

/// How often it looks, and signs when there is something new.
const LOOK: Duration = Duration::from_secs(1);
/// Events of one read.
const PAGE: u32 = 1_024;
/// Events that are signed together at most: what is kept of them is written in one go.
const TOGETHER: u64 = 16_384;
/// How long a node may work before another one takes the work for abandoned, in seconds.
const HOLD: u32 = 60;
/// Checkpoints that are copied to the anchor file together.
const COPIED: u32 = 1_000;

/// The notary of one node.
pub struct Notary {
    store: Store,
    key: NotaryKey,
    /// The public parts of those that it succeeds.
    former: Vec<String>,
    anchor: Option<Anchor>,
    node: Uuid,
    origin: String,
    /// The tree, when it is at hand.
    edge: Option<Edge>,
    /// What was said last about why it does not sign.
    complaint: String,
}

impl Notary {
    /// For this log.
    #[must_use]
    pub fn new(
        store: Store,
        log: Uuid,
        node: Uuid,
        key: NotaryKey,
        anchor: Option<Anchor>,
    ) -> Self {
        Self {
            store,
            key,
            former: vec![],
            anchor,
            node,
            origin: origin(log),
            edge: None,
            complaint: String::new(),
        }
    }

    /// The same, which goes on where one with one of these keys ended, by their public parts.
    ///
    /// # Errors
    /// When one is no key.
    pub fn after(self, former: &[String]) -> Result<Self, KeyError> {
        Trusted::new(self.origin.as_str(), former.iter().map(String::as_str))?;
        Ok(Self {
            former: former.to_vec(),
            ..self
        })
    }

    /// Follows the log until the process ends.
    pub async fn run(mut self, shutdown: Shutdown) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.token().cancelled() => break,
                _ = ticks.tick() => self.tick().await,
            }
        }
        // What was said last is signed, too.
        self.tick().await;
    }

    /// Signs everything there is, once.
    ///
    /// # Errors
    /// When it does not sign on top of what is there, or the database does not answer.
    pub async fn sign(mut self) -> Result<(), Postponed> {
        self.look().await
    }

    async fn tick(&mut self) {
        match self.look().await {
            Ok(()) => self.complaint.clear(),
            Err(error) => {
                self.edge = None;
                let complaint = error.to_string();
                if complaint != self.complaint {
                    tracing::error!(error = complaint, "the notary does not sign");
                    self.complaint = complaint;
                }
                metrics::counter!("colloquy_notary_refusals_total").increment(1);
            }
        }
    }

    /// Signs everything that is new. What comes meanwhile is for the next time: under load something always does, and
    /// each signature waits for the disk, and whoever commits for it.
    async fn look(&mut self) -> Result<(), Postponed> {
        let head = self.store.head().await?;
        loop {
            if self.edge.as_ref().is_some_and(|edge| edge.size() == head) {
                return Ok(());
            }
            let Some(size) = self.store.hold_notary(self.node, HOLD).await? else {
                tracing::debug!("another node has the notary's work");
                return Ok(());
            };
            let signed = self.go_on(size, head).await;
            // With what is signed the work is given back; kept otherwise, nobody would sign until its time is over.
            if !matches!(signed, Ok(true)) {
                let released = self.store.release_notary(self.node).await;
                signed?;
                released?;
                return Ok(());
            }
        }
    }

    /// Signs what comes after the first `size` events; whether there was anything.
    async fn go_on(&mut self, size: u64, head: u64) -> Result<bool, Postponed> {
        let edge = match self.edge.take() {
            Some(edge) if edge.size() == size => edge,
            _ => self.load(size).await?,
        };
        if size < head {
            return self.grow(edge, head).await;
        }
        // Another node may have gone on since.
        let head = self.store.head().await?;
        if head < size {
            return Err(format!("the log ends at position {head}, but {size} events are signed; `colloquy audit verify` tells more").into());
        }
        self.edge = Some(edge);
        Ok(false)
    }

    /// Takes the next events into the tree, and signs it; `false`: another node was faster.
    async fn grow(&mut self, mut edge: Edge, head: u64) -> Result<bool, Postponed> {
        let from = edge.size();
        let mut tiles = vec![];
        let to = head.min(from + TOGETHER);
        while edge.size() < to {
            let left = u32::try_from(to - edge.size()).unwrap_or(PAGE);
            let leaves = self.store.leaves_after(edge.size(), left.min(PAGE)).await?;
            if leaves.is_empty() {
                return Err(format!("event {} is missing", edge.size() + 1).into());
            }
            for (position, leaf) in leaves.iter() {
                if position != edge.size() + 1 {
                    return Err(format!("event {} is missing", edge.size() + 1).into());
                }
                edge.push(record_hash(leaf), &mut tiles);
            }
        }
        tiles.extend(edge.partial());
        let checkpoint = SignedCheckpoint {
            size: edge.size(),
            signed_at: clock::now_micros(),
            note: self.key.sign(&self.origin, edge.size(), edge.root()?)?,
        };
        let growth = Growth {
            from,
            tiles,
            checkpoint,
        };
        if !self.store.grow_tree(self.node, &growth).await? {
            return Ok(false);
        }
        self.edge = Some(edge);
        metrics::counter!("colloquy_checkpoints_total").increment(1);
        self.append(vec![growth.checkpoint]).await?;
        Ok(true)
    }

    /// The tree as it was left, if it fits what was signed of it.
    async fn load(&self, size: u64) -> Result<Edge, Postponed> {
        let tiles = self.store.tiles(&Edge::tiles_of(size)).await?;
        let edge = Edge::load(size, &tiles).ok_or("its stored hashes are damaged")?;
        let last = self.store.last_checkpoint().await?;
        let signed = last.as_ref().and_then(|last| unchecked(&last.note));
        let fits = match &signed {
            None => size == 0 && last.is_none(),
            Some((_, signed, root)) => *signed == size && *root == edge.root()?,
        };
        if !fits {
            return Err("its stored hashes are not those that were signed last; `colloquy audit verify` tells more".into());
        }
        if let Some(last) = &last {
            self.check_signature(last)?;
        }
        if let Some(anchor) = &self.anchor {
            self.catch_up(anchor, size).await?;
        }
        Ok(edge)
    }

    /// Two keys that sign in turns prove nothing: one goes on where its own signatures end, or those of a former one.
    fn check_signature(&self, last: &SignedCheckpoint) -> Result<(), Postponed> {
        let former = self.former.iter().map(String::as_str);
        let known = Trusted::new(self.origin.as_str(), former.chain([self.key.public()]))?;
        let size = last.size;
        match known.check(&last.note) {
            Ok(_) => Ok(()),
            Err(Untrusted::UnknownKey(_)) => Err(format!(
                "the last checkpoint ({size} events) was signed with another notary.key than this server's. All nodes of one \
                 database need the same; if the key was changed on purpose, set notary.former_keys to the public part of the \
                 one before (`colloquy audit key` with it)"
            )
            .into()),
            Err(error) => Err(format!(
                "the last checkpoint ({size} events): {error}; `colloquy audit verify` tells more"
            )
            .into()),
        }
    }

    /// Looks whether the anchor file fits, and appends what it lacks: a crash came between, or another node worked.
    async fn catch_up(&self, anchor: &Anchor, size: u64) -> Result<(), Postponed> {
        let file = anchor.clone();
        let last = tokio::task::spawn_blocking(move || file.last()).await??;
        let mut anchored = 0;
        if let Some((_, last, root)) = last.and_then(|last| unchecked(&last.note)) {
            let path = anchor.path().display();
            if last > size {
                return Err(format!(
                    "the anchor file {path} knows the log up to position {last}, but only {size} events are signed in the \
                     database: it was cut, or is a restored backup. If you restored it, move the file away, and keep it"
                )
                .into());
            }
            if proof::root(&self.store, last).await? != root {
                return Err(
                    format!("the anchor file {path} is of another log than this one").into(),
                );
            }
            anchored = last;
        }
        loop {
            let missing = self.store.checkpoints_after(anchored, COPIED).await?;
            let Some(last) = missing.last() else {
                return Ok(());
            };
            anchored = last.size;
            self.append(missing).await?;
        }
    }

    async fn append(&self, checkpoints: Vec<SignedCheckpoint>) -> Result<(), Postponed> {
        let Some(anchor) = self.anchor.clone() else {
            return Ok(());
        };
        let path = anchor.path().to_owned();
        let appended = tokio::task::spawn_blocking(move || anchor.append(&checkpoints)).await?;
        appended.map_err(|error| {
            let path = path.display();
            format!("the anchor file {path} cannot be written: {error}").into()
        })
    }
}
