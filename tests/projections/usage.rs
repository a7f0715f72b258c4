//! What was used.

use aggregates::thread::ThreadCommand;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(usage_adds_up_over_an_owners_conversations_and_survives_erasure);

async fn usage_adds_up_over_an_owners_conversations_and_survives_erasure(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.exchange(thread(1), "?", "!").await;
    world.exchange(thread(2), "?", "!").await;
    let (_, turn) = world.say(thread(3), owner(2), "web", "?").await;
    world.answer(thread(3), turn, "!").await;
    world
        .command(thread(2), ThreadCommand::RequestErasure)
        .await;
    let views = world.caught_up().await;

    let used = views.usage(owner(1).0, 0, i64::MAX).await.unwrap();
    assert_eq!(used.len(), 1);
    assert_eq!(
        (
            used[0].turns,
            used[0].prompt_tokens,
            used[0].completion_tokens
        ),
        (2, 20, 6)
    );
    assert_eq!(used[0].provider, "echo");
    let later = used[0].day + 1;
    assert!(
        views
            .usage(owner(1).0, later, i64::MAX)
            .await
            .unwrap()
            .is_empty()
    );
}
