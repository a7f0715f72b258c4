//! Somebody else's transaction, which holds up whoever wants to write.

use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::support::databases::TestDatabase;

/// Held until it is released.
pub(crate) enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    /// No commit goes through.
    pub(crate) async fn of_the_log(database: &TestDatabase) -> Self {
        Self::take(database, "log.db", "SELECT * FROM log_head FOR UPDATE").await
    }

    /// No draft is written.
    pub(crate) async fn of_the_drafts(database: &TestDatabase) -> Self {
        let table = "LOCK TABLE draft_chunks IN SHARE ROW EXCLUSIVE MODE";
        Self::take(database, "drafts.db", table).await
    }

    async fn take(database: &TestDatabase, file: &str, statement: &str) -> Self {
        match database {
            TestDatabase::Sqlite(dir) => {
                let options = SqliteConnectOptions::new().filename(dir.path().join(file));
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                connection.execute("BEGIN IMMEDIATE").await.unwrap();
                Self::Sqlite(connection)
            }
            TestDatabase::Postgres { .. } => {
                let mut connection = PgConnection::connect(&database.url()).await.unwrap();
                connection.execute("BEGIN").await.unwrap();
                connection.execute(statement).await.unwrap();
                Self::Postgres(connection)
            }
        }
    }

    /// Lets the others write.
    pub(crate) async fn release(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}
