//! How the databases find what lists ask for: by index, however much there is.

mod of_days;
mod of_messages;
mod of_threads;
mod of_trails;

use colloquy::views::{CaseCursor, CaseOrder, CaseQuery, CaseState, PassageQuery};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    the_queue_of_cases_is_found_by_index,
    passages_are_found_without_a_look_at_anothers
);

/// So many rows that a look at the table costs more than one at an index.
const ROWS: u32 = 20_000;

async fn the_queue_of_cases_is_found_by_index(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    let (series, id) = many(&world);
    let case = id.replace("{}", "i");
    let thread = id.replace("{}", "i / 2");
    world
        .meddle(&format!(
            r#"INSERT INTO "cases" SELECT {case}, {thread}, NULL, 'input', 'low', i % 5, 1, '[]', 'flag', '[]', '', i,
               CASE WHEN i % 100 = 0 THEN 'open' WHEN i % 100 = 1 THEN 'claimed' ELSE 'decided' END,
               CASE WHEN i % 100 = 1 THEN {case} END, CASE WHEN i % 100 = 1 THEN i END, NULL, NULL, NULL, NULL,
               NULL, 0, 0, '[]', '[]', NULL FROM {series}"#
        ))
        .await;
    world.meddle("ANALYZE").await;
    let everything = CaseQuery::default;
    let mut all = vec![
        CaseQuery {
            state: Some(CaseState::Appealed),
            ..everything()
        },
        CaseQuery {
            rank: Some(4),
            ..everything()
        },
        CaseQuery {
            assignee: Some(Uuid::from_u128(1)),
            ..everything()
        },
    ];
    for order in [CaseOrder::Worst, CaseOrder::Oldest, CaseOrder::Newest] {
        all.push(CaseQuery {
            order,
            ..everything()
        });
    }
    for severity in [None, Some(3)] {
        for state in [CaseState::Open, CaseState::Claimed, CaseState::Decided] {
            all.push(CaseQuery {
                state: Some(state),
                min_rank: severity,
                ..everything()
            });
        }
    }
    for order in [CaseOrder::Oldest, CaseOrder::Newest] {
        all.push(CaseQuery {
            state: Some(CaseState::Open),
            order,
            ..everything()
        });
    }
    let rows = views.cases(&everything(), None, 500).await.unwrap();
    let later = rows.last().and_then(CaseCursor::after);
    for query in all {
        for after in [None, later.as_ref()] {
            for plan in views.plans_of_cases(&query, after).await.unwrap() {
                // What one moderator has claimed is few, and may be sorted.
                match query.assignee {
                    Some(_) => found_by_index_of("cases", &plan, &format!("{query:?}")),
                    None => found_in_order(&plan, &format!("{query:?}")),
                }
            }
        }
    }
    for after in [None, later.as_ref()] {
        for plan in views.plans_of_next_cases(after).await.unwrap() {
            assert!(plan.contains("cases_by_"), "{plan}");
            assert!(!sorts(&plan), "{plan}");
        }
    }
}

/// By an index of the cases, which has them in their order.
#[track_caller]
fn found_in_order(plan: &str, query: &str) {
    found_by_index_of("cases", plan, query);
    assert!(!sorts(plan), "{query}\n{plan}");
}

fn sorts(plan: &str) -> bool {
    plan.contains("Sort") || plan.contains("TEMP B-TREE")
}

async fn passages_are_found_without_a_look_at_anothers(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    let (series, id) = many(&world);
    let ingest = id.replace("{}", "i");
    let session = id.replace("{}", "i % 1000");
    let institution = "CASE WHEN i % 2 = 0 THEN 'north' ELSE 'south' END";
    world
        .meddle(&format!(
            r#"INSERT INTO "ingests" SELECT {ingest}, {session}, {session}, 'f', 'text/plain', 1, {institution}, 'completed', 1,
               NULL, NULL, i, i FROM {series}"#
        ))
        .await;
    world
        .meddle(&format!(
            r#"INSERT INTO "chunks" SELECT {ingest} || ':0', {ingest}, 0, NULL, NULL, 't', ' cell ' || (i % 7) || ' ',
               NULL, NULL FROM {series}"#
        ))
        .await;
    world.meddle("ANALYZE").await;
    let everything = PassageQuery {
        session: Uuid::from_u128(1 << 96),
        owner: Uuid::from_u128(1 << 96),
        institution: None,
        embedder: Some("up/m".to_owned()),
    };
    let of_one = PassageQuery {
        institution: Some("south".to_owned()),
        ..everything.clone()
    };
    let of_none = PassageQuery {
        institution: Some("north".to_owned()),
        ..everything.clone()
    };
    let of_another = PassageQuery {
        owner: Uuid::from_u128(2 << 96),
        ..everything.clone()
    };
    let each = i64::from(ROWS) / 1000;
    for (query, found) in [
        (everything, each),
        (of_one, each),
        (of_none, 0),
        (of_another, 0),
    ] {
        let plan = views.passages_plan(&query).await.unwrap().join("\n");
        for index in ["by_session", "by_ingest"] {
            assert!(plan.contains(index), "{query:?}: {plan}");
        }
        let mut passages = 0;
        views.passages(&query, |_| passages += 1).await.unwrap();
        assert_eq!(passages, found, "{query:?}");
    }
}

/// A series of numbers, and what makes an id of each.
fn many(world: &World) -> (String, &'static str) {
    match world.database {
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
    }
}

#[track_caller]
fn found_by_index_of(table: &str, plan: &str, query: &str) {
    let uses = |how: &str| plan.contains(&format!("{how} {table}_"));
    let ways = [
        "USING INDEX",
        "USING COVERING INDEX",
        "Index Scan using",
        "Index Scan Backward using",
        "Bitmap Index Scan on",
    ];
    assert!(ways.into_iter().any(uses), "{query}\n{plan}");
    assert!(!plan.contains("Seq Scan"), "{query}\n{plan}");
}
