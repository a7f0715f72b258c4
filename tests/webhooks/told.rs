//! What is told: every event once, in order, signed, whatever ends in between.

use std::time::Duration;

use aggregates::webhook::WebhookCommand;
use colloquy::store::DeliveryState;
use serde_json::json;

use super::{
    takes,
    world::{World, ids, is_signed, positions},
};
use crate::{
    store::fixture::{Log, on_both, within},
    support::{
        look_again,
        scripted::{Gate, Reply, Scripted},
    },
};

on_both! {
    async fn every_event_is_told_once_in_the_order_of_the_log_and_signed(log: Log) {
        let mut world = World::on(log).await;
        let receiver = Scripted::start(takes(20)).await;
        world.happen("before", 3).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 5).await;
        let last = world.happen("b", 5).await;
        let rows = world.done(&hook, 10).await;
        let received = receiver.received();
        // What was there before the webhook is not told.
        assert_eq!(positions(&received), (last - 9..=last).collect::<Vec<_>>());
        for (nth, one) in received.iter().enumerate() {
            assert!(is_signed(one, &hook.secret), "{:?}", one.headers);
            assert_eq!((one.method.as_str(), one.path.as_str()), ("POST", "/hook"));
            assert_eq!(one.headers["content-type"], "application/json");
            assert_eq!(one.body["type"], "thing.happened");
            let id = format!("msg_{}", rows[nth].id.simple());
            assert_eq!(one.headers["webhook-id"], id);
        }
        // Nothing of what is in an event, but what and whose it is.
        let first = &received[0].body;
        assert_eq!(
            first["data"],
            json!({
                "position": (last - 9).to_string(), "aggregate_type": "thing", "aggregate_id": "a",
                "sequence": 1, "version": "1", "by": "a test",
            })
        );
        assert!(first["timestamp"].as_str().unwrap().ends_with('Z'));
        assert!(rows.iter().all(|row| row.state == DeliveryState::Delivered && row.attempts == 1));
        node.finish(Duration::from_secs(5)).await;
    }

    async fn what_nobody_answered_for_is_told_again_by_the_next_node_under_the_same_id(log: Log) {
        let mut world = World::on(log).await;
        let gate = Gate::closed();
        let mut script = vec![Reply::json("{}").slow_first_byte(&gate)];
        script.extend(takes(5));
        let receiver = Scripted::start(script).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let first = world.node(1);
        world.happen("a", 2).await;
        receiver.wait_for_requests(1).await;
        assert!(first.finish(Duration::from_secs(10)).await);
        let second = world.node(2);
        world.done(&hook, 2).await;
        let received = receiver.received();
        let ids = ids(&received);
        assert_eq!((ids.len(), ids[0]), (3, ids[1]));
        assert_ne!(ids[1], ids[2]);
        second.finish(Duration::from_secs(5)).await;
    }

    async fn of_two_nodes_one_works(log: Log) {
        let mut world = World::on(log).await;
        let receiver = Scripted::start(takes(200)).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let nodes = [world.node(1), world.node(2)];
        for nth in 0..10 {
            world.happen(&format!("s{nth}"), 10).await;
        }
        world.done(&hook, 100).await;
        let received = receiver.received();
        assert_eq!(received.len(), 100);
        assert!(positions(&received).is_sorted());
        for node in nodes {
            node.finish(Duration::from_secs(5)).await;
        }
    }

    async fn too_much_that_waits_waits_in_the_log_and_nothing_is_lost(log: Log) {
        let mut world = World::on(log).await;
        world.patience.backlog = 3;
        let gate = Gate::closed();
        let script = vec![Reply::json("{}").slow_first_byte(&gate); 700];
        let receiver = Scripted::start(script).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        let last = world.happen("a", 600).await;
        receiver.wait_for_requests(1).await;
        let waiting = world.store().waiting_deliveries(&hook.id, 1_000).await.unwrap();
        assert!((1..=256).contains(&waiting), "{waiting}");
        gate.let_pass(700);
        world.done(&hook, 600).await;
        assert_eq!(positions(&receiver.received()), (last - 599..=last).collect::<Vec<_>>());
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_test_is_told_whatever_a_webhook_wants_and_nothing_else_is(log: Log) {
        let mut world = World::on(log).await;
        let receiver = Scripted::start(takes(5)).await;
        let hook = world.hook(&receiver.url(), "nothing.of_this_name").await;
        let node = world.node(1);
        world.happen("a", 5).await;
        world.execute(&hook, WebhookCommand::Test).await;
        world.done(&hook, 1).await;
        let received = receiver.received();
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].body["type"], "webhook.tested");
        assert_eq!(received[0].body["data"]["aggregate_id"], hook.id.as_str());
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_deleted_webhook_is_told_nothing_and_leaves_nothing(log: Log) {
        let mut world = World::on(log).await;
        let receiver = Scripted::start(takes(3)).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 3).await;
        world.done(&hook, 3).await;
        world.execute(&hook, WebhookCommand::Delete).await;
        world.happen("a", 3).await;
        within(async {
            while !world.store().webhook_feeds().await.unwrap().is_empty() {
                look_again().await;
            }
        }).await;
        assert_eq!(world.deliveries(&hook).await, []);
        assert_eq!(receiver.received().len(), 3);
        node.finish(Duration::from_secs(5)).await;
    }

    async fn what_is_done_is_swept_out_when_it_is_old(log: Log) {
        let mut world = World::on(log).await;
        let receiver = Scripted::start(takes(3)).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 3).await;
        let rows = world.done(&hook, 3).await;
        node.finish(Duration::from_secs(5)).await;
        let last = rows.iter().filter_map(|row| row.tried_at).max().unwrap();
        assert_eq!(world.store().sweep_deliveries(last, 1).await.unwrap(), 1);
        world.store().sweep_deliveries(last + 1, 100).await.unwrap();
        assert_eq!(world.deliveries(&hook).await, []);
    }
}
