//! Threads are found by any part of their name, or of their owner's.

use aggregates::{
    ThreadId,
    thread::ThreadCommand,
    user::{Role, UserEvent},
};
use colloquy::views::{ThreadQuery, Views};
use uuid::Uuid;

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(threads_are_found_by_any_part_of_a_name);

const NAMES: [&str; 8] = [
    "Žluť: 100% of_it",
    "an under_score",
    "ÀB",
    "aa",
    "New chats of old",
    r"C:\temp",
    "\u{1f600}\u{1f600}\u{1f600}!",
    "second life",
];

async fn threads_are_found_by_any_part_of_a_name(database: TestDatabase) {
    let mut world = World::on(database).await;
    let mut named = vec![];
    for (n, name) in (1..).zip(NAMES) {
        world.exchange(thread(n), "hello", "!").await;
        if name == "second life" {
            rename(&mut world, thread(n), "first life").await;
        }
        rename(&mut world, thread(n), name).await;
        named.push((thread(n), name.to_lowercase()));
    }
    world.exchange(thread(20), "hello", "!").await;
    named.push((thread(20), "new chat".to_owned()));
    world.exchange(thread(21), "hello", "!").await;
    rename(&mut world, thread(21), "an erased one").await;
    world
        .command(thread(21), ThreadCommand::RequestErasure)
        .await;
    let registered = UserEvent::Registered {
        user: owner(1),
        username: "Alicia".to_owned(),
        role: Role::User,
        credential: Uuid::now_v7(),
        generated: false,
    };
    world.happened("user", owner(1).0, &[registered]).await;
    let views = world.caught_up().await;
    for text in [
        "luť",
        "LUŤ: 1",
        "100%",
        "0% o",
        "f_i",
        "r_s",
        "_",
        "%",
        "b",
        "àb",
        "aa",
        "aaa",
        "new chat",
        "NEW CHATS",
        "w ch",
        "chats",
        "first",
        "life",
        "econd l",
        r"\",
        r":\t",
        "erased",
        "\u{1f600}",
        "\u{1f600}\u{1f600}\u{1f600}",
        "nothing",
        " ",
        "",
    ] {
        let text_key = text.to_lowercase();
        let wanted = named.iter().filter(|(_, name)| name.contains(&text_key));
        let mut wanted: Vec<String> = wanted.map(|(thread, _)| thread.to_string()).collect();
        wanted.sort_unstable();
        assert_eq!(found(&views, text).await, wanted, "{text:?}");
    }
    let all = named.len();
    for text in ["LICI", "alicia", "Alic", "ia"] {
        assert_eq!(found(&views, text).await.len(), all, "{text}");
    }
}

async fn rename(world: &mut World, thread: ThreadId, name: &str) {
    let name = name.to_owned();
    let generated = false;
    world
        .command(thread, ThreadCommand::Rename { name, generated })
        .await;
}

/// Everybody's threads that have this in a name.
async fn found(views: &Views, text: &str) -> Vec<String> {
    let query = ThreadQuery {
        text: Some(text.to_owned()),
        ..ThreadQuery::default()
    };
    let rows = views.threads(&query, 0, 100).await.unwrap();
    let count = views.count_threads(&query).await.unwrap();
    assert_eq!(count, rows.len() as u64);
    let mut found: Vec<String> = rows.into_iter().map(|row| row.thread).collect();
    found.sort_unstable();
    found
}
