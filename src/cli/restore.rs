//! `colloquy restore`.

use std::path::Path;

use uuid::Uuid;

use super::{
    Failure,
    backup::{bar, show},
    say,
    workbench::{self, Workbench},
};
use crate::{
    app::{Lock, LockError, is_taken},
    audit::{
        anchor::Anchor,
        key::Trusted,
        origin,
        verify::{Report, verify},
    },
    backup::{self, Again, BackupError, Database, Manifest, Progress, Receipts, Restoring},
    config::{Config, DatabaseUrl},
    store::Store,
};

pub(super) async fn run(
    config: &Config,
    dir: &Path,
    receipts: Option<&Path>,
) -> Result<(), Failure> {
    let manifest = Manifest::read(dir)?;
    let settings = Database::of(&config.database);
    if manifest.database != settings {
        return Err(BackupError::OtherDatabase {
            backup: manifest.database.name(),
            settings: settings.name(),
        }
        .into());
    }
    // What is wrong with them is told before anything is done.
    let receipts = match receipts {
        Some(path) => Receipts::read(path, manifest.head)?,
        None => Receipts::default(),
    };
    if is_taken(&config.data_dir)? {
        return Err(LockError::Taken(config.data_dir.clone()).into());
    }
    // To open a database would make a log in an empty one.
    if let DatabaseUrl::Postgres { url } = &config.database {
        let found = Store::log_at(url).await?;
        belongs(found.ok_or(BackupError::NoLog)?, &manifest)?;
    }
    let bar = bar()?;
    let progress = |progress| show(&bar, progress);
    let restoring = Restoring::begin(dir, &manifest, &config.data_dir, &progress)?;
    let lock = Lock::take(&config.data_dir).await?;
    restoring.fill(dir, &manifest, &progress)?;

    let mut staged = config.clone();
    staged.data_dir = restoring.stage().to_owned();
    if manifest.database == Database::Sqlite {
        staged.database = DatabaseUrl::Sqlite {
            dir: staged.data_dir.clone(),
        };
    }
    let (mut again, mut moved, mut report) = (Again::default(), 0, None);
    workbench::on(&staged, async |bench| {
        bench.store.check_bucket().await?;
        again = follow(bench, &manifest, receipts).await?;
        if manifest.database == Database::Sqlite {
            moved = move_attachments(bench, &progress).await?;
        }
        report = Some(look_over(bench, &progress).await?);
        bench.store.empty_wal().await?;
        Ok(())
    })
    .await?;
    restoring.finish()?;
    drop(lock);
    bar.finish_and_clear();

    let (at, place) = (manifest.head, config.data_dir.display());
    say(&match manifest.database {
        Database::Sqlite => format!("the record up to position {at} is in {place}"),
        Database::Postgres => format!("the keys of the record in PostgreSQL are in {place}"),
    })?;
    if let (1.., Some(bucket)) = (moved, &config.blobs) {
        let bucket = bucket.shown();
        say(&format!("{moved} attachments are in {bucket}"))?;
    }
    let Again { held, erased } = again;
    if held > 0 {
        say(&format!("{held} legal holds of later are laid again"))?;
    }
    if erased > 0 {
        say(&format!(
            "{erased} erasures of later are carried out again; the server writes their receipts when it starts"
        ))?;
    }
    match report {
        Some(report) if !report.is_well() => Err(format!(
            "it is what was backed up, but the record is not as it was signed\n{report}"
        )
        .into()),
        Some(report) => {
            say(&report.to_string())?;
            Ok(())
        }
        None => Ok(()),
    }
}

/// Whether this is the log that was backed up.
fn belongs(found: Uuid, manifest: &Manifest) -> Result<(), BackupError> {
    let expected = manifest.log;
    match found == expected {
        true => Ok(()),
        false => Err(BackupError::OtherLog { found, expected }),
    }
}

/// Holds and erases what the receipts say, in the record that belongs to this backup.
async fn follow(
    bench: &Workbench,
    manifest: &Manifest,
    receipts: Receipts,
) -> Result<Again, Failure> {
    belongs(bench.store.log_id().await?, manifest)?;
    if manifest.database == Database::Postgres && bench.store.has_live_node().await? {
        return Err("a server runs on this database; stop it first".into());
    }
    let erasures = bench.erasures()?;
    backup::follow(&bench.store, &bench.holds, &erasures, receipts).await
}

/// Puts attachments into the bucket, where settings name one; how many.
async fn move_attachments(bench: &Workbench, progress: &impl Fn(Progress)) -> Result<u64, Failure> {
    let moved = bench.store.move_to_bucket(|done, total| {
        progress(Progress {
            doing: "moving attachments",
            done,
            total,
        });
    });
    Ok(moved.await?)
}

/// Hashes every event again, and compares with what came with the backup: an anchor file elsewhere knows more.
async fn look_over(bench: &Workbench, progress: &impl Fn(Progress)) -> Result<Report, Failure> {
    let origin = origin(bench.store.log_id().await?);
    let trusted = Trusted::new(origin.clone(), [bench.notary_key(&origin)?.public()])?;
    let anchor = bench.config.data_dir.join("keys/anchor.jsonl");
    let anchor = anchor.exists().then(|| Anchor::at(anchor));
    let report = verify(&bench.store, &trusted, anchor.as_ref(), |events| {
        progress(Progress {
            doing: "verifying",
            done: events.done,
            total: events.total,
        });
    });
    Ok(report.await?)
}
