//! `colloquy migrate`: where there is nothing, where nothing is to be done, on an older version's log, and on a newer one's.

use std::{fs, path::PathBuf};

use aggregates::{ingest::Ingest, thread::Route};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, migrate::Migrator};

use super::on_both_databases;
use crate::support::{databases::TestDatabase, server::Server};

/// How many of the schema's files the older version had.
const OLDER: usize = 4;
/// What it had recorded.
const RECORDED: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
    metadata, global_position, recorded_at) VALUES ('thread', '01890000-0000-7000-8000-000000000001', 1, \
    'thread.archived', '1', '{\"thread.archived\":{}}', '{}', 1, 1); \
    UPDATE log_head SET position = 1, recorded_at = 1";
/// The schema's file that drops snapshots which do not know whose vectors there are.
const OF_VECTORS: &str = "0026_ingests.sql";
/// A document whose passage has a vector, and its snapshot of before; and the snapshot of one that has none.
const LOOKED_THROUGH: &str = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
    metadata, global_position, recorded_at) VALUES ('ingest', '01890000-0000-7000-8000-000000000001', 1, \
    'ingest.embedded', '1', '{\"ingest.embedded\":{\"first\":0,\"route\":{\"provider\":\"up\",\"model\":\"m\"},\"vectors\":[\"\"],\
    \"usage\":{\"prompt_tokens\":1,\"completion_tokens\":0,\"estimated\":false}}}', '{}', 1, 1); \
    UPDATE log_head SET position = 1, recorded_at = 1; \
    INSERT INTO snapshots (aggregate_type, aggregate_id, last_sequence, current_snapshot, payload) VALUES \
    ('ingest', '01890000-0000-7000-8000-000000000001', 1, 1, '{\"stage\":\"completed\",\"owner\":null,\
    \"session\":null,\"parser\":\"1\",\"chunks\":1,\"embedded\":1}'), \
    ('ingest', '01890000-0000-7000-8000-000000000002', 7, 1, '{\"stage\":\"completed\",\"owner\":null,\
    \"session\":null,\"parser\":\"1\",\"chunks\":3,\"embedded\":0}')";
/// What this version has never heard of.
const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
    SELECT 9999, 'of tomorrow', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";

async fn journey(database: TestDatabase) {
    let made = migrate(&database).await.unwrap();
    assert_eq!(
        made,
        "the schema is up to date; the log ends at position 0\n"
    );
    let versions = Log::of(&database).await.versions().await;
    assert_eq!(versions.len(), files(&database).len());
    assert_eq!(migrate(&database).await.unwrap(), made, "nothing to do");
    let mut log = Log::of(&database).await;
    assert_eq!(log.versions().await, versions);

    log.run(NEWER).await;
    let refused = migrate(&database).await.unwrap_err();
    for told in ["newer version of colloquy", "9999"] {
        assert!(refused.contains(told), "{refused}");
    }
}

async fn an_older_versions_log(database: TestDatabase) {
    let mut log = Log::made_by(&files(&database)[..OLDER], &database).await;
    log.run(RECORDED).await;

    assert_eq!(
        migrate(&database).await.unwrap(),
        "the schema is up to date; the log ends at position 1\n"
    );
    assert_eq!(log.versions().await.len(), files(&database).len());
    // And all goes on from there.
    let server = Server::start(database, &[]).await;
    let alice = server.user("alice").await;
    let said = alice.say(&alice.conversation(1), "hello").await;
    assert_eq!(said.status, 200, "{}", said.body);
    let events = server.store().await.read_after(0, 2).await.unwrap();
    assert_eq!(events[0].payload, r#"{"thread.archived":{}}"#);
    assert_eq!((events[0].position, events[1].position), (1, 2));
    let faults = alice.get("/readyz").await.body["projector"]["faults"].clone();
    assert_eq!(faults, 0);
}

/// Nobody is asked for vectors that are there.
async fn an_older_versions_documents(database: TestDatabase) {
    let files = files(&database);
    let before = files.iter().position(|file| file.ends_with(OF_VECTORS));
    let mut log = Log::made_by(&files[..before.unwrap()], &database).await;
    log.run(LOOKED_THROUGH).await;

    migrate(&database).await.unwrap();
    let store = database.store().await;
    let document = async |number: u32| {
        let id = format!("01890000-0000-7000-8000-{number:012}");
        store.load::<Ingest>(&id).await.unwrap()
    };
    let route = Route {
        provider: "up".to_owned(),
        model: "m".to_owned(),
    };
    let (with_vectors, sequence) = document(1).await;
    assert_eq!((with_vectors.embedded_by(&route), sequence), (1, 1));
    let (without, sequence) = document(2).await;
    assert_eq!(
        (without.chunks(), sequence),
        (3, 7),
        "its snapshot is right"
    );
}

async fn migrate(database: &TestDatabase) -> Result<String, String> {
    Server::command_on(database, &[], &["migrate"]).await
}

/// The schema's, oldest first.
fn files(database: &TestDatabase) -> Vec<PathBuf> {
    let name = match database {
        TestDatabase::Sqlite(_) => "sqlite",
        TestDatabase::Postgres { .. } => "postgres",
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = fs::read_dir(PathBuf::from(folder).join(name)).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The log's database, as no part of the program has it.
enum Log {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Log {
    async fn of(database: &TestDatabase) -> Self {
        match database {
            TestDatabase::Sqlite(dir) => {
                let url = format!("sqlite://{}/log.db?mode=rwc", dir.path().display());
                Self::Sqlite(SqliteConnection::connect(&url).await.unwrap())
            }
            TestDatabase::Postgres { .. } => {
                Self::Postgres(PgConnection::connect(&database.url()).await.unwrap())
            }
        }
    }

    /// As a version has left it that had these files of the schema.
    async fn made_by(files: &[PathBuf], database: &TestDatabase) -> Self {
        let place = tempfile::tempdir().unwrap();
        for file in files {
            fs::copy(file, place.path().join(file.file_name().unwrap())).unwrap();
        }
        let older = Migrator::new(place.path()).await.unwrap();
        let mut log = Self::of(database).await;
        log.migrate(&older).await;
        log
    }

    async fn migrate(&mut self, migrator: &Migrator) {
        let migrated = match self {
            Self::Sqlite(connection) => migrator.run(connection).await,
            Self::Postgres(connection) => migrator.run(connection).await,
        };
        migrated.unwrap();
    }

    async fn run(&mut self, sql: &str) {
        let done = match self {
            Self::Sqlite(connection) => connection.execute(sql).await.map(|_| ()),
            Self::Postgres(connection) => connection.execute(sql).await.map(|_| ()),
        };
        done.unwrap();
    }

    /// What has been applied to it, and when.
    async fn versions(&mut self) -> Vec<(i64, String)> {
        let sql = "SELECT version, CAST(installed_on AS text) AS installed FROM _sqlx_migrations ORDER BY version";
        let versions = match self {
            Self::Sqlite(connection) => sqlx::query_as(sql).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_as(sql).fetch_all(connection).await,
        };
        versions.unwrap()
    }
}

on_both_databases!(journey);

mod on_an_older_versions_log {
    use super::*;
    on_both_databases!(an_older_versions_log);
}

mod on_an_older_versions_documents {
    use super::*;
    on_both_databases!(an_older_versions_documents);
}
