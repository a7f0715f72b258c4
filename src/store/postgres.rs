//! The store in a PostgreSQL database (14 or later).

mod append;
mod beside;
mod blobs;
mod columns;
mod content_keys;
mod drafts;
mod erasure;
mod expiry;
mod holds;
mod line;
mod listen;
mod log;
mod notary;
mod records;
mod subscriptions;
mod trail;
mod turns;
mod webhooks;

use std::{str::FromStr, sync::Arc, time::Duration};

use postgres_es::PostgresEventRepository;
use sqlx::{
    ConnectOptions, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Mutex;
use uuid::Uuid;

use self::line::Line;
pub(super) use self::{append::Appender, erasure::Watch};
use super::{StoreConfig, StoreError, bucket::Bucket, sealing::Keyring, tail::Tail};

/// How long a read waits for a connection: a dead database is answered for quickly.
const ACQUIRE: Duration = Duration::from_secs(2);
/// A connection that rested for longer is tested before it is used, so that a database which went
/// away meanwhile is known to be away, and not just silent in the middle of something.
const RESTED: Duration = Duration::from_millis(200);

/// One pool for everything but the appends, the drafts and the bell, which have a connection each.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    options: Arc<PgConnectOptions>,
    drafts: Arc<Mutex<Line>>,
    stock: Arc<PostgresEventRepository>,
    keyring: Arc<Keyring>,
    tail: Arc<Tail>,
    bucket: Option<Bucket>,
}

/// Evaluates a query again when its connection turns out to be dead, as all those in the pool are
/// after the database was restarted. Only for what may be done twice.
macro_rules! again {
    ($store:ident, $query:expr) => {{
        let mut tries = 1;
        loop {
            match $query.await {
                Err(error) if tries < $store.tries() && $crate::store::error::is_lost(&error) => {
                    tries += 1;
                }
                known => break known.map_err($crate::store::StoreError::of),
            }
        }
    }};
}
use again;

impl PostgresStore {
    pub(super) async fn open(url: &str, config: &StoreConfig) -> Result<Self, StoreError> {
        let options = options(url)?;
        let pool = pool(&options, config.read_connections);
        sqlx::migrate!("migrations/postgres")
            .run(&pool)
            .await
            .map_err(StoreError::of_migration)?;
        // A draft that a power cut takes away was shown to nobody who could still be there.
        let unsynced = settled(options.clone()).options([("synchronous_commit", "off")]);
        let store = Self {
            stock: Arc::new(PostgresEventRepository::new(pool.clone())),
            drafts: Arc::new(Mutex::new(Line::new(unsynced))),
            pool,
            options: Arc::new(options),
            keyring: Arc::new(Keyring::new(config.wrapping.as_ref())),
            tail: Arc::default(),
            bucket: config.bucket.as_ref().map(Bucket::new).transpose()?,
        };
        store.keyring.check(store.some_key().await?)?;
        Ok(store)
    }

    /// Which log there is, without a schema being made or brought up to date.
    pub(super) async fn log_at(url: &str) -> Result<Option<Uuid>, StoreError> {
        let pool = pool(&options(url)?, 1);
        let log = find_log(&pool).await.map_err(StoreError::of);
        pool.close().await;
        log
    }

    pub(super) fn stock(&self) -> Arc<PostgresEventRepository> {
        Arc::clone(&self.stock)
    }

    pub(super) fn tail(&self) -> &Tail {
        &self.tail
    }

    pub(super) fn appender(&self) -> Appender {
        Appender::new(PgConnectOptions::clone(&self.options))
    }

    /// How often to try what meets dead connections: once with each of them, and once more.
    pub(super) fn tries(&self) -> u32 {
        self.pool.options().get_max_connections() + 1
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.head().await.map(|_| ())
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
        self.drafts.lock().await.close().await;
    }
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        StoreError::Unavailable(format!("the database's URL is wrong: {error}"))
    })?;
    Ok(options
        .application_name("colloquy")
        .disable_statement_logging())
}

fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|connection, rest| {
            Box::pin(async move {
                if rest.idle_for > RESTED {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options.clone())
}

async fn find_log(pool: &PgPool) -> Result<Option<Uuid>, sqlx::Error> {
    let is_there = "SELECT to_regclass('log_head') IS NOT NULL";
    let is_there: bool = sqlx::query_scalar(is_there).fetch_one(pool).await?;
    if !is_there {
        return Ok(None);
    }
    let log = sqlx::query_scalar("SELECT log_id FROM log_head");
    log.fetch_optional(pool).await
}

/// For a connection that does the same again and again: its plans are made once, maybe when the tables are still
/// empty, and must be right for full ones.
pub(crate) fn settled(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("jit", "off"),
    ])
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The options hold a password.
        formatter
            .debug_struct("PostgresStore")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}
