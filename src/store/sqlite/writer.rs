//! The one writing connection of a file.

use std::path::PathBuf;

use sqlx::{
    Connection, Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow},
};
use tokio::sync::{Mutex, MutexGuard};

use super::super::StoreError;

/// A statement with its parameters; or several, one after the other.
pub(super) type Statement<'q> = Query<'q, Sqlite, SqliteArguments<'q>>;

/// Opened when it is first needed, and again after it broke. Whoever has it locked is the only
/// writer of this process; other processes are kept out by `BEGIN IMMEDIATE`.
#[derive(Debug)]
pub(in crate::store) struct Writer {
    options: SqliteConnectOptions,
    /// A file to read beside, under the name `log`.
    beside: Option<PathBuf>,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    connection: SqliteConnection,
    /// A transaction may be open: set while somebody works, and left when they were cancelled.
    dirty: bool,
}

impl Writer {
    pub(super) fn new(options: SqliteConnectOptions, beside: Option<PathBuf>) -> Self {
        Self {
            options,
            beside,
            open: Mutex::new(None),
        }
    }

    /// Brings the log's schema up to date.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        let mut locked = self.lock().await.map_err(StoreError::of)?;
        let connection = locked.connection().map_err(StoreError::of)?;
        sqlx::migrate!("migrations/sqlite")
            .run(connection)
            .await
            .map_err(StoreError::of_migration)?;
        locked.release();
        Ok(())
    }

    /// Runs one statement, or several that are one transaction (its `BEGIN IMMEDIATE` and `COMMIT`
    /// written out): all their rows. After an error nothing of it is written.
    pub(super) async fn run(
        &self,
        statement: Statement<'_>,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let mut locked = self.lock().await?;
        let rows = locked.run(statement).await?;
        locked.release();
        Ok(rows)
    }

    /// Runs one statement; the answer is how many rows it has changed.
    pub(super) async fn change(&self, statement: Statement<'_>) -> Result<u64, sqlx::Error> {
        let mut locked = self.lock().await?;
        let done = statement.execute(locked.connection()?).await?;
        locked.release();
        Ok(done.rows_affected())
    }

    /// Waits for the connection, clean and open.
    pub(super) async fn lock(&self) -> Result<Locked<'_>, sqlx::Error> {
        let mut locked = Locked(self.open.lock().await);
        if locked.0.as_ref().is_some_and(|open| open.dirty) {
            locked.roll_back().await;
        }
        if locked.0.is_none() {
            let connection = self.connect().await?;
            *locked.0 = Some(Open {
                connection,
                dirty: true,
            });
        }
        if let Some(open) = locked.0.as_mut() {
            open.dirty = true;
        }
        Ok(locked)
    }

    async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        let mut connection = SqliteConnection::connect_with(&self.options).await?;
        if let Some(file) = &self.beside {
            let name = file.to_string_lossy();
            let name = name
                .replace('%', "%25")
                .replace('?', "%3f")
                .replace('#', "%23");
            // Read-only, so that BEGIN IMMEDIATE takes no lock on it.
            sqlx::query("ATTACH ? AS log")
                .bind(format!("file:{name}?mode=ro"))
                .execute(&mut connection)
                .await?;
        }
        Ok(connection)
    }

    pub(super) async fn close(&self) {
        if let Some(open) = self.open.lock().await.take()
            && let Err(error) = open.connection.close().await
        {
            tracing::warn!(%error, "a database file was not closed well");
        }
    }
}

/// The connection, for as long as it takes.
pub(super) struct Locked<'w>(MutexGuard<'w, Option<Open>>);

impl Locked<'_> {
    fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        match self.0.as_mut() {
            Some(open) => Ok(&mut open.connection),
            None => Err(sqlx::Error::WorkerCrashed),
        }
    }

    /// As [`Writer::run`], but a transaction may stay open for the next call.
    pub(super) async fn run(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let result = statement.fetch_all(self.connection()?).await;
        if result.is_err() {
            self.roll_back().await;
        }
        result
    }

    /// Leaves no transaction open; a connection that cannot even do this is opened anew.
    pub(super) async fn roll_back(&mut self) {
        let Ok(connection) = self.connection() else {
            return;
        };
        if let Err(error) = sqlx::query("ROLLBACK").execute(connection).await {
            let clean = matches!(&error, sqlx::Error::Database(refusal)
                if refusal.message().contains("no transaction is active"));
            if !clean {
                tracing::warn!(%error, "a writing connection is broken; opening another");
                *self.0 = None;
            }
        }
    }

    /// Everything was committed.
    pub(super) fn release(mut self) {
        if let Some(open) = self.0.as_mut() {
            open.dirty = false;
        }
    }
}
