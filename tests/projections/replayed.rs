//! All views, made again up to a position beside those that are in use, are what these showed then.

use std::{cell::Cell, collections::BTreeMap};

use colloquy::{
    audit::{Moment, Trail},
    projector::{self, Projector},
    store::{DatabaseUrl, StoreConfig},
    views::Views,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{histories::history, world::*};
use crate::support::databases::TestDatabase;

on_both!(views_of_a_moment_are_what_was_shown_then_and_go_on_when_they_were_broken_off);

async fn views_of_a_moment_are_what_was_shown_then_and_go_on_when_they_were_broken_off(
    database: TestDatabase,
) {
    let mut world = World::on(database).await;
    let views = world.views().await;
    let mut projector = Projector::new(world.store.clone(), views.clone());
    let mut random = StdRng::seed_from_u64(10);
    let numbers: Vec<u32> = (0..120).map(|_| random.random()).collect();
    let mut live = BTreeMap::new();
    for (thread, events) in history(&numbers) {
        let position = world.tell(vec![(thread, events)]).await;
        drain(&mut projector, &world.store, &views).await;
        live.insert(position, dump(&views).await);
    }
    let positions: Vec<u64> = live.keys().copied().collect();
    let dir = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite {
        dir: dir.path().to_owned(),
    };
    let config = StoreConfig::new(url);
    for nth in [
        positions.len() / 3,
        positions.len() / 2,
        positions.len() - 1,
    ] {
        let until = positions[nth];
        // What was made up to an earlier moment is gone on with.
        let then = Views::open(&config, &world.store).await.unwrap();
        let told = Cell::new(0);
        projector::replay_to(&world.store, &then, until, |progress| {
            told.set(progress.done)
        })
        .await
        .unwrap();
        assert_eq!((told.get(), then.position()), (until, until));
        assert_eq!(dump(&then).await, live[&until], "at {until}");
        then.close().await;
    }
    let trail = Trail::new(world.store.clone());
    for position in [1, positions[positions.len() / 2]] {
        let [event] =
            <[_; 1]>::try_from(world.store.read_span(position, position).await.unwrap()).unwrap();
        let at = trail
            .position_at(Moment::Time(event.recorded_at))
            .await
            .unwrap();
        let next = world.store.read_span(at, at + 1).await.unwrap();
        assert!(at >= position && next[0].recorded_at == event.recorded_at);
        assert!(
            next.get(1)
                .is_none_or(|next| next.recorded_at > event.recorded_at)
        );
    }
    assert_eq!(trail.position_at(Moment::Time(0)).await.unwrap(), 0);
}
