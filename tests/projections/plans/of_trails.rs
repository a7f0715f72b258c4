//! The trail of one conversation: it takes as long as there is of it, however much else is in the log.

use std::path::Path;

use aggregates::{ThreadId, case::SaidIn};
use colloquy::store::EventFilter;
use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};

use super::*;

on_both!(a_threads_trail_is_found_by_the_key_of_its_stream);

async fn a_threads_trail_is_found_by_the_key_of_its_stream(database: TestDatabase) {
    let world = World::on(database).await;
    let (series, id) = many(&world);
    let of = id.replace("{}", "i % 40");
    let fill = format!(
        "INSERT INTO events SELECT 'thread', {of}, i, 'message.sent', '1', '{{}}', '{{}}', i, i FROM {series}"
    );
    let with_readings = EventFilter {
        said_in: Some(SaidIn::Thread(ThreadId(Uuid::from_u128(1 << 96)))),
        ..EventFilter::default()
    };
    let without = EventFilter {
        types: vec!["message.sent".to_owned()],
        ..with_readings.clone()
    };
    let statements = [with_readings, without].map(|filter| world.store.statement_of_trail(&filter));
    let (plans, key, order) = match &world.database {
        TestDatabase::Sqlite(dir) => (
            on_sqlite(dir.path(), &fill, &statements).await,
            "(aggregate_type=? AND aggregate_id=?)",
            "sqlite_autoindex_events_1",
        ),
        TestDatabase::Postgres { .. } => (
            on_postgres(&world.database.url(), &fill, &statements).await,
            "events_pkey",
            "events_global_position_key",
        ),
    };
    for plan in plans {
        assert!(plan.contains(key) && !plan.contains(order), "{plan}");
    }
}

/// How SQLite reads a log that was filled so.
async fn on_sqlite(dir: &Path, fill: &str, statements: &[&str]) -> Vec<String> {
    let url = format!("sqlite://{}", dir.join("log.db").display());
    let mut hand = SqliteConnection::connect(&url).await.unwrap();
    for sql in ["PRAGMA busy_timeout = 5000", fill, "ANALYZE"] {
        hand.execute(sql).await.unwrap();
    }
    let mut plans = vec![];
    for statement in statements {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let rows = hand.fetch_all(explain.as_str()).await.unwrap();
        let lines = rows.iter().map(|row| row.get::<String, _>("detail"));
        plans.push(lines.collect::<Vec<_>>().join("\n"));
    }
    plans
}

/// The same of PostgreSQL: with a plan for the very values, and with one for all, as from the sixth time on.
async fn on_postgres(url: &str, fill: &str, statements: &[&str]) -> Vec<String> {
    let mut hand = PgConnection::connect(url).await.unwrap();
    for sql in [fill, "ANALYZE events"] {
        hand.execute(sql).await.unwrap();
    }
    let id = Uuid::from_u128(1 << 96);
    let explain = format!(
        "EXPLAIN EXECUTE trail (0, {ROWS}, '{{message.sent}}', '{id}', NULL, NULL, NULL, 200, 'thread')"
    );
    let mut plans = vec![];
    for statement in statements {
        let prepare = format!(
            "PREPARE trail (bigint, bigint, text[], text, text, bigint, bigint, bigint, text) AS {statement}"
        );
        hand.execute(prepare.as_str()).await.unwrap();
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let set = format!("SET plan_cache_mode = {mode}");
            hand.execute(set.as_str()).await.unwrap();
            let rows = hand.fetch_all(explain.as_str()).await.unwrap();
            let lines = rows.iter().map(|row| row.get::<String, _>(0));
            plans.push(lines.collect::<Vec<_>>().join("\n"));
        }
        hand.execute("DEALLOCATE trail").await.unwrap();
    }
    plans
}
