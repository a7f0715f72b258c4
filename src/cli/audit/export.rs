//! `colloquy audit export`.

use std::path::Path;

use aggregates::reading::Looked;

use super::bar;
use crate::{
    audit::export::{ExportError, Plan, Selection, Survey, give_up, take},
    cli::{Failure, say, workbench::Workbench},
};

pub(super) async fn run(
    bench: &Workbench,
    origin: &str,
    dir: &Path,
    selection: Selection,
    with_keys: bool,
    (by, reason): (&str, Option<String>),
) -> Result<(), Failure> {
    let by = bench.accounts.find(by).await?;
    let key = bench.notary_key(origin)?;
    bench.have_it_signed().await?;
    let _taken = take(dir)?;
    let mut plan = Plan::begin(
        &bench.store,
        dir,
        key.public(),
        selection,
        with_keys,
        (by, reason),
    )
    .await?;
    let survey = plan.survey(&bench.store, (u64::MAX, u64::MAX)).await?;
    let Survey {
        threads,
        completions,
        events,
    } = survey.unwrap_or_default();
    if events == 0 {
        give_up(dir)?;
        return Err(ExportError::Nothing.into());
    }
    let exported = plan.noted();
    // First the note, then what it is about.
    bench.records.note_export(plan.export, exported).await?;
    if let Some(reason) = &plan.reason {
        let (records, what) = (&bench.records, Looked::Messages);
        records
            .note_reading(by, what, &threads, Some(reason))
            .await?;
        records
            .note_reading_of(by, &completions, Some(reason))
            .await?;
    }
    if with_keys {
        bench.sign_on(key.clone()).await?;
        plan.settle(&bench.store, dir).await?;
    }
    let bar = bar("exporting")?;
    let events = plan
        .write(&bench.store, dir, &key, &threads, |progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.done);
        })
        .await?;
    bar.finish_and_clear();
    say(&format!(
        "{events} events up to position {} are in {}; `colloquy audit verify --export` checks them",
        plan.size,
        dir.display()
    ))?;
    Ok(())
}
