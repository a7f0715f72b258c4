//! Files of an export: written whole, and known by their hashes.

use std::{
    fs::{self, File, TryLockError},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{CHECKPOINT, ExportError, Listed, MANIFEST, Manifest, PLAN};
use crate::{files, store::StoreError};

/// Takes this directory, which is made when it is missing: until the answer is dropped nobody else exports to it.
///
/// # Errors
/// When somebody does, or it cannot be made.
pub fn take(dir: &Path) -> Result<File, ExportError> {
    crate::config::make_private(dir).map_err(failed(dir))?;
    let lock = File::open(dir).map_err(failed(dir))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ExportError::Busy(dir.to_owned())),
        // Not every file system locks directories; an export to those that do not is made all the same.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(lock),
    }
}

/// Takes away what was begun in this directory: there is nothing to export.
///
/// # Errors
/// When that fails.
pub fn give_up(dir: &Path) -> Result<(), ExportError> {
    let checkpoint = dir.join(CHECKPOINT);
    fs::remove_file(&checkpoint).map_err(failed(&checkpoint))?;
    forget_plan(dir)
}

/// What a file's error is.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> ExportError + '_ {
    move |error| ExportError::File {
        path: path.to_owned(),
        error,
    }
}

/// Whole or not at all.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    files::put(path, bytes).map_err(failed(path))
}

/// The last thing that is done: who has a plan has not come to the end.
pub(super) fn forget_plan(dir: &Path) -> Result<(), ExportError> {
    let plan = dir.join(PLAN);
    fs::remove_file(&plan).map_err(failed(&plan))
}

/// Of a finished export.
pub(super) fn manifest(dir: &Path) -> Option<Manifest> {
    serde_json::from_slice(&fs::read(dir.join(MANIFEST)).ok()?).ok()
}

pub(super) fn listed(dir: &Path, name: &str) -> Result<Listed, ExportError> {
    let path = dir.join(name);
    let (bytes, sha256) = digest(&path).map_err(failed(&path))?;
    Ok(Listed {
        name: name.to_owned(),
        bytes,
        sha256,
    })
}

/// A file's length, and its SHA-256 in hexadecimal digits.
pub(super) fn digest(path: &Path) -> io::Result<(u64, String)> {
    files::digest(path, |_| {})
}

/// A file of an export.
pub(super) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Writer {
    pub(super) fn create(dir: &Path, name: &str) -> Result<Self, ExportError> {
        let path = dir.join(name);
        let file = files::private(&path).map_err(failed(&path))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
        })
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), ExportError> {
        self.file
            .write_all(text.as_bytes())
            .map_err(failed(&self.path))
    }

    pub(super) fn line(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        let line = serde_json::to_string(value);
        let line = line.map_err(|error| StoreError::Refused(error.to_string()))?;
        self.text(&line)?;
        self.text("\n")
    }

    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let flushed = self.file.flush();
        flushed
            .and_then(|()| self.file.get_ref().sync_all())
            .map_err(failed(&self.path))
    }
}
