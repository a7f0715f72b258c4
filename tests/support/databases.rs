//! An empty database for each test.
//!
//! PostgreSQL's are used again: to drop one writes everything to the disk that the server has in memory, and takes longer
//! than most tests. Who uses one has a lock of its number.

use std::path::PathBuf;

use colloquy::{
    config::ServerKey,
    store::{DatabaseUrl, Store, StoreConfig},
};
use sqlx::{Connection, Executor, PgConnection, Row};
use tempfile::TempDir;

/// Where PostgreSQL answers, unless `COLLOQUY_TEST_POSTGRES` says otherwise.
const POSTGRES: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// Any number; the locks of databases are those after it.
const LOCKS: i64 = 0x636f_6c6c_0000;

/// A database of one test.
#[derive(Debug)]
pub(crate) enum TestDatabase {
    Sqlite(TempDir),
    Postgres {
        name: String,
        /// Its lock ends with the connection.
        _lock: PgConnection,
    },
}

impl TestDatabase {
    /// An empty directory.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// An empty database of the test server.
    pub(crate) async fn postgres() -> Self {
        let mut lock = PgConnection::connect(&server()).await.unwrap();
        let mut number = 1;
        while !is_free(&mut lock, number).await {
            number += 1;
        }
        let name = format!("colloquy_test_{number}");
        let known = sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(&name);
        match known.fetch_optional(&mut lock).await.unwrap() {
            None => {
                let create = format!("CREATE DATABASE {name}");
                lock.execute(create.as_str()).await.unwrap();
            }
            Some(_) => {
                // Servers of a test that has ended may still be there, and what it set for all connections.
                let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1";
                let ended = sqlx::query(end).bind(&name).fetch_all(&mut lock).await;
                ended.unwrap();
                let reset = format!("ALTER DATABASE {name} RESET ALL");
                lock.execute(reset.as_str()).await.unwrap();
                empty(&beside(&name)).await;
            }
        }
        Self::Postgres { name, _lock: lock }
    }

    /// What the store has to be told.
    pub(crate) fn config(&self) -> StoreConfig {
        StoreConfig::new(match self {
            Self::Sqlite(dir) => DatabaseUrl::Sqlite {
                dir: dir.path().to_owned(),
            },
            Self::Postgres { .. } => DatabaseUrl::Postgres { url: self.url() },
        })
    }

    /// The same where a server runs on it: with PostgreSQL it has a key.
    pub(crate) fn beside(&self) -> StoreConfig {
        StoreConfig {
            wrapping: match self {
                Self::Sqlite(_) => None,
                Self::Postgres { .. } => Some(ServerKey::new([7; 32])),
            },
            ..self.config()
        }
    }

    /// The same database by way of another local port, as a proxy's.
    pub(crate) fn config_through(&self, port: u16) -> StoreConfig {
        let url = self.url();
        let (base, name) = url.rsplit_once('/').unwrap();
        let user = base.split_once("://").unwrap().1.split_once('@').unwrap().0;
        StoreConfig::new(DatabaseUrl::Postgres {
            url: format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable"),
        })
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> String {
        let url = self.url();
        let (base, _) = url.rsplit_once('/').unwrap();
        base.split_once('@').unwrap().1.to_owned()
    }

    /// An open store on it.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.config()).await.unwrap()
    }

    /// PostgreSQL's URL of it.
    pub(crate) fn url(&self) -> String {
        let Self::Postgres { name, .. } = self else {
            panic!("a SQLite database has no URL")
        };
        beside(name)
    }

    /// SQLite's directory.
    pub(crate) fn dir(&self) -> PathBuf {
        let Self::Sqlite(dir) = self else {
            panic!("a PostgreSQL database has no directory")
        };
        dir.path().to_owned()
    }
}

async fn is_free(lock: &mut PgConnection, number: i64) -> bool {
    let lock_it = sqlx::query("SELECT pg_try_advisory_lock($1)").bind(LOCKS + number);
    lock_it.fetch_one(lock).await.unwrap().get(0)
}

/// Removes everything that somebody has made in a database.
async fn empty(url: &str) {
    let mut hand = PgConnection::connect(url).await.unwrap();
    let made = "SELECT quote_ident(nspname) FROM pg_namespace
                 WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'";
    for row in hand.fetch_all(made).await.unwrap() {
        let schema: String = row.get(0);
        let drop = format!("DROP SCHEMA {schema} CASCADE");
        hand.execute(drop.as_str()).await.unwrap();
    }
    hand.execute("CREATE SCHEMA public").await.unwrap();
    hand.close().await.unwrap();
}

/// The URL of a database of the test server.
fn beside(name: &str) -> String {
    let server = server();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
fn server() -> String {
    std::env::var("COLLOQUY_TEST_POSTGRES").unwrap_or_else(|_| POSTGRES.to_owned())
}
