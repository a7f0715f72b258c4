//! The Merkle tree as it grows: only its right edge is at hand, whatever its size.

use tlog_tiles::{Error, HASH_SIZE, Hash, HashReader, Tile, tree_hash};

use crate::store::HashTile;

/// A tile is so many levels of the tree high, so it has 256 hashes (c2sp.org/tlog-tiles).
pub(super) const HEIGHT: u8 = 8;
/// The bytes of a full tile.
const FULL: usize = HASH_SIZE << HEIGHT;

/// A tree without what is left of its edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The last tile of each level, which is not full.
    tiles: Vec<Vec<u8>>,
}

impl Edge {
    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The tiles (level and index) that the edge of a tree of this size is in.
    #[must_use]
    pub fn tiles_of(size: u64) -> Vec<(u8, u64)> {
        let levels = (0..).map_while(|level: u8| {
            let hashes = size.checked_shr(u32::from(HEIGHT * level))?;
            (hashes > 0).then_some((level, hashes))
        });
        levels
            .filter(|(_, hashes)| hashes % (1 << HEIGHT) > 0)
            .map(|(level, hashes)| (level, hashes >> HEIGHT))
            .collect()
    }

    /// The edge of a tree of this size, from [`Self::tiles_of`] it; `None` when one is missing or too short.
    #[must_use]
    pub fn load(size: u64, stored: &[HashTile]) -> Option<Self> {
        let mut tiles = vec![];
        for (level, index) in Self::tiles_of(size) {
            let hashes = (size >> (HEIGHT * level)) % (1 << HEIGHT);
            let tile = stored
                .iter()
                .find(|tile| (tile.level, tile.index) == (level, index))?;
            let bytes = usize::try_from(hashes).ok()? * HASH_SIZE;
            tiles.resize(usize::from(level), vec![]);
            tiles.push(tile.hashes.get(..bytes)?.to_vec());
        }
        // Levels above whose tiles are full to the last one have an empty edge.
        Some(Self { size, tiles })
    }

    /// Adds a leaf by its hash; tiles that are full now go to `full`.
    pub fn push(&mut self, leaf: Hash, full: &mut Vec<HashTile>) {
        let mut hash = leaf;
        for level in 0.. {
            if self.tiles.len() == level {
                self.tiles.push(vec![]);
            }
            let tile = &mut self.tiles[level];
            tile.extend_from_slice(&hash.0);
            if tile.len() < FULL {
                break;
            }
            let hashes = std::mem::take(tile);
            hash = Tile::subtree_hash(&hashes);
            let level = u8::try_from(level).unwrap_or(u8::MAX);
            full.push(HashTile {
                level,
                index: self.size >> (HEIGHT * (level + 1)),
                hashes,
            });
        }
        self.size += 1;
    }

    /// The last tile of each level, as it is now.
    #[must_use]
    pub fn partial(&self) -> Vec<HashTile> {
        let tiles = (0u8..).zip(&self.tiles);
        tiles
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(level, hashes)| HashTile {
                level,
                index: self.size >> (HEIGHT * (level + 1)),
                hashes: hashes.clone(),
            })
            .collect()
    }

    /// The root of the tree.
    ///
    /// # Errors
    /// Never, unless this edge is none.
    pub fn root(&self) -> Result<Hash, Error> {
        tree_hash(self.size, self)
    }
}

impl HashReader for Edge {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let read = |index: &u64| {
            let tile = Tile::from_index(HEIGHT, *index);
            let hashes = self.tiles.get(usize::from(tile.level()));
            tile.hash_at_index(hashes.ok_or(Error::InvalidTile)?, *index)
        };
        indexes.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;
    use tlog_tiles::{node_hash, record_hash};

    use super::*;

    /// MTH of RFC 6962, 2.1, as it stands there.
    fn root_of(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => tlog_tiles::EMPTY_HASH,
            [leaf] => *leaf,
            leaves => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(root_of(left), root_of(right))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count)
            .map(|nth| record_hash(&nth.to_be_bytes()))
            .collect()
    }

    /// Around the ends of tiles, of both levels.
    fn sizes() -> impl Strategy<Value = u64> {
        prop_oneof![0..20u64, 250..260u64, 500..600u64, 65_530..65_545u64]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_root_is_that_of_the_rfc_and_an_edge_is_loaded_as_it_was(size in sizes(), more in 0..300u64) {
            let leaves = leaves(size + more);
            let (mut edge, mut tiles) = (Edge::default(), vec![]);
            for leaf in &leaves[..size as usize] {
                edge.push(*leaf, &mut tiles);
            }
            prop_assert_eq!(edge.root().unwrap(), root_of(&leaves[..size as usize]));
            tiles.extend(edge.partial());
            let mut loaded = Edge::load(size, &tiles).unwrap();
            prop_assert_eq!(loaded.root().unwrap(), edge.root().unwrap());
            let (mut further, mut again) = (vec![], vec![]);
            for leaf in &leaves[size as usize..] {
                edge.push(*leaf, &mut further);
                loaded.push(*leaf, &mut again);
            }
            prop_assert_eq!(loaded.root().unwrap(), root_of(&leaves));
            prop_assert_eq!(further, again);
            prop_assert_eq!(edge.partial(), loaded.partial());
        }
    }
}
