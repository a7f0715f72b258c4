//! Files of an export: written whole, and known by their hashes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{ExportError, Listed};
use crate::store::StoreError;

/// What a file's error is.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> ExportError + '_ {
    move |error| ExportError::File {
        path: path.to_owned(),
        error,
    }
}

/// A new file that only its owner reads, in the place of whatever was there.
fn private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whole or not at all.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let beside = path.with_extension("new");
    let written = private(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written
        .and_then(|()| fs::rename(&beside, path))
        .map_err(failed(path))
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
    let (mut file, mut hasher, mut length) = (File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            let digest = hasher.finalize();
            let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok((length, hex));
        }
        hasher.update(&buffer[..read]);
        length += read as u64;
    }
}

/// A file of an export.
pub(super) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Writer {
    pub(super) fn create(dir: &Path, name: &str) -> Result<Self, ExportError> {
        let path = dir.join(name);
        let file = private(&path).map_err(failed(&path))?;
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
