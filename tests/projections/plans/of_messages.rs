//! Lists of messages: of a thread, of somebody's threads, of everybody's.

use colloquy::views::{MessageQuery, TranscriptRow};
use projections::Row as _;
use uuid::Uuid;

use super::{
    of_threads::{many_threads, with_and_without_figures},
    *,
};

on_both!(every_list_of_messages_is_found_by_index);

/// Somebody who has twenty threads, of which five have messages.
const SOMEBODY: u128 = 1 << 96;

async fn every_list_of_messages_is_found_by_index(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.exchange(thread(1), "a question", "an answer").await;
    let views = world.caught_up().await;
    many_threads(&world).await;
    many_messages(&world).await;
    let last = views.messages(&MessageQuery::default(), 700, 1).await;
    let last = last.unwrap().pop().unwrap();
    let all = MessageQuery::default;
    let of = Some((Uuid::from_u128(SOMEBODY), "threads"));
    let one = Some(Uuid::from_u128(SOMEBODY));
    for figures in with_and_without_figures(&world) {
        if *figures {
            world.meddle("ANALYZE").await;
        }
        for flagged in [None, Some(false), Some(true)] {
            for replaced in [false, true] {
                let everybodys = MessageQuery {
                    flagged,
                    replaced,
                    ..all()
                };
                // The flagged ones are few: reading all of them is as good as reading them in their order.
                let order = match flagged {
                    Some(true) => "transcript_by_flag_",
                    _ => "transcript_by_order_",
                };
                for plan in views.plans_of_messages(&everybodys, &last).await.unwrap() {
                    by_index(&plan, &everybodys);
                    assert!(plan.contains(order), "{everybodys:?}\n{plan}");
                }
                // A page is read in its order; of a part, only what is shown is sorted.
                let [page, ..] = views.plans_of_messages(&everybodys, &last).await.unwrap();
                assert!(!sorts(&page), "{everybodys:?}\n{page}");
                for few in [
                    MessageQuery {
                        of,
                        ..everybodys.clone()
                    },
                    MessageQuery {
                        thread: one,
                        of,
                        ..everybodys.clone()
                    },
                    MessageQuery {
                        thread: one,
                        ..everybodys.clone()
                    },
                ] {
                    for plan in views.plans_of_messages(&few, &last).await.unwrap() {
                        by_index(&plan, &few);
                        let own = ["transcript_by_place_", "transcript_by_flag_"];
                        let own = own.iter().any(|index| plan.contains(index));
                        assert!(own && !plan.contains("in_order"), "{few:?}\n{plan}");
                        assert!(!plan.contains("transcript_by_order"), "{few:?}\n{plan}");
                        let others = ["creation", "change", "severity", "archive"];
                        let mut others = others.map(|index| format!("thread_list_by_{index}"));
                        assert!(
                            !others.iter_mut().any(|index| plan.contains(&*index)),
                            "{few:?}\n{plan}"
                        );
                    }
                }
            }
        }
    }
    comes_in_its_order(&views, &all()).await;
    let of_somebody = MessageQuery { of, ..all() };
    assert_eq!(comes_in_its_order(&views, &of_somebody).await, 20);
}

/// Nothing is read through from its beginning to its end, but what is in an index in the order that is wanted.
#[track_caller]
fn by_index(plan: &str, query: &MessageQuery) {
    for line in plan.lines() {
        let through = line.contains("Seq Scan on") || line.contains("SCAN transcript");
        let in_order = line.contains("_by_order_") || line.contains("_by_flag_in_order_");
        assert!(!through || in_order, "{query:?}\n{plan}");
        assert!(!line.contains("SCAN thread_list"), "{query:?}\n{plan}");
    }
}

/// The parts of a list, one after the other, are the list; how long it is.
async fn comes_in_its_order(views: &colloquy::views::Views, query: &MessageQuery) -> usize {
    let whole = views.messages(query, 0, 100_000).await.unwrap();
    let place = |row: &TranscriptRow| (row.place, row.created, row.message.clone());
    assert!(whole.is_sorted_by_key(place));
    let mut parts: Vec<TranscriptRow> = vec![];
    loop {
        let part = views
            .messages_after(query, parts.last(), 7_000, 1_000_000)
            .await
            .unwrap();
        if part.is_empty() {
            break;
        }
        parts.extend(part);
    }
    assert_eq!(
        parts.iter().map(place).collect::<Vec<_>>(),
        whole.iter().map(place).collect::<Vec<_>>()
    );
    whole.len()
}

/// Copies of the one question that is there: four in each thread, and one of two hundred is flagged.
async fn many_messages(world: &World) {
    let (series, id) = many(world);
    let columns: Vec<String> = TranscriptRow::TABLE
        .columns
        .iter()
        .map(|column| match column.name {
            "message" => id.replace("{}", "i"),
            "thread" => id.replace("{}", "i / 4"),
            "place" => "1 + i % 4".to_owned(),
            "created" => "i".to_owned(),
            "is_flagged" => "CASE WHEN i % 200 = 0 THEN 1 ELSE 0 END".to_owned(),
            name => format!(r#""{name}""#),
        })
        .collect();
    world
        .meddle(&format!(
            r#"INSERT INTO "transcript" SELECT {} FROM "transcript", {series} WHERE "role" = 'user'"#,
            columns.join(", ")
        ))
        .await;
}
