//! The database behind the views: `views.db`, or the schema `views`. The same SQL text runs on both.

use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use projections::{Kind, Table, Value};
use sqlx::{
    Executor, PgPool, Postgres, Row as _, Sqlite, SqlitePool, Transaction,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use super::ViewError;
use crate::{
    config::create_private_file,
    store::{DatabaseUrl, SQLITE_CHECKPOINT, StoreConfig},
};

/// Rows that are looked at without letting others have the thread.
const TOGETHER: usize = 128;
/// How long a transaction waits for another process'.
const BUSY: Duration = Duration::from_secs(5);
/// How long a read waits for a connection: a database that is away is answered for soon, as the log's is.
const ACQUIRE: Duration = Duration::from_secs(2);

/// A row as plain values.
pub(crate) type Values = Vec<Value>;

/// The pools. Clones are handles of the same ones.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// One connection writes, some read.
    Sqlite { read: SqlitePool, write: SqlitePool },
    /// One pool; its connections see the schema `views` only, and do not wait for the disk.
    Postgres(PgPool),
}

impl Database {
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self, ViewError> {
        match &config.url {
            DatabaseUrl::Sqlite { dir } => {
                let file = dir.join("views.db");
                // What people wrote is in it, in clear.
                create_private_file(&file).map_err(sqlx::Error::from)?;
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(BUSY)
                    .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT)
                    // Rows handed over at once by the connection's thread.
                    .row_buffer_size(1_000)
                    // What is deleted is gone from the file.
                    .pragma("secure_delete", "on")
                    .pragma("cache_size", "-32768")
                    .pragma("temp_store", "memory");
                let pool = |connections| {
                    SqlitePoolOptions::new()
                        .max_connections(connections)
                        .test_before_acquire(false)
                        .idle_timeout(None)
                        .max_lifetime(None)
                };
                let write = pool(1).connect_with(options.clone()).await?;
                let read = pool(config.read_connections.max(1))
                    .connect_lazy_with(options.pragma("query_only", "on"));
                Ok(Self::Sqlite { read, write })
            }
            DatabaseUrl::Postgres { url } => {
                let options: PgConnectOptions = url.parse()?;
                let options =
                    options.options([("search_path", "views"), ("synchronous_commit", "off")]);
                let pool = PgPoolOptions::new()
                    // The projector and its listener hold one each.
                    .max_connections(config.read_connections.max(1) + 2)
                    .acquire_timeout(ACQUIRE)
                    .test_before_acquire(false)
                    .connect_with(options)
                    .await?;
                Ok(Self::Postgres(pool))
            }
        }
    }

    /// Reads.
    pub(crate) async fn rows(
        &self,
        sql: &str,
        arguments: &[Value],
        kinds: &[Kind],
    ) -> Result<Vec<Values>, ViewError> {
        match self {
            Self::Sqlite { read, .. } => sqlite_rows(read, sql, arguments, kinds).await,
            Self::Postgres(pool) => postgres_rows(pool, sql, arguments, kinds).await,
        }
    }

    /// Reads as [`Self::rows`] does, by an index that PostgreSQL's planner might think worse than the whole table.
    pub(crate) async fn rows_by_index(
        &self,
        sql: &str,
        arguments: &[Value],
        kinds: &[Kind],
    ) -> Result<Vec<Values>, ViewError> {
        let mut rows = vec![];
        let keep = |row| rows.push(row);
        self.each_by_index(sql, arguments, kinds, keep).await?;
        Ok(rows)
    }

    /// Reads rows one after the other, however many there are, and keeps none; by an index that PostgreSQL's planner
    /// might think worse than the whole table.
    pub(crate) async fn each_by_index(
        &self,
        sql: &str,
        arguments: &[Value],
        kinds: &[Kind],
        take: impl FnMut(Values),
    ) -> Result<(), ViewError> {
        match self {
            Self::Sqlite { read, .. } => {
                let rows = bound_sqlite(sql, arguments).fetch(read);
                each(rows.map_err(ViewError::from), sqlite_values, kinds, take).await
            }
            Self::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                tx.execute("SET LOCAL enable_seqscan = off").await?;
                let rows = bound_postgres(sql, arguments).fetch(&mut *tx);
                each(rows.map_err(ViewError::from), postgres_values, kinds, take).await?;
                tx.rollback().await?;
                Ok(())
            }
        }
    }

    /// `… is one of what this finds`, from the few to their rows and not the other way round.
    pub(crate) fn among(&self, few: &str) -> String {
        match self {
            Self::Sqlite { .. } => format!("IN ({few})"),
            Self::Postgres(_) => format!("= ANY(ARRAY({few}))"),
        }
    }

    /// `… is one of the texts in the first argument`, a JSON array.
    pub(crate) fn among_json(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "IN (SELECT value FROM json_each($1))",
            Self::Postgres(_) => "= ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
        }
    }

    /// Begins to write: on SQLite as the only writer, so nothing read in it can change under it.
    pub(crate) async fn begin(&self) -> Result<Writing, ViewError> {
        Ok(match self {
            Self::Sqlite { write, .. } => {
                Writing::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => Writing::Postgres(pool.begin().await?),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A writing transaction; dropped, it is rolled back.
pub(crate) enum Writing {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Writing {
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Reads, in this transaction.
    pub(crate) async fn rows(
        &mut self,
        sql: &str,
        arguments: &[Value],
        kinds: &[Kind],
    ) -> Result<Vec<Values>, ViewError> {
        match self {
            Self::Sqlite(tx) => sqlite_rows(&mut **tx, sql, arguments, kinds).await,
            Self::Postgres(tx) => postgres_rows(&mut **tx, sql, arguments, kinds).await,
        }
    }

    /// Runs one statement; the answer is how many rows it has touched.
    pub(crate) async fn run(&mut self, sql: &str, arguments: &[Value]) -> Result<u64, ViewError> {
        Ok(match self {
            Self::Sqlite(tx) => {
                let done = bound_sqlite(sql, arguments).execute(&mut **tx).await?;
                done.rows_affected()
            }
            Self::Postgres(tx) => {
                let done = bound_postgres(sql, arguments).execute(&mut **tx).await?;
                done.rows_affected()
            }
        })
    }

    /// The rows of `table`, stored under the name `stored_as`, that have these keys.
    pub(crate) async fn load(
        &mut self,
        table: &Table,
        stored_as: &str,
        keys: Vec<String>,
    ) -> Result<Vec<Values>, ViewError> {
        let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
        let among = self.among();
        let sql = format!(
            r#"SELECT {} FROM "{stored_as}" WHERE "{}" {among}"#,
            names(table),
            table.key()
        );
        match self {
            Self::Sqlite(tx) => sqlite_rows(&mut **tx, &sql, &[as_json(&keys)], &kinds).await,
            Self::Postgres(tx) => {
                let rows = sqlx::query(&sql).bind(keys).fetch_all(&mut **tx).await?;
                rows.iter()
                    .map(|row| postgres_values(row, &kinds))
                    .collect()
            }
        }
    }

    /// Removes rows by key.
    pub(crate) async fn delete(
        &mut self,
        table: &Table,
        stored_as: &str,
        keys: Vec<String>,
    ) -> Result<(), ViewError> {
        if keys.is_empty() {
            return Ok(());
        }
        let among = self.among();
        let sql = format!(
            r#"DELETE FROM "{stored_as}" WHERE "{}" {among}"#,
            table.key()
        );
        match self {
            Self::Sqlite(_) => self.run(&sql, &[as_json(&keys)]).await.map(drop),
            Self::Postgres(tx) => {
                sqlx::query(&sql).bind(keys).execute(&mut **tx).await?;
                Ok(())
            }
        }
    }

    /// Writes rows, over those that have the same key.
    pub(crate) async fn save(
        &mut self,
        table: &Table,
        stored_as: &str,
        rows: Vec<Values>,
    ) -> Result<(), ViewError> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(tx) => super::bulk::save_sqlite(tx, table, stored_as, rows).await,
            Self::Postgres(tx) => super::bulk::save_postgres(tx, table, stored_as, rows).await,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), ViewError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub(crate) async fn rollback(self) -> Result<(), ViewError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    /// `… is one of the first argument's texts`.
    fn among(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "IN (SELECT value FROM json_each($1))",
            Self::Postgres(_) => "= ANY($1)",
        }
    }
}

/// The columns' names, quoted, for a `SELECT` or an `INSERT`.
pub(crate) fn names(table: &Table) -> String {
    let quoted: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!(r#""{}""#, column.name))
        .collect();
    quoted.join(", ")
}

/// Texts as one argument.
pub(super) fn as_json(keys: &[String]) -> Value {
    Value::Text(serde_json::to_string(keys).ok())
}

fn bound_sqlite<'q>(sql: &'q str, arguments: &[Value]) -> Query<'q, Sqlite, SqliteArguments<'q>> {
    arguments
        .iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Text(text) => query.bind(text.clone()),
            Value::Int(number) => query.bind(*number),
        })
}

fn bound_postgres<'q>(sql: &'q str, arguments: &[Value]) -> Query<'q, Postgres, PgArguments> {
    arguments
        .iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Text(text) => query.bind(text.clone()),
            Value::Int(number) => query.bind(*number),
        })
}

async fn sqlite_rows<'e>(
    on: impl Executor<'e, Database = Sqlite>,
    sql: &str,
    arguments: &[Value],
    kinds: &[Kind],
) -> Result<Vec<Values>, ViewError> {
    let rows = bound_sqlite(sql, arguments).fetch_all(on).await?;
    rows.iter().map(|row| sqlite_values(row, kinds)).collect()
}

fn sqlite_values(row: &sqlx::sqlite::SqliteRow, kinds: &[Kind]) -> Result<Values, ViewError> {
    (0..)
        .zip(kinds)
        .map(|(at, kind)| {
            Ok(match kind {
                Kind::Text => Value::Text(row.try_get_unchecked(at)?),
                Kind::Int => Value::Int(row.try_get_unchecked(at)?),
            })
        })
        .collect()
}

/// Gives each row away as it comes.
async fn each<R>(
    mut rows: impl Stream<Item = Result<R, ViewError>> + Unpin,
    values: fn(&R, &[Kind]) -> Result<Values, ViewError>,
    kinds: &[Kind],
    mut take: impl FnMut(Values),
) -> Result<(), ViewError> {
    let mut taken = 0_usize;
    while let Some(row) = rows.try_next().await? {
        take(values(&row, kinds)?);
        taken += 1;
        if taken.is_multiple_of(TOGETHER) {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

async fn postgres_rows<'e>(
    on: impl Executor<'e, Database = Postgres>,
    sql: &str,
    arguments: &[Value],
    kinds: &[Kind],
) -> Result<Vec<Values>, ViewError> {
    let rows = bound_postgres(sql, arguments).fetch_all(on).await?;
    rows.iter().map(|row| postgres_values(row, kinds)).collect()
}

fn postgres_values(row: &sqlx::postgres::PgRow, kinds: &[Kind]) -> Result<Values, ViewError> {
    (0..)
        .zip(kinds)
        .map(|(at, kind)| {
            Ok(match kind {
                Kind::Text => Value::Text(row.try_get_unchecked(at)?),
                Kind::Int => Value::Int(row.try_get_unchecked(at)?),
            })
        })
        .collect()
}
