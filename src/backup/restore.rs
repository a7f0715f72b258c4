//! Putting a backup back, into a data directory that is empty.
//!
//! Everything is made ready in `restore.unfinished` there, and then gets its place. While that exists no server starts, and
//! a restore that was killed is begun again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Progress,
    error::{BackupError, failed},
    manifest::Manifest,
};
use crate::{config::make_private, files};

const STAGE: &str = "restore.unfinished";
/// The node's name, which whoever locks the data directory has open.
const NODE: &str = "node.lock";
/// What a record is known by: it gets its place last.
const LOG: &str = "log.db";

/// What gets a place, beside the node's name.
const PLACED: [&str; 7] = [
    "keys",
    "drafts.db",
    "drafts.db-wal",
    "drafts.db-shm",
    "log.db-wal",
    "log.db-shm",
    LOG,
];

/// Whether a restore into this data directory was broken off.
#[must_use]
pub fn is_unfinished(data: &Path) -> bool {
    data.join(STAGE).exists()
}

/// A data directory that is being filled.
#[derive(Debug)]
pub struct Restoring {
    data: PathBuf,
    stage: PathBuf,
}

impl Restoring {
    /// Compares every file of the backup with its manifest, then takes the data directory, which has to be empty, and gives
    /// it the node's name.
    ///
    /// # Errors
    /// When a file is not as it was written, or the data directory holds something.
    pub fn begin(
        backup: &Path,
        manifest: &Manifest,
        data: &Path,
        progress: &impl Fn(Progress),
    ) -> Result<Self, BackupError> {
        let mut done = 0;
        for file in &manifest.files {
            let path = backup.join(&file.name);
            let read = files::digest(&path, |piece| {
                done += piece;
                progress(Progress {
                    doing: "checking",
                    done,
                    total: manifest.bytes(),
                });
            });
            match read {
                Ok(read) if read == (file.bytes, file.sha256.clone()) => {}
                Ok(_) => return Err(BackupError::Damaged(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(BackupError::Damaged(path));
                }
                Err(error) => return Err(failed(&path)(error)),
            }
        }
        make_private(data).map_err(failed(data))?;
        let begun = is_unfinished(data);
        for entry in fs::read_dir(data).map_err(failed(data))? {
            let name = entry.map_err(failed(data))?.file_name();
            let placed = begun && PLACED.iter().any(|placed| name == *placed);
            if name != STAGE && name != NODE && !placed {
                return Err(BackupError::Occupied(data.to_owned()));
            }
        }
        let node = data.join(NODE);
        if backup.join(NODE).exists() && !node.exists() {
            files::copy(&backup.join(NODE), &node, |_| {}).map_err(failed(&node))?;
        }
        Ok(Self {
            data: data.to_owned(),
            stage: data.join(STAGE),
        })
    }

    /// Where the record is until it gets its place.
    #[must_use]
    pub fn stage(&self) -> &Path {
        &self.stage
    }

    /// Copies everything, and checks what was copied.
    ///
    /// # Errors
    /// When a file cannot be copied, or has changed since.
    pub fn fill(
        &self,
        backup: &Path,
        manifest: &Manifest,
        progress: &impl Fn(Progress),
    ) -> Result<(), BackupError> {
        // What got its place before a restore was killed is made ready again; the stage goes last.
        for name in PLACED {
            clear(&self.data.join(name))?;
        }
        clear(&self.stage)?;
        let keys = self.stage.join("keys");
        make_private(&keys).map_err(failed(&keys))?;
        let mut done = 0;
        for file in manifest.files.iter().filter(|file| file.name != NODE) {
            let (from, to) = (backup.join(&file.name), self.stage.join(&file.name));
            let copied = files::copy(&from, &to, |piece| {
                done += piece;
                progress(Progress {
                    doing: "copying",
                    done,
                    total: manifest.bytes(),
                });
            });
            if copied.map_err(failed(&from))? != (file.bytes, file.sha256.clone()) {
                return Err(BackupError::Damaged(from));
            }
        }
        files::sync_dir(&keys).map_err(failed(&keys))
    }

    /// Gives everything its place.
    ///
    /// # Errors
    /// When that fails; it is begun again then.
    pub fn finish(self) -> Result<(), BackupError> {
        let mut names = vec![];
        for entry in fs::read_dir(&self.stage).map_err(failed(&self.stage))? {
            names.push(entry.map_err(failed(&self.stage))?.file_name());
        }
        names.sort_by_key(|name| name == LOG);
        for name in names {
            let to = self.data.join(&name);
            fs::rename(self.stage.join(&name), &to).map_err(failed(&to))?;
        }
        files::sync_dir(&self.data).map_err(failed(&self.data))?;
        fs::remove_dir(&self.stage).map_err(failed(&self.stage))?;
        files::sync_dir(&self.data).map_err(failed(&self.data))
    }
}

/// Takes away what is there, if it is.
fn clear(path: &Path) -> Result<(), BackupError> {
    let cleared = match path.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match cleared {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}
