//! Proofs out of the notary's tiles: that an event is in the tree, and that a tree is the beginning of another.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use tlog_tiles::{Error, Hash, HashReader, Tile, prove_record, prove_tree, tree_hash};

use super::tree::HEIGHT;
use crate::store::{Store, StoreError};

/// Tiles that are kept at hand, 8 KiB each.
const KEPT: usize = 512;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The tree is not that large.
    #[error("the notary has signed no tree of {0} events yet")]
    TooLarge(u64),
    /// Nothing is proved by nothing.
    #[error("positions and sizes count from 1, and no position is beyond its size")]
    Range,
    /// Hashes are missing.
    #[error("the notary's hashes are damaged; `colloquy audit verify` says where")]
    Damaged,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The hashes beside the way from the event at this position to the root of the first `size` events (RFC 6962, 2.1.1).
///
/// # Errors
/// When there is no such tree, or the database does not answer.
pub async fn inclusion(store: &Store, position: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if position == 0 || position > size {
        return Err(ProofError::Range);
    }
    signed(store, size).await?;
    with_tiles(store, |tiles| prove_record(size, position - 1, tiles)).await
}

/// What shows that the first `from` events are the beginning of the first `to` ones (RFC 6962, 2.1.2).
///
/// # Errors
/// When there are no such trees, or the database does not answer.
pub async fn consistency(store: &Store, from: u64, to: u64) -> Result<Vec<Hash>, ProofError> {
    if from == 0 || from > to {
        return Err(ProofError::Range);
    }
    signed(store, to).await?;
    with_tiles(store, |tiles| prove_tree(to, from, tiles)).await
}

/// The root of the first `size` events.
///
/// # Errors
/// When there is no such tree, or the database does not answer.
pub async fn root(store: &Store, size: u64) -> Result<Hash, ProofError> {
    if size == 0 {
        return Err(ProofError::Range);
    }
    signed(store, size).await?;
    with_tiles(store, |tiles| tree_hash(size, tiles)).await
}

async fn signed(store: &Store, size: u64) -> Result<(), ProofError> {
    let last = store.last_checkpoint().await?;
    match last.is_some_and(|last| last.size >= size) {
        true => Ok(()),
        false => Err(ProofError::TooLarge(size)),
    }
}

/// Makes many proofs in one tree, which lie near each other.
pub struct Prover {
    store: Store,
    size: u64,
    known: HashMap<(u8, u64), Vec<u8>>,
}

impl Prover {
    /// In the tree of the first `size` events.
    #[must_use]
    pub fn new(store: Store, size: u64) -> Self {
        Self {
            store,
            size,
            known: HashMap::new(),
        }
    }

    /// See [`inclusion`].
    ///
    /// # Errors
    /// When there is no such proof, or the database does not answer.
    pub async fn inclusion(&mut self, position: u64) -> Result<Vec<Hash>, ProofError> {
        if position == 0 || position > self.size {
            return Err(ProofError::Range);
        }
        if self.known.len() > KEPT {
            self.known.retain(|(level, _), _| *level > 0);
        }
        let size = self.size;
        make_with(&self.store, &mut self.known, |tiles| {
            prove_record(size, position - 1, tiles)
        })
        .await
    }
}

/// Lets `make` say which tiles it needs, and make it of them.
async fn with_tiles<T>(
    store: &Store,
    make: impl Fn(&Tiles<'_>) -> Result<T, Error>,
) -> Result<T, ProofError> {
    make_with(store, &mut HashMap::new(), make).await
}

async fn make_with<T>(
    store: &Store,
    known: &mut HashMap<(u8, u64), Vec<u8>>,
    make: impl Fn(&Tiles<'_>) -> Result<T, Error>,
) -> Result<T, ProofError> {
    loop {
        let missing = {
            let tiles = Tiles {
                known,
                missing: RefCell::default(),
            };
            match make(&tiles) {
                Ok(made) => return Ok(made),
                Err(_) => tiles.missing.into_inner(),
            }
        };
        let missing: Vec<(u8, u64)> = missing.into_iter().collect();
        let read = store.tiles(&missing).await?;
        if missing.is_empty() || read.len() < missing.len() {
            return Err(ProofError::Damaged);
        }
        known.extend(
            read.into_iter()
                .map(|tile| ((tile.level, tile.index), tile.hashes)),
        );
    }
}

/// Tiles at hand, and those that were asked for and are not.
struct Tiles<'t> {
    known: &'t HashMap<(u8, u64), Vec<u8>>,
    missing: RefCell<BTreeSet<(u8, u64)>>,
}

impl HashReader for Tiles<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hashes = indexes.iter().map(|index| {
            let tile = Tile::from_index(HEIGHT, *index);
            let place = (tile.level(), tile.level_index());
            match self.known.get(&place) {
                Some(hashes) => tile.hash_at_index(hashes, *index),
                None => {
                    self.missing.borrow_mut().insert(place);
                    Err(Error::InvalidTile)
                }
            }
        });
        // All of them, so that all that are missing are known.
        let hashes: Vec<_> = hashes.collect();
        hashes.into_iter().collect()
    }
}
