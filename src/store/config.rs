//! What the store has to be told.

pub use crate::config::DatabaseUrl;
use crate::config::{BucketSettings, Config, ServerKey};

/// The store's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// Which database.
    pub url: DatabaseUrl,
    /// How many connections read at the same time; the writers have their own.
    pub read_connections: u32,
    /// Wraps the keys that content is sealed with, when there is one.
    pub wrapping: Option<ServerKey>,
    /// Where attachments are kept; nothing: in the database.
    pub bucket: Option<BucketSettings>,
}

impl StoreConfig {
    /// What a server's settings say.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            url: config.database.clone(),
            read_connections: config.read_connections,
            wrapping: config.wrapping_key(),
            bucket: config.blobs.clone(),
        }
    }

    /// The usual settings for this database.
    #[must_use]
    pub fn new(url: DatabaseUrl) -> Self {
        let read_connections = match url {
            DatabaseUrl::Sqlite { .. } => 4,
            DatabaseUrl::Postgres { .. } => 8,
        };
        Self {
            url,
            read_connections,
            wrapping: None,
            bucket: None,
        }
    }
}

/// Pages in a SQLite file's write-ahead log after which whoever commits moves them into the file: 32 MiB. It takes two
/// flushes, for which all who write wait, so it is done eight times as rarely as SQLite would.
pub(crate) const SQLITE_CHECKPOINT: &str = "8000";
