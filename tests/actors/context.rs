//! What a model is shown: the newest of what can be seen, as far as it fits; the same for ever.

use aggregates::{
    ThreadId,
    thread::{ContextRule, Tail, ThreadCommand, Usage},
};
use colloquy::providers::Tokenizer;
use futures_util::future::join_all;
use uuid::Uuid;

use super::{
    answers::{ALL, saying},
    locks::Lock,
    stage::{Stage, on_both, on_sqlite},
    world::{Plan, World, begun, ending, has_ended},
};
use crate::support::scripted::{Gate, Reply};

const REDACTED: &str = "[Redacted by a moderator]";

/// Forty characters.
fn long(name: &str, nth: u64) -> String {
    format!("{:.<40}", format!("{name} {nth}"))
}

on_both! {
    async fn a_model_is_shown_the_whole_conversation_while_it_fits(stage: Stage) {
        let world = World::on(&stage, [saying(&["one"]), saying(&["two"]), saying(&["three"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, "First").await;
        world.converse(thread, "Second").await;
        let end = world.converse(thread, "Third").await;
        assert_eq!(world.shown(2).await, ["First", "one", "Second", "two", "Third"]);
        assert_eq!(end.context_messages, 4);
    }
}

on_sqlite! {
    async fn a_message_that_waited_is_shown_with_the_answers_before_it_and_without_the_messages_after_it(stage: Stage) {
        let gate = Gate::closed();
        let script = [saying(&["one"]).gate(&gate), saying(&["two"]), saying(&["three"])];
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        world.say(thread, "First").await;
        world.say(thread, "Second").await;
        let last = world.say(thread, "Third").await;
        gate.let_pass(ALL);
        world.end_of(thread, last).await;
        assert_eq!(world.shown(0).await, ["First"]);
        assert_eq!(world.shown(1).await, ["First", "one", "Second"]);
        assert_eq!(world.shown(2).await, ["First", "one", "Second", "two", "Third"]);
    }

    async fn the_newest_messages_that_fit_the_budget_are_shown(stage: Stage) {
        let answers: Vec<_> = (0..4).map(|nth| saying(&[&long("answer", nth)])).collect();
        let cost = |text: String| Tokenizer::Estimate.cost(&text, 0);
        let three = 2 * cost(long("question", 3)) + cost(long("answer", 2));
        let plan = Plan { context_budget: three + cost(long("answer", 1)) - 1, ..Plan::of(answers) };
        let world = World::of(&stage, plan).await;
        let thread = ThreadId(Uuid::now_v7());
        for nth in 0..3 {
            world.converse(thread, &long("question", nth)).await;
        }
        let end = world.converse(thread, &long("question", 3)).await;
        let shown = [long("question", 2), long("answer", 2), long("question", 3)];
        assert_eq!(world.shown(3).await, shown);
        // The record says how it was chosen, and where it begins.
        assert_eq!((end.context_messages, end.attempts[0].shown_from), (2, Some(5)));
        let events = world.events(thread).await;
        let rule = &begun(&events)[3].context;
        assert_eq!((rule.rule.as_str(), rule.limits[0].provider.as_str()), ("recent-4", "model"));
        assert_eq!(rule.limits[0].tokenizer, "estimate-1");
    }

    async fn an_answer_whose_question_does_not_fit_is_not_shown(stage: Stage) {
        let answers: Vec<_> = (0..2).map(|nth| saying(&[&long("answer", nth)])).collect();
        let cost = |text: String| Tokenizer::Estimate.cost(&text, 0);
        let two = cost(long("question", 1)) + cost(long("answer", 0));
        let world = World::of(&stage, Plan { context_budget: two, ..Plan::of(answers) }).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, &long("question", 0)).await;
        world.converse(thread, &long("question", 1)).await;
        assert_eq!(world.shown(1).await, [long("question", 1)]);
    }

    async fn a_turn_of_an_older_release_is_shown_what_its_rule_said(stage: Stage) {
        let answers: Vec<_> = (0..4).map(|nth| saying(&[&long("answer", nth)])).collect();
        let world = World::on(&stage, answers).await;
        let thread = ThreadId(Uuid::now_v7());
        for nth in 0..3 {
            world.converse(thread, &long("question", nth)).await;
        }
        let mut message = world.message(&long("question", 3));
        // Forty characters are ten tokens, and four more for the frame around them.
        message.context = ContextRule {
            rule: "recent-1".to_owned(),
            budget_tokens: 2 * 14 + 13,
            limits: vec![],
        };
        world.execute(thread, ThreadCommand::Send(message)).await.unwrap();
        assert_eq!(world.shown(3).await, [long("answer", 2), long("question", 3)]);
    }

    async fn a_message_that_is_more_than_the_budget_is_sent_to_nobody_and_the_reply_says_why(stage: Stage) {
        let plan = Plan { context_budget: 50, ..Plan::of([saying(&["one"]), saying(&["two"])]) };
        let world = World::of(&stage, plan).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, "Hi").await;
        let end = world.converse(thread, &"long ".repeat(100)).await;
        let error = end.error.unwrap();
        assert!(error.starts_with("the message is too long for `model`: it has about "), "{error}");
        assert!(error.contains(", and 50 fit; shorten it"), "{error}");
        assert_eq!(end.usage, Usage::default());
        assert_eq!(end.attempts[0].shown_from, None);
        assert_eq!(world.upstream.received().len(), 1);
        world.converse(thread, "Ho").await;
        assert_eq!(world.shown(1).await.last().unwrap(), "Ho");
    }

    async fn a_message_that_waited_has_the_context_of_its_own_provider(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["one"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        world.say(thread, "First").await;
        let mut message = world.message("Second");
        message.route = world.directory.route("echo").unwrap();
        let turn = message.turn;
        world.execute(thread, ThreadCommand::Send(message)).await.unwrap();
        gate.let_pass(ALL);
        world.end_of(thread, turn).await;
        let events = world.events(thread).await;
        let rules = begun(&events).into_iter().map(|started| started.context.rule.as_str());
        assert_eq!(rules.collect::<Vec<_>>(), ["recent-4", "none"]);
    }

    async fn a_reply_that_is_stopped_while_its_model_thinks_has_cost_what_was_sent(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["late"]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "First").await;
        world.upstream.wait_for_requests(1).await;
        world.stop(thread).await;
        let end = world.end_of(thread, turn).await;
        assert_eq!(end.text, "");
        assert!(end.usage.prompt_tokens > 0 && end.usage.estimated);
        assert_eq!(end.attempts[0].usage, end.usage);
    }

    async fn what_was_replaced_is_not_shown(stage: Stage) {
        let script = ["one", "again", "edited", "two"].map(|word| saying(&[word]));
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, "Frist").await;
        let turn = world.say_again(thread, None).await;
        world.end_of(thread, turn).await;
        assert_eq!(world.shown(1).await, ["Frist"]);

        let send = world.message("First");
        let (turn, target) = (send.turn, begun(&world.events(thread).await)[0].answers);
        world.execute(thread, ThreadCommand::Edit { target, send }).await.unwrap();
        world.end_of(thread, turn).await;
        assert_eq!(world.shown(2).await, ["First"]);

        world.converse(thread, "Second").await;
        assert_eq!(world.shown(3).await, ["First", "edited", "Second"]);
    }

    async fn what_is_redacted_of_a_wish_while_it_waits_is_sent_redacted(stage: Stage) {
        let gate = Gate::closed();
        let script = [saying(&["one"]).gate(&gate), saying(&["two"])];
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        world.say(thread, "First").await;
        world.say(thread, "Second").await;
        let again = world.say_again(thread, Some("In other words")).await;
        world.redact(thread, again.wish()).await;
        gate.let_pass(ALL);
        world.end_of(thread, again).await;
        assert_eq!(world.shown(1).await, ["First", "one", REDACTED]);
    }

    async fn what_is_said_with_a_wish_stands_in_for_a_redacted_message(stage: Stage) {
        let script = ["one", "two", "three"].map(|word| saying(&[word]));
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, "First").await;
        let message = begun(&world.events(thread).await)[0].answers;
        world.redact(thread, message).await;
        let again = world.say_again(thread, Some("In other words")).await;
        world.end_of(thread, again).await;
        assert_eq!(world.shown(1).await, ["In other words"]);
        world.converse(thread, "Second").await;
        assert_eq!(world.shown(2).await, [REDACTED, "two", "Second"]);
    }

    async fn what_failed_is_not_shown_and_what_was_stopped_is(stage: Stage) {
        let gate = Gate::closed();
        let script = [
            saying(&["lost"]).cut_after(1),
            Reply::error(400, "no"),
            saying(&["half", "whole"]).gate(&gate),
            saying(&["end"]),
        ];
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        for text in ["First", "Second"] {
            let turn = world.converse(thread, text).await.turn;
            let events = world.events(thread).await;
            assert_eq!(ending(&events, turn).unwrap().0, "reply.failed");
        }
        let turn = world.say(thread, "Third").await;
        gate.let_pass(1);
        world.follow(turn).until("half").await;
        world.stop(thread).await;
        world.end_of(thread, turn).await;
        world.converse(thread, "Fourth").await;
        assert_eq!(world.shown(3).await, ["First", "Second", "Third", "half", "Fourth"]);
    }

    async fn what_was_cut_or_erased_is_not_shown(stage: Stage) {
        let script = ["one", "two", "three", "four", "five", "new"].map(|word| saying(&[word]));
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        for text in ["First", "Second", "Third"] {
            world.converse(thread, text).await;
        }
        let truncate = ThreadCommand::Truncate { before: 3, deleted: 2, kept: 4, next_index: 7 };
        world.execute(thread, truncate).await.unwrap();
        let rewind = ThreadCommand::Rewind { from: 5, deleted: 2, tail: Tail::default(), next_index: 7 };
        world.execute(thread, rewind).await.unwrap();
        world.converse(thread, "Fourth").await;
        assert_eq!(world.shown(3).await, ["Second", "two", "Fourth"]);

        let restore = ThreadCommand::Restore { restored: 4, tail: Tail::default(), next_index: 9 };
        world.execute(thread, restore).await.unwrap();
        world.converse(thread, "Fifth").await;
        let all = ["First", "one", "Second", "two", "Third", "three", "Fourth", "four", "Fifth"];
        assert_eq!(world.shown(4).await, all);

        world.execute(thread, ThreadCommand::RequestErasure).await.unwrap();
        world.converse(thread, "Sixth").await;
        assert_eq!(world.shown(5).await, ["Sixth"]);
    }

    async fn what_happens_after_the_beginning_does_not_change_what_is_shown(stage: Stage) {
        let script = ["one", "two", "three"].map(|word| saying(&[word]));
        let world = World::on(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        world.converse(thread, "First").await;
        world.converse(thread, "Second").await;

        // Decided while the beginning is on its way into the log, so the actor knows it before the turn begins.
        let lock = Lock::of_the_log(&stage.database).await;
        let message = world.message("Third");
        let turn = message.turn;
        let truncate = ThreadCommand::Truncate { before: 3, deleted: 2, kept: 4, next_index: 7 };
        let both = [ThreadCommand::Send(message), truncate];
        let mut both = Box::pin(join_all(both.map(|command| world.execute(thread, command))));
        assert!(!has_ended(&mut both).await);
        world.meanwhile().await;
        lock.release().await;
        for done in both.await {
            done.unwrap();
        }
        world.end_of(thread, turn).await;
        assert_eq!(world.shown(2).await, ["First", "one", "Second", "two", "Third"]);
    }
}
