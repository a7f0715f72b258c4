//! The stock event stores, set up as well as they can be: WAL and FULL, a connection for each writer.

use std::path::Path;

use aggregates::user::User;
use cqrs_es::persist::PersistedEventStore;
use postgres_es::PostgresEventRepository;
use sqlite_es::SqliteEventRepository;
use sqlx::{
    Executor,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::Outcome;

/// On SQLite: one connection, because only one can write, and more only get in each other's way.
pub(crate) async fn sqlite(
    dir: &Path,
) -> Outcome<PersistedEventStore<SqliteEventRepository, User>> {
    let options = SqliteConnectOptions::new()
        .filename(dir.join("stock.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(std::time::Duration::from_secs(60))
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    pool.execute(schema("text").as_str()).await?;
    Ok(PersistedEventStore::new_event_store(
        SqliteEventRepository::new(pool),
    ))
}

/// On PostgreSQL.
pub(crate) async fn postgres(
    url: &str,
    connections: usize,
) -> Outcome<PersistedEventStore<PostgresEventRepository, User>> {
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(connections)?)
        .acquire_timeout(std::time::Duration::from_secs(60))
        .test_before_acquire(false)
        .connect(url)
        .await?;
    pool.execute(schema("json").as_str()).await?;
    Ok(PersistedEventStore::new_event_store(
        PostgresEventRepository::new(pool),
    ))
}

/// The crates' own tables.
fn schema(json: &str) -> String {
    format!(
        "CREATE TABLE events (
             aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence bigint NOT NULL,
             event_type text NOT NULL, event_version text NOT NULL,
             payload {json} NOT NULL, metadata {json} NOT NULL,
             PRIMARY KEY (aggregate_type, aggregate_id, sequence));
         CREATE TABLE snapshots (
             aggregate_type text NOT NULL, aggregate_id text NOT NULL, last_sequence bigint NOT NULL,
             payload {json} NOT NULL, current_snapshot bigint NOT NULL,
             PRIMARY KEY (aggregate_type, aggregate_id, last_sequence));"
    )
}
