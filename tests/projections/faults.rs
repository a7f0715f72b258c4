//! Events that a view cannot take.

use colloquy::store::NewEvent;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    an_event_that_a_view_refuses_is_noted_and_all_others_take_effect,
    an_event_that_cannot_be_read_is_noted_and_all_others_take_effect,
);

async fn an_event_that_a_view_refuses_is_noted_and_all_others_take_effect(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    world.meddler().await.poison().await;
    for n in 1..=9 {
        let question = if n == 4 { "poison" } else { "question" };
        world.exchange(thread(n), question, "answer").await;
    }
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();

    let (count, faults) = views.faults().await.unwrap();
    assert_eq!(count, 1);
    assert_eq!(faults[0].projection, "transcript");
    assert_eq!(faults[0].event_type, "message.sent");
    assert_eq!(faults[0].aggregate_id, thread(4).to_string());
    assert_eq!(views.position(), world.store.head().await.unwrap());
    let rows = dump(&views).await;
    assert_eq!(rows["transcript"].len(), 17);
    // The other views took the event.
    let conversation = views.conversation(thread(4).0).await.unwrap().unwrap();
    assert_eq!(conversation.message_count, Some(2));
}

async fn an_event_that_cannot_be_read_is_noted_and_all_others_take_effect(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.exchange(thread(1), "before", "!").await;
    let unheard = NewEvent {
        event_type: "thread.unheard_of".to_owned(),
        event_version: "1".to_owned(),
        payload: r#"{"thread.unheard_of":{}}"#.to_owned(),
    };
    let position = world
        .record("thread", &thread(2).to_string(), vec![unheard])
        .await;
    world.exchange(thread(3), "after", "!").await;
    let views = world.caught_up().await;
    let (count, faults) = views.faults().await.unwrap();
    assert_eq!(count, 1);
    assert_eq!(faults[0].position, position);
    assert_eq!(faults[0].projection, "*");
    assert_eq!(faults[0].event_type, "thread.unheard_of");
    assert_eq!(dump(&views).await["transcript"].len(), 4);
}
