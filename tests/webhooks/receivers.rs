//! Receivers that are slow, elsewhere than they may be, or have a new secret.

use std::time::Duration;

use aggregates::webhook::{WebhookChange, WebhookCommand};
use colloquy::{config::Networks, store::DeliveryState};

use super::{
    takes,
    world::{World, is_signed},
};
use crate::{
    store::fixture::{Log, on_both, within},
    support::{
        look_again,
        scripted::{Gate, Reply, Scripted},
    },
};

on_both! {
    async fn a_slow_receiver_holds_nobody_up(log: Log) {
        let mut world = World::on(log).await;
        let gate = Gate::closed();
        let slow = Scripted::start(vec![Reply::json("{}").slow_first_byte(&gate); 30]).await;
        let quick = Scripted::start(takes(30)).await;
        let slow_hook = world.hook(&slow.url(), "thing.*").await;
        let quick_hook = world.hook(&quick.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 20).await;
        world.done(&quick_hook, 20).await;
        assert_eq!(slow.received().len(), 1);
        gate.let_pass(30);
        world.done(&slow_hook, 20).await;
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_receiver_that_answers_too_late_or_for_ever_is_cut_off(log: Log) {
        let mut world = World::on(log).await;
        world.patience.timeout = Duration::from_millis(200);
        let never = Reply::json("{}").slow_first_byte(&Gate::closed());
        let endless = Reply::json("{}").endless(vec![b'x'; 4_096]);
        let receiver = Scripted::start([never, endless]).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 1).await;
        let rows = world.done(&hook, 1).await;
        assert_eq!((rows[0].state, rows[0].attempts), (DeliveryState::Delivered, 2));
        receiver.wait_for_leavers(2).await;
        node.finish(Duration::from_secs(5)).await;
    }

    async fn nothing_is_sent_to_where_this_server_sends_nothing(log: Log) {
        let mut world = World::on(log).await;
        world.networks = Networks::Public;
        world.patience.retries.clear();
        let receiver = Scripted::start(takes(9)).await;
        let by_number = world.hook(&receiver.url(), "thing.*").await;
        let by_name = world.hook(&receiver.url().replace("127.0.0.1", "localhost"), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 1).await;
        for hook in [&by_number, &by_name] {
            let rows = world.done(hook, 1).await;
            assert_eq!((rows[0].state, rows[0].status), (DeliveryState::Failed, None));
            assert!(rows[0].error.is_some());
        }
        assert_eq!(receiver.received().len(), 0);
        node.finish(Duration::from_secs(5)).await;
    }

    async fn a_new_secret_signs_and_for_a_day_all_that_it_replaced_too(log: Log) {
        let mut world = World::on(log).await;
        let receiver = Scripted::start(takes(2)).await;
        let hook = world.hook(&receiver.url(), "thing.*").await;
        let between = world.rotate(&hook).await;
        let fresh = world.rotate(&hook).await;
        let node = world.node(1);
        world.happen("a", 1).await;
        world.done(&hook, 1).await;
        let received = receiver.received();
        let signatures = &received[0].headers["webhook-signature"];
        assert_eq!(signatures.split(' ').count(), 3, "{signatures}");
        for secret in [&hook.secret, &between, &fresh] {
            assert!(is_signed(&received[0], secret));
        }
        node.finish(Duration::from_secs(5)).await;
    }

    async fn what_is_changed_counts_for_the_next_message_and_a_disabled_one_is_sent_nothing(log: Log) {
        let mut world = World::on(log).await;
        let [old, new] = [Scripted::start(takes(9)).await, Scripted::start(takes(9)).await];
        let hook = world.hook(&old.url(), "thing.*").await;
        let node = world.node(1);
        world.happen("a", 1).await;
        world.done(&hook, 1).await;
        let change = |change, enabled| WebhookCommand::Change { change, enabled, of: None };
        let moved = WebhookChange { url: Some(new.url()), ..WebhookChange::default() };
        world.execute(&hook, change(moved, None)).await;
        world.happen("a", 1).await;
        world.done(&hook, 2).await;
        assert_eq!((old.received().len(), new.received().len()), (1, 1));
        world.execute(&hook, change(WebhookChange::default(), Some(false))).await;
        let last = world.happen("a", 3).await;
        // Another one that is told shows that the node has been past these.
        let witness = world.hook(&old.url(), "thing.*").await;
        world.happen("a", 1).await;
        world.done(&witness, 1).await;
        assert_eq!(new.received().len(), 1);
        world.enable(&hook).await;
        within(async {
            while new.received().len() < 5 {
                look_again().await;
            }
        }).await;
        let rows = world.done(&hook, 6).await;
        assert!(rows.iter().any(|row| row.position == last));
        node.finish(Duration::from_secs(5)).await;
    }
}
