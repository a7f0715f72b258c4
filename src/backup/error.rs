//! Why a backup was not made, or not put back.

use std::{
    io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::store::StoreError;

/// A sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or directory.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// There is nothing to keep.
    #[error(
        "there is nothing to back up: the log is empty (data_dir, --data-dir; database_url, --database)"
    )]
    Empty,
    /// A whole one is there.
    #[error("{0} holds a finished backup; choose another directory")]
    Finished(PathBuf),
    /// Something else is there.
    #[error("{0} is not empty; choose another directory")]
    Occupied(PathBuf),
    /// The beginning of another one is there.
    #[error("{0} holds the beginning of a backup of another log; choose another directory")]
    Other(PathBuf),
    /// Somebody is at it.
    #[error("another backup is being made in {0}")]
    Busy(PathBuf),
    /// There is no manifest.
    #[error("{0} is no backup, or one that was broken off: it has no manifest.json")]
    Unfinished(PathBuf),
    /// The manifest.
    #[error("{0} is not the manifest of a backup that this version can read")]
    Manifest(PathBuf),
    /// A file is not what the manifest says.
    #[error("{0} is not as it was written: the backup is damaged, and nothing was restored")]
    Damaged(PathBuf),
    /// The settings name the other database.
    #[error(
        "this is a backup of a record in {backup}, and the settings name {settings} (database_url, --database)"
    )]
    OtherDatabase {
        /// What was backed up.
        backup: &'static str,
        /// What is set.
        settings: &'static str,
    },
    /// The database holds nothing.
    #[error(
        "the database holds no log: restore the dump that belongs to this backup first (pg_restore)"
    )]
    NoLog,
    /// The database holds something else.
    #[error(
        "the database holds the log {found}, and the backup is of {expected}: restore the dump that belongs to it first (pg_restore)"
    )]
    OtherLog {
        /// In the database.
        found: Uuid,
        /// In the manifest.
        expected: Uuid,
    },
    /// A line of the receipts.
    #[error("{path}, line {line}: {reason}")]
    Receipt {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Receipts without the line that ends a feed.
    #[error(
        "{0} does not end as a feed does, with {{\"next\":…,\"more\":false}}: it is none, or was broken off, so what was \
         erased and held may not be all in it; write it again (colloquy audit show --type …)"
    )]
    BrokenOff(PathBuf),
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a file's error is.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    move |error| BackupError::File {
        path: path.to_owned(),
        error,
    }
}
