//! Erasure among several nodes: what was said is gone everywhere, and what is said afterwards is not.

use std::panic::AssertUnwindSafe;

use aggregates::thread::{ThreadCommand, ThreadEvent};
use colloquy::{
    actors::{Accounts, Cases, Configuration, Effects},
    projector,
    store::{Bell, Erasure},
    subscribers::erasure,
    views::Views,
};
use futures_util::FutureExt;

use super::{
    answers::saying,
    stage::{Stage, on_both},
    world::{World, given_names},
};

/// What a thread's messages and answers say.
fn texts(events: &[ThreadEvent]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            ThreadEvent::MessageSent(sent) => Some(sent.text.as_str()),
            ThreadEvent::ReplyCompleted(end) => Some(end.text.as_str()),
            _ => None,
        })
        .collect()
}

fn is_receipt(event: &ThreadEvent) -> bool {
    matches!(event, ThreadEvent::ErasureConfirmed { .. })
}

/// Starts what carries erasures out on this node; the views that it waits for.
pub(super) async fn erase_on(world: &World, stage: &Stage) -> Views {
    let views = Views::open(&stage.database.config(), &world.store).await;
    let (views, shutdown) = (views.unwrap(), world.services.shutdown.clone());
    projector::start(world.store.clone(), views.clone(), Bell::new(), &shutdown);
    let (directory, store) = (world.directory.clone(), world.store.clone());
    let accounts = Accounts::new(store.clone(), world.services.committer.clone());
    let cases = Cases::new(
        store.clone(),
        world.services.committer.clone(),
        world.services.moderation.clone(),
        Effects::default(),
    );
    let configuration = Configuration::new(store.clone(), world.services.committer.clone());
    let erasing = erasure::run(
        directory,
        accounts,
        cases,
        configuration,
        store,
        views.clone(),
        shutdown.clone(),
    );
    shutdown.spawn(erasing);
    views
}

on_both! {
    async fn a_node_that_knows_an_erased_key_seals_with_a_new_one(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"])]).await;
        let there = World::on(&stage, [saying(&["Hello again"])]).await;
        let thread = here.thread().await;
        here.converse(thread, "before").await;
        there.rename(thread, "known there too").await.unwrap();

        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        let erasure = Erasure {
            aggregate_type: "thread".to_owned(),
            aggregate_id: thread.to_string(),
            number: 1,
            position: 0,
            sequence: 0,
            before: None,
        };
        assert!(here.store.destroy_keys(&erasure, &[]).await.unwrap());
        assert_eq!(here.store.destroyed(&erasure).await.unwrap()["keys"], 1);
        // Decided on a state, and with a key, of before the erasure.
        there.converse(thread, "after").await;
        assert_eq!(texts(&here.events(thread).await), ["", "", "after", "Hello again"]);
        assert_eq!(given_names(&here.events(thread).await), [""]);
        let fresh = stage.database.store().await;
        let read = fresh.read_stream("thread", &thread.to_string(), 0, 100).await.unwrap();
        let read: Vec<ThreadEvent> =
            read.iter().map(|event| serde_json::from_str(&event.payload).unwrap()).collect();
        assert_eq!(texts(&read), ["", "", "after", "Hello again"]);
    }

    async fn an_erasure_is_carried_out_once_however_many_nodes_look_after_it(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"])]).await;
        let there = World::on(&stage, []).await;
        erase_on(&here, &stage).await;
        erase_on(&there, &stage).await;
        let thread = here.thread().await;
        here.converse(thread, "before").await;
        assert_eq!(texts(&there.events(thread).await), ["before", "Hello"]);

        there.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert_eq!(texts(&events), ["", ""]);
        let Some(ThreadEvent::ErasureConfirmed { erasure: 1, receipt }) = events.last() else {
            panic!("{events:?}")
        };
        let stores: Vec<_> = receipt.iter().map(|part| part.store.as_str()).collect();
        assert_eq!(stores, ["keys", "blobs", "drafts", "commands", "snapshots", "views", "files"]);
        assert_eq!(receipt[0].items, 1);
        assert!(receipt[3].items > 0, "{receipt:?}");

        // The next one is carried out too, and nothing of the first one again.
        here.execute(thread, here.opening()).await.unwrap();
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        let receipts = |events: &[ThreadEvent]| events.iter().filter(|event| is_receipt(event)).count();
        let events = there.events_when(thread, |events| receipts(events) == 2).await;
        assert!(matches!(events.last(), Some(ThreadEvent::ErasureConfirmed { erasure: 2, .. })));
    }

    async fn an_erasure_waits_for_its_reply_to_end_and_keeps_none_of_it(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hel", "lo"])]).await;
        let thread = here.thread().await;
        let turn = here.say(thread, "before").await;
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        erase_on(&here, &stage).await;
        here.end_of(thread, turn).await;
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert!(texts(&events).iter().all(|text| text.is_empty()), "{events:?}");
    }
}

on_both! {
    async fn what_a_broken_off_rebuild_has_left_keeps_no_erasure_waiting(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"])]).await;
        let views = Views::open(&stage.database.config(), &here.store).await.unwrap();
        let thread = here.thread().await;
        here.converse(thread, "before").await;
        erase_on(&here, &stage).await;
        // It ends in its first batch, and the table stays.
        let told = std::sync::atomic::AtomicU32::new(0);
        let tell = |_| assert_ne!(told.fetch_add(1, std::sync::atomic::Ordering::Relaxed), 1);
        let rebuilding = projector::rebuild(&here.store, &views, "transcript", tell);
        assert!(AssertUnwindSafe(rebuilding).catch_unwind().await.is_err());
        let left = |views: Vec<colloquy::views::Checkpoint>| {
            views.into_iter().any(|view| view.name == "transcript__new")
        };
        assert!(left(views.checkpoints().await.unwrap()));

        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert!(!left(views.checkpoints().await.unwrap()));
    }
}
