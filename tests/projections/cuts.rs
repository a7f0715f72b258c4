//! Messages of a conversation, whole and cut.

use aggregates::thread::{Expired, ThreadCommand};
use colloquy::views::{Kept, Restored, Rewound, Views};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    the_last_messages_come_oldest_first,
    a_running_reply_and_an_empty_failure_are_left_out,
    a_truncation_keeps_the_most_recent_messages,
    a_rewind_hides_a_message_and_all_after_it,
    restoring_shows_everything_again,
    a_truncation_goes_back_beyond_what_is_hidden,
    what_is_known_is_not_counted,
    what_has_expired_does_not_come_back_as_the_last_that_was_said,
    an_erasure_leaves_nothing_to_read,
);

async fn texts(views: &Views, limit: u32) -> Vec<String> {
    let messages = views.last_messages(thread(1).0, limit).await.unwrap();
    messages.into_iter().map(|message| message.text).collect()
}

/// q1 a1 q2 a2 q3 a3 q4 a4
async fn four_exchanges(world: &mut World) {
    for n in 1..=4 {
        world
            .exchange(thread(1), &format!("q{n}"), &format!("a{n}"))
            .await;
    }
}

async fn truncate(world: &mut World, views: &Views, keep: u64) -> Kept {
    let kept = views.keeping(thread(1).0, keep).await.unwrap().unwrap();
    let command = ThreadCommand::Truncate {
        before: kept.before,
        deleted: kept.deleted,
        kept: kept.kept,
        next_index: kept.next_index,
    };
    world.command(thread(1), command).await;
    colloquy::projector::catch_up(&world.store, views)
        .await
        .unwrap();
    kept
}

async fn rewind(world: &mut World, views: &Views, text: &str) -> Rewound {
    let messages = views.last_messages(thread(1).0, 100).await.unwrap();
    let message = messages
        .iter()
        .find(|message| message.text == text)
        .unwrap();
    let id = message.message.parse().unwrap();
    let rewound = views.rewinding(thread(1).0, id).await.unwrap().unwrap();
    let command = ThreadCommand::Rewind {
        from: rewound.from,
        deleted: rewound.deleted,
        tail: rewound.tail,
        next_index: rewound.next_index,
    };
    world.command(thread(1), command).await;
    colloquy::projector::catch_up(&world.store, views)
        .await
        .unwrap();
    rewound
}

async fn restore(world: &mut World, views: &Views) -> Restored {
    let restored = views.restoring(thread(1).0).await.unwrap().unwrap();
    let command = ThreadCommand::Restore {
        restored: restored.restored,
        tail: restored.tail,
        next_index: restored.next_index,
    };
    world.command(thread(1), command).await;
    colloquy::projector::catch_up(&world.store, views)
        .await
        .unwrap();
    restored
}

async fn size(views: &Views) -> (i64, i64) {
    let row = views.conversation(thread(1).0).await.unwrap().unwrap();
    (row.message_count.unwrap(), row.content_length.unwrap())
}

async fn the_last_messages_come_oldest_first(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    assert_eq!(texts(&views, 3).await, ["a3", "q4", "a4"]);
    assert_eq!(texts(&views, 0).await, Vec::<String>::new());
    assert!(
        views
            .last_messages(thread(9).0, 3)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_running_reply_and_an_empty_failure_are_left_out(database: TestDatabase) {
    let mut world = World::on(database).await;
    let (_, turn) = world.say(thread(1), owner(1), "web", "q1").await;
    let fail = |text| ThreadCommand::FailReply(end(turn, text), None, context());
    world.command(thread(1), fail("")).await;
    let (_, turn) = world.say(thread(1), owner(1), "web", "q2").await;
    let views = world.caught_up().await;
    assert_eq!(texts(&views, 10).await, ["q1", "q2"]);
    let reply = views.message(turn.0).await.unwrap().unwrap();
    assert_eq!(reply.status.as_str(), "generating");
}

async fn a_truncation_keeps_the_most_recent_messages(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    let kept = truncate(&mut world, &views, 3).await;
    assert_eq!((kept.before, kept.kept, kept.deleted), (6, 3, 5));
    assert_eq!(texts(&views, 10).await, ["a3", "q4", "a4"]);
    assert_eq!(size(&views).await, (3, 6));

    world.exchange(thread(1), "q5", "a5!").await;
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    assert_eq!(size(&views).await, (5, 11));
    assert_eq!(texts(&views, 4).await, ["q4", "a4", "q5", "a5!"]);

    let kept = truncate(&mut world, &views, 0).await;
    assert_eq!((kept.kept, kept.deleted), (0, 5));
    assert_eq!(size(&views).await, (0, 0));
}

async fn a_rewind_hides_a_message_and_all_after_it(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    let rewound = rewind(&mut world, &views, "q3").await;
    assert_eq!((rewound.from, rewound.deleted), (5, 4));
    let tail = rewound.tail;
    assert_eq!(tail.user.map(|(_, place)| place), Some(3));
    assert_eq!(tail.answer.map(|(_, place)| place), Some(4));
    assert_eq!(texts(&views, 10).await, ["q1", "a1", "q2", "a2"]);

    world.exchange(thread(1), "again", "yes").await;
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    assert_eq!(texts(&views, 3).await, ["a2", "again", "yes"]);
    assert_eq!(size(&views).await, (6, 16));
}

async fn restoring_shows_everything_again(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    rewind(&mut world, &views, "a4").await;
    truncate(&mut world, &views, 2).await;
    assert_eq!(texts(&views, 10).await, ["a3", "q4"]);

    let restored = restore(&mut world, &views).await;
    assert_eq!(restored.restored, 6);
    assert_eq!(restored.tail.answer.map(|(_, place)| place), Some(8));
    assert_eq!(texts(&views, 10).await.len(), 8);
    assert_eq!(size(&views).await, (8, 16));
}

async fn a_truncation_goes_back_beyond_what_is_hidden(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    rewind(&mut world, &views, "q3").await;
    world.exchange(thread(1), "q5", "a5").await;
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    let kept = truncate(&mut world, &views, 4).await;
    assert_eq!((kept.before, kept.kept, kept.deleted), (3, 4, 2));
    assert_eq!(texts(&views, 10).await, ["q2", "a2", "q5", "a5"]);
    assert_eq!(restore(&mut world, &views).await.restored, 6);
    assert_eq!(size(&views).await, (10, 20));
}

async fn what_is_known_is_not_counted(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    truncate(&mut world, &views, 3).await;
    // Who counts these finds none.
    world
        .meddle(r#"UPDATE "transcript" SET "shown" = 0 WHERE "place" <= 5"#)
        .await;
    assert_eq!(restore(&mut world, &views).await.restored, 5);
    assert_eq!(size(&views).await, (8, 16));
    let kept = truncate(&mut world, &views, 2).await;
    assert_eq!((kept.before, kept.kept, kept.deleted), (7, 2, 6));
    assert_eq!(size(&views).await, (2, 4));
}

async fn what_has_expired_does_not_come_back_as_the_last_that_was_said(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let views = world.caught_up().await;
    let all = views.last_messages(thread(1).0, 100).await.unwrap();
    let third = all[4].message.parse().unwrap();
    rewind(&mut world, &views, "q3").await;
    let messages = views.last_messages(thread(1).0, 100).await.unwrap();
    let expired = Expired {
        before: 20_000,
        through: u64::try_from(messages[3].said).unwrap(),
        messages: messages
            .iter()
            .map(|message| message.message.parse().unwrap())
            .collect(),
    };
    world
        .command(thread(1), ThreadCommand::Expire(expired))
        .await;
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    assert_eq!(texts(&views, 10).await, ["", "", "", ""]);
    assert_eq!(size(&views).await, (4, 0));
    let restored = views.restoring(thread(1).0).await.unwrap().unwrap();
    assert_eq!(restored.tail.answer.map(|(_, place)| place), Some(8));
    // Gone back to before what has not expired, there is nothing left that could be answered again.
    let rewound = views.rewinding(thread(1).0, third).await.unwrap().unwrap();
    assert_eq!((rewound.tail.user, rewound.tail.answer), (None, None));
}

async fn an_erasure_leaves_nothing_to_read(database: TestDatabase) {
    let mut world = World::on(database).await;
    four_exchanges(&mut world).await;
    let (question, turn) = world.say(thread(1), owner(1), "web", "q5").await;
    let views = world.caught_up().await;
    world
        .command(thread(1), ThreadCommand::RequestErasure)
        .await;
    world
        .command(
            thread(1),
            ThreadCommand::StopReply(end(turn, "a"), None, context()),
        )
        .await;
    colloquy::projector::catch_up(&world.store, &views)
        .await
        .unwrap();
    assert!(texts(&views, 10).await.is_empty());
    assert_eq!(views.conversation(thread(1).0).await.unwrap(), None);
    assert_eq!(views.message(question.0).await.unwrap(), None);
    assert!(dump(&views).await["transcript"].is_empty());
}
