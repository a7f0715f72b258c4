//! What the store has to be told.

pub use crate::config::DatabaseUrl;

/// The store's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// Which database.
    pub url: DatabaseUrl,
    /// How many connections read at the same time; the writers have their own.
    pub read_connections: u32,
}

impl StoreConfig {
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
        }
    }
}
