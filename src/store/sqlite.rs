//! The store in files of one directory.

mod append;
mod beside;
mod blobs;
mod content_keys;
mod copy;
mod drafts;
mod erasure;
mod expiry;
mod holds;
mod log;
mod moving;
mod notary;
mod plan;
mod records;
mod script;
mod subscriptions;
mod trail;
mod turns;
mod webhooks;
mod writer;

use std::{path::Path, sync::Arc, time::Duration};

use sqlite_es::SqliteEventRepository;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use self::writer::Writer;
pub(super) use self::{append::Appender, erasure::Watch};
pub(crate) use self::{erasure::empty_wal_of, moving::keep_moving};
use super::{
    StoreConfig, StoreError, bucket::Bucket, config::SQLITE_CHECKPOINT, sealing::Keyring,
    tail::Tail,
};
use crate::{
    config::{create_private_file, make_private},
    shutdown::Shutdown,
};

/// How long a statement waits for another process' transaction.
const BUSY: Duration = Duration::from_secs(5);
/// How long a read waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(2);

/// `log.db` and `drafts.db`, each with one writing connection and some reading ones.
#[derive(Clone)]
pub struct SqliteStore {
    log: SqlitePool,
    log_writer: Arc<Writer>,
    drafts: SqlitePool,
    drafts_writer: Arc<Writer>,
    stock: Arc<SqliteEventRepository>,
    keyring: Arc<Keyring>,
    tail: Arc<Tail>,
    bucket: Option<Bucket>,
}

impl SqliteStore {
    pub(super) async fn open(dir: &Path, config: &StoreConfig) -> Result<Self, StoreError> {
        make_private(dir).map_err(|error| {
            StoreError::Unavailable(format!(
                "the directory {} cannot be made: {error}",
                dir.display()
            ))
        })?;
        // What SQLite writes beside a file is as closed as the file itself.
        for name in ["log.db", "drafts.db"] {
            let file = dir.join(name);
            create_private_file(&file).map_err(|error| {
                let file = file.display();
                StoreError::Unavailable(format!("the file {file} cannot be made: {error}"))
            })?;
        }
        // The log is the record: a commit is on the disk before it is answered.
        let log = options(&dir.join("log.db"), SqliteSynchronous::Full);
        // Drafts survive the process, not the machine; that is all they are for.
        let drafts = options(&dir.join("drafts.db"), SqliteSynchronous::Normal);

        let log_writer = Writer::new(log.clone(), None);
        log_writer.migrate().await?;
        let drafts_writer = Writer::new(drafts.clone(), Some(dir.join("log.db")));
        drafts::prepare(&drafts_writer)
            .await
            .map_err(|error| StoreError::Drafts {
                file: dir.join("drafts.db"),
                error: Box::new(error),
            })?;
        let log = readers(log, config.read_connections);
        let store = Self {
            stock: Arc::new(SqliteEventRepository::new(log.clone())),
            log,
            log_writer: Arc::new(log_writer),
            drafts: readers(drafts, 2),
            drafts_writer: Arc::new(drafts_writer),
            keyring: Arc::new(Keyring::new(config.wrapping.as_ref())),
            tail: Arc::default(),
            bucket: config.bucket.as_ref().map(Bucket::new).transpose()?,
        };
        store.keyring.check(store.some_key().await?)?;
        Ok(store)
    }

    pub(super) fn stock(&self) -> Arc<SqliteEventRepository> {
        Arc::clone(&self.stock)
    }

    pub(super) fn tail(&self) -> &Tail {
        &self.tail
    }

    pub(super) fn appender(&self) -> Appender {
        Appender::new(Arc::clone(&self.log_writer))
    }

    pub(super) fn keep_moving(&self, shutdown: &Shutdown) {
        for file in [&self.log, &self.drafts] {
            // As the writers are: a reader writes nothing.
            let options = file.connect_options().as_ref().clone();
            let options = options.pragma("query_only", "off");
            shutdown.spawn(keep_moving(options, shutdown.token().clone()));
        }
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.head().await.map(|_| ())
    }

    pub(super) async fn close(&self) {
        self.log.close().await;
        self.drafts.close().await;
        self.log_writer.close().await;
        self.drafts_writer.close().await;
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SqliteStore")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

fn options(file: &Path, synchronous: SqliteSynchronous) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(BUSY)
        .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT)
        // REPLACE bypasses the append-only triggers without it.
        .pragma("recursive_triggers", "on")
        // What is deleted is gone from the file, keys above all.
        .pragma("secure_delete", "on")
}

fn readers(options: SqliteConnectOptions, count: u32) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(count.max(1))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        // Rows handed over at once by the connection's thread.
        .connect_lazy_with(options.pragma("query_only", "on").row_buffer_size(1_000))
}
