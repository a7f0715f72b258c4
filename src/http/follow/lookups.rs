//! What is looked up for a reply, told once, whoever knows of it.

use super::{Follower, Piece};
use crate::{actors::Lookup, views::LookupRow};

/// What it has told of lookups.
#[derive(Default)]
pub(super) struct Lookups {
    /// The last ones that it has told the beginning and the end of.
    pub(super) begun: u32,
    pub(super) over: u32,
    /// Those that there were when it came, where it has not been there from the beginning.
    pub(super) before: Option<u32>,
}

impl Follower {
    pub(super) fn lookup(&mut self, lookup: Lookup, over: bool, replayed: bool) -> Piece {
        let told = match over {
            true => &mut self.lookups.over,
            false => &mut self.lookups.begun,
        };
        *told = lookup.call;
        Piece::Lookup {
            lookup,
            over,
            replayed,
        }
    }

    /// What is known of lookups and was not told yet: of each its beginning, then its end.
    pub(super) fn next_lookup(&mut self, rows: &[LookupRow], ended: bool) -> Option<Piece> {
        let Lookups {
            begun,
            over,
            before,
        } = &mut self.lookups;
        let (begun, over) = (*begun, *over);
        let there = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        // Who was told of some live has been there.
        let before = *before.get_or_insert(if begun > 0 { 0 } else { there });
        let nth = |call: u32| rows.get(usize::try_from(call).ok()?);
        let lookup = |row: &LookupRow, call| Lookup {
            call,
            tool: row.tool,
            label: row.label.clone(),
        };
        if over < begun
            && let Some(row) = nth(over).filter(|row| row.over || ended)
        {
            return Some(self.lookup(lookup(row, over + 1), true, over < before));
        }
        let row = nth(begun)?;
        Some(self.lookup(lookup(row, begun + 1), false, begun < before))
    }
}
