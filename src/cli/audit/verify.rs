//! `colloquy audit verify`: the server's record, or an export.

use std::path::{Path, PathBuf};

use super::bar;
use crate::{
    audit::{anchor::Anchor, export, key::Trusted, verify::verify},
    cli::{Failure, say, workbench::Workbench},
};

pub(super) async fn online(
    bench: &Workbench,
    origin: String,
    keys: &[String],
    anchor: Option<PathBuf>,
) -> Result<(), Failure> {
    let own = bench.notary_key(&origin)?;
    let keys = keys.iter().map(String::as_str).chain([own.public()]);
    let trusted = Trusted::new(origin, keys)?;
    let given = anchor.is_some();
    let anchor = anchor.or_else(|| bench.config.anchor()).map(Anchor::at);
    if given && let Some(anchor) = &anchor {
        // A file that somebody names has to be there.
        let lines = anchor.lines();
        drop(lines.map_err(|error| format!("{}: {error}", anchor.path().display()))?);
    }
    bench.have_it_signed().await?;
    let bar = bar("verifying")?;
    let report = verify(&bench.store, &trusted, anchor.as_ref(), |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    })
    .await?;
    bar.finish_and_clear();
    match report.is_well() {
        true => say(&report.to_string())?,
        false => return Err(format!("the record is not as it was signed\n{report}").into()),
    }
    Ok(())
}

pub(super) fn offline(dir: &Path, keys: &[String]) -> Result<(), Failure> {
    let bar = bar("verifying")?;
    let checked = export::check(dir, keys, |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    })?;
    bar.finish_and_clear();
    if !checked.findings.is_empty() {
        let sentences = checked.findings.iter().map(|finding| &*finding.sentence);
        let sentences: Vec<_> = sentences.collect();
        return Err(format!(
            "the export is not what was signed\n{}",
            sentences.join("\n")
        )
        .into());
    }
    say(&format!(
        "{} events are in the record that was signed, and as they were signed",
        checked.events
    ))?;
    say(match checked.signed {
        true => {
            "The manifest is signed, too: these are all events that were exported, and the other files are as they were made."
        }
        false => {
            "The manifest is not signed (there is no manifest.note): nothing proves which events belong to this export, nor that transcript.html and readable.jsonl are as they were made."
        }
    })?;
    if checked.own_key {
        say(
            "The key that says so came with the export: compare it with one you know by --key (`colloquy audit key` shows the server's).",
        )?;
    }
    Ok(())
}
