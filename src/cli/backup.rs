//! `colloquy backup`.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, say, workbench::Workbench};
use crate::{
    audit::{key::Trusted, origin},
    backup::{self, Database, Progress, Taken},
};

pub(super) async fn run(bench: &Workbench, dir: &Path) -> Result<(), Failure> {
    let origin = origin(bench.store.log_id().await?);
    let trusted = Trusted::new(origin.clone(), [bench.notary_key(&origin)?.public()])?;
    bench.have_it_signed().await?;
    let bar = bar()?;
    let made = backup::take(
        &bench.store,
        &bench.store_config,
        &bench.config,
        &trusted,
        dir,
        |progress| show(&bar, progress),
    );
    let Taken {
        manifest,
        report,
        lost,
    } = made.await?;
    bar.finish_and_clear();
    let (at, place) = (manifest.head, dir.display());
    match manifest.database {
        Database::Sqlite => say(&format!("the record up to position {at} is in {place}"))?,
        Database::Postgres => say(&format!(
            "the files are in {place}; the record is in PostgreSQL: dump the whole database now, after them, with \
             `pg_dump --format=custom`, and keep both together; the server_key is a setting, and in neither"
        ))?,
    }
    if let Some(anchor) = bench.config.anchor()
        && !anchor.starts_with(&bench.config.data_dir)
    {
        let anchor = anchor.display();
        say(&format!(
            "the anchor file {anchor} is kept elsewhere, and no part of it"
        ))?;
    }
    if let (Database::Postgres, Some(bucket)) = (manifest.database, &bench.config.blobs) {
        let bucket = bucket.shown();
        say(&format!(
            "attachments are in {bucket}: copy what is there after the dump, with the bucket's own tools, and keep it with the rest"
        ))?;
    }
    match report {
        Some(report) if lost > 0 => Err(format!(
            "it is a true copy, but {lost} attachments are neither in the bucket nor in it; the log names them\n{report}"
        )
        .into()),
        Some(report) if !report.is_well() => Err(format!(
            "it is a true copy, but the record is not as it was signed\n{report}"
        )
        .into()),
        Some(report) => {
            say(&report.to_string())?;
            Ok(())
        }
        None => Ok(()),
    }
}

/// A bar of bytes.
pub(super) fn bar() -> Result<ProgressBar, Failure> {
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {percent} %, {eta} left",
    )?))
}

pub(super) fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_message(progress.doing);
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}
