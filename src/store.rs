//! The store: the log and what lives beside it, on SQLite or PostgreSQL.
//!
//! Writing goes one way, through the [`Committer`]; everything else here reads, or keeps the small
//! tables that are no events (credentials, nodes, open turns, drafts). The two databases are two
//! folders with the same files; [`Store`] is the switch between them.

mod append;
mod bell;
mod beside;
mod blobs;
mod bucket;
mod commit;
mod committer;
mod config;
mod content_keys;
mod copy;
mod draft_writer;
mod drafts;
mod erasure;
mod error;
mod expiry;
mod holds;
mod leaf;
mod log;
mod log_repo;
mod notary;
mod postgres;
mod readable;
mod records;
mod sealing;
mod sqlite;
mod subscriptions;
mod tail;
mod trail;
mod turns;
mod webhooks;

use uuid::Uuid;

use self::expiry::EXPIRIES;
pub(crate) use self::sqlite::{empty_wal_of, keep_moving};
pub use self::{
    bell::Bell,
    beside::BesideRow,
    commit::{CommandRecord, Commit, Committed, NewEvent, Reservation, TurnChange},
    committer::{Chain, Committer, Head, Pending, Slot},
    config::{DatabaseUrl, StoreConfig},
    draft_writer::Drafts,
    drafts::{Channel, Chunk, DraftText},
    erasure::{Erasure, Watch},
    error::{CommitError, DraftError, Overloaded, StoreError},
    expiry::{Aged, AgedKey},
    holds::HeldErasure,
    leaf::{Leaves, leaf_of, moved},
    log::Recorded,
    log_repo::LogRepo,
    notary::{Growth, HashTile, SignedCheckpoint},
    postgres::PostgresStore,
    sealing::{beginning_of, day_of},
    sqlite::SqliteStore,
    trail::{EventFilter, TrailPage},
    turns::{OpenTurnRow, TurnsOf},
    webhooks::{
        DeliveryPlan, DeliveryRow, DeliveryState, DueDelivery, Failing, NewDelivery, Sign, Tried,
        WebhookFeed,
    },
};
pub(crate) use self::{
    config::SQLITE_CHECKPOINT,
    error::{has_code, is_passing},
    log::hex,
    postgres::settled,
};
use crate::shutdown::Shutdown;

/// The open store. Clones are handles of the same pools.
#[derive(Clone, Debug)]
pub enum Store {
    /// Files in a directory.
    Sqlite(SqliteStore),
    /// A database server.
    Postgres(PostgresStore),
}

/// Does the same with whichever database it is.
macro_rules! on_either {
    ($store:expr, $database:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite($database) => $body,
            $crate::store::Store::Postgres($database) => $body,
        }
    };
}
use on_either;

impl Store {
    /// Opens the pools and brings the schema up to date.
    ///
    /// # Errors
    /// When the database cannot be reached, its schema is newer than this program, or its contents' keys are
    /// wrapped by another server key.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        Ok(match &config.url {
            DatabaseUrl::Sqlite { dir } => Self::Sqlite(SqliteStore::open(dir, config).await?),
            DatabaseUrl::Postgres { url } => {
                Self::Postgres(PostgresStore::open(url, config).await?)
            }
        })
    }

    /// Which log a PostgreSQL database holds; `None`: none. Unlike [`Self::open`] this changes nothing there.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn log_at(url: &str) -> Result<Option<Uuid>, StoreError> {
        PostgresStore::log_at(url).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        on_either!(self, database => database.ping().await)
    }

    /// Rings `bell` when another process commits, as long as the process runs. PostgreSQL tells us;
    /// SQLite does not, there the readers' own polling finds it.
    pub fn listen(&self, bell: Bell, shutdown: &Shutdown) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(database) => {
                let listening = database.clone().listen(bell, shutdown.token().clone());
                shutdown.spawn(listening);
            }
        }
    }

    /// Keeps SQLite's write-ahead logs short until the process ends, beside those who write.
    pub fn keep_moving(&self, shutdown: &Shutdown) {
        match self {
            Self::Sqlite(database) => database.keep_moving(shutdown),
            Self::Postgres(_) => {}
        }
    }

    /// Closes the pools, waiting for what is under way.
    pub async fn close(&self) {
        on_either!(self, database => database.close().await);
    }
}
