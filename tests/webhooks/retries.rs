//! What is tried again, given up, and told once more.

use std::time::Duration;

use aggregates::webhook::WebhookCommand;
use colloquy::store::DeliveryState;

use super::{
    takes,
    world::{World, ids, positions},
};
use crate::{
    store::fixture::{Log, on_both, within},
    support::{
        look_again,
        scripted::{Reply, Scripted},
    },
};

/// An answer, of which nothing may be kept.
fn fails(status: u16) -> Reply {
    Reply::error(status, "a marker of the receiver's")
}

on_both! {
    async fn a_message_that_is_not_taken_comes_again_until_it_is(log: Log) {
        let mut world = World::on(log).await;
        let script = [fails(500), fails(404), Reply::json("{}").status(302).header("location", "/elsewhere"),
            Reply::json("{}").status(204)];
        let receiver = Scripted::start(script).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 1).await;
        let rows = world.done(&hook, 1).await;
        let received = receiver.received();
        let ids = ids(&received);
        assert_eq!(ids, vec![ids[0]; 4]);
        // A redirect is not followed.
        assert!(received.iter().all(|one| one.path == "/hook"));
        let row = &rows[0];
        assert_eq!((row.state, row.attempts, row.status), (DeliveryState::Delivered, 4, Some(204)));
        assert_eq!(row.error, None);
        node.finish(Duration::from_secs(5)).await;
    }

    async fn what_was_given_up_is_told_again_by_a_replay_and_nothing_before_it(log: Log) {
        let mut world = World::on(log).await;
        world.patience.retries = vec![Duration::from_millis(1)];
        let mut script = takes(1);
        script.extend([fails(500), fails(500)]);
        script.extend(takes(10));
        let receiver = Scripted::start(script).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        let first = world.happen("a", 1).await;
        world.done(&hook, 1).await;
        let second = world.happen("a", 1).await;
        let rows = world.done(&hook, 2).await;
        assert_eq!((rows[1].state, rows[1].attempts), (DeliveryState::Failed, 2));
        assert_eq!(rows[1].error.as_deref(), Some("The receiver answered 500."));
        let third = world.happen("a", 1).await;
        world.done(&hook, 3).await;
        world.execute(&hook, WebhookCommand::Replay { from: second }).await;
        receiver.wait_for_requests(6).await;
        let rows = world.done(&hook, 3).await;
        assert!(rows.iter().all(|row| row.state == DeliveryState::Delivered));
        let received = receiver.received();
        assert_eq!(positions(&received), [first, second, second, third, second, third]);
        let ids = ids(&received);
        assert_eq!((ids[1], ids[3]), (ids[4], ids[5]));
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_replay_tells_what_came_before_the_webhook(log: Log) {
        let mut world = World::on(log).await;
        world.happen("a", 300).await;
        let receiver = Scripted::start(takes(400)).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        world.execute(&hook, WebhookCommand::Replay { from: 1 }).await;
        world.done(&hook, 300).await;
        assert_eq!(positions(&receiver.received()), (1..=300).collect::<Vec<_>>());
        // Asked for again, all of it comes again.
        world.execute(&hook, WebhookCommand::Replay { from: 291 }).await;
        receiver.wait_for_requests(310).await;
        world.done(&hook, 300).await;
        assert_eq!(receiver.received().len(), 310);
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_replay_of_a_long_log_holds_nobody_up_and_ends_where_nothing_of_it_is_wanted(log: Log) {
        let mut world = World::on(log).await;
        let live = Scripted::start(takes(5)).await;
        world.happen("a", 15_000).await;
        let narrow = world.hook(&live.url(), "case.*").await;
        let hook = world.hook(&live.url(), "thing.*").await;
        world.execute(&narrow, WebhookCommand::Replay { from: 1 }).await;
        let node = world.node(1);
        let last = world.happen("b", 1).await;
        world.done(&hook, 1).await;
        assert_eq!(positions(&live.received()), [last]);
        let store = world.store().clone();
        let replayed = async || {
            let feeds = store.webhook_feeds().await.unwrap();
            feeds.into_iter().find(|feed| feed.webhook == narrow.id).unwrap()
        };
        assert!(replayed().await.replay.is_some(), "it was waited for");
        let feed = within(async {
            loop {
                match replayed().await {
                    feed if feed.replay.is_none() => break feed,
                    _ => look_again().await,
                }
            }
        }).await;
        assert!(feed.replayed > 0);
        assert_eq!(world.deliveries(&narrow).await, []);
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_receiver_that_has_gone_is_told_no_more_until_somebody_enables_it(log: Log) {
        let mut world = World::on(log).await;
        let mut script = vec![fails(410)];
        script.extend(takes(5));
        let receiver = Scripted::start(script).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        let first = world.happen("a", 1).await;
        assert_eq!(world.disabled(&hook).await, "gone");
        assert_eq!(world.deliveries(&hook).await[0].state, DeliveryState::Waiting);
        let last = world.happen("a", 3).await;
        world.enable(&hook).await;
        // It goes on with what it answered so, and tells what came meanwhile.
        let rows = world.done(&hook, 4).await;
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.state == DeliveryState::Delivered));
        let received = receiver.received();
        assert_eq!(positions(&received), [first, first, last - 2, last - 1, last]);
        let ids = ids(&received);
        assert_eq!(ids[0], ids[1]);
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_receiver_that_fails_for_too_long_is_told_no_more(log: Log) {
        let mut world = World::on(log).await;
        world.patience.failing = Duration::from_millis(30);
        world.patience.retries = vec![Duration::from_millis(20); 1_000];
        let receiver = Scripted::always(fails(503)).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        world.patience.quiet = Duration::from_millis(1);
        let node = world.node(1);
        world.happen("a", 1).await;
        assert_eq!(world.disabled(&hook).await, "failing");
        // Enabled again, it fails for too long only after that.
        let failing = async || world.store().webhook_feeds().await.unwrap()[0].failing;
        let before = failing().await;
        assert!(before.times >= 3, "{before:?}");
        world.enable(&hook).await;
        assert_eq!(world.disabled(&hook).await, "failing");
        let after = failing().await;
        assert!(after.times >= 3 && after.since > before.since, "{after:?}");
        node.finish(Duration::from_secs(5)).await;
    }
}
