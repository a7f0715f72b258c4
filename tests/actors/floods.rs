//! Too much at once: told so at once, and nothing grows without bound.

use std::sync::mpsc;

use aggregates::{ThreadId, thread::ThreadCommand};
use colloquy::actors::CommandError;
use futures_util::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use tokio::task::unconstrained;
use uuid::Uuid;

use super::{
    locks::Lock,
    stage::{Stage, on_sqlite},
    world::{World, given_names, has_ended, rename},
};

on_sqlite! {
    async fn a_thread_holds_only_so_much_while_the_log_is_held_up(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = world.thread().await;
        let lock = Lock::of_the_log(&stage.database).await;
        let mut first = Box::pin(world.rename(thread, "first"));
        assert!(!has_ended(&mut first).await);

        // Some change something, and some find nothing to do: those, too, wait in the line.
        let (mut waiting, mut refused) = (vec![], 0);
        for nth in 0..3_000 {
            let command = match nth % 2 {
                0 => ThreadCommand::Unarchive,
                _ => rename("more"),
            };
            // All of them are looked at in one go, which the runtime would not let us do.
            let mut command = Box::pin(unconstrained(world.execute(thread, command)));
            match (&mut command).now_or_never() {
                None => waiting.push(command),
                Some(Err(CommandError::Overloaded)) => refused += 1,
                Some(other) => panic!("{other:?}"),
            }
            if nth % 50 == 0 {
                world.store.head().await.unwrap();
            }
        }
        world.meanwhile().await;
        waiting.retain_mut(|command| match command.now_or_never() {
            None => true,
            Some(Err(CommandError::Overloaded)) => {
                refused += 1;
                false
            }
            Some(other) => panic!("{other:?}"),
        });
        assert!(waiting.len() < 1_000, "{} wait", waiting.len());
        lock.release().await;
        first.await.unwrap();
        // What was still on its way to the line may have found it full.
        let mut done = 0;
        for outcome in join_all(waiting).await {
            match outcome {
                Ok(_) => done += 1,
                Err(CommandError::Overloaded) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(done > 0 && refused > 2_000, "{done} done, {refused} refused");
        world.rename(thread, "there is room again").await.unwrap();
    }

    async fn a_full_mailbox_is_told_to_come_again(stage: Stage) {
        let world = World::on(&stage, []).await;
        let thread = ThreadId(Uuid::now_v7());
        world.somebody_else_does(thread, [world.opening()]).await;
        // Whatever occupies the actors' threads, they come back to their mailboxes when it ends.
        let busy: Vec<_> = stage.arbiters.iter().map(|arbiter| {
            let (end, ended) = mpsc::channel::<()>();
            arbiter.spawn_fn(move || { let _ = ended.recv(); });
            end
        }).collect();
        let names: Vec<_> = (0..1_000).map(|nth| format!("name {nth}")).collect();
        let mut waiting = FuturesUnordered::new();
        let mut refused = 0;
        for name in &names {
            let mut command = Box::pin(world.rename(thread, name));
            match (&mut command).now_or_never() {
                None => waiting.push(command),
                Some(Err(CommandError::Overloaded)) => refused += 1,
                Some(other) => panic!("{other:?}"),
            }
        }
        assert!((256..260).contains(&waiting.len()), "{} were taken in", waiting.len());
        drop(busy);
        let mut done = 0;
        while let Some(outcome) = waiting.next().await {
            outcome.unwrap();
            done += 1;
        }
        assert_eq!(done + refused, names.len());
        assert_eq!(given_names(&world.events(thread).await), names[..done]);
        world.rename(thread, "there is room again").await.unwrap();
    }
}
