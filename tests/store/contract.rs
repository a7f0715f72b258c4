//! What every repository of cqrs-es promises: the stock ones over their own schema, and ours.

use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    fixture::{Log, within},
    thing::{Happened, Thing},
};
use crate::support::databases::TestDatabase;

/// An event as the stores make them, with a payload of its own.
fn event(id: &str, sequence: usize, payload: Value) -> SerializedEvent {
    SerializedEvent {
        aggregate_id: id.to_owned(),
        sequence,
        aggregate_type: "thing".to_owned(),
        event_type: "thing.happened".to_owned(),
        event_version: "1".to_owned(),
        payload,
        metadata: json!({"by": "a test"}),
    }
}

fn happened(id: &str, sequence: usize) -> SerializedEvent {
    event(id, sequence, json!({"nth": sequence}))
}

/// Defines each promise for the four repositories.
macro_rules! contract {
    ($(async fn $name:ident($repo:ident: &impl PersistedEventRepository) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn promise($repo: &impl PersistedEventRepository) $body

            #[tokio::test]
            async fn by_stock_sqlite_es() {
                let database = TestDatabase::sqlite();
                let pool = stock::sqlite(&database).await;
                within(promise(&sqlite_es::SqliteEventRepository::new(pool))).await;
            }

            #[tokio::test]
            async fn by_stock_postgres_es() {
                let database = TestDatabase::postgres().await;
                let pool = stock::postgres(&database).await;
                within(promise(&postgres_es::PostgresEventRepository::new(pool.clone()))).await;
                pool.close().await;
            }

            #[tokio::test]
            async fn by_our_log_on_sqlite() {
                let log = Log::on(TestDatabase::sqlite()).await;
                within(promise(&log.store.repo(&log.committer))).await;
            }

            #[tokio::test]
            async fn by_our_log_on_postgres() {
                let log = Log::on(TestDatabase::postgres().await).await;
                within(promise(&log.store.repo(&log.committer))).await;
            }
        }
    )*};
}

contract! {
    async fn what_was_persisted_is_loaded_unchanged(repo: &impl PersistedEventRepository) {
        let payloads = [
            json!({"b": 1, "a": [null, true, -1, 18446744073709551615_u64, 0.1, 1e300]}),
            json!({"text": "é\u{1F600}\u{7f}\n\"\\ \u{2028}", "": {}}),
            json!("only text"),
            json!(42),
            json!([]),
        ];
        let events: Vec<_> = payloads.into_iter().zip(1..).map(|(payload, n)| event("a", n, payload)).collect();
        repo.persist::<Thing>(&events, None).await.unwrap();
        assert_eq!(repo.get_events::<Thing>("a").await.unwrap(), events);
    }

    async fn events_come_in_order_from_where_they_are_asked(repo: &impl PersistedEventRepository) {
        repo.persist::<Thing>(&[happened("a", 1), happened("a", 2)], None).await.unwrap();
        repo.persist::<Thing>(&[happened("b", 1)], None).await.unwrap();
        repo.persist::<Thing>(&[happened("a", 3)], None).await.unwrap();
        let all = [happened("a", 1), happened("a", 2), happened("a", 3)];
        assert_eq!(repo.get_events::<Thing>("a").await.unwrap(), all);
        assert_eq!(repo.get_last_events::<Thing>("a", 1).await.unwrap(), all[1..]);
        assert_eq!(repo.get_last_events::<Thing>("a", 3).await.unwrap(), []);
        assert_eq!(repo.get_events::<Thing>("c").await.unwrap(), []);
    }

    async fn a_taken_sequence_is_a_lock_error_and_leaves_nothing(repo: &impl PersistedEventRepository) {
        repo.persist::<Thing>(&[happened("a", 1), happened("a", 2)], None).await.unwrap();
        let late = repo.persist::<Thing>(&[happened("a", 2), happened("a", 3)], None).await;
        assert!(matches!(late, Err(PersistenceError::OptimisticLockError)), "{late:?}");
        assert_eq!(repo.get_events::<Thing>("a").await.unwrap().len(), 2);
    }

    async fn of_writers_at_the_same_time_one_wins(repo: &impl PersistedEventRepository) {
        for sequence in 1..=5 {
            let events = [happened("a", sequence)];
            let writers = (0..8).map(|_| repo.persist::<Thing>(&events, None));
            let (won, lost): (Vec<_>, Vec<_>) = join_all(writers).await.into_iter().partition(Result::is_ok);
            assert_eq!(won.len(), 1);
            for loser in lost {
                assert!(matches!(loser, Err(PersistenceError::OptimisticLockError)), "{loser:?}");
            }
        }
        assert_eq!(repo.get_events::<Thing>("a").await.unwrap().len(), 5);
    }

    async fn a_stream_replays_in_order(repo: &impl PersistedEventRepository) {
        for sequence in 1..=20 {
            repo.persist::<Thing>(&[happened("a", sequence)], None).await.unwrap();
        }
        let mut stream = repo.stream_events::<Thing>("a").await.unwrap();
        for sequence in 1..=20 {
            let envelope = stream.next::<Thing>(&[]).await.unwrap().unwrap();
            assert_eq!(envelope.payload, Happened { nth: sequence });
            assert_eq!(envelope.sequence as u64, sequence);
        }
        assert!(stream.next::<Thing>(&[]).await.is_none());
    }

    async fn there_is_no_snapshot_that_nobody_wrote(repo: &impl PersistedEventRepository) {
        repo.persist::<Thing>(&[happened("a", 1)], None).await.unwrap();
        assert_eq!(repo.get_snapshot::<Thing>("a").await.unwrap(), None);
    }
}

/// The stock crates' own schemas, as their sources have them.
mod stock {
    use sqlx::{Executor, PgPool, SqlitePool, sqlite::SqlitePoolOptions};

    use super::TestDatabase;

    pub(super) async fn sqlite(database: &TestDatabase) -> SqlitePool {
        let file = database.dir().join("stock.db");
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect(&format!("sqlite://{}?mode=rwc", file.display()))
            .await
            .unwrap();
        pool.execute(schema("integer", "text", "STRICT").as_str())
            .await
            .unwrap();
        pool
    }

    pub(super) async fn postgres(database: &TestDatabase) -> PgPool {
        let pool = PgPool::connect(&database.url()).await.unwrap();
        pool.execute(schema("bigint", "json", "").as_str())
            .await
            .unwrap();
        pool
    }

    fn schema(number: &str, json: &str, end: &str) -> String {
        format!(
            "CREATE TABLE events (
                aggregate_type text NOT NULL, aggregate_id text NOT NULL,
                sequence {number} CHECK (sequence >= 0) NOT NULL,
                event_type text NOT NULL, event_version text NOT NULL,
                payload {json} NOT NULL, metadata {json} NOT NULL,
                PRIMARY KEY (aggregate_type, aggregate_id, sequence)
            ) {end};
            CREATE TABLE snapshots (
                aggregate_type text NOT NULL, aggregate_id text NOT NULL,
                last_sequence {number} CHECK (last_sequence >= 0) NOT NULL,
                current_snapshot {number} CHECK (current_snapshot >= 0) NOT NULL,
                payload {json} NOT NULL,
                PRIMARY KEY (aggregate_type, aggregate_id, last_sequence)
            ) {end};"
        )
    }
}
