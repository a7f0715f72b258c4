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

use aggregates::{ThreadId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{ExportError, Plan, Selection, files::failed};
use crate::{audit::key::NotaryKey, store::Store};

/// Events of one archive at most: longer ones are for the command line, which goes on when it was broken off.
pub const MOST_EVENTS: u64 = 100_000;
/// Archives that are made at a time.
const AT_ONCE: usize = 2;
const DIRECTORY: &str = "exports";

/// Where archives are made. Clones are handles of the same place.
#[derive(Clone)]
pub struct Archives {
    store: Store,
    place: Arc<Path>,
    key: Arc<str>,
    free: Arc<Semaphore>,
}

/// An export that is to be made.
pub struct Planned {
    /// Which one.
    pub plan: Plan,
    /// Threads whose events are in it.
    pub threads: Vec<ThreadId>,
    /// How many events.
    pub events: u64,
    stage: Stage,
    _place: OwnedSemaphorePermit,
}

/// A finished one.
#[derive(Debug)]
pub struct Archive {
    /// The zip, from its beginning. It has no name any more.
    pub file: File,
    /// Its length.
    pub bytes: u64,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Others are being made.
    #[error("other exports are being made; try again in a moment")]
    Busy,
    /// It would be too long.
    #[error(
        "this export would have {0} events, over HTTP {MOST_EVENTS} at most: narrow it with from and to, or use \
         `colloquy audit export` at the server"
    )]
    TooLong(u64),
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
            key: key.public().into(),
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
        by: UserId,
        reason: Option<String>,
    ) -> Result<Planned, ArchiveError> {
        let place = Arc::clone(&self.free).try_acquire_owned();
        let place = place.map_err(|_| ArchiveError::Busy)?;
        let stage = Stage(self.place.join(Uuid::now_v7().to_string()));
        let by = (by, reason);
        let plan = Plan::begin(&self.store, &stage.0, &self.key, selection, false, by).await?;
        let survey = plan.survey(&self.store).await;
        let survey = survey.map_err(ExportError::from)?;
        if survey.events > MOST_EVENTS {
            return Err(ArchiveError::TooLong(survey.events));
        }
        Ok(Planned {
            plan,
            threads: survey.threads,
            events: survey.events,
            stage,
            _place: place,
        })
    }

    /// Makes it.
    ///
    /// # Errors
    /// When a file cannot be written, or the database does not answer.
    pub async fn make(&self, planned: Planned) -> Result<Archive, ArchiveError> {
        let Planned {
            plan,
            threads,
            stage,
            events: _,
            _place,
        } = planned;
        plan.write(&self.store, &stage.0, &threads, |_| {}).await?;
        let zipped = tokio::task::spawn_blocking(move || {
            let path = stage.0.join("export.zip");
            zip(&stage.0, &path).map_err(failed(&path))
        });
        let zipped = zipped.await.map_err(io::Error::other);
        let archive = zipped.map_err(failed(&self.place))?;
        Ok(archive?)
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

/// The files of this directory, as one.
fn zip(dir: &Path, to: &Path) -> io::Result<Archive> {
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
    Ok(Archive { file, bytes })
}
