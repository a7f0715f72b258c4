//! Files of an export: written whole, and known by their hashes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{ExportError, Listed, MANIFEST, Manifest, PLAN};
use crate::{files, store::StoreError};

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
