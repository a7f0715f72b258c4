//! The store in a PostgreSQL database (14 or later).

mod append;
mod drafts;
mod line;
mod listen;
mod log;
mod records;
mod turns;

use std::{str::FromStr, sync::Arc, time::Duration};

use postgres_es::PostgresEventRepository;
use sqlx::{
    ConnectOptions, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Mutex;

pub(super) use self::append::Appender;
use self::line::Line;
use super::StoreError;

/// How long a read waits for a connection: a dead database is answered for quickly.
const ACQUIRE: Duration = Duration::from_secs(2);
/// A connection that rested for longer is tested before it is used.
const RESTED: Duration = Duration::from_secs(1);

/// One pool for everything but the appends, the drafts and the bell, which have a connection each.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    options: PgConnectOptions,
    drafts: Arc<Mutex<Line>>,
    stock: Arc<PostgresEventRepository>,
}

/// Evaluates a query again when its connection turns out to be dead, as all those in the pool are
/// after the database was restarted. Only for what may be done twice.
macro_rules! again {
    ($query:expr) => {{
        let mut tries = 1;
        loop {
            match $query.await {
                Err(error) if tries < 4 && $crate::store::postgres::is_lost(&error) => tries += 1,
                known => break known.map_err($crate::store::StoreError::of),
            }
        }
    }};
}
use again;

impl PostgresStore {
    pub(super) async fn open(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| {
                StoreError::Unavailable(format!("the database's URL is wrong: {error}"))
            })?
            .application_name("colloquy")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
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
            .connect_lazy_with(options.clone());
        sqlx::migrate!("migrations/postgres")
            .run(&pool)
            .await
            .map_err(|error| match error {
                sqlx::migrate::MigrateError::Execute(error) => StoreError::of(error),
                other => StoreError::Schema(other.to_string()),
            })?;
        // A draft that a power cut takes away was shown to nobody who could still be there.
        let unsynced = options.clone().options([("synchronous_commit", "off")]);
        Ok(Self {
            stock: Arc::new(PostgresEventRepository::new(pool.clone())),
            drafts: Arc::new(Mutex::new(Line::new(unsynced))),
            pool,
            options,
        })
    }

    pub(super) fn stock(&self) -> Arc<PostgresEventRepository> {
        Arc::clone(&self.stock)
    }

    pub(super) fn appender(&self) -> Appender {
        Appender::new(self.options.clone())
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.head().await.map(|_| ())
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
        self.drafts.lock().await.close().await;
    }
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

/// Whether the connection is gone, and with it the knowledge of what became of the statement.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // The connection exceptions, and "terminating connection" in all its forms.
        sqlx::Error::Database(refusal) => refusal
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
