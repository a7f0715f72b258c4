//! Folding a batch of events into tables and moving their checkpoints, in one transaction.

use std::sync::Arc;

use projections::{Definition, Kind, Recorded, Value};

use super::{
    batch::Read,
    injection::{FaultPoint, Injection},
    refused::note,
};
use crate::views::{ViewError, Views, database::Writing, together::Part};

/// A table to be kept: a projection's live one, or one that is being rebuilt.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) definition: Definition,
    pub(super) stored_as: String,
}

impl Target {
    pub(super) fn name(&self) -> &str {
        &self.stored_as
    }

    /// Keys or rows of it.
    pub(super) fn part<T>(&self, items: Vec<T>) -> Part<'_, T> {
        Part {
            table: &self.definition.table,
            stored_as: &self.stored_as,
            items,
        }
    }
}

/// Keeps some tables.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) views: Views,
    pub(super) targets: Vec<Target>,
    pub(super) lock: Lock,
    pub(super) injection: Injection,
}

/// How to get hold of checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// Be elected, or leave it to who is.
    Elected,
    /// Wait for them.
    Patient,
}

/// What has become of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folded {
    /// Nothing: another projector has the lock.
    Nothing,
    /// Every table is at this position at least.
    To(u64),
    /// Nothing: a table is only at this position, before the batch begins.
    Behind(u64),
}

impl Folder {
    /// Keeps the live tables.
    pub(super) fn live(views: &Views) -> Self {
        let target = |definition: &Definition| Target {
            definition: *definition,
            stored_as: definition.name().to_owned(),
        };
        Self {
            targets: views.definitions.iter().map(target).collect(),
            views: views.clone(),
            lock: Lock::Elected,
            injection: Injection::default(),
        }
    }

    /// Keeps these tables, whoever else is at work.
    pub(super) fn of(views: &Views, targets: Vec<Target>) -> Self {
        Self {
            views: views.clone(),
            targets,
            lock: Lock::Patient,
            injection: Injection::default(),
        }
    }

    /// Folds events that begin right after `from`. When the database refuses what they make, they are
    /// halved until the one that is refused stands alone; that one goes to `projection_faults`, and all
    /// others take effect.
    pub(super) async fn fold(&self, from: u64, read: &Read) -> Result<Folded, ViewError> {
        let mut outcome = Folded::Nothing;
        let mut from = from;
        let mut parts = vec![read.events.as_slice()];
        while let Some(part) = parts.pop() {
            outcome = match self.fold_part(from, part, read).await {
                Err(ViewError::Refused(_)) => {
                    if let [event] = part {
                        self.fold_alone(from, event, read).await?
                    } else {
                        let (left, right) = part.split_at(part.len() / 2);
                        parts.push(right);
                        parts.push(left);
                        continue;
                    }
                }
                outcome => outcome?,
            };
            match (outcome, part.last()) {
                (Folded::To(_), Some(last)) => from = last.position,
                _ => return Ok(outcome),
            }
        }
        Ok(outcome)
    }

    pub(super) async fn fold_part(
        &self,
        from: u64,
        events: &[Arc<Recorded>],
        read: &Read,
    ) -> Result<Folded, ViewError> {
        let mut tx = self.views.database.begin().await?;
        let positions = self.lock(&mut tx).await?;
        match positions.iter().flatten().min() {
            None => {
                tx.rollback().await?;
                return Ok(Folded::Nothing);
            }
            Some(&least) if least < from => {
                tx.rollback().await?;
                return Ok(Folded::Behind(least));
            }
            Some(_) => {}
        }
        self.fold_in(&mut tx, &positions, events, read).await?;
        self.finish(tx, events).await?;
        Ok(Folded::To(self.reached(&positions, events)))
    }

    /// Folds into every table what lies after its position, in a transaction that holds their locks.
    pub(super) async fn fold_in(
        &self,
        tx: &mut Writing,
        positions: &[Option<u64>],
        events: &[Arc<Recorded>],
        read: &Read,
    ) -> Result<(), ViewError> {
        let mut moved = Vec::new();
        let mut newest = 0;
        for (target, position) in self.targets.iter().zip(positions) {
            let Some(position) = *position else { continue };
            let fresh = Read::after_position(events, position);
            if fresh.is_empty() {
                continue;
            }
            newest = newest.max(position);
            moved.push(target);
            write(tx, target, fresh).await?;
        }
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        if moved.is_empty() {
            return Ok(());
        }
        advance(tx, &moved, last.position).await?;
        for (position, reason) in &read.unreadable {
            if (first.position..=last.position).contains(position) && *position > newest {
                let owner = Read::after_position(events, position - 1).first();
                let id = owner.map_or("", |event| event.aggregate_id.as_str());
                note(tx, "*", *position, read.name(*position), id, reason).await?;
            }
        }
        Ok(())
    }

    /// The targets' positions; `None` for one that somebody else holds, or that is not there.
    pub(super) async fn lock(&self, tx: &mut Writing) -> Result<Vec<Option<u64>>, ViewError> {
        let names = names(&self.targets.iter().collect::<Vec<_>>());
        let columns = r#"c."name", c."version", c."position" FROM "checkpoints" c"#;
        let sql = match (tx.is_postgres(), self.lock) {
            // SQLite has one writer, and this is it.
            (false, _) => format!(r#"SELECT {columns} WHERE c."name" IN ({names})"#),
            (true, Lock::Patient) => format!(
                r#"SELECT {columns} WHERE c."name" IN ({names}) ORDER BY c."name" FOR UPDATE"#
            ),
            // Who has the one row of `elected` is at work; a rebuild that switches a view holds only
            // that view's checkpoint, and the others go on.
            (true, Lock::Elected) => format!(
                r#"WITH chosen AS MATERIALIZED (SELECT 1 FROM "elected" FOR UPDATE SKIP LOCKED)
                   SELECT {columns} WHERE c."name" IN ({names}) AND EXISTS (SELECT 1 FROM chosen)
                   FOR UPDATE OF c SKIP LOCKED"#
            ),
        };
        let rows = tx
            .rows(&sql, &[], &[Kind::Text, Kind::Int, Kind::Int])
            .await?;
        let position = |target: &Target| {
            rows.iter().find_map(|row| match row.as_slice() {
                [
                    Value::Text(Some(name)),
                    Value::Int(Some(version)),
                    Value::Int(Some(position)),
                ] if *name == target.stored_as
                    && *version == i64::from(target.definition.version) =>
                {
                    Some(position.unsigned_abs())
                }
                _ => None,
            })
        };
        Ok(self.targets.iter().map(position).collect())
    }

    pub(super) async fn finish(
        &self,
        tx: Writing,
        events: &[Arc<Recorded>],
    ) -> Result<(), ViewError> {
        let last = events.last().map_or(0, |event| event.position);
        if let Err(injected) = self.injection.fails(FaultPoint::BeforeCommit, last) {
            tx.rollback().await?;
            return Err(injected);
        }
        tx.commit().await?;
        self.injection.fails(FaultPoint::AfterCommit, last)
    }

    /// How far every table is once `events` are in those that we hold; one that somebody else holds is
    /// where it was when we last looked.
    fn reached(&self, positions: &[Option<u64>], events: &[Arc<Recorded>]) -> u64 {
        let last = events.last().map_or(0, |event| event.position);
        let reached = positions.iter().map(|position| match position {
            Some(position) => last.max(*position),
            None => self.views.position(),
        });
        reached.min().unwrap_or(last)
    }
}

/// Folds events that come after its position into one table.
pub(super) async fn write(
    tx: &mut Writing,
    target: &Target,
    events: &[Arc<Recorded>],
) -> Result<(), ViewError> {
    let Target {
        definition,
        stored_as,
    } = target;
    let mut batch = definition.begin();
    let keys = batch.touch(events);
    if batch.is_empty() {
        return Ok(());
    }
    if !keys.is_empty() {
        let rows = tx.load(&definition.table, stored_as, keys).await?;
        batch.load(rows);
    }
    let changes = batch.finish();
    for clear in changes.clears {
        let sql = format!(r#"DELETE FROM "{stored_as}" WHERE "{}" = $1"#, clear.column);
        tx.run(&sql, &[clear.value.into()]).await?;
    }
    tx.delete(&definition.table, stored_as, changes.deletes)
        .await?;
    tx.save(&definition.table, stored_as, changes.saves).await
}

pub(super) async fn advance(
    tx: &mut Writing,
    targets: &[&Target],
    position: u64,
) -> Result<(), ViewError> {
    let sql = format!(
        r#"UPDATE "checkpoints" SET "position" = $1 WHERE "position" < $1 AND "name" IN ({})"#,
        names(targets)
    );
    tx.run(&sql, &[stored(position).into()]).await.map(drop)
}

/// The names of tables, quoted; they are ours: plain words.
fn names(targets: &[&Target]) -> String {
    let quoted: Vec<String> = targets
        .iter()
        .map(|target| format!("'{}'", target.stored_as))
        .collect();
    quoted.join(", ")
}

pub(super) fn stored(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
