//! The data directory belongs to one server at a time, and has a name that outlives its runs.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

use tokio::time::{Duration, sleep};
use uuid::Uuid;

use crate::config::{make_private, make_private_file};

/// The file that is locked; it holds the node's id.
const FILE: &str = "node.lock";

/// How often the lock is tried, and the pause between two tries: a command that only looks whether a server
/// runs holds it for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

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
pub struct Lock {
    _file: File,
    node: Uuid,
}

impl Lock {
    /// Takes it, for as long as this lives; the data directory is made when it is missing.
    ///
    /// # Errors
    /// When a server has it, or the directory cannot be used.
    pub async fn take(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join(FILE);
        let failed = |error| LockError::Io {
            path: dir.to_owned(),
            error,
        };
        make_private(dir).map_err(failed)?;
        make_private_file(&path).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        let mut tries = 1;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    sleep(PAUSE).await;
                }
                Err(TryLockError::WouldBlock) => return Err(LockError::Taken(dir.to_owned())),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
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
    #[must_use]
    pub fn node(&self) -> Uuid {
        self.node
    }
}

/// Whether a server runs on this data directory.
///
/// # Errors
/// When the lock cannot be looked at.
pub fn is_taken(dir: &Path) -> std::io::Result<bool> {
    match File::open(dir.join(FILE)) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
