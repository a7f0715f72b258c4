//! What a backup consists of.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{BackupError, failed};
use crate::{config::DatabaseUrl, files};

/// The version of the format.
const FORMAT: u32 = 1;
const NAME: &str = "manifest.json";

/// Says what a backup is of, and what belongs to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Manifest {
    format: u32,
    /// When it was finished.
    pub created_at: Option<String>,
    /// By which version of the program.
    pub version: String,
    /// Where the record is.
    pub database: Database,
    /// Which log.
    pub log: Uuid,
    /// How far it goes.
    pub head: u64,
    /// Every file.
    pub(super) files: Vec<Listed>,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Database {
    /// In the backup.
    Sqlite,
    /// In a dump beside it.
    Postgres,
}

/// A file.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Listed {
    /// Its path in the backup, as in the data directory.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Database {
    /// Of these settings.
    #[must_use]
    pub fn of(url: &DatabaseUrl) -> Self {
        match url {
            DatabaseUrl::Sqlite { .. } => Self::Sqlite,
            DatabaseUrl::Postgres { .. } => Self::Postgres,
        }
    }

    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Manifest {
    pub(super) fn new(
        created_at: Option<String>,
        database: Database,
        log: Uuid,
        head: u64,
        files: Vec<Listed>,
    ) -> Self {
        Self {
            format: FORMAT,
            created_at,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database,
            log,
            head,
            files,
        }
    }

    /// Whether a finished backup is there.
    pub(super) fn is_in(dir: &Path) -> bool {
        dir.join(NAME).exists()
    }

    /// The one of a finished backup.
    ///
    /// # Errors
    /// When there is none, or it is none.
    pub fn read(dir: &Path) -> Result<Self, BackupError> {
        let path = dir.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(BackupError::Unfinished(dir.to_owned()));
            }
            Err(error) => return Err(failed(&path)(error)),
        };
        let manifest = serde_json::from_slice(&text).ok();
        let known = |manifest: &Self| {
            manifest.format == FORMAT && manifest.files.iter().all(|file| is_ours(&file.name))
        };
        manifest.filter(known).ok_or(BackupError::Manifest(path))
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), BackupError> {
        let path = dir.join(NAME);
        let text = serde_json::to_vec_pretty(self)
            .map_err(io::Error::from)
            .map_err(failed(&path))?;
        files::put(&path, &text).map_err(failed(&path))?;
        files::sync_dir(dir).map_err(failed(dir))
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// A manifest comes from elsewhere: it names nothing outside of the directory.
fn is_ours(name: &str) -> bool {
    match name.strip_prefix("keys/") {
        Some(key) => !key.is_empty() && !key.starts_with('.') && !key.contains(['/', '\0']),
        None => ["log.db", "drafts.db", "node.lock"].contains(&name),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_manifest_names_nothing_outside_of_its_directory() {
        for name in ["log.db", "keys/server.key", "keys/anchor.jsonl"] {
            assert!(is_ours(name), "{name}");
        }
        for name in [
            "",
            "keys/",
            "keys/../x",
            "../log.db",
            "/etc/passwd",
            "keys/a/b",
            "views.db",
        ] {
            assert!(!is_ours(name), "{name}");
        }
        let place = tempfile::tempdir().unwrap();
        let listed = |name: &str| Listed {
            name: name.to_owned(),
            bytes: 1,
            sha256: String::new(),
        };
        let write = |name| {
            let files = vec![listed("log.db"), listed(name)];
            Manifest::new(None, Database::Sqlite, Uuid::nil(), 1, files)
                .write(place.path())
                .unwrap();
            Manifest::read(place.path())
        };
        assert_eq!(write("drafts.db").unwrap().bytes(), 2);
        assert!(matches!(write("../x"), Err(BackupError::Manifest(_))));
        assert!(matches!(
            Manifest::read(&place.path().join("manifest.json")),
            Err(BackupError::Unfinished(_))
        ));
    }
}
