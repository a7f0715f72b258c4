//! Somebody else at the database of the views, beside the server.

use std::path::Path;

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

/// A connection to it, as no part of the program has one.
pub(crate) enum Meddler {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Meddler {
    /// Of views that are a file in this directory.
    pub(crate) async fn in_files(dir: &Path) -> Self {
        let url = format!("sqlite://{}", dir.join("views.db").display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        let patience = connection.execute("PRAGMA busy_timeout = 5000").await;
        patience.unwrap();
        Self::Sqlite(connection)
    }

    /// Of views in this PostgreSQL database.
    pub(crate) async fn at(url: &str) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        let place = connection.execute("SET search_path = views").await;
        place.unwrap();
        Self::Postgres(connection)
    }

    /// Runs these statements; how many rows they have changed.
    pub(crate) async fn run(&mut self, sql: &str) -> u64 {
        match self {
            Self::Sqlite(connection) => connection.execute(sql).await.unwrap().rows_affected(),
            Self::Postgres(connection) => connection.execute(sql).await.unwrap().rows_affected(),
        }
    }

    /// From now on the transcript takes no message `poison`.
    pub(crate) async fn poison(&mut self) {
        let rule = match self {
            Self::Sqlite(_) => {
                r#"CREATE TRIGGER poison BEFORE INSERT ON "transcript" WHEN NEW."text" = 'poison'
                   BEGIN SELECT RAISE(ABORT, 'poison'); END"#
            }
            Self::Postgres(_) => r#"ALTER TABLE "transcript" ADD CHECK ("text" <> 'poison')"#,
        };
        self.run(rule).await;
    }

    /// From now on nothing can be written to `usage`, whatever the event, until it is [cleared](Self::clear).
    pub(crate) async fn obstruct(&mut self) {
        let obstacle = match self {
            Self::Sqlite(_) => {
                r#"CREATE TRIGGER obstacle BEFORE INSERT ON "usage" BEGIN INSERT INTO "nowhere" VALUES (1); END"#
            }
            Self::Postgres(_) => {
                r#"CREATE FUNCTION obstacle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
                   CREATE TRIGGER obstacle BEFORE INSERT ON "usage" FOR EACH ROW EXECUTE FUNCTION obstacle()"#
            }
        };
        self.run(obstacle).await;
    }

    pub(crate) async fn clear(&mut self) {
        let clear = match self {
            Self::Sqlite(_) => "DROP TRIGGER obstacle",
            Self::Postgres(_) => r#"DROP TRIGGER obstacle ON "usage""#,
        };
        self.run(clear).await;
    }

    /// Keeps every projector waiting until it [lets go](Self::let_go).
    pub(crate) async fn hold(&mut self) {
        let hold = match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => r#"BEGIN; SELECT 1 FROM "checkpoints" FOR UPDATE"#,
        };
        self.run(hold).await;
    }

    pub(crate) async fn let_go(&mut self) {
        self.run("ROLLBACK").await;
    }
}
