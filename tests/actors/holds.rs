//! Legal holds against erasures: whatever comes first, and on whichever node, nothing that is held is destroyed.

use aggregates::{
    HoldId, ThreadId, UserId,
    hold::{Hold, Release},
    thread::{ThreadCommand, ThreadEvent},
};
use colloquy::{
    actors::{Held, HoldError, Holds, Origin},
    store::Erasure,
};
use uuid::Uuid;

use super::{
    answers::saying,
    erasure::erase_on,
    stage::{Stage, on_both},
    world::{World, look_again},
};

fn holds(world: &World) -> Holds {
    Holds::new(world.store.clone(), world.services.committer.clone())
}

pub(super) async fn lay(world: &World, on: Held) -> HoldId {
    let hold = HoldId(Uuid::now_v7());
    let laid = Hold {
        hold,
        by: UserId(Uuid::nil()),
        reason: "A claim".to_owned(),
        matter: None,
    };
    holds(world).lay(on, laid, Origin::server()).await.unwrap();
    hold
}

pub(super) async fn release(world: &World, hold: HoldId) -> Result<u64, HoldError> {
    let release = Release {
        hold,
        by: UserId(Uuid::nil()),
        reason: "Settled".to_owned(),
    };
    holds(world).release(release, Origin::server()).await
}

/// Waits until so many erasures wait for this one.
pub(super) async fn waiting(world: &World, subject: &str, count: u64) {
    loop {
        let (_, waiting) = world.store.erasures_held_by(subject, 1).await.unwrap();
        if waiting == count {
            return;
        }
        look_again().await;
    }
}

fn says(events: &[ThreadEvent], text: &str) -> bool {
    format!("{events:?}").contains(text)
}

fn is_receipt(event: &ThreadEvent) -> bool {
    matches!(event, ThreadEvent::ErasureConfirmed { .. })
}

fn erasure(thread: ThreadId) -> Erasure {
    Erasure {
        aggregate_type: "thread".to_owned(),
        aggregate_id: thread.to_string(),
        number: 1,
        position: 0,
        sequence: 0,
        before: None,
    }
}

on_both! {
    async fn a_hold_that_comes_after_the_request_and_before_the_destruction_keeps_everything(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = here.thread().await;
        here.converse(thread, "before").await;
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        let hold = lay(&here, Held::Thread(thread)).await;
        erase_on(&here, &stage).await;
        waiting(&here, &thread.to_string(), 1).await;
        assert!(says(&here.events(thread).await, "before"));
        release(&here, hold).await.unwrap();
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert!(!says(&events, "before"), "{events:?}");
        waiting(&here, &thread.to_string(), 0).await;
        assert!(release(&here, hold).await.is_err());
    }

    async fn keys_are_destroyed_only_where_nothing_is_held(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = here.thread().await;
        here.converse(thread, "before").await;
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        let of = [thread.to_string(), here.owner.to_string()];
        let hold = lay(&here, Held::Thread(thread)).await;
        assert!(here.store.is_held(&of).await.unwrap());
        assert!(!here.store.is_held(&of[1..]).await.unwrap());
        assert!(!here.store.destroy_keys(&erasure(thread), &of).await.unwrap());
        assert!(says(&here.events(thread).await, "before"));
        release(&here, hold).await.unwrap();
        assert!(here.store.destroy_keys(&erasure(thread), &of).await.unwrap());
        let fresh = stage.database.store().await;
        let read = fresh.read_stream("thread", &thread.to_string(), 0, 100).await.unwrap();
        assert!(!read.iter().any(|event| event.payload.contains("before")));
    }

    async fn what_goes_along_is_kept_where_a_hold_comes_in_the_middle(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"])]).await;
        let thread = here.thread().await;
        here.converse(thread, "before").await;
        let erasure = Erasure {
            aggregate_type: "user".to_owned(),
            aggregate_id: here.owner.to_string(),
            number: u64::MAX,
            position: 0,
            sequence: 0,
            before: None,
        };
        let hold = lay(&here, Held::Thread(thread)).await;
        let both = [here.owner.to_string(), thread.to_string()];
        let (id, store) = (thread.to_string(), &here.store);
        assert!(!store.destroy_keys_of(&erasure, "thread", &id, &both).await.unwrap());
        assert!(!store.destroy_credentials(&erasure, &[Uuid::nil()], &both).await.unwrap());
        assert!(says(&here.events(thread).await, "before"));
        release(&here, hold).await.unwrap();
        assert!(store.destroy_credentials(&erasure, &[Uuid::nil()], &both).await.unwrap());
        assert!(store.destroy_keys_of(&erasure, "thread", &id, &both).await.unwrap());
        assert_eq!(store.destroyed(&erasure).await.unwrap()["keys"], 1);
    }

    async fn each_hold_is_released_by_itself_and_others_erasures_do_not_wait(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"]), saying(&["Hello"])]).await;
        erase_on(&here, &stage).await;
        let (held, free) = (here.thread().await, here.thread().await);
        for thread in [held, free] {
            here.converse(thread, "before").await;
        }
        let holds = [lay(&here, Held::Thread(held)).await, lay(&here, Held::Thread(held)).await];
        for thread in [held, free] {
            here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        }
        here.events_when(free, |events| events.iter().any(is_receipt)).await;
        waiting(&here, &held.to_string(), 1).await;
        release(&here, holds[0]).await.unwrap();
        // One that is asked for afterwards is carried out, and this one waits still.
        here.execute(free, here.opening()).await.unwrap();
        here.execute(free, ThreadCommand::RequestErasure).await.unwrap();
        let receipts = |events: &[ThreadEvent]| events.iter().filter(|event| is_receipt(event)).count();
        here.events_when(free, |events| receipts(events) == 2).await;
        assert!(says(&here.events(held).await, "before"));
        release(&here, holds[1]).await.unwrap();
        here.events_when(held, |events| events.iter().any(is_receipt)).await;
    }

    async fn what_an_erased_reply_had_shown_is_kept_under_a_hold_and_goes_with_it(stage: Stage) {
        let gate = crate::support::scripted::Gate::closed();
        let here = World::on(&stage, [saying(&["Once ", "upon ", "a time"]).gate(&gate)]).await;
        erase_on(&here, &stage).await;
        let thread = here.thread().await;
        let hold = lay(&here, Held::Thread(thread)).await;
        let turn = here.say(thread, "Tell").await;
        let mut reader = here.follow(turn);
        gate.let_pass(2);
        reader.until("Once upon ").await;
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        waiting(&here, &thread.to_string(), 1).await;
        let kept = |events: &[ThreadEvent]| {
            events.iter().find_map(|event| match event {
                ThreadEvent::ReplyKept { text, .. } => Some(text.clone()),
                _ => None,
            })
        };
        let ended = |event: &ThreadEvent| matches!(event, ThreadEvent::ReplyStopped(_));
        let events = here.events_when(thread, |events| events.iter().any(ended)).await;
        assert_eq!(kept(&events).as_deref(), Some("Once upon "));
        let end = events.iter().find_map(|event| match event {
            ThreadEvent::ReplyStopped(end) => Some(end.text.as_str()),
            _ => None,
        });
        assert_eq!(end, Some(""), "the end belongs to what the thread is by then");
        release(&here, hold).await.unwrap();
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert_eq!(kept(&events).as_deref(), Some(""));
        assert!(!says(&events, "Tell"), "{events:?}");
    }

    async fn a_thread_that_is_used_again_under_a_hold_loses_only_what_was_erased(stage: Stage) {
        let here = World::on(&stage, [saying(&["Hello"]), saying(&["Hello again"])]).await;
        erase_on(&here, &stage).await;
        let thread = here.thread().await;
        let hold = lay(&here, Held::Thread(thread)).await;
        here.converse(thread, "before").await;
        here.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        here.converse(thread, "after").await;
        waiting(&here, &thread.to_string(), 1).await;
        release(&here, hold).await.unwrap();
        let events = here.events_when(thread, |events| events.iter().any(is_receipt)).await;
        assert!(!says(&events, "before") && says(&events, "after"), "{events:?}");
    }
}
