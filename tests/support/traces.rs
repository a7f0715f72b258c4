//! What is left of something that was said: every byte of every file, every text of every table.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rand::RngExt;
use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};

use super::{client::eventually_within, databases::TestDatabase, server::Server};

/// Longer than an erasure takes, even beside other tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where everything is, and how to look at all of it.
pub(crate) struct Traces {
    data: PathBuf,
    url: Option<String>,
}

impl Traces {
    /// Of a server that is to start on this database.
    pub(crate) fn of(database: &TestDatabase) -> Self {
        match database {
            TestDatabase::Sqlite(_) => Self {
                data: database.dir(),
                url: None,
            },
            // Where its server keeps files is known when it runs; see [`Self::beside`].
            TestDatabase::Postgres { .. } => Self {
                data: PathBuf::new(),
                url: Some(database.url()),
            },
        }
    }

    /// The same, with what this server keeps in its directory beside a database.
    pub(crate) fn beside(mut self, server: &Server) -> Self {
        self.data = server.data().to_owned();
        self
    }

    /// Of what lies in this directory.
    pub(crate) fn in_directory(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            url: None,
        }
    }

    /// Waits until so many erasures are confirmed.
    pub(crate) async fn receipts(&self, wanted: i64) {
        self.recorded("erasure.confirmed", wanted).await;
    }

    /// Waits until so many events of this sort are recorded.
    pub(crate) async fn recorded(&self, event_type: &str, wanted: i64) {
        let count = format!("SELECT count(*) FROM events WHERE event_type = '{event_type}'");
        eventually_within(PATIENCE, async || self.number(&count).await >= wanted).await;
    }

    /// What a query counts.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        match &self.url {
            None => {
                let url = format!("sqlite:{}", self.data.join("log.db").display());
                let mut hand = SqliteConnection::connect(&url).await.unwrap();
                let number = hand.fetch_one(sql).await.unwrap().get(0);
                hand.close().await.unwrap();
                number
            }
            Some(url) => {
                let mut hand = PgConnection::connect(url).await.unwrap();
                hand.fetch_one(sql).await.unwrap().get(0)
            }
        }
    }

    /// Changes something by hand.
    pub(crate) async fn change(&self, sql: &str) {
        match &self.url {
            None => {
                let url = format!("sqlite:{}", self.data.join("log.db").display());
                let mut hand = SqliteConnection::connect(&url).await.unwrap();
                hand.execute(sql).await.unwrap();
                hand.close().await.unwrap();
            }
            Some(url) => {
                let mut hand = PgConnection::connect(url).await.unwrap();
                hand.execute(sql).await.unwrap();
            }
        }
    }

    /// The beginning of each blob as it stands in the database, oldest first: no other begins so.
    pub(crate) async fn blobs(&self) -> Vec<Vec<u8>> {
        let sql = "SELECT substr(bytes, 1, 24) FROM blobs ORDER BY written_at";
        match &self.url {
            None => {
                let url = format!("sqlite:{}", self.data.join("log.db").display());
                let mut hand = SqliteConnection::connect(&url).await.unwrap();
                let rows = hand.fetch_all(sql).await.unwrap();
                hand.close().await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Some(url) => {
                let mut hand = PgConnection::connect(url).await.unwrap();
                let rows = hand.fetch_all(sql).await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// Waits until `marker` is somewhere: a page may be on its way from one file to another while both are read.
    pub(crate) async fn appears(&self, marker: &str) {
        eventually_within(PATIENCE, async || !self.holding(marker).await.is_empty()).await;
    }

    /// The files and tables that hold `marker` somewhere.
    pub(crate) async fn holding(&self, marker: &str) -> Vec<String> {
        self.places(marker.as_bytes(), marker).await
    }

    /// The same of bytes that are no text.
    pub(crate) async fn holding_bytes(&self, bytes: &[u8]) -> Vec<String> {
        self.places(bytes, &hex(bytes)).await
    }

    /// Whether a fresh dump of PostgreSQL's has `marker` in it, in whatever column.
    pub(crate) async fn is_dumped(&self, marker: &str) -> bool {
        let Some(url) = &self.url else {
            return false;
        };
        let dump = tokio::process::Command::new(program("pg_dump"))
            .args(["--dbname", url])
            .output();
        let dump = dump.await.unwrap();
        let said = String::from_utf8_lossy(&dump.stderr);
        assert!(dump.status.success(), "pg_dump: {said}");
        let dump = String::from_utf8(dump.stdout).unwrap();
        assert!(dump.contains("COPY public.events"), "a dump has the events");
        dump.contains(marker) || dump.contains(&hex(marker.as_bytes()))
    }

    /// Files by their bytes, tables by how their rows are shown: bytes as hexadecimal digits.
    async fn places(&self, bytes: &[u8], marker: &str) -> Vec<String> {
        let mut found = vec![];
        if !self.data.as_os_str().is_empty() {
            files(&self.data, bytes, &mut found);
        }
        let hex = hex(bytes);
        if let Some(url) = &self.url {
            let mut hand = PgConnection::connect(url).await.unwrap();
            let tables =
                "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
                           WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'";
            for row in hand.fetch_all(tables).await.unwrap() {
                let table: String = row.get(0);
                let sql = format!(
                    "SELECT count(*) FROM {table} AS t
                      WHERE t::text LIKE '%{marker}%' OR t::text LIKE '%{hex}%'"
                );
                if hand.fetch_one(sql.as_str()).await.unwrap().get::<i64, _>(0) > 0 {
                    found.push(table);
                }
            }
        }
        found
    }
}

/// Every file under `dir` that has these bytes in it.
fn files(dir: &Path, bytes: &[u8], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, bytes, found);
        } else if let Ok(content) = std::fs::read(&path)
            && content.windows(bytes.len()).any(|window| window == bytes)
        {
            found.push(path.display().to_string());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One of PostgreSQL's programs: distributions keep some off the PATH.
pub(crate) fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|program| program.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| name.into())
}

/// A word that is nowhere else.
pub(crate) fn marker() -> String {
    format!("marker{:016x}", rand::rng().random::<u64>())
}
