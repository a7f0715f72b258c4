//! Following a reply: nothing too early, nothing twice, nothing left out, and nobody waits for anybody.

use aggregates::ThreadId;
use colloquy::actors::Ending;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    answers::{ALL, Part, answer, saying},
    follower::Reader,
    locks::Lock,
    stage::{Stage, on_both, on_sqlite},
    world::{Plan, World},
};
use crate::support::{databases::TestDatabase, scripted::Gate};

on_both! {
    async fn a_delta_is_shown_only_after_its_draft_is_written(stage: Stage) {
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&["Once ", "upon "]).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.until("Once ").await;
        assert_eq!(world.store.draft(turn.0).await.unwrap().text, "Once ");

        let lock = Lock::of_the_drafts(&stage.database).await;
        gate.let_pass(1);
        world.meanwhile().await;
        assert_eq!(reader.ready(), "Once ", "shown before it was kept");
        lock.release().await;
        reader.until("Once upon ").await;
        assert_eq!(world.store.draft(turn.0).await.unwrap().text, "Once upon ");
        gate.let_pass(ALL);
        reader.end().await;
    }
}

on_sqlite! {
    async fn a_follower_that_does_not_read_holds_nobody_up(stage: Stage) {
        let words: Vec<_> = (0..300).map(|nth| format!("{nth} ")).collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let gate = Gate::closed();
        let world = World::on(&stage, [saying(&words).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Count").await;
        let (mut slow, mut quick) = (world.follow(turn), world.follow(turn));
        gate.let_pass(ALL);
        let (text, ended) = quick.end().await;
        assert_eq!((text, ended.ending), (words.concat(), Ending::Completed));
        assert_eq!(quick.text, words.concat());

        // All of it waits for the slow one, in one piece, even now that the reply has ended.
        assert!(slow.next().await.is_none());
        assert_eq!(slow.text, words.concat());
        assert!(slow.next().await.is_some());
    }

    async fn an_answer_that_is_there_at_once_is_shown_with_its_thoughts(stage: Stage) {
        let gate = Gate::closed();
        let parts = [Part::Thought("Hm.".to_owned()), Part::Text("Hello".to_owned())];
        let world = World::on(&stage, [answer(&parts).slow_first_byte(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Hi").await;
        let mut reader = world.follow(turn);
        gate.let_pass(1);
        reader.end().await;
        assert_eq!((reader.text.as_str(), reader.reasoning.as_str()), ("Hello", "Hm."));
    }

    async fn a_cursor_past_the_end_gets_the_text_from_its_beginning(stage: Stage) {
        let gate = Gate::closed();
        let parts = [
            Part::Thought("Hm. ".to_owned()),
            Part::Text("Once ".to_owned()),
            Part::Thought("So. ".to_owned()),
            Part::Text("upon".to_owned()),
        ];
        let world = World::on(&stage, [answer(&parts).gate(&gate)]).await;
        let thread = ThreadId(Uuid::now_v7());
        let turn = world.say(thread, "Tell").await;
        gate.let_pass(2);
        world.follow(turn).until("Once ").await;

        let feed = || world.directory.feed(turn).unwrap();
        let (mut beyond, mut thoughtful) =
            (Reader::new(feed(), 6, 4), Reader::new(feed(), 5, 1_000));
        assert_eq!(beyond.ready(), "Once ");
        assert_eq!(beyond.resets, 1);
        thoughtful.ready();
        gate.let_pass(ALL);
        beyond.end().await;
        thoughtful.end().await;
        assert_eq!((beyond.text.as_str(), beyond.resets), ("Once upon", 1));
        assert_eq!(beyond.reasoning, "So. ");
        assert_eq!(thoughtful.reasoning, "So. ", "thoughts were left out");
        assert!(thoughtful.text.ends_with("upon"));
    }

    async fn whoever_comes_late_or_comes_back_sees_every_byte_once(stage: Stage) {
        let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
        let runtime = Handle::current();
        // Proptest is not async: it waits on a thread of its own.
        let told = tokio::task::spawn_blocking(move || {
            TestRunner::new(config).run(&story(), |story| {
                // Another log each time: on one, the worlds would take each other for dead.
                let stage = Stage {
                    database: TestDatabase::sqlite(),
                    arbiters: stage.arbiters.clone(),
                    signs: stage.signs,
                };
                runtime.block_on(tell(&stage, story))
            })
        });
        told.await.unwrap().unwrap();
    }
}

/// An answer, and who follows it.
#[derive(Clone, Debug)]
struct Story {
    parts: Vec<Part>,
    followers: Vec<Visit>,
}

/// Comes after so many parts, with cursors at these fractions of what there is then; comes back after
/// every part or stays.
#[derive(Clone, Debug)]
struct Visit {
    after: prop::sample::Index,
    text: f64,
    reasoning: f64,
    leaves: bool,
}

fn story() -> impl Strategy<Value = Story> {
    let words = "[aß€😀é\\n\"]{1,6}";
    let part = prop_oneof![
        2 => words.prop_map(Part::Text),
        1 => words.prop_map(Part::Thought),
    ];
    let visit = (
        any::<prop::sample::Index>(),
        0.0..=1.0,
        0.0..=1.0,
        any::<bool>(),
    );
    let visit = visit.prop_map(|(after, text, reasoning, leaves)| Visit {
        after,
        text,
        reasoning,
        leaves,
    });
    (
        prop::collection::vec(part, 1..10),
        prop::collection::vec(visit, 1..6),
    )
        .prop_map(|(parts, followers)| Story { parts, followers })
}

async fn tell(stage: &Stage, story: Story) -> Result<(), TestCaseError> {
    let gate = Gate::closed();
    let world = World::of(stage, Plan::of([answer(&story.parts).gate(&gate)])).await;
    let thread = ThreadId(Uuid::now_v7());
    let turn = world.say(thread, "Tell").await;
    let feed = world.directory.feed(turn).unwrap();
    let mut first = Reader::new(feed.clone(), 0, 0);
    let mut readers: Vec<(Reader, bool, (usize, usize))> = vec![];
    let (mut text, mut reasoning) = (String::new(), String::new());
    for (nth, part) in story.parts.iter().enumerate() {
        gate.let_pass(1);
        match part {
            Part::Text(more) => text.push_str(more),
            Part::Thought(more) => reasoning.push_str(more),
        }
        while first.text != text || first.reasoning != reasoning {
            prop_assert!(first.next().await.is_none());
        }
        for (reader, leaves, _) in &mut readers {
            reader.ready();
            if *leaves {
                let (text, reasoning) = reader.at;
                let back = Reader::new(feed.clone(), text, reasoning);
                let gone = std::mem::replace(reader, back);
                (reader.text, reader.reasoning) = (gone.text, gone.reasoning);
            }
        }
        for visit in &story.followers {
            if visit.after.index(story.parts.len()) == nth {
                let at = |fraction: f64, text: &str| (fraction * text.len() as f64) as usize;
                let (t, r) = (at(visit.text, &text), at(visit.reasoning, &reasoning));
                let reader = Reader::new(feed.clone(), t as u64, r as u64);
                let from = (
                    text.floor_char_boundary(t),
                    reasoning.floor_char_boundary(r),
                );
                readers.push((reader, visit.leaves, from));
            }
        }
    }
    gate.let_pass(ALL);
    first.end().await;
    for (mut reader, _, (t, r)) in readers {
        let (whole, _) = reader.end().await;
        prop_assert_eq!(&whole, &text);
        prop_assert_eq!(reader.text.as_str(), &text[t..]);
        prop_assert_eq!(reader.reasoning.as_str(), &reasoning[r..]);
        prop_assert_eq!(reader.resets, 0);
    }
    let end = world.end_of(thread, turn).await;
    prop_assert_eq!(
        (end.text, end.reasoning.unwrap_or_default()),
        (text, reasoning)
    );
    world.leaves();
    Ok(())
}
