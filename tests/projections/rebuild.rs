//! A view made anew, beside the old one.

use colloquy::{
    projector::{Difference, rebuild},
    views::ViewError,
};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    a_rebuilt_view_equals_the_live_one,
    a_rebuild_goes_on_while_people_write,
    a_rebuild_finds_and_mends_what_somebody_has_changed,
    a_rebuild_works_without_a_projector,
    there_is_no_rebuilding_what_there_is_not,
);

async fn a_rebuilt_view_equals_the_live_one(database: TestDatabase) {
    let mut world = World::on(database).await;
    let mut last = 0;
    for n in 0..30 {
        last = world.exchange(thread(n % 5), "question", "answer").await;
    }
    let views = world.live().await;
    until(&views, last).await;
    let before = dump(&views).await;
    for definition in projections::all() {
        let mut done = Vec::new();
        let report = rebuild(&world.store, &views, definition.name(), |progress| {
            done.push(progress.done);
        })
        .await
        .unwrap();
        assert_eq!(report.different, 0, "{definition:?}");
        assert_eq!(report.rows, before[definition.name()].len() as u64);
        assert_eq!(done.last(), Some(&last));
    }
    assert_eq!(dump(&views).await, before);
    // The projector goes on with the new tables.
    let position = world.exchange(thread(1), "more", "answer").await;
    until(&views, position).await;
    let last = views.last_messages(thread(1).0, 2).await.unwrap();
    assert_eq!(last[0].text, "more");
}

async fn a_rebuild_goes_on_while_people_write(database: TestDatabase) {
    let mut world = World::on(database).await;
    for n in 0..20 {
        world.exchange(thread(n), "question", "answer").await;
    }
    let views = world.live().await;
    let (store, beside) = (world.store.clone(), views.clone());
    let rebuilding = async {
        for _ in 0..5 {
            for name in ["transcript", "conversations"] {
                let report = rebuild(&store, &beside, name, |_| {}).await.unwrap();
                assert_eq!(report.different, 0, "{report:?}");
            }
        }
    };
    let writing = async {
        let mut last = 0;
        for n in 0..100 {
            last = world.exchange(thread(n % 7), "question", "answer").await;
        }
        last
    };
    let ((), last) = tokio::join!(rebuilding, writing);
    until(&views, last).await;
    assert_eq!(dump(&views).await["transcript"].len(), 240);
}

async fn a_rebuild_finds_and_mends_what_somebody_has_changed(database: TestDatabase) {
    let mut world = World::on(database).await;
    let (question, turn) = world.say(thread(1), owner(1), "web", "question").await;
    world.answer(thread(1), turn, "answer").await;
    let views = world.caught_up().await;
    let before = dump(&views).await;
    world
        .meddle(&format!(
            r#"UPDATE "transcript" SET "text" = 'forged', "length" = 6 WHERE "message" = '{question}'"#
        ))
        .await;
    world
        .meddle(&format!(
            r#"DELETE FROM "transcript" WHERE "message" = '{turn}'"#
        ))
        .await;
    let report = rebuild(&world.store, &views, "transcript", |_| {})
        .await
        .unwrap();
    assert_eq!(report.different, 2);
    assert_eq!(
        report.first_differences,
        [
            Difference {
                key: question.to_string(),
                columns: vec!["text", "length"]
            },
            Difference {
                key: turn.to_string(),
                columns: vec![]
            }
        ]
    );
    assert_eq!(dump(&views).await, before);
}

async fn a_rebuild_works_without_a_projector(database: TestDatabase) {
    let mut world = World::on(database).await;
    for n in 0..10 {
        world.exchange(thread(n), "question", "answer").await;
    }
    let views = world.views().await;
    let report = rebuild(&world.store, &views, "transcript", |_| {})
        .await
        .unwrap();
    assert_eq!((report.rows, report.different), (20, 0));
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    assert_eq!(dump(&views).await["conversations"].len(), 10);
}

async fn there_is_no_rebuilding_what_there_is_not(database: TestDatabase) {
    let world = World::on(database).await;
    let views = world.views().await;
    let refused = rebuild(&world.store, &views, "transcripts", |_| {}).await;
    assert!(matches!(refused, Err(ViewError::Unknown { .. })));
}
