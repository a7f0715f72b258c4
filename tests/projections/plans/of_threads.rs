//! Lists of threads and of sessions.

use colloquy::views::{Order, SessionQuery, Span, ThreadQuery, UserRow};
use projections::{Kind, Row as _, names};
use uuid::Uuid;

use super::*;

on_both!(
    every_list_of_threads_is_found_by_index,
    what_has_a_rare_name_is_found_by_index,
    what_is_said_in_messages_is_found_by_index,
    sessions_are_found_in_their_order
);

/// So many threads of a thousand people, the one after the other.
pub(super) async fn many_threads(world: &World) {
    let (series, id) = many(world);
    let thread = id.replace("{}", "i");
    let owner = id.replace("{}", "i % 1000");
    world
        .meddle(&format!(
            r#"INSERT INTO "thread_list" SELECT {thread}, {owner}, 'threads', NULL, 1, 'new chat', i, i,
               CASE WHEN i % 100 = 0 THEN 1 ELSE 0 END, 2, CASE WHEN i % 200 = 0 THEN 1 ELSE 0 END,
               CASE WHEN i % 200 = 0 THEN 'high' ELSE 'none' END, '', 0, NULL, NULL FROM {series}"#
        ))
        .await;
    let columns: Vec<String> = UserRow::TABLE
        .columns
        .iter()
        .map(|column| match (column.name, column.kind) {
            (name, _) if name == UserRow::TABLE.key() => thread.clone(),
            ("username_key", _) => "'user' || i".to_owned(),
            _ if column.nullable => "NULL".to_owned(),
            (_, Kind::Text) => "''".to_owned(),
            (_, Kind::Int) => "0".to_owned(),
        })
        .collect();
    world
        .meddle(&format!(
            r#"INSERT INTO "users" SELECT {} FROM {series}"#,
            columns.join(", ")
        ))
        .await;
}

/// What is looked at before the database has any figures, and then when it has them. PostgreSQL gets its own soon after
/// something was written, SQLite never.
pub(super) fn with_and_without_figures(world: &World) -> &'static [bool] {
    match world.database {
        TestDatabase::Sqlite(_) => &[false, true],
        TestDatabase::Postgres { .. } => &[true],
    }
}

/// The filters of this API, of everybody's threads or of somebody's.
fn filtered(query: &ThreadQuery) -> Vec<ThreadQuery> {
    let day = Span {
        from: Some(19_000),
        until: Some(19_100),
    };
    let with = |change: fn(&mut ThreadQuery)| {
        let mut query = query.clone();
        change(&mut query);
        query
    };
    vec![
        query.clone(),
        with(|query| query.archived = Some(true)),
        with(|query| query.archived = Some(false)),
        with(|query| query.flagged = Some(true)),
        with(|query| query.flagged = Some(false)),
        with(|query| query.severity = Some("high".to_owned())),
        with(|query| query.severity = Some("none".to_owned())),
        ThreadQuery {
            created: day,
            ..query.clone()
        },
        ThreadQuery {
            modified: day,
            ..query.clone()
        },
    ]
}

async fn every_list_of_threads_is_found_by_index(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    many_threads(&world).await;
    let everything = ThreadQuery::default();
    let somebody = ThreadQuery {
        owner: Some(Uuid::nil()),
        dialect: Some("threads"),
        ..ThreadQuery::default()
    };
    for figures in with_and_without_figures(&world) {
        if *figures {
            world.meddle("ANALYZE").await;
        }
        for query in filtered(&everything) {
            for order in [
                vec![],
                vec![Order::Created],
                vec![Order::Modified],
                vec![Order::ModifiedDescending],
            ] {
                let query = ThreadQuery {
                    order,
                    ..query.clone()
                };
                let plan = views.plan_of_threads(&query).await.unwrap();
                found_by_index_of("thread_list", &plan, &format!("{query:?}"));
            }
            assert!(views.count_threads(&query).await.unwrap() > 0, "{query:?}");
        }
        // What unnamed ones are called, too, is soon found in any order.
        let named = ThreadQuery {
            text: Some("w ch".to_owned()),
            ..ThreadQuery::default()
        };
        let plan = views.plan_of_threads(&named).await.unwrap();
        assert!(
            plan.contains("thread_list_by_creation") && !sorts(&plan),
            "{plan}"
        );
        let of_somebody = ThreadQuery {
            text: named.text,
            ..somebody.clone()
        };
        for query in filtered(&somebody).into_iter().chain([of_somebody]) {
            for order in [
                vec![],
                vec![Order::Created],
                vec![Order::Modified],
                vec![Order::ModifiedDescending],
                vec![Order::Created, Order::Modified],
            ] {
                let query = ThreadQuery {
                    order,
                    ..query.clone()
                };
                let plan = views.plan_of_threads(&query).await.unwrap();
                looks_at_no_others(&plan, &query);
            }
            let plan = views.plan_of_counting(&query).await.unwrap();
            looks_at_no_others(&plan, &query);
        }
        // The newest, and whatever else has an index of its own order, are read as they are shown.
        for order in [vec![], vec![Order::ModifiedDescending]] {
            for query in [&everything, &somebody] {
                let query = ThreadQuery {
                    order: order.clone(),
                    ..query.clone()
                };
                let plan = views.plan_of_threads(&query).await.unwrap();
                let few = matches!(world.database, TestDatabase::Postgres { .. })
                    && query.owner.is_some();
                assert!(few || !sorts(&plan), "{query:?}\n{plan}");
            }
        }
    }
}

/// Somebody's list takes as long as they have threads, however many others have.
#[track_caller]
fn looks_at_no_others(plan: &str, query: &ThreadQuery) {
    found_by_index_of("thread_list", plan, &format!("{query:?}"));
    assert!(plan.contains("thread_list_by_owner"), "{query:?}\n{plan}");
    for other in ["creation", "change", "severity", "archive"] {
        let other = format!("thread_list_by_{other}");
        assert!(!plan.contains(&other), "{query:?}\n{plan}");
    }
    assert!(!plan.contains("SCAN"), "{query:?}\n{plan}");
}

async fn what_has_a_rare_name_is_found_by_index(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    many_threads(&world).await;
    let (series, id) = many(&world);
    let (thread, rare) = (id.replace("{}", "i"), names::parts("w chalk"));
    let rare = Vec::from_iter(rare).join(" ");
    world
        .meddle(&format!(
            r#"INSERT INTO "names" SELECT {thread}, i, 1,
               CASE WHEN i % 1000 = 7 THEN ' {rare} ' ELSE ' 61x61x61 ' END FROM {series}"#
        ))
        .await;
    world
        .meddle(r#"UPDATE "thread_list" SET "name_key" = 'raw chalk' WHERE "created" % 1000 = 7"#)
        .await;
    let named = |text: &str| ThreadQuery {
        text: Some(text.to_owned()),
        ..ThreadQuery::default()
    };
    for figures in with_and_without_figures(&world) {
        if *figures {
            world.meddle("ANALYZE").await;
        }
        let (together, index) = match world.database {
            TestDatabase::Sqlite(_) => ("MULTI-INDEX OR", "names__words VIRTUAL TABLE INDEX"),
            TestDatabase::Postgres { .. } => ("BitmapOr", "Bitmap Index Scan on names_words_"),
        };
        for query in filtered(&named("W CHalk")) {
            for plan in [
                views.plan_of_threads(&query).await.unwrap(),
                views.plan_of_counting(&query).await.unwrap(),
            ] {
                assert!(plan.contains(together) && plan.contains(index), "{plan}");
                let through = ["Seq Scan", "SCAN thread_list", "SCAN users", "by_creation"];
                assert!(!through.iter().any(|how| plan.contains(how)), "{plan}");
            }
        }
        assert_eq!(views.count_threads(&named("W CHalk")).await.unwrap(), 20);
        // What many are called is soon found in any order; and what is short is in no index.
        for text in ["aaa", "ch"] {
            let plan = views.plan_of_threads(&named(text)).await.unwrap();
            assert!(
                plan.contains("thread_list_by_creation") && !sorts(&plan),
                "{plan}"
            );
        }
    }
}

async fn what_is_said_in_messages_is_found_by_index(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    many_threads(&world).await;
    let (series, id) = many(&world);
    let thread = id.replace("{}", "i");
    world
        .meddle(&format!(
            r#"INSERT INTO "search" SELECT {thread}, {thread}, {thread}, 1, i, i, ' cell ' || (i % 5000) || ' ' FROM {series}"#
        ))
        .await;
    world.meddle("ANALYZE").await;
    let query = ThreadQuery {
        text: Some("cell 777".to_owned()),
        in_messages: true,
        ..ThreadQuery::default()
    };
    let index = match world.database {
        TestDatabase::Sqlite(_) => "search__words VIRTUAL TABLE INDEX",
        TestDatabase::Postgres { .. } => "Bitmap Index Scan on search_words_",
    };
    let plan = views.plan_of_threads(&query).await.unwrap();
    assert!(plan.contains(index), "{plan}");
    let through = ["Seq Scan on thread_list", "SCAN thread_list"];
    assert!(!through.iter().any(|how| plan.contains(how)), "{plan}");
    let found = views.count_threads(&query).await.unwrap();
    assert_eq!(found, u64::from(ROWS / 5000));
}

async fn sessions_are_found_in_their_order(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    let (series, id) = many(&world);
    let session = id.replace("{}", "i");
    let owner = id.replace("{}", "i + 1000");
    world
        .meddle(&format!(
            r#"INSERT INTO "sessions" SELECT {session}, {owner}, i FROM {series}"#
        ))
        .await;
    for figures in with_and_without_figures(&world) {
        if *figures {
            world.meddle("ANALYZE").await;
        }
        let everybodys = views.plan_of_sessions(SessionQuery::default()).await;
        let everybodys = everybodys.unwrap();
        assert!(everybodys.contains("sessions_by_creation"), "{everybodys}");
        assert!(!sorts(&everybodys), "{everybodys}");
        let owner = Some(Uuid::from_u128(1001 << 96));
        let own = views
            .plan_of_sessions(SessionQuery { owner })
            .await
            .unwrap();
        assert!(own.contains("sessions_by_owner"), "{own}");
    }
}
