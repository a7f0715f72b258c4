//! Making a view anew from the first event, beside the old one, which is read and kept meanwhile.

use projections::Definition;
use tracing::info;

use super::{
    batch::Read,
    compare::compare,
    fold::{Folded, Folder, Target},
};
use crate::{
    store::Store,
    views::{ViewError, Views, tables},
};

/// Events of one transaction.
const BATCH: u32 = 8_000;
/// With at most so many events still to come, the checkpoints are locked and the views switched.
const NEAR: u64 = 2_000;

/// How far a rebuild is, in events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Folded.
    pub done: u64,
    /// In the log.
    pub total: u64,
}

/// What a rebuild has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildReport {
    /// Events folded.
    pub events: u64,
    /// Rows of the new view.
    pub rows: u64,
    /// Rows that were different, missing or too many in the old one.
    pub different: u64,
    /// The first ten of them.
    pub first_differences: Vec<Difference>,
}

impl std::fmt::Display for RebuildReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} events made {} rows; ", self.events, self.rows)?;
        if self.different == 0 {
            return f.write_str("identical to the view that was in use, and now in its place");
        }
        write!(
            f,
            "{} rows were different in the view that was in use; the new one is in its place",
            self.different
        )?;
        for difference in &self.first_differences {
            let columns = difference.columns.join(", ");
            write!(
                f,
                "\n  {}: {}",
                difference.key,
                if columns.is_empty() {
                    "missing or too many"
                } else {
                    &columns
                }
            )?;
        }
        Ok(())
    }
}

/// A row that the old view did not have as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its key.
    pub key: String,
    /// The columns that were different; empty when the row was missing or too many. Never what they hold.
    pub columns: Vec<&'static str>,
}

/// Rebuilds the view `name` from position 0 beside the live one, compares the two when both are at the
/// same position, and puts the new one in the old one's place in the same transaction. Works beside
/// running projectors, here and elsewhere; they wait only while the two are compared.
///
/// # Errors
/// When there is no such projection, another rebuild of it begins, or a database does not answer. The
/// live view is then as it was.
pub async fn rebuild(
    store: &Store,
    views: &Views,
    name: &str,
    mut progress: impl FnMut(Progress),
) -> Result<RebuildReport, ViewError> {
    let definition = find(views, name)?;
    let live = Target {
        definition,
        stored_as: name.to_owned(),
    };
    let new = Target {
        definition,
        stored_as: format!("{name}__new"),
    };
    let mut tx = views.database.begin().await?;
    tables::make(&mut tx, &definition, &new.stored_as).await?;
    tx.commit().await?;

    let mut done = 0;
    let mut total = store.head().await?;
    let mut read = Read::after(store, 0, BATCH).await?;
    loop {
        progress(Progress { done, total });
        let Some(last) = read.events.last().map(|event| event.position) else {
            break;
        };
        // The next batch is read while this one is written.
        let folder = Folder::of(views, vec![new.clone()]);
        let (folded, next) =
            tokio::join!(folder.fold(done, &read), Read::after(store, last, BATCH));
        if folded? != Folded::To(last) {
            return Err(ViewError::RebuiltElsewhere(name.to_owned()));
        }
        done = last;
        total = total.max(done);
        read = next?;
    }

    loop {
        let (behind, position) = match finish(store, views, &live, &new).await? {
            Finish::Done(report) => {
                progress(Progress {
                    done: report.events,
                    total: report.events,
                });
                // What is kept at hand may be of the old view.
                views.announce(views.position(), true);
                let RebuildReport {
                    rows, different, ..
                } = report;
                info!(projection = name, rows, different, "rebuilt");
                return Ok(report);
            }
            Finish::LiveIsBehind(position) => (&live, position),
            Finish::NewIsBehind(position) => (&new, position),
        };
        // Too far apart to finish under lock: the one that is behind comes nearer first.
        let read = Read::after(store, position, BATCH).await?;
        let folder = Folder::of(views, vec![behind.clone()]);
        if !matches!(folder.fold(position, &read).await?, Folded::To(_)) {
            return Err(ViewError::RebuiltElsewhere(name.to_owned()));
        }
    }
}

enum Finish {
    Done(RebuildReport),
    LiveIsBehind(u64),
    NewIsBehind(u64),
}

/// Brings both views to the same position, compares and switches, holding both checkpoints; does nothing
/// when they are too far apart.
async fn finish(
    store: &Store,
    views: &Views,
    live: &Target,
    new: &Target,
) -> Result<Finish, ViewError> {
    let both = Folder::of(views, vec![live.clone(), new.clone()]);
    let mut tx = views.database.begin().await?;
    let positions = both.lock(&mut tx).await?;
    let [Some(old), Some(fresh)] = positions[..] else {
        return Err(ViewError::RebuiltElsewhere(live.stored_as.clone()));
    };
    let (behind, ahead) = (old.min(fresh), old.max(fresh));
    if ahead - behind > NEAR {
        tx.rollback().await?;
        return Ok(if old < fresh {
            Finish::LiveIsBehind(old)
        } else {
            Finish::NewIsBehind(fresh)
        });
    }
    if behind < ahead {
        let read = Read::after(
            store,
            behind,
            u32::try_from(ahead - behind).unwrap_or(BATCH),
        )
        .await?;
        both.fold_in(&mut tx, &positions, &read.events, &read)
            .await?;
    }
    let mut report = compare(&mut tx, &live.definition, &live.stored_as, &new.stored_as).await?;
    report.events = ahead;
    let table = &live.definition.table;
    tables::switch(&mut tx, table, &new.stored_as, &live.stored_as).await?;
    tx.commit().await?;
    Ok(Finish::Done(report))
}

fn find(views: &Views, name: &str) -> Result<Definition, ViewError> {
    let found = views
        .definitions
        .iter()
        .find(|definition| definition.name() == name);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = views.definitions.iter().map(Definition::name).collect();
        ViewError::Unknown {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}
