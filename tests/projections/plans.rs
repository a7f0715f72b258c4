//! How the databases find what lists ask for: by index, however much there is.

use colloquy::views::{MessageQuery, Order, Span, ThreadQuery};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(every_list_of_threads_is_found_by_index);

/// So many rows that a look at the table costs more than one at an index.
const ROWS: u32 = 20_000;

async fn every_list_of_threads_is_found_by_index(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    let (series, id) = match world.database {
        TestDatabase::Sqlite(_) => (
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT i FROM n)"
            ),
            "printf('%08x-0000-0000-0000-000000000000', {})",
        ),
        TestDatabase::Postgres { .. } => (
            format!("(SELECT i::bigint FROM generate_series(1, {ROWS}) i) n"),
            "(lpad(to_hex({}), 8, '0') || '-0000-0000-0000-000000000000')",
        ),
    };
    let thread = id.replace("{}", "i");
    let owner = id.replace("{}", "i % 1000");
    world
        .meddle(&format!(
            r#"INSERT INTO "thread_list" SELECT {thread}, {owner}, 'threads', NULL, 'new chat', i, i,
               CASE WHEN i % 100 = 0 THEN 1 ELSE 0 END, 2, CASE WHEN i % 200 = 0 THEN 1 ELSE 0 END,
               CASE WHEN i % 200 = 0 THEN 'high' ELSE 'none' END, 0 FROM {series}"#
        ))
        .await;
    world.meddle("ANALYZE").await;
    let everything = ThreadQuery::default;
    let somebody = || ThreadQuery {
        owner: Some(Uuid::nil()),
        dialect: Some("threads"),
        ..everything()
    };
    let day = Span {
        from: Some(19_000),
        until: Some(19_100),
    };
    for query in [everything(), somebody()] {
        for query in [
            query.clone(),
            ThreadQuery {
                order: vec![Order::ModifiedDescending],
                ..query.clone()
            },
            ThreadQuery {
                order: vec![Order::Created],
                ..query.clone()
            },
            ThreadQuery {
                archived: Some(true),
                ..query.clone()
            },
            ThreadQuery {
                flagged: Some(true),
                ..query.clone()
            },
            ThreadQuery {
                severity: Some("high".to_owned()),
                ..query.clone()
            },
            ThreadQuery {
                created: day,
                ..query.clone()
            },
            ThreadQuery {
                modified: day,
                ..query.clone()
            },
        ] {
            let plan = views.plan_of_threads(&query).await.unwrap();
            by_index(&plan, &format!("{query:?}"));
            let found = views.count_threads(&query).await.unwrap();
            assert!(found > 0, "{query:?}");
        }
    }
    let messages = MessageQuery {
        thread: Some(Uuid::from_u128(1)),
        ..MessageQuery::default()
    };
    let plan = views.plan_of_messages(&messages).await.unwrap();
    // An empty table is read through by PostgreSQL, whatever there is.
    if matches!(world.database, TestDatabase::Sqlite(_)) {
        assert!(plan.contains("by_place"), "{plan}");
    }
}

#[track_caller]
fn by_index(plan: &str, query: &str) {
    assert!(
        plan.contains("USING INDEX thread_list_")
            || plan.contains("USING COVERING INDEX thread_list_")
            || plan.contains("Index Scan using thread_list_")
            || plan.contains("Index Scan Backward using thread_list_")
            || plan.contains("Bitmap Index Scan on thread_list_"),
        "{query}\n{plan}"
    );
    assert!(!plan.contains("Seq Scan"), "{query}\n{plan}");
}
