//! A signed log, and a database administrator who may do everything to it.

use colloquy::{
    audit::{
        anchor::Anchor,
        key::{NotaryKey, Trusted},
        origin,
        verify::{Report, verify},
    },
    shutdown::Shutdown,
    subscribers::Notary,
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    store::fixture::{Log, commit, within},
    support::databases::TestDatabase,
};

/// A log with its notary.
pub(crate) struct Record {
    pub(crate) log: Log,
    pub(crate) id: Uuid,
    pub(crate) key: NotaryKey,
    pub(crate) anchor: Anchor,
    _dir: TempDir,
}

/// A key of this log's.
pub(crate) fn key_for(id: Uuid) -> NotaryKey {
    NotaryKey::parse(&NotaryKey::generate(&origin(id)).unwrap()).unwrap()
}

impl Record {
    pub(crate) async fn of(log: Log) -> Self {
        let id = log.store.log_id().await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        Self {
            log,
            id,
            key: key_for(id),
            anchor: Anchor::at(dir.path().join("anchor.jsonl")),
            _dir: dir,
        }
    }

    /// Twenty events of four streams, signed in three steps: up to 5, up to 12 and up to 20.
    pub(crate) async fn signed(log: Log) -> Self {
        let record = Self::of(log).await;
        for (stream, expected, count) in [("a", 0, 5), ("b", 0, 4), ("a", 5, 3), ("c", 0, 8)] {
            record.write(stream, expected, count).await;
            if stream != "b" {
                record.sign().await;
            }
        }
        record
    }

    /// Writes so many events, in commits of at most 50.
    pub(crate) async fn write(&self, stream: &str, expected: u64, count: u64) {
        let mut at = expected;
        while at < expected + count {
            let part = (expected + count - at).min(50);
            self.log.commit(commit(stream, at, part)).await.unwrap();
            at += part;
        }
    }

    pub(crate) fn notary(&self, node: Uuid, key: &NotaryKey, anchor: Option<&Anchor>) -> Notary {
        let store = self.log.store.clone();
        Notary::new(store, self.id, node, key.clone(), anchor.cloned())
    }

    /// The notary signs what there is.
    pub(crate) async fn sign(&self) {
        self.sign_as(&self.key, Some(&self.anchor)).await;
    }

    pub(crate) async fn sign_as(&self, key: &NotaryKey, anchor: Option<&Anchor>) {
        let notary = self.notary(Uuid::from_u128(1), key, anchor);
        let ending = Shutdown::default();
        ending.begin();
        within(notary.run(ending)).await;
    }

    pub(crate) async fn verify(&self) -> Report {
        self.verify_with(Some(&self.anchor)).await
    }

    pub(crate) async fn verify_with(&self, anchor: Option<&Anchor>) -> Report {
        let trusted = Trusted::new(origin(self.id), [self.key.public()]).unwrap();
        within(verify(&self.log.store, &trusted, anchor, |_| {}))
            .await
            .unwrap()
    }

    /// The sentences of what is wrong.
    pub(crate) async fn findings(&self) -> Vec<String> {
        let findings = self.verify().await.findings;
        findings
            .into_iter()
            .map(|finding| finding.sentence)
            .collect()
    }

    /// What somebody does who may do everything: triggers are no obstacle.
    pub(crate) async fn tamper(&self, statements: &[&str]) {
        match &self.log.database {
            TestDatabase::Sqlite(_) => {
                let file = self.log.database.dir().join("log.db");
                let options = SqliteConnectOptions::new().filename(file);
                let mut hand = SqliteConnection::connect_with(&options).await.unwrap();
                for trigger in ["events_are_never_updated", "events_are_never_deleted"] {
                    let drop = format!("DROP TRIGGER IF EXISTS {trigger}");
                    hand.execute(&*drop).await.unwrap();
                }
                for statement in statements {
                    hand.execute(*statement).await.unwrap();
                }
                hand.close().await.unwrap();
            }
            TestDatabase::Postgres { .. } => {
                let mut hand = PgConnection::connect(&self.log.database.url())
                    .await
                    .unwrap();
                hand.execute("ALTER TABLE events DISABLE TRIGGER ALL")
                    .await
                    .unwrap();
                for statement in statements {
                    hand.execute(*statement).await.unwrap();
                }
                hand.close().await.unwrap();
            }
        }
    }

    /// Everything that the notary has kept in the database is gone.
    pub(crate) async fn forget_signatures(&self) {
        self.tamper(&[
            "DELETE FROM notary_tiles",
            "DELETE FROM notary_checkpoints",
            "DELETE FROM subscriptions WHERE name = 'notary'",
        ])
        .await;
    }
}
