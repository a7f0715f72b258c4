//! A thread made again from its events up to any position is what the views showed then.

use std::collections::BTreeMap;

use colloquy::{
    audit::{Moment, Trail},
    projector::Projector,
};
use projections::{ConversationRow, Conversations, Definition, Row, Transcript, TranscriptRow};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{histories::history, world::*};
use crate::support::databases::TestDatabase;

on_both!(a_thread_at_a_hundred_positions_is_what_was_shown_then);

/// What the views show: by thread, its row and its messages.
type Shown = BTreeMap<String, (Option<ConversationRow>, Vec<TranscriptRow>)>;

async fn shown(views: &colloquy::views::Views) -> Shown {
    let mut shown = Shown::new();
    for row in views
        .all_rows(&Definition::of::<Conversations>().table)
        .await
        .unwrap()
    {
        let row = ConversationRow::from_values(row).unwrap();
        let of_thread = shown.entry(row.thread.clone()).or_default();
        of_thread.0 = Some(row);
    }
    for row in views
        .all_rows(&Definition::of::<Transcript>().table)
        .await
        .unwrap()
    {
        let row = TranscriptRow::from_values(row).unwrap();
        shown.entry(row.thread.clone()).or_default().1.push(row);
    }
    shown
}

async fn a_thread_at_a_hundred_positions_is_what_was_shown_then(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    let mut random = StdRng::seed_from_u64(8);
    let numbers: Vec<u32> = (0..300).map(|_| random.random()).collect();
    let mut live: BTreeMap<u64, Shown> = BTreeMap::new();
    let mut threads = vec![];
    for (thread, events) in history(&numbers) {
        let position = world.tell(vec![(thread, events)]).await;
        drain(&mut projector, &world.store, &views).await;
        live.insert(position, shown(&views).await);
        threads.push(thread.to_string());
    }
    threads.sort_unstable();
    threads.dedup();
    let trail = Trail::new(world.store.clone());
    let positions: Vec<u64> = live.keys().copied().collect();
    assert!(positions.len() > 100, "{}", positions.len());
    let mut compared = 0;
    for _ in 0..100 {
        let position = positions[random.random_range(0..positions.len())];
        for thread in &threads {
            let [at] = trail
                .thread_at(thread, [Moment::Position(position)])
                .await
                .unwrap();
            let (row, messages) = live[&position].get(thread).cloned().unwrap_or_default();
            let Some(at) = at else {
                assert_eq!((row, messages), (None, vec![]), "{thread} at {position}");
                continue;
            };
            assert_eq!(at.conversation(), row.as_ref(), "{thread} at {position}");
            let mut again: Vec<_> = at.messages().into_iter().cloned().collect();
            again.sort_by(|a, b| a.message.cmp(&b.message));
            assert_eq!(again, messages, "{thread} at {position}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}
