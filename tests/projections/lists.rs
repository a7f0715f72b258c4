//! Lists of conversations.

use aggregates::thread::ThreadCommand;
use colloquy::views::{ConversationQuery, Cursor, Views};

use super::world::*;
use crate::support::databases::TestDatabase;

on_both!(
    conversations_come_page_by_page_newest_activity_first,
    a_list_shows_one_owner_one_channel_and_no_archive,
    conversations_without_a_message_are_not_listed,
    a_cursor_that_no_page_gave_out_is_refused,
    whose_threads_are_is_told_of_many_at_once,
);

fn of(n: u128, limit: u32) -> ConversationQuery {
    ConversationQuery {
        owner: owner(n).0,
        channel: None,
        archived: false,
        limit,
        cursor: None,
    }
}

async fn titles(views: &Views, query: ConversationQuery) -> Vec<String> {
    let page = views.conversations(query).await.unwrap();
    page.rows.iter().map(|row| row.title().to_owned()).collect()
}

async fn conversations_come_page_by_page_newest_activity_first(database: TestDatabase) {
    let mut world = World::on(database).await;
    for n in 1..=7 {
        world
            .exchange(thread(n), &format!("question {n}"), "!")
            .await;
    }
    world.exchange(thread(2), "more", "!").await;
    let views = world.caught_up().await;

    let mut seen = Vec::new();
    let mut query = of(1, 3);
    loop {
        let page = views.conversations(query.clone()).await.unwrap();
        assert!(page.rows.len() <= 3);
        seen.extend(page.rows.iter().map(|row| row.title().to_owned()));
        let Some(next) = page.next else { break };
        query.cursor = Some(next.to_string().parse().unwrap());
    }
    let order = [2, 7, 6, 5, 4, 3, 1].map(|n| format!("question {n}"));
    assert_eq!(seen, order);
}

async fn a_list_shows_one_owner_one_channel_and_no_archive(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.say(thread(1), owner(1), "web", "web").await;
    world.say(thread(2), owner(1), "telegram", "telegram").await;
    world.say(thread(3), owner(1), "web", "archived").await;
    world.command(thread(3), ThreadCommand::Archive).await;
    world
        .say(thread(4), owner(2), "web", "somebody else's")
        .await;
    let views = world.caught_up().await;

    assert_eq!(titles(&views, of(1, 50)).await, ["telegram", "web"]);
    let web = ConversationQuery {
        channel: Some("web".to_owned()),
        ..of(1, 50)
    };
    assert_eq!(titles(&views, web).await, ["web"]);
    let archived = ConversationQuery {
        archived: true,
        ..of(1, 50)
    };
    assert_eq!(titles(&views, archived).await, ["archived"]);
}

async fn conversations_without_a_message_are_not_listed(database: TestDatabase) {
    let mut world = World::on(database).await;
    world.exchange(thread(1), "kept", "!").await;
    world.exchange(thread(2), "cut to nothing", "!").await;
    for n in 3..=4 {
        // Everything but a hidden place is cut: only counting tells that nothing is left.
        world.exchange(thread(n), "one", "!").await;
        world.exchange(thread(n), "two", "!").await;
    }
    let truncate = |before, next_index| ThreadCommand::Truncate {
        before,
        deleted: 2,
        kept: 0,
        next_index,
    };
    world.command(thread(2), truncate(3, 3)).await;
    let rewind = ThreadCommand::Rewind {
        from: 3,
        deleted: 2,
        tail: Default::default(),
        next_index: 5,
    };
    world.command(thread(3), rewind).await;
    world.command(thread(3), truncate(3, 5)).await;
    let views = world.caught_up().await;
    assert_eq!(titles(&views, of(1, 1)).await, ["one"]);
    let page = views.conversations(of(1, 2)).await.unwrap();
    let threads: Vec<String> = page.rows.into_iter().map(|row| row.thread).collect();
    assert_eq!(threads, [thread(4).to_string(), thread(1).to_string()]);
}

async fn a_cursor_that_no_page_gave_out_is_refused(_: TestDatabase) {
    for text in ["", "x", "AAAA", "🐎", &"A".repeat(33)] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

async fn whose_threads_are_is_told_of_many_at_once(database: TestDatabase) {
    let mut world = World::on(database).await;
    for n in 1..=3 {
        world.say(thread(n), owner(n), "web", "hello").await;
    }
    let views = world.caught_up().await;
    // One twice, and one that there is not.
    let asked = [2, 1, 2, 9].map(|n| thread(n).to_string());
    let mut owners = views.owners(asked).await.unwrap();
    owners.sort_unstable();
    let known = [1, 2].map(|n| (thread(n).to_string(), owner(n).to_string()));
    assert_eq!(owners, known);
    assert!(views.owners([]).await.unwrap().is_empty());
}
