//! The usual round, when the views are up to date: one statement, because the rows that were saved last are
//! still at hand.
//!
//! Folding begins before anything is locked, on rows that were true at the position where the tables were
//! last seen. The statement that saves what came of it looks whether they are still there; where not (another
//! projector was at work, a view was made anew), nothing has happened, and the patient way of [`Folder`] is taken.

use std::collections::HashMap;

use projections::{Batch, Value};

use super::{
    batch::Read,
    fold::{Folder, Target, stored},
    injection::FaultPoint,
};
use crate::views::{
    ViewError,
    database::{Database, Values},
    together::{Line, Round, Saves, Standing},
};

/// Events of a quick round. With more of them it is no longer the number of statements that counts.
const MOST: usize = 1_000;
/// Bytes of the rows at hand, about; beyond them all are forgotten.
const ROOM: usize = 8 << 20;

/// See the module.
#[derive(Debug)]
pub(super) struct Quick {
    line: Line,
    /// Only true for the tables as they stand in there.
    at_hand: Option<AtHand>,
}

/// Rows as they were saved, and the tables that they are of.
#[derive(Debug)]
struct AtHand {
    standing: Vec<Standing>,
    /// Of each target, by key.
    rows: Vec<HashMap<String, Values>>,
    bytes: usize,
}

/// One target's part of a round.
struct Folding<'a> {
    nth: usize,
    target: &'a Target,
    batch: Box<dyn Batch>,
}

impl Quick {
    pub(super) fn new(database: &Database) -> Self {
        Self {
            line: Line::to(database),
            at_hand: None,
        }
    }

    /// Folds events that begin right after `from` into all of the folder's tables. The answer is how far they
    /// are then; `None`: nothing has happened, and it is not for the quick way.
    pub(super) async fn fold(
        &mut self,
        folder: &Folder,
        from: u64,
        read: &Read,
    ) -> Result<Option<u64>, ViewError> {
        // Whatever ends this before its end leaves nothing at hand.
        let at_hand = self.at_hand.take();
        let Some(last) = read.events.last().map(|event| event.position) else {
            return Ok(None);
        };
        if read.events.len() > MOST || !read.unreadable.is_empty() {
            return Ok(None);
        }
        let at_hand = match at_hand.filter(|at_hand| at_hand.is_at(from)) {
            Some(at_hand) => Some(at_hand),
            None => self.look(folder, from).await?,
        };
        let Some(mut at_hand) = at_hand else {
            return Ok(None);
        };
        let foldings = self.load(folder, read, &mut at_hand).await?;
        let mut saves = vec![];
        for folding in foldings {
            let changes = folding.batch.finish();
            if !changes.clears.is_empty() || !changes.deletes.is_empty() {
                return Ok(None);
            }
            let changed = at_hand.keep(folding.nth, &changes.saves);
            if !changes.saves.is_empty() {
                let rows = folding.target.part(changes.saves);
                saves.push(Saves { rows, changed });
            }
        }
        folder.injection.fails(FaultPoint::BeforeCommit, last)?;
        let to = stored(last);
        let round = Round {
            standing: &at_hand.standing,
            to,
            saves,
        };
        match self.line.save(round).await {
            Ok(true) => {}
            // What is refused, the patient way finds.
            Ok(false) | Err(ViewError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        folder.injection.fails(FaultPoint::AfterCommit, last)?;
        for table in &mut at_hand.standing {
            table.position = to;
        }
        if at_hand.bytes <= ROOM {
            self.at_hand = Some(at_hand);
        }
        Ok(Some(last))
    }

    /// The tables, if they all stand at `from`.
    async fn look(&mut self, folder: &Folder, from: u64) -> Result<Option<AtHand>, ViewError> {
        let names: Vec<&str> = folder.targets.iter().map(Target::name).collect();
        let standing = self.line.standing(&names).await?;
        let is_there = |target: &Target| {
            standing.iter().any(|table| {
                table.name == target.stored_as
                    && table.version == i64::from(target.definition.version)
                    && table.position == stored(from)
            })
        };
        let all = folder.targets.iter().all(is_there);
        Ok(all.then(|| AtHand {
            rows: folder.targets.iter().map(|_| HashMap::new()).collect(),
            standing,
            bytes: 0,
        }))
    }

    /// Begins to fold: with the rows that are at hand, and those that are not, loaded all together.
    async fn load<'a>(
        &mut self,
        folder: &'a Folder,
        read: &Read,
        at_hand: &mut AtHand,
    ) -> Result<Vec<Folding<'a>>, ViewError> {
        let (mut foldings, mut missing, mut missed_by) = (vec![], vec![], vec![]);
        for (nth, (target, rows)) in folder.targets.iter().zip(&at_hand.rows).enumerate() {
            let mut batch = target.definition.begin();
            let (known, unknown): (Vec<_>, Vec<_>) = batch
                .touch(&read.events)
                .into_iter()
                .partition(|key| rows.contains_key(key));
            if batch.is_empty() {
                continue;
            }
            batch.load(
                known
                    .iter()
                    .filter_map(|key| rows.get(key))
                    .cloned()
                    .collect(),
            );
            if !unknown.is_empty() {
                missing.push(target.part(unknown));
                missed_by.push(foldings.len());
            }
            foldings.push(Folding { nth, target, batch });
        }
        if !missing.is_empty() {
            for (at, rows) in missed_by.into_iter().zip(self.line.load(&missing).await?) {
                if let Some(folding) = foldings.get_mut(at) {
                    // Also those that are only looked at, and will be again.
                    at_hand.keep(folding.nth, &rows);
                    folding.batch.load(rows);
                }
            }
        }
        Ok(foldings)
    }
}

impl AtHand {
    fn is_at(&self, position: u64) -> bool {
        let position = stored(position);
        self.standing.iter().all(|table| table.position == position)
    }

    /// Of each column, whether one of these rows may have something else in it than before.
    fn keep(&mut self, nth: usize, kept: &[Values]) -> Vec<bool> {
        let mut changed = vec![false; kept.first().map_or(0, Vec::len)];
        let Some(rows) = self.rows.get_mut(nth) else {
            return changed;
        };
        for row in kept {
            if let Some(Value::Text(Some(key))) = row.first() {
                self.bytes += size(row);
                let before = rows.insert(key.clone(), row.clone());
                match &before {
                    Some(before) => {
                        self.bytes -= size(before);
                        for ((changed, before), now) in changed.iter_mut().zip(before).zip(row) {
                            *changed |= before != now;
                        }
                    }
                    // It is new, or nobody has looked.
                    None => changed.fill(true),
                }
            }
        }
        changed
    }
}

fn size(row: &Values) -> usize {
    let texts = row.iter().map(|value| match value {
        Value::Text(Some(text)) => text.len(),
        _ => 0,
    });
    size_of_val(row.as_slice()) + texts.sum::<usize>()
}
