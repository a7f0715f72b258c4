//! What comes with a message is shown with it, whenever it is; and a message is not sent without what it came with.

use aggregates::{
    BlobId, CompletionId, ThreadId, TurnId,
    completion::{Requested, Said, Sampling, Speaker},
    thread::{Attachment, ContextRule, Dialect, SendMessage, ThreadCommand},
};
use colloquy::{
    actors::{CommandError, Ending, Origin},
    store::Erasure,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    answers::{ALL, saying},
    stage::{Stage, on_both, on_sqlite},
    world::{Plan, World, begun, look_again},
};
use crate::support::scripted::{Gate, Reply};

/// A model that sees.
async fn seeing(stage: &Stage, script: impl IntoIterator<Item = Reply>) -> World {
    let plan = Plan {
        vision: true,
        ..Plan::of(script)
    };
    World::of(stage, plan).await
}

async fn attached(world: &World, bytes: &str) -> Attachment {
    let attached = world.directory.attach("image/jpeg", bytes.as_bytes()).await;
    attached.unwrap()
}

async fn showing(world: &World, text: &str, bytes: &str) -> SendMessage {
    SendMessage {
        attachments: vec![attached(world, bytes).await],
        ..world.message(text)
    }
}

async fn send(world: &World, thread: ThreadId, message: SendMessage) -> TurnId {
    let turn = message.turn;
    world
        .execute(thread, ThreadCommand::Send(message))
        .await
        .unwrap();
    turn
}

/// What the model was shown in its `nth` call: texts, and texts with images.
async fn shown(world: &World, nth: usize) -> Value {
    world.upstream.wait_for_requests(nth + 1).await;
    let messages = world.upstream.received()[nth].body["messages"].clone();
    let contents = messages.as_array().unwrap().iter();
    contents.map(|message| message["content"].clone()).collect()
}

fn seen(text: &str, base64: &str) -> Value {
    let url = format!("data:image/jpeg;base64,{base64}");
    json!([
        { "type": "text", "text": text },
        { "type": "image_url", "image_url": { "url": url } },
    ])
}

async fn images(world: &World, thread: ThreadId, turn: TurnId) -> Vec<BlobId> {
    world.end_of(thread, turn).await.attempts[0].images.clone()
}

on_both! {
    async fn an_image_is_shown_with_its_message_whenever_that_is_shown(stage: Stage) {
        let script = ["a cat", "black", "a cat again"].map(|word| saying(&[word]));
        let world = seeing(&stage, script).await;
        let thread = ThreadId(Uuid::now_v7());
        let first = showing(&world, "What is this?", "cat").await;
        let blob = first.attachments[0].blob;
        let turn = send(&world, thread, first).await;
        assert_eq!(images(&world, thread, turn).await, [blob]);
        let next = world.say(thread, "Which colour?").await;
        assert_eq!(images(&world, thread, next).await, [blob]);
        assert_eq!(shown(&world, 0).await, json!([seen("What is this?", "Y2F0")]));
        let both = json!([seen("What is this?", "Y2F0"), "a cat", "Which colour?"]);
        assert_eq!(shown(&world, 1).await, both);
        // Another node, and the same answer to the same question.
        let there = seeing(&stage, [saying(&["white"])]).await;
        let SendMessage { route, options, context, .. } = there.message("");
        let turn = TurnId(Uuid::now_v7());
        let reload = ThreadCommand::Reload { turn, route, options, context, said: None, judged: None };
        there.execute(thread, reload).await.unwrap();
        assert_eq!(images(&there, thread, turn).await, [blob]);
        assert_eq!(shown(&there, 0).await, both);
        let events = there.events(thread).await;
        let rules = begun(&events);
        assert!(rules.iter().all(|started| started.context.limits[0].images == 8));
    }

    async fn the_image_of_a_redacted_message_is_not_shown_with_what_stands_in_for_its_words(stage: Stage) {
        let world = seeing(&stage, ["a cat", "black", "brown"].map(|word| saying(&[word]))).await;
        let thread = ThreadId(Uuid::now_v7());
        let first = showing(&world, "What is this?", "cat").await;
        let message = first.message;
        let turn = send(&world, thread, first).await;
        world.end_of(thread, turn).await;
        let again = world.say_again(thread, Some("Which colour?")).await;
        world.end_of(thread, again).await;
        assert_eq!(shown(&world, 1).await, json!([seen("Which colour?", "Y2F0")]));
        world.redact(thread, message).await;
        let again = world.say_again(thread, Some("Which colour?")).await;
        world.end_of(thread, again).await;
        assert_eq!(shown(&world, 2).await, json!(["Which colour?"]));
    }

    async fn a_message_is_not_sent_without_what_it_came_with(stage: Stage) {
        let world = seeing(&stage, [saying(&["Hello"])]).await;
        let thread = world.thread().await;
        let message = showing(&world, "late", "cat").await;
        world.store.sweep_blobs(0, i64::MAX).await.unwrap();
        let late = world.execute(thread, ThreadCommand::Send(message)).await;
        assert!(matches!(late, Err(CommandError::Unavailable)), "{late:?}");
        world.converse(thread, "Hi").await;
        assert_eq!(shown(&world, 0).await, json!(["Hi"]));
    }

    async fn what_was_kept_for_a_message_that_is_refused_can_be_thrown_away(stage: Stage) {
        let world = seeing(&stage, [saying(&["a cat"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let message = showing(&world, "What is this?", "cat").await;
        let sent = message.attachments[0].clone();
        let done = world.execute(thread, ThreadCommand::Send(message)).await.unwrap();
        let unsent = attached(&world, "dog").await;
        assert!(done.has(&sent) && !done.has(&unsent));
        for attachment in [&sent, &unsent] {
            world.directory.detach(attachment).await;
        }
        assert_eq!(world.store.blob(&sent).await.unwrap().unwrap(), b"cat");
        assert_eq!(world.store.blob(&unsent).await, Ok(None));
    }
}

on_sqlite! {
    async fn an_image_that_waited_with_its_message_is_shown_in_its_turn(stage: Stage) {
        let gate = Gate::closed();
        let world = seeing(&stage, [saying(&["one"]).gate(&gate), saying(&["a cat"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        world.say(thread, "First").await;
        let message = showing(&world, "What is this?", "cat").await;
        let turn = send(&world, thread, message).await;
        gate.let_pass(ALL);
        world.end_of(thread, turn).await;
        assert_eq!(shown(&world, 0).await, json!(["First"]));
        assert_eq!(shown(&world, 1).await, json!(["First", "one", seen("What is this?", "Y2F0")]));
    }

    async fn an_edit_says_anew_what_is_shown(stage: Stage) {
        let world = seeing(&stage, ["a cat", "a dog", "nothing"].map(|word| saying(&[word]))).await;
        let thread = ThreadId(Uuid::now_v7());
        let mut target = showing(&world, "What is this?", "cat").await;
        let turn = send(&world, thread, target.clone()).await;
        world.end_of(thread, turn).await;
        for message in [showing(&world, "And this?", "dog").await, world.message("And here?")] {
            let (turn, send) = (message.turn, message.clone());
            let edit = ThreadCommand::Edit { target: target.message, send };
            world.execute(thread, edit).await.unwrap();
            world.end_of(thread, turn).await;
            target = message;
        }
        assert_eq!(shown(&world, 1).await, json!([seen("And this?", "ZG9n")]));
        assert_eq!(shown(&world, 2).await, json!(["And here?"]));
    }

    async fn an_image_that_has_no_room_is_left_out_with_its_message(stage: Stage) {
        let plan = Plan { vision: true, context_budget: 1_700, ..Plan::of([saying(&["a cat"]), saying(&["a dog"])]) };
        let world = World::of(&stage, plan).await;
        let thread = ThreadId(Uuid::now_v7());
        for (text, bytes) in [("What is this?", "cat"), ("And this?", "dog")] {
            let message = showing(&world, text, bytes).await;
            let turn = send(&world, thread, message).await;
            world.end_of(thread, turn).await;
        }
        assert_eq!(shown(&world, 1).await, json!([seen("And this?", "ZG9n")]));
    }

    async fn the_newest_eight_images_are_shown(stage: Stage) {
        let world = seeing(&stage, (0..10).map(|_| saying(&["ok"]))).await;
        let thread = ThreadId(Uuid::now_v7());
        let mut blobs = vec![];
        for number in 0..10 {
            let message = showing(&world, &format!("Number {number}"), "cat").await;
            blobs.push(message.attachments[0].blob);
            // As much as there is of it: ten images are more than the budget here.
            let context = ContextRule {
                limits: message.context.limits.iter().cloned().map(|mut limit| {
                    limit.budget_tokens = 100_000;
                    limit
                }).collect(),
                ..message.context.clone()
            };
            let turn = send(&world, thread, SendMessage { context, ..message }).await;
            let end = world.end_of(thread, turn).await;
            let oldest = blobs.len().saturating_sub(8);
            assert_eq!(end.attempts[0].images, blobs[oldest..]);
            assert_eq!(end.attempts[0].shown_from, Some(1));
        }
        let last = shown(&world, 9).await;
        assert_eq!(last[0], "Number 0");
        assert_eq!(last[4], seen("Number 2", "Y2F0"));
    }

    async fn of_an_image_that_is_lost_nobody_is_asked_and_the_conversation_goes_on(stage: Stage) {
        let world = seeing(&stage, ["a cat", "fine"].map(|word| saying(&[word]))).await;
        let thread = ThreadId(Uuid::now_v7());
        let message = showing(&world, "What is this?", "cat").await;
        let turn = send(&world, thread, message).await;
        world.end_of(thread, turn).await;
        let all = Erasure {
            aggregate_type: "thread".to_owned(),
            aggregate_id: thread.to_string(),
            number: 0,
            position: 0,
            sequence: u64::MAX,
            before: None,
        };
        world.store.destroy_copies(&all).await.unwrap();
        let SendMessage { route, options, context, turn, .. } = world.message("");
        let reload = ThreadCommand::Reload { turn, route, options, context, said: None, judged: None };
        world.execute(thread, reload).await.unwrap();
        let end = world.end_of(thread, turn).await;
        let lost = "the image of this message cannot be read any more; send it again";
        assert_eq!(end.error.as_deref(), Some(lost));
        assert_eq!((end.attempts[0].shown_from, end.attempts[0].images.len()), (None, 0));
        assert_eq!(world.upstream.received().len(), 1);
        let next = world.converse(thread, "And now?").await;
        assert_eq!((next.text.as_str(), next.attempts[0].images.len()), ("fine", 0));
        assert_eq!(shown(&world, 1).await, json!(["What is this?", "And now?"]));
    }

    async fn of_an_image_that_is_lost_a_question_without_a_thread_says_so(stage: Stage) {
        let world = seeing(&stage, [saying(&["a cat"])]).await;
        let mut image = attached(&world, "cat").await;
        image.key = "AAAA".to_owned();
        let completion = CompletionId(Uuid::now_v7());
        let requested = Requested {
            completion,
            owner: world.owner,
            dialect: Dialect::Openai,
            route: world.directory.route("default").unwrap(),
            messages: vec![Said { attachments: vec![image], ..Said::words(Speaker::User, "What is this?") }],
            sampling: Sampling::default(),
            streamed: false,
        };
        world.directory.complete(requested, None, Origin::server(), false).await.unwrap();
        let (ending, end) = loop {
            let record = world.directory.completion(completion).await.unwrap();
            if let Some((ending, end, _)) = record.and_then(|record| record.ended) {
                break (ending, end);
            }
            look_again().await;
        };
        let lost = "the image of this message cannot be read any more; send it again";
        assert_eq!((ending, end.error.as_deref()), (Ending::Failed, Some(lost)));
        assert!(world.upstream.received().is_empty());
    }

    async fn who_sees_nothing_is_not_asked_of_an_image_and_goes_on_without_it(stage: Stage) {
        let world = World::on(&stage, [saying(&["fine"])]).await;
        let thread = ThreadId(Uuid::now_v7());
        let message = showing(&world, "What is this?", "cat").await;
        let turn = send(&world, thread, message).await;
        let end = world.end_of(thread, turn).await;
        assert_eq!(end.error.as_deref(), Some("This provider reads no images."));
        assert_eq!((end.attempts.len(), end.usage.prompt_tokens), (1, 0));
        world.converse(thread, "And now?").await;
        assert_eq!(shown(&world, 0).await, json!(["What is this?", "And now?"]));
    }
}
