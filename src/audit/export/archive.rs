//! Exports as one file each, a zip, for those who have no terminal here.
//!
//! What is written on the way, content in clear too, is in a directory of its own under the server's files, and gone from
//! it before the first byte leaves; a start sweeps out what a crash has left.

use std::{
    fs::{self, File},
    io::{self, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use aggregates::{CompletionId, ThreadId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{ExportError, Kept, Plan, Selection, files::failed};
use crate::{audit::key::NotaryKey, store::Store};

/// Events of one archive at most: longer ones are for the command line, which goes on when it was broken off.
pub const MOST_EVENTS: u64 = 100_000;
/// Bytes of what they say.
const MOST_BYTES: u64 = 64 << 20;
/// Archives that are made or sent at a time.
const AT_ONCE: usize = 2;
/// Nobody calls a directory of their own like this.
const DIRECTORY: &str = "export.unfinished";

/// Where archives are made. Clones are handles of the same place.
#[derive(Clone)]
pub struct Archives {
    store: Store,
    place: Arc<Path>,
    key: Arc<NotaryKey>,
    free: Arc<Semaphore>,
}

/// An export that is to be made.
pub struct Planned {
    /// Which one.
    pub plan: Plan,
    /// Threads whose events are in it.
    pub threads: Vec<ThreadId>,
    /// Completions of which it shows what they say, if a reason is given.
    pub completions: Vec<CompletionId>,
    /// How many events.
    pub events: u64,
    stage: Stage,
    slot: OwnedSemaphorePermit,
}

/// A finished one.
#[derive(Debug)]
pub struct Archive {
    /// The zip, from its beginning. It has no name any more.
    pub file: File,
    /// Its length.
    pub bytes: u64,
    /// To be kept until it is sent.
    pub slot: OwnedSemaphorePermit,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Others are being made.
    #[error("other exports are being made; try again in a moment")]
    Busy,
    /// It would be too long.
    #[error(
        "this export is too long for HTTP, which takes {MOST_EVENTS} events and 64 MiB at most: narrow it with from and \
         to, or use `colloquy audit export` at the server"
    )]
    TooLong,
    /// The export.
    #[error(transparent)]
    Export(#[from] ExportError),
}

impl Archives {
    /// Made of this record, below this directory, which is emptied.
    ///
    /// # Errors
    /// When what an earlier run has left cannot be taken away.
    pub fn new(store: Store, data: &Path, key: &NotaryKey) -> io::Result<Self> {
        let place = data.join(DIRECTORY);
        match fs::remove_dir_all(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self {
            store,
            place: place.into(),
            key: Arc::new(key.clone()),
            free: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Looks what will be in it. Nothing is written about anything yet: first comes the note that it is exported.
    ///
    /// # Errors
    /// When others are being made, it would be too long, or nothing is signed.
    pub async fn plan(
        &self,
        selection: Selection,
        kept: Kept,
        (by, reason): (UserId, Option<String>),
    ) -> Result<Planned, ArchiveError> {
        let slot = Arc::clone(&self.free).try_acquire_owned();
        let slot = slot.map_err(|_| ArchiveError::Busy)?;
        let stage = Stage(self.place.join(Uuid::now_v7().to_string()));
        let (by, key) = ((by, reason), self.key.public());
        let plan = Plan::begin(&self.store, &stage.0, key, selection, false, by).await?;
        let plan = Plan { kept, ..plan };
        let survey = plan.survey(&self.store, (MOST_EVENTS, MOST_BYTES)).await;
        let survey = survey.map_err(ExportError::from)?;
        let survey = survey.ok_or(ArchiveError::TooLong)?;
        Ok(Planned {
            plan,
            threads: survey.threads,
            completions: survey.completions,
            events: survey.events,
            stage,
            slot,
        })
    }

    /// Makes it.
    ///
    /// # Errors
    /// When a file cannot be written, or the database does not answer.
    pub async fn make(&self, planned: Planned) -> Result<Archive, ArchiveError> {
        let (store, key) = (self.store.clone(), Arc::clone(&self.key));
        let runtime = tokio::runtime::Handle::current();
        // Files, hashes and pages take their time: away from the threads that serve requests.
        let made = tokio::task::spawn_blocking(move || {
            let Planned {
                plan,
                threads,
                stage,
                completions: _,
                events: _,
                slot,
            } = planned;
            runtime.block_on(plan.write(&store, &stage.0, &key, &threads, |_| {}))?;
            let path = stage.0.join("export.zip");
            let (file, bytes) = zip(&stage.0, &path).map_err(failed(&path))?;
            Ok(Archive { file, bytes, slot })
        });
        made.await
            .map_err(io::Error::other)
            .map_err(failed(&self.place))?
    }
}

/// A directory that is gone when nobody needs it any more.
struct Stage(PathBuf);

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "what an export was made of could not be taken away; the next start does it");
        }
    }
}

/// The files of this directory, as one, and how long that is.
fn zip(dir: &Path, to: &Path) -> io::Result<(File, u64)> {
    let mut names = vec![];
    for entry in fs::read_dir(dir)? {
        names.push(entry?.file_name());
    }
    names.sort();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .large_file(true);
    let mut zip = ZipWriter::new(crate::files::private(to)?);
    for name in names {
        let written = zip.start_file(name.to_string_lossy(), options);
        written.map_err(io::Error::from)?;
        io::copy(&mut File::open(dir.join(name))?, &mut zip)?;
    }
    let mut file = zip.finish().map_err(io::Error::from)?;
    let bytes = file.stream_position()?;
    file.rewind()?;
    Ok((file, bytes))
}
