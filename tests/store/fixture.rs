//! A store with a committer on it, and commits to give it.

use std::time::Duration;

use colloquy::{
    shutdown::Shutdown,
    store::{Bell, Commit, CommitError, Committed, Committer, NewEvent, Store, StoreConfig},
};
use uuid::Uuid;

use crate::support::{bucket::Bucket, databases::TestDatabase};

/// An open store; the database goes with it.
pub(crate) struct Log {
    pub(crate) store: Store,
    pub(crate) committer: Committer,
    pub(crate) bell: Bell,
    pub(crate) shutdown: Shutdown,
    pub(crate) database: TestDatabase,
    /// Where attachments are, when that is not the database.
    pub(crate) bucket: Option<Bucket>,
}

impl Log {
    pub(crate) async fn on(database: TestDatabase) -> Self {
        Self::with(database, None).await
    }

    /// With attachments in a bucket.
    pub(crate) async fn with(database: TestDatabase, bucket: Option<Bucket>) -> Self {
        let store = Store::open(&config(&database, bucket.as_ref())).await;
        let store = store.unwrap();
        let (bell, shutdown) = (Bell::new(), Shutdown::default());
        Self {
            committer: Committer::start(store.clone(), bell.clone(), &shutdown),
            store,
            bell,
            shutdown,
            database,
            bucket,
        }
    }

    /// Another store of it, as another process has.
    pub(crate) async fn again(&self) -> Store {
        let config = config(&self.database, self.bucket.as_ref());
        Store::open(&config).await.unwrap()
    }

    /// Another committer with its own connections, as another process has.
    pub(crate) async fn neighbour(&self) -> Committer {
        Committer::start(self.database.store().await, Bell::new(), &self.shutdown)
    }

    pub(crate) async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        within(self.committer.commit(commit)).await
    }
}

/// What stores of it are told.
fn config(database: &TestDatabase, bucket: Option<&Bucket>) -> StoreConfig {
    StoreConfig {
        bucket: bucket.map(Bucket::config),
        ..database.config()
    }
}

/// Submits all at once, so in one batch; the outcomes in the same order.
pub(crate) async fn together(
    committer: &Committer,
    commits: impl IntoIterator<Item = Commit>,
) -> Vec<Result<Committed, CommitError>> {
    let pending: Vec<_> = commits
        .into_iter()
        .map(|commit| committer.try_slot().unwrap().submit(commit))
        .collect();
    within(futures_util::future::join_all(pending)).await
}

/// A commit of `count` events to the stream `id`.
pub(crate) fn commit(id: &str, expected: u64, count: u64) -> Commit {
    Commit {
        command_id: Uuid::now_v7(),
        fingerprint: None,
        aggregate_type: "thing",
        aggregate_id: id.to_owned(),
        expected,
        epoch: 0,
        events: (1..=count)
            .map(|nth| NewEvent {
                event_type: "thing.happened".to_owned(),
                event_version: "1".to_owned(),
                payload: format!(r#"{{"nth": {}}}"#, expected + nth),
            })
            .collect(),
        metadata: r#"{"by":"a test"}"#.to_owned(),
        reserve: vec![],
        release: vec![],
        turns: vec![],
    }
}

/// Nothing here takes this long; a test that would hang fails instead.
pub(crate) async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), work)
        .await
        .expect("this did not end within 30 s")
}

/// Defines the test on both databases. One thread: what is submitted without waiting in between is
/// in one batch, because the committer cannot run before.
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($log:ident: Log) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn promise($log: Log) $body

            $(#[$attribute])*
            #[tokio::test]
            async fn on_sqlite() {
                let database = crate::support::databases::TestDatabase::sqlite();
                promise(Log::on(database).await).await;
            }

            $(#[$attribute])*
            #[tokio::test]
            async fn on_postgres() {
                let database = crate::support::databases::TestDatabase::postgres().await;
                promise(Log::on(database).await).await;
            }
        }
    )*};
}
pub(crate) use on_both;
