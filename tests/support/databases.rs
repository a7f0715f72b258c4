//! A fresh database for each test, gone when the test ends.

use std::path::PathBuf;

use colloquy::{
    config::ServerKey,
    store::{DatabaseUrl, Store, StoreConfig},
};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Where PostgreSQL answers, unless `COLLOQUY_TEST_POSTGRES` says otherwise.
const POSTGRES: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// A database of one test.
#[derive(Debug)]
pub(crate) enum TestDatabase {
    Sqlite(TempDir),
    Postgres { name: String },
}

impl TestDatabase {
    /// An empty directory.
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// An empty database of the test server.
    pub(crate) async fn postgres() -> Self {
        let name = format!("colloquy_test_{}", Uuid::now_v7().simple());
        let mut server = PgConnection::connect(&server()).await.unwrap();
        server
            .execute(format!("CREATE DATABASE {name}").as_str())
            .await
            .unwrap();
        server.close().await.unwrap();
        Self::Postgres { name }
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
        let Self::Postgres { name } = self else {
            panic!("a SQLite database has no URL")
        };
        let server = server();
        let (base, _) = server.rsplit_once('/').unwrap();
        format!("{base}/{name}")
    }

    /// SQLite's directory.
    pub(crate) fn dir(&self) -> PathBuf {
        let Self::Sqlite(dir) = self else {
            panic!("a PostgreSQL database has no directory")
        };
        dir.path().to_owned()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Self::Postgres { name } = self else {
            return;
        };
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        // A runtime of its own: the test's may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut server = PgConnection::connect(&server()).await?;
                server.execute(drop.as_str()).await?;
                server.close().await
            })
        });
        // A database left behind fails nobody's test; its name says what it is.
        let _ = dropping.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
fn server() -> String {
    std::env::var("COLLOQUY_TEST_POSTGRES").unwrap_or_else(|_| POSTGRES.to_owned())
}
