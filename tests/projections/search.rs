//! Looking for messages: what is found, in which order, and what is not found any more.

use std::collections::BTreeSet;

use aggregates::{
    MessageId, TurnId, UserId,
    thread::{Dialect, MessageSent, Opened, ReplyStarted, ThreadCommand, ThreadEvent, TurnOptions},
};
use colloquy::{
    projector::{catch_up, rebuild},
    views::{SearchPage, SearchQuery, SearchScope, SearchTerms, Views},
};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    messages_are_found_by_their_words_and_only_ones_own,
    the_best_come_first_and_of_equals_the_newest,
    what_is_rare_among_many_messages_is_found,
    pages_have_no_gap_and_no_duplicate_whatever_is_written_meanwhile,
    a_cut_hides_and_its_lifting_brings_back,
    times_limit_what_is_found,
    an_erasure_leaves_nothing_to_find,
    a_rebuilt_index_finds_the_same,
    no_search_reads_a_whole_table,
);

fn query(scope: SearchScope, typed: &str) -> SearchQuery {
    SearchQuery {
        scope,
        terms: SearchTerms::read(typed),
        from: None,
        to: None,
        limit: 100,
        cursor: None,
    }
}

fn of(n: u128) -> SearchScope {
    SearchScope::Owner(owner(n).0)
}

async fn found(views: &Views, scope: SearchScope, typed: &str) -> Vec<String> {
    texts(&views.search(&query(scope, typed)).await.unwrap())
}

fn texts(page: &SearchPage) -> Vec<String> {
    page.rows
        .iter()
        .map(|row| row.excerpt.text.clone())
        .collect()
}

/// A conversation that begins with its opening: questions and their answers.
pub(super) fn history(
    owner: UserId,
    first: u128,
    exchanges: &[(String, String)],
) -> Vec<ThreadEvent> {
    let mut events = vec![ThreadEvent::Opened(Opened {
        owner,
        dialect: Dialect::Assistant,
        reference: None,
        channel: None,
        name: None,
    })];
    for (n, (question, answer)) in (0_u32..).zip(exchanges) {
        let id = first + 2 * u128::from(n);
        let (message, turn) = (
            MessageId(Uuid::from_u128(id)),
            TurnId(Uuid::from_u128(id + 1)),
        );
        let index = u64::from(2 * n + 1);
        events.extend([
            ThreadEvent::MessageSent(MessageSent {
                message,
                index,
                text: question.clone(),
                attachments: vec![],
                replaces: None,
                turn,
                route: route(),
                options: TurnOptions::default(),
            }),
            ThreadEvent::ReplyStarted(ReplyStarted {
                turn,
                answers: message,
                index: index + 1,
                replaces: None,
                route: route(),
                options: TurnOptions::default(),
                context: context(),
            }),
            ThreadEvent::ReplyCompleted(end(turn, answer)),
        ]);
    }
    events
}

/// A past of 2,400 messages of owner 1, among as many of owner 2.
async fn long_past(world: &mut World) {
    for n in 0..120 {
        let exchanges: Vec<(String, String)> = (0..20)
            .map(|m| {
                let number = n / 2 * 20 + m;
                (
                    format!("question number {number} about the weather"),
                    format!(
                        "answer: {} in the weather of day{number}",
                        ["rain", "snow"][m % 2]
                    ),
                )
            })
            .collect();
        let events = history(
            owner(1 + n as u128 % 2),
            0x10_000 * (n as u128 + 1),
            &exchanges,
        );
        world.happened("thread", thread(n as u128).0, &events).await;
    }
}

async fn messages_are_found_by_their_words_and_only_ones_own(database: TestDatabase) {
    let mut world = World::on(database).await;
    world
        .exchange(thread(1), "Wo ist die Straße?", "Dort, 黒猫が寝ている")
        .await;
    let (_, turn) = world.say(thread(2), owner(2), "web", "meine Strasse").await;
    world.answer(thread(2), turn, "deine").await;
    let views = world.caught_up().await;
    for (typed, texts) in [
        ("STRASSE", vec!["Wo ist die Straße?"]),
        ("猫", vec!["Dort, 黒猫が寝ている"]),
        (r#""黒猫が" dort"#, vec!["Dort, 黒猫が寝ている"]),
        ("str*", vec!["Wo ist die Straße?"]),
        ("\"die ist\"", vec![]),
        ("ist -die", vec![]),
        ("deine", vec![]),
        ("' OR 1=1 --", vec![]),
        (r#"" NEAR( ^ : { } \ % _ '"#, vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&views, of(1), typed).await, texts, "{typed}");
    }
    let everybody = found(&views, SearchScope::Everybody, "strasse").await;
    assert_eq!(everybody, ["meine Strasse", "Wo ist die Straße?"]);
    let conversation = SearchScope::Conversation(thread(2).0);
    assert_eq!(
        found(&views, conversation, "strasse").await,
        ["meine Strasse"]
    );
}

async fn the_best_come_first_and_of_equals_the_newest(database: TestDatabase) {
    let mut world = World::on(database).await;
    world
        .exchange(thread(1), "a fox", "fox and fox, and a third fox")
        .await;
    world
        .exchange(
            thread(1),
            "b fox",
            "a very long answer with one single fox in it",
        )
        .await;
    let views = world.caught_up().await;
    assert_eq!(
        found(&views, of(1), "fox").await,
        [
            "fox and fox, and a third fox",
            "b fox",
            "a fox",
            "a very long answer with one single fox in it"
        ]
    );
    let page = views.search(&query(of(1), "fox")).await.unwrap();
    assert!(
        page.rows
            .is_sorted_by_key(|row| std::cmp::Reverse(row.score))
    );
    assert_eq!(page.rows[1].excerpt.highlights, [(2, 5)]);
}

async fn what_is_rare_among_many_messages_is_found(database: TestDatabase) {
    let mut world = World::on(database).await;
    long_past(&mut world).await;
    let views = world.caught_up().await;
    for (typed, count) in [
        ("day7", 1),
        ("day7 weather", 1),
        ("\"number 7 about\"", 1),
        ("\"about number\"", 0),
        ("7", 1),
        ("day59*", 11),
        ("number 59 -question", 0),
        ("nowhere", 0),
        ("snow day7", 1),
        ("rain day7", 0),
    ] {
        for n in [1, 2] {
            assert_eq!(found(&views, of(n), typed).await.len(), count, "{typed}");
        }
        let everybody = found(&views, SearchScope::Everybody, typed).await;
        assert_eq!(everybody.len(), 2 * count, "{typed}");
    }
}

async fn pages_have_no_gap_and_no_duplicate_whatever_is_written_meanwhile(database: TestDatabase) {
    let mut world = World::on(database).await;
    long_past(&mut world).await;
    let views = world.caught_up().await;
    let mut written = 0;
    for (scope, typed, count) in [
        (of(1), "weather", 1_200 + 1_200),
        (of(1), "rain weather", 600),
        (SearchScope::Everybody, "question", 2_400),
        (SearchScope::Conversation(thread(1).0), "weather", 40),
    ] {
        let mut seen = BTreeSet::new();
        let already = if typed == "question" { written } else { 0 };
        let mut asked = query(scope, typed);
        asked.limit = 90;
        loop {
            let page = views.search(&asked).await.unwrap();
            for row in page.rows {
                assert!(
                    seen.insert(row.message.clone()),
                    "{} twice",
                    row.excerpt.text
                );
            }
            let Some(next) = page.next else { break };
            asked.cursor = Some(next.to_string().parse().unwrap());
            world
                .exchange(thread(99), "the weather, again a question", "rain")
                .await;
            written += 1;
            catch_up(&world.store, &views).await.unwrap();
        }
        // What is new since the first page is not on a later one.
        assert_eq!(seen.len(), count + already, "{typed}");
    }
}

async fn a_cut_hides_and_its_lifting_brings_back(database: TestDatabase) {
    let mut world = World::on(database).await;
    for n in 1..=3 {
        world
            .exchange(thread(1), &format!("word q{n}"), &format!("word a{n}"))
            .await;
    }
    let views = world.caught_up().await;
    let kept = views.keeping(thread(1).0, 2).await.unwrap().unwrap();
    let command = ThreadCommand::Truncate {
        before: kept.before,
        deleted: kept.deleted,
        kept: kept.kept,
        next_index: kept.next_index,
    };
    world.command(thread(1), command).await;
    catch_up(&world.store, &views).await.unwrap();
    assert_eq!(found(&views, of(1), "word").await, ["word a3", "word q3"]);
    let restored = views.restoring(thread(1).0).await.unwrap().unwrap();
    let command = ThreadCommand::Restore {
        restored: restored.restored,
        tail: restored.tail,
        next_index: restored.next_index,
    };
    world.command(thread(1), command).await;
    world.command(thread(1), ThreadCommand::Archive).await;
    catch_up(&world.store, &views).await.unwrap();
    assert_eq!(found(&views, of(1), "word").await.len(), 6);
}

async fn times_limit_what_is_found(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.exchange(thread(1), "word one", "-").await;
    world.exchange(thread(1), "word two", "-").await;
    world.exchange(thread(1), "word three", "-").await;
    let views = world.caught_up().await;
    let all = views.search(&query(of(1), "word")).await.unwrap();
    let times: Vec<i64> = all.rows.iter().map(|row| row.created).collect();
    let limited = async |from, to| {
        let asked = SearchQuery {
            from,
            to,
            ..query(of(1), "word")
        };
        texts(&views.search(&asked).await.unwrap())
    };
    let (third, second, first) = (times[0], times[1], times[2]);
    assert!(first < second && second < third);
    assert_eq!(
        limited(Some(second), None).await,
        ["word three", "word two"]
    );
    assert_eq!(limited(None, Some(second)).await, ["word one"]);
    assert_eq!(limited(Some(second), Some(third)).await, ["word two"]);
    assert!(limited(Some(third + 60_000_000), None).await.is_empty());
    assert!(limited(Some(third), Some(first)).await.is_empty());
}

async fn an_erasure_leaves_nothing_to_find(database: TestDatabase) {
    let mut world = World::on(database).await;
    let (secret, kept) = ("xylophonquartett", "papierflieger");
    for n in 0..40 {
        world
            .exchange(
                thread(1),
                &format!("{n} {secret}"),
                &format!("{secret}{n} {n}"),
            )
            .await;
        world.exchange(thread(2), &format!("{n} {kept}"), "-").await;
    }
    let views = world.caught_up().await;
    assert_eq!(found(&views, of(1), secret).await.len(), 40);
    world
        .command(thread(1), ThreadCommand::RequestErasure)
        .await;
    catch_up(&world.store, &views).await.unwrap();
    for typed in [secret, "xylo*"] {
        assert!(
            found(&views, SearchScope::Everybody, typed)
                .await
                .is_empty()
        );
    }
    assert_eq!(found(&views, of(1), kept).await.len(), 40);
    if let TestDatabase::Sqlite(dir) = &world.database {
        world.meddle("PRAGMA wal_checkpoint(TRUNCATE)").await;
        views.close().await;
        for file in ["views.db", "views.db-wal"] {
            let bytes = std::fs::read(dir.path().join(file)).unwrap_or_default();
            let holds = |word: &str| {
                bytes
                    .windows(word.len())
                    .any(|part| part == word.as_bytes())
            };
            assert!(!holds(secret) && !holds("xylophon"), "{file}");
            assert!(file != "views.db" || holds(kept));
        }
    }
}

async fn a_rebuilt_index_finds_the_same(database: TestDatabase) {
    let mut world = World::on(database).await;
    long_past(&mut world).await;
    let views = world.live().await;
    let head = world.store.head().await.unwrap();
    until(&views, head).await;
    let before = found(&views, of(1), "day59*").await;
    for _ in 0..2 {
        let report = rebuild(&world.store, &views, "search", |_| {})
            .await
            .unwrap();
        assert_eq!(report.different, 0, "{report}");
        assert_eq!(found(&views, of(1), "day59*").await, before);
    }
    // The projector goes on with the new index, and forgets with it.
    let said = world.exchange(thread(99), "brandnew day590001", "-").await;
    until(&views, said).await;
    assert_eq!(found(&views, of(1), "day59*").await.len(), before.len() + 1);
    let gone = world
        .command(thread(99), ThreadCommand::RequestErasure)
        .await;
    until(&views, gone).await;
    assert_eq!(found(&views, of(1), "day59*").await, before);
}

async fn no_search_reads_a_whole_table(database: TestDatabase) {
    let mut world = World::on(database).await;
    long_past(&mut world).await;
    let views = world.caught_up().await;
    world.meddle("ANALYZE").await;
    for scope in [
        of(1),
        SearchScope::Conversation(thread(1).0),
        SearchScope::Everybody,
    ] {
        for typed in ["weather", "day7", "da*", "\"number 7\" -snow"] {
            let asked = SearchQuery {
                from: Some(1),
                ..query(scope, typed)
            };
            let plan = views.search_plan(&asked).await.unwrap();
            assert!(plan.len() >= 4, "{plan:?}");
            for step in &plan {
                let whole = step.contains("Seq Scan")
                    || (step.contains("SCAN") && !step.contains("INDEX") && !is_our_own(step));
                assert!(!whole, "{typed}: {plan:#?}");
            }
        }
    }
}

/// SQLite's words for walking through what a query itself has made.
fn is_our_own(step: &str) -> bool {
    ["SCAN newest", "SCAN asked", "SCAN CONSTANT ROW"]
        .iter()
        .any(|own| step.contains(own))
}
