//! Threads are counted by their days, and found by them.

use colloquy::{
    projector::rebuild,
    views::{Order, Span, ThreadQuery, ThreadRow, Views},
};

use super::{of_threads::many_threads, *};

on_both!(
    threads_are_counted_and_found_by_their_days,
    a_rebuilt_list_is_counted_anew
);

/// More than may be read over to come to a page.
const THREADS: i64 = 2_400;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Those that staff looks for, in spans that begin and end where days do, and where they do not.
fn asked() -> Vec<ThreadQuery> {
    let everything = ThreadQuery {
        hidden: true,
        ..ThreadQuery::default()
    };
    let mut all = vec![];
    for (from, until) in [
        (None, None),
        (Some(10 * DAY), None),
        (None, Some(300 * DAY)),
        (Some(10 * DAY), Some(400 * DAY)),
        (Some(10 * DAY + HOUR), Some(400 * DAY + 5 * HOUR)),
        (Some(10 * DAY + HOUR), Some(10 * DAY + 9 * HOUR)),
        (Some(10 * DAY + HOUR), Some(11 * DAY + 9 * HOUR)),
        (Some(11 * DAY), Some(10 * DAY)),
        (Some(i64::MIN), Some(i64::MAX)),
    ] {
        let span = Span { from, until };
        all.push(ThreadQuery {
            created: span,
            ..everything.clone()
        });
        all.push(ThreadQuery {
            modified: span,
            ..everything.clone()
        });
    }
    all.push(ThreadQuery {
        created: Span {
            from: Some(3 * DAY),
            until: None,
        },
        modified: Span {
            from: None,
            until: Some(450 * DAY + HOUR),
        },
        ..everything.clone()
    });
    for change in [
        |query: &mut ThreadQuery| query.archived = Some(true),
        |query: &mut ThreadQuery| query.archived = Some(false),
        |query: &mut ThreadQuery| query.flagged = Some(true),
        |query: &mut ThreadQuery| query.flagged = Some(false),
        |query: &mut ThreadQuery| query.severity = Some("high".to_owned()),
        |query: &mut ThreadQuery| query.severity = Some("none".to_owned()),
        |query: &mut ThreadQuery| query.dialect = Some("threads"),
        |query: &mut ThreadQuery| query.dialect = Some("assistant"),
    ] {
        let mut query = everything.clone();
        change(&mut query);
        all.push(query);
    }
    all
}

fn ids(rows: &[ThreadRow]) -> Vec<&str> {
    rows.iter().map(|row| row.thread.as_str()).collect()
}

/// Counts and far pages are what reading everything says.
async fn agree(views: &Views, orders: &[Vec<Order>]) {
    for query in asked() {
        for order in orders {
            let query = ThreadQuery {
                order: order.clone(),
                ..query.clone()
            };
            let all = views.threads(&query, 0, 1 << 20).await.unwrap();
            let count = views.count_threads(&query).await.unwrap();
            assert_eq!(count, all.len() as u64, "{query:?}");
            for offset in [1_001, all.len() / 2, all.len().saturating_sub(7), all.len()] {
                let page = views.threads(&query, offset as u64, 10).await.unwrap();
                let there: Vec<_> = all.iter().skip(offset).take(10).cloned().collect();
                assert_eq!(ids(&page), ids(&there), "{offset} {query:?}");
            }
        }
    }
}

async fn threads_are_counted_and_found_by_their_days(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    many_threads(&world).await;
    world
        .meddle(&format!(
            r#"DELETE FROM "thread_list" WHERE "created" > {THREADS}"#
        ))
        .await;
    // Over two years, three in each moment, changed within the next weeks.
    world
        .meddle(&format!(
            r#"UPDATE "thread_list" SET "created" = "created" / 3 * {HOUR} * 420 / 19,
               "modified" = "created" / 3 * {HOUR} * 420 / 19 + "created" % 20 * {DAY}"#
        ))
        .await;
    let orders = [
        vec![Order::Created],
        vec![Order::ModifiedDescending],
        vec![Order::Modified, Order::CreatedDescending],
    ];
    agree(&views, &orders).await;
    for change in [
        r#"UPDATE "thread_list" SET "is_archived" = 1 - "is_archived" WHERE "created" % 5 = 0"#,
        r#"UPDATE "thread_list" SET "erased" = 1 WHERE "message_count" = 2 AND "created" % 7 = 3"#,
        r#"UPDATE "thread_list" SET "name" = 'another' WHERE "is_flagged" = 1"#,
        r#"UPDATE "thread_list" SET "max_severity" = 'low' WHERE "is_flagged" = 1"#,
        r#"DELETE FROM "thread_list" WHERE "created" % 11 = 1"#,
    ] {
        world.meddle(change).await;
    }
    agree(&views, &[vec![]]).await;
}

async fn a_rebuilt_list_is_counted_anew(database: TestDatabase) {
    let mut world = World::on(database).await;
    let mut last = 0;
    for n in 0..12 {
        last = world.exchange(thread(n % 4), "question", "answer").await;
    }
    let views = world.live().await;
    until(&views, last).await;
    let staff = ThreadQuery {
        hidden: true,
        ..ThreadQuery::default()
    };
    assert_eq!(views.count_threads(&staff).await.unwrap(), 4);
    for threads in 4..7 {
        // Twice: the table that is put in place of another one is in its turn replaced.
        for _ in 0..2 {
            let report = rebuild(&world.store, &views, "thread_list", |_| {}).await;
            assert_eq!(report.unwrap().different, 0);
            assert_eq!(views.count_threads(&staff).await.unwrap(), threads);
        }
        let position = world
            .exchange(thread(threads.into()), "question", "answer")
            .await;
        until(&views, position).await;
        assert_eq!(views.count_threads(&staff).await.unwrap(), threads + 1);
    }
}
