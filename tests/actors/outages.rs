//! A database that goes away in the middle of a turn.

use aggregates::ThreadId;
use colloquy::actors::{CommandError, Ending};
use uuid::Uuid;

use super::{
    answers::{ALL, saying},
    stage::{Stage, on_postgres},
    world::{Plan, World, ending, given_names, has_ended, look_again},
};
use crate::support::{
    proxy::{Proxy, Weather},
    scripted::{Gate, Reply},
};

/// A world whose way to the database can be cut.
async fn behind_a_proxy(stage: &Stage, script: impl IntoIterator<Item = Reply>) -> (World, Proxy) {
    let proxy = Proxy::before(&stage.database.address()).await;
    let config = stage.database.config_through(proxy.port);
    let plan = Plan {
        config: Some(config),
        ..Plan::of(script)
    };
    (World::of(stage, plan).await, proxy)
}

on_postgres! {
    async fn a_turn_holds_what_it_could_not_keep_and_goes_on_when_the_database_is_back(stage: Stage) {
        let gate = Gate::closed();
        let script = [saying(&["Once ", "upon ", "a time"]).gate(&gate)];
        let (world, proxy) = behind_a_proxy(&stage, script).await;
        let outside = stage.database.store().await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;

        proxy.turn(Weather::Down);
        gate.let_pass(1);
        for _ in 0..200 {
            outside.head().await.unwrap();
        }
        assert_eq!(reader.ready(), "Once ", "shown without being kept");
        let mut renamed = Box::pin(world.rename(thread, "in between"));
        let known = has_ended(&mut renamed).await;
        proxy.turn(Weather::Fair);
        if !known {
            // Whatever became of it is what the log says.
            let happened = match renamed.await {
                Ok(_) => 1,
                Err(CommandError::Unavailable) => 0,
                Err(other) => panic!("{other}"),
            };
            assert_eq!(given_names(&seen_from(&outside, thread).await).len(), happened);
        }
        reader.until("Once upon ").await;
        assert_eq!(outside.draft(turn.0).await.unwrap().text, "Once upon ");
        gate.let_pass(ALL);
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once upon a time", Ending::Completed));
        assert_eq!(reader.text, text);
    }

    async fn a_turn_that_ends_while_the_database_is_away_is_closed_when_it_is_back(stage: Stage) {
        let gate = Gate::closed();
        let script = [saying(&["Once ", "upon"]).gate(&gate), saying(&["Second"])];
        let (world, proxy) = behind_a_proxy(&stage, script).await;
        let outside = stage.database.store().await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;
        proxy.turn(Weather::Down);
        gate.let_pass(ALL);
        for _ in 0..200 {
            outside.head().await.unwrap();
        }
        assert!(ending(&seen_from(&outside, thread).await, turn).is_none());
        proxy.turn(Weather::Fair);
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once upon", Ending::Completed));
        assert_eq!(world.converse(thread, "And then?").await.text, "Second");
    }

    async fn a_command_whose_answer_was_lost_happens_once(stage: Stage) {
        let (world, proxy) = behind_a_proxy(&stage, []).await;
        let thread = world.thread().await;
        proxy.turn(Weather::LosesAnAnswer { then_down: false });
        world.rename(thread, "once").await.unwrap();
        while world.rename(thread, "and again").await.is_err() {
            look_again().await;
        }
        assert_eq!(given_names(&world.events(thread).await), ["once", "and again"]);
    }
}

async fn seen_from(
    store: &colloquy::store::Store,
    thread: ThreadId,
) -> Vec<aggregates::thread::ThreadEvent> {
    let page = store
        .read_stream("thread", &thread.to_string(), 0, 500)
        .await;
    let page = page.unwrap();
    page.iter()
        .map(|recorded| serde_json::from_str(&recorded.payload).unwrap())
        .collect()
}
