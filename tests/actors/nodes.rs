//! Two nodes on one log: either serves any thread.

use aggregates::{ThreadId, TurnId};
use colloquy::{
    actors::{Ending, recover},
    store::TurnsOf,
};
use futures_util::future::join_all;
use uuid::Uuid;

use sqlx::{Connection, PgConnection};

use super::{
    answers::{ALL, names, saying},
    follower::Reader,
    stage::{Stage, on_postgres},
    world::{Plan, World, ending, given_names, until},
};
use crate::support::scripted::Gate;

/// A node whose provider is silent after the first word, which was shown.
async fn begun(stage: &Stage) -> (Gate, World, ThreadId, TurnId, Reader) {
    let gate = Gate::closed();
    let owner = World::on(stage, [saying(&["Once ", "upon"]).gate(&gate)]).await;
    let thread = ThreadId(Uuid::now_v7());
    let turn = owner.say(thread, "Tell").await;
    let mut reader = owner.follow(turn);
    gate.let_pass(1);
    reader.until("Once ").await;
    (gate, owner, thread, turn, reader)
}

on_postgres! {
    async fn two_nodes_change_a_thread_and_nothing_is_lost(stage: Stage) {
        let nodes = [World::on(&stage, []).await, World::on(&stage, []).await];
        let thread = nodes[0].thread().await;
        let said = join_all(nodes.iter().enumerate().map(|(node, world)| async move {
            let mut said = vec![];
            for nth in 0..30 {
                let name = format!("{node} {nth}");
                if world.rename(thread, &name).await.is_ok() {
                    said.push(name);
                }
            }
            said
        }))
        .await;
        let given = given_names(&nodes[0].events(thread).await);
        for (node, said) in said.iter().enumerate() {
            let of_node: Vec<_> = given.iter().filter(|name| name.starts_with(&node.to_string())).collect();
            assert_eq!(of_node, said.iter().collect::<Vec<_>>());
        }
    }

    async fn a_stop_from_another_node_ends_the_reply(stage: Stage) {
        let (gate, _owner, thread, turn, mut reader) = begun(&stage).await;
        let other = World::on(&stage, []).await;
        other.stop(thread).await;
        let end = other.end_of(thread, turn).await;
        assert_eq!(end.text, "Once ");
        assert_eq!(ending(&other.events(thread).await, turn).unwrap().0, "reply.stopped");
        gate.let_pass(ALL);
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once ", Ending::Elsewhere));
    }

    async fn a_stop_from_another_node_ends_the_reply_while_its_provider_is_silent(stage: Stage) {
        let (gate, owner, thread, turn, mut reader) = begun(&stage).await;
        let other = World::on(&stage, []).await;
        other.stop(thread).await;
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once ", Ending::Elsewhere));
        assert_eq!(ending(&owner.events(thread).await, turn).unwrap().0, "reply.stopped");
        gate.let_pass(ALL);
    }

    async fn a_fenced_reply_that_nobody_closes_is_closed_by_its_owner_though_its_provider_is_silent(stage: Stage) {
        let (gate, owner, thread, turn, _reader) = begun(&stage).await;
        // Another node wants to close it, and dies before it does.
        owner.store.fence(turn.0).await.unwrap();
        assert_eq!(owner.end_of(thread, turn).await.text, "Once ");
        assert_eq!(owner.store.open_turns(TurnsOf::All).await.unwrap(), []);
        gate.let_pass(ALL);
    }

    async fn a_follower_of_a_message_that_another_node_answers_is_told_to_look_there(stage: Stage) {
        let gate = Gate::closed();
        let busy = World::on(&stage, [saying(&["Once"]).gate(&gate), saying(&["Second"])]).await;
        let other = World::on(&stage, []).await;
        let thread = ThreadId(Uuid::now_v7());
        busy.say(thread, "Tell").await;
        let waiting = other.say(thread, "And then?").await;
        let mut reader = other.follow(waiting);
        gate.let_pass(ALL);
        assert_eq!(busy.end_of(thread, waiting).await.text, "Second");
        let (_, ended) = reader.end().await;
        assert_eq!(ended.ending, Ending::Elsewhere);
        assert_eq!(other.services.feeds.len(), 0);
    }

    async fn a_reply_that_waited_on_one_node_and_began_on_another_is_stopped_from_the_first(stage: Stage) {
        let gate = Gate::closed();
        let script = [saying(&["Once"]).gate(&gate), saying(&["Second ", "and last"]).gate(&gate)];
        let busy = World::on(&stage, script).await;
        let other = World::on(&stage, []).await;
        let thread = ThreadId(Uuid::now_v7());
        let first = busy.say(thread, "Tell").await;
        let waiting = other.say(thread, "And then?").await;
        // All of the first answer's three frames, and one of the second's.
        gate.let_pass(4);
        busy.end_of(thread, first).await;
        until(|| busy.directory.feed(waiting).is_some()).await;
        busy.follow(waiting).until("Second ").await;
        other.stop(thread).await;
        assert_eq!(other.end_of(thread, waiting).await.text, "Second ");
        assert_eq!(ending(&other.events(thread).await, waiting).unwrap().0, "reply.stopped");
        gate.let_pass(ALL);
    }

    async fn a_node_whose_actor_has_not_heard_of_a_reply_can_stop_it(stage: Stage) {
        let gate = Gate::closed();
        let owner = World::on(&stage, [saying(&["Once"]).gate(&gate)]).await;
        let other = World::on(&stage, []).await;
        let thread = other.thread().await;
        let turn = owner.say(thread, "Tell").await;
        let done = other.stop(thread).await;
        assert_eq!(names(&done.events), ["reply.stop_requested"]);
        assert_eq!(other.end_of(thread, turn).await.text, "");
        gate.let_pass(ALL);
    }

    async fn a_dead_node_s_reply_is_closed_by_one_whose_actor_has_not_heard_of_it(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let plan = Plan { node, ..Plan::of([saying(&["Once ", "upon"]).gate(&gate)]) };
        let dead = World::of(&stage, plan).await;
        let other = World::on(&stage, []).await;
        let thread = other.thread().await;
        let turn = dead.say(thread, "Tell").await;
        gate.let_pass(1);
        dead.follow(turn).until("Once ").await;
        // Another boot takes its place, and is dead before it does anything.
        other.store.register_node(node, Uuid::now_v7()).await.unwrap();
        recover(&other.directory).await.unwrap();
        let events = other.events(thread).await;
        let (name, end) = ending(&events, turn).expect("it is still open");
        assert_eq!((name, end.text.as_str()), ("reply.interrupted", "Once "));
        gate.let_pass(ALL);
    }

    async fn a_node_that_has_just_come_gives_the_others_time_before_it_takes_them_for_dead(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let plan = Plan { node, ..Plan::of([saying(&["Once ", "upon"]).gate(&gate)]) };
        let silent = World::of(&stage, plan).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = silent.say(thread, "Tell").await;
        gate.let_pass(1);
        silent.follow(turn).until("Once ").await;
        silent.leaves();
        last_seen(&stage, node, 20).await;

        // Both may have missed the database; it is only a moment ago that the other one has found it.
        let other = World::on(&stage, []).await;
        recover(&other.directory).await.unwrap();
        assert_eq!(other.store.open_turns(TurnsOf::All).await.unwrap().len(), 1);
        // It lives after all.
        other.store.beat(node).await.unwrap();
        gate.let_pass(ALL);
        assert_eq!(silent.end_of(thread, turn).await.text, "Once upon");
    }

    async fn a_node_that_stays_silent_is_taken_for_dead(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let plan = Plan { node, ..Plan::of([saying(&["Once ", "upon"]).gate(&gate)]) };
        let dead = World::of(&stage, plan).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = dead.say(thread, "Tell").await;
        gate.let_pass(1);
        dead.follow(turn).until("Once ").await;
        dead.leaves();
        last_seen(&stage, node, 20).await;
        let other = World::on(&stage, []).await;
        assert_eq!(other.end_of(thread, turn).await.text, "Once ");
        assert_eq!(ending(&other.events(thread).await, turn).unwrap().0, "reply.interrupted");
        gate.let_pass(ALL);
    }
}

/// The node was seen for the last time so many seconds ago.
async fn last_seen(stage: &Stage, node: Uuid, seconds: i64) {
    let mut hand = PgConnection::connect(&stage.database.url()).await.unwrap();
    let age = sqlx::query("UPDATE nodes SET beat = beat - $1 WHERE id = $2");
    let age = age.bind(seconds * 1_000_000).bind(node);
    age.execute(&mut hand).await.unwrap();
}
