//! `colloquy import`: conversations of elsewhere, or a whole record of another server.

mod record;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aggregates::UserId;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::{
    Failure, complain, say,
    workbench::{self, Workbench},
};
use crate::{
    actors::{Arrival, Imports, InForce},
    audit::export::is_export,
    config::Config,
    import::{self, file},
    moderation::{self, Moderation},
};

/// Conversations that are read ahead.
const AHEAD: usize = 4;
/// How often the progress is told while nothing ends.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// By what each conversation looks like
    Auto,
    /// ChatGPT's data export: conversations.json, conversations-000.json …, or the zip
    Chatgpt,
    /// Open WebUI's "Export Chats"
    OpenWebui,
    /// A conversation that LibreChat exported as JSON
    Librechat,
    /// A directory that `colloquy audit export --with-keys` has made
    Colloquy,
}

impl Format {
    fn chosen(self) -> Option<import::Format> {
        match self {
            Self::Auto | Self::Colloquy => None,
            Self::Chatgpt => Some(import::Format::ChatGpt),
            Self::OpenWebui => Some(import::Format::OpenWebUi),
            Self::Librechat => Some(import::Format::LibreChat),
        }
    }
}

#[derive(Default)]
struct Count {
    read: u64,
    imported: u64,
    known: u64,
    grown: u64,
    failed: u64,
    left_out: u64,
}

/// Imports what is there, as conversations of somebody, or as the record.
pub(super) fn run(
    config: &Config,
    path: &Path,
    by: Option<&str>,
    format: Format,
    keys: &[String],
) -> Result<(), Failure> {
    match (format, by) {
        (Format::Colloquy, _) | (Format::Auto, None) if is_export(path) => {
            workbench::by_itself(config, record::run(config, path, keys))
        }
        (Format::Colloquy, _) => Err(format!(
            "{} holds no finished export: there is no manifest.json that can be read",
            path.display()
        )
        .into()),
        (_, Some(by)) => workbench::run(config, async |bench| {
            conversations(bench, path, by, format).await
        }),
        (_, None) => Err("--as NAME says whose conversations they become".into()),
    }
}

async fn conversations(
    bench: &Workbench,
    path: &Path,
    by: &str,
    format: Format,
) -> Result<(), Failure> {
    let owner = bench.accounts.find(by).await?;
    let files = file::files(path)?;
    let settings = &bench.config.moderation;
    let moderation = Moderation::new(moderation::Settings {
        off: !settings.enabled,
        policy: settings.policy.clone(),
        refusal: settings.refusal.clone(),
        // Nobody elsewhere is asked about thousands of texts.
        ..moderation::Settings::default()
    })?;
    let in_force = bench.house_policy.last().await?;
    if let Some(text) = in_force.as_ref().and_then(InForce::text) {
        moderation.go_by(Some(text))?;
    }
    let imports = Imports::new(bench.store.clone(), bench.committer.clone(), moderation);
    let size: u64 = files
        .iter()
        .map(|file| file.metadata().map_or(0, |file| file.len()))
        .sum();
    let bar = ProgressBar::new(size).with_style(ProgressStyle::with_template(
        "importing {wide_bar} {bytes}/{total_bytes}, {msg} conversations, {eta} left",
    )?);
    let mut count = Count::default();
    let mut broken = 0;
    let read = Arc::new(AtomicU64::new(0));
    for file in files {
        let ended = one_file(&file, &read, format, &imports, owner, &bar, &mut count);
        if let Err(error) = ended.await {
            broken += 1;
            bar.suspend(|| complain(&error));
        }
    }
    bar.finish_and_clear();
    if count.imported > 0 {
        bench.have_it_seen().await?;
    }
    let Count {
        read,
        imported,
        known,
        grown,
        failed,
        left_out,
    } = count;
    let grown = match grown {
        0 => String::new(),
        _ => format!(
            "; {grown} of those that were here have gone on there, and stay as they were imported"
        ),
    };
    say(&format!(
        "{read} conversations: {imported} imported, {known} were here before, {failed} could not be imported; \
         {left_out} images, files and calls of tools were left out{grown}"
    ))?;
    match failed + broken {
        0 => Ok(()),
        _ => Err("not everything was imported; what was is kept, and importing again adds what is missing".into()),
    }
}

/// The file is read beside what is done with it, a few conversations ahead.
async fn one_file(
    path: &Path,
    read: &Arc<AtomicU64>,
    format: Format,
    imports: &Imports,
    owner: UserId,
    bar: &ProgressBar,
    count: &mut Count,
) -> Result<(), Failure> {
    let (give, mut take) = mpsc::channel::<Box<RawValue>>(AHEAD);
    let (file, counter): (PathBuf, _) = (path.to_owned(), Arc::clone(read));
    let reading = tokio::task::spawn_blocking(move || {
        file::each(&file, &counter, |one| give.blocking_send(one).is_ok())
    });
    let mut looks = tokio::time::interval(LOOK);
    let mut nth = 0;
    loop {
        let raw = tokio::select! {
            raw = take.recv() => raw,
            _ = looks.tick() => {
                bar.set_position(read.load(Ordering::Relaxed));
                continue;
            }
        };
        let Some(raw) = raw else { break };
        nth += 1;
        count.read += 1;
        let (called, taken) = match import::read(&raw, format.chosen()) {
            Ok(past) => {
                let (id, left_out) = (past.id.clone(), past.left_out);
                let taken = imports.take(owner, past).await;
                if let Ok(Arrival::Imported(_)) = taken {
                    count.left_out += left_out;
                }
                (id, taken.map_err(|error| error.to_string()))
            }
            Err(unread) => {
                let called = unread.id.unwrap_or_else(|| format!("number {nth}"));
                (called, Err(unread.reason))
            }
        };
        // In one line, whatever it is called there.
        let called = called.escape_debug();
        match taken {
            Ok(Arrival::Imported(_)) => count.imported += 1,
            Ok(Arrival::Known { newer, .. }) => {
                count.known += 1;
                if newer > 0 {
                    count.grown += 1;
                    let told = format!(
                        "conversation {called}: {newer} of its messages are newer than its import, and stay out"
                    );
                    bar.suspend(|| complain(&told));
                }
            }
            Err(reason) => {
                count.failed += 1;
                bar.suspend(|| complain(&format!("conversation {called}: {reason}")));
            }
        }
        bar.set_message(count.read.to_string());
    }
    reading.await??;
    Ok(())
}
