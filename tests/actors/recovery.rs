//! A server that went away in mid-answer: what was shown is kept, what waited is answered.

use aggregates::ThreadId;
use colloquy::{
    actors::{Ending, recover},
    store::TurnsOf,
};
use uuid::Uuid;

use super::{
    answers::{ALL, Part, answer, names, saying},
    stage::{Stage, on_both},
    world::{Plan, World, ending, until},
};
use crate::support::scripted::Gate;

on_both! {
    async fn a_former_boot_s_replies_are_closed_with_what_was_shown_and_what_waited_is_answered(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let parts = [
            Part::Thought("Hm, a tale. ".to_owned()),
            Part::Text("Once ".to_owned()),
            Part::Text("upon ".to_owned()),
            Part::Text("never shown".to_owned()),
        ];
        let former = World::of(&stage, Plan { node, ..Plan::of([answer(&parts).gate(&gate)]) }).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = former.say(thread, "Tell").await;
        let waiting = former.say(thread, "And then?").await;
        let mut reader = former.follow(turn);
        gate.let_pass(3);
        reader.until("Once upon ").await;

        // The former one hangs; a second one starts in its place.
        former.leaves();
        let world = World::of(&stage, Plan { node, ..Plan::of([saying(&["The end"])]) }).await;
        recover(&world.directory).await.unwrap();
        assert_eq!(world.end_of(thread, waiting).await.text, "The end");
        let events = world.events(thread).await;
        let (name, end) = ending(&events, turn).unwrap();
        assert_eq!((name, end.text.as_str()), ("reply.interrupted", "Once upon "));
        assert_eq!(end.reasoning.as_deref(), Some("Hm, a tale. "));
        assert!(end.usage.estimated && end.usage.completion_tokens > 0);
        assert_eq!(world.shown(0).await, ["Tell", "Once upon ", "And then?"]);

        // It comes back to itself, and finds that it may show nothing more.
        gate.let_pass(ALL);
        let (text, ended) = reader.end().await;
        assert_eq!((text.as_str(), ended.ending), ("Once upon ", Ending::Elsewhere));
        assert_eq!(reader.text, "Once upon ");
        world.meanwhile().await;
        let ends = |name: &&str| name.starts_with("reply.") && *name != "reply.started";
        let events = world.events(thread).await;
        assert_eq!(names(&events).into_iter().filter(ends).count(), 2);
        assert_eq!(world.store.open_turns(TurnsOf::All).await.unwrap(), []);
    }

    async fn a_reply_whose_server_went_away_before_its_first_word_is_closed_empty(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let former = World::of(&stage, Plan { node, ..Plan::of([saying(&["late"]).slow_first_byte(&gate)]) }).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = former.say(thread, "Tell").await;
        former.leaves();
        let world = World::of(&stage, Plan { node, ..Plan::of([saying(&["Hello"])]) }).await;
        recover(&world.directory).await.unwrap();
        let end = world.end_of(thread, turn).await;
        assert_eq!((end.text.as_str(), end.reasoning), ("", None));
        assert_eq!(world.converse(thread, "Again").await.text, "Hello");
        gate.let_pass(1);
    }

    async fn what_was_shown_stays_in_the_draft_until_the_end_of_its_reply_is_recorded(stage: Stage) {
        let (node, gate) = (Uuid::now_v7(), Gate::closed());
        let plan = || Plan { node, ..Plan::of([]) };
        let script = [saying(&["Once ", "upon"]).gate(&gate)];
        let former = World::of(&stage, Plan { node, ..Plan::of(script) }).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = former.say(thread, "Tell").await;
        gate.let_pass(1);
        former.follow(turn).until("Once ").await;
        former.leaves();

        // The next one can read the log, but cannot write it.
        let reader = World::of(&stage, plan()).await;
        reader.leaves();
        reader.services.committer.close();
        until(|| reader.services.committer.try_slot().is_err()).await;
        recover(&reader.directory).await.unwrap();
        reader.meanwhile().await;
        assert_eq!(reader.store.draft(turn.0).await.unwrap().text, "Once ");

        let world = World::of(&stage, plan()).await;
        recover(&world.directory).await.unwrap();
        assert_eq!(world.end_of(thread, turn).await.text, "Once ");
        gate.let_pass(ALL);
    }
}
