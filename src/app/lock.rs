//! The data directory belongs to one server at a time, and has a name that outlives its runs.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// The file that is locked; it holds the node's id.
const FILE: &str = "node.lock";

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another server runs on it.
    #[error(
        "another server uses {0} (data_dir, --data-dir, COLLOQUY_DATA_DIR); stop it or choose another directory"
    )]
    Taken(PathBuf),
    /// The file system says no.
    #[error("{path} (data_dir, --data-dir, COLLOQUY_DATA_DIR) cannot be used: {error}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

/// The lock; the operating system releases it when the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
    node: Uuid,
}

impl Lock {
    pub(super) fn take(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join(FILE);
        let failed = |error| LockError::Io {
            path: dir.to_owned(),
            error,
        };
        std::fs::create_dir_all(dir).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Taken(dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let node = match text.trim().parse() {
            Ok(node) => node,
            Err(_) => {
                let node = Uuid::now_v7();
                file.rewind().map_err(failed)?;
                file.set_len(0).map_err(failed)?;
                writeln!(file, "{node}").map_err(failed)?;
                file.sync_all().map_err(failed)?;
                node
            }
        };
        Ok(Self { _file: file, node })
    }

    /// This node, for as long as its data directory lives.
    pub(super) fn node(&self) -> Uuid {
        self.node
    }
}
