//! Whatever happens, and however it is dealt out, the tables hold what the pure folds say.

use colloquy::projector::Projector;
use projections::{Event, Recorded, testing::Memory};
use std::sync::Arc;

use super::{histories::history, world::*};
use crate::support::databases::TestDatabase;

on_both!(tables_hold_what_the_pure_folds_say);

async fn tables_hold_what_the_pure_folds_say(database: TestDatabase) {
    let mut world = World::on(database).await;
    for (round, batch) in (1_u32..).zip([1, 3, 50, 2_000]) {
        let numbers: Vec<u32> = (1..=200)
            .map(|n: u32| {
                (n * 7 + round)
                    .wrapping_mul(2_246_822_519)
                    .rotate_left(round * 5)
            })
            .collect();
        let shifted = |id: aggregates::ThreadId| {
            aggregates::ThreadId(uuid::Uuid::from_u128(
                id.0.as_u128() + 0x1_0000 * u128::from(round),
            ))
        };
        let history = history(&numbers)
            .into_iter()
            .map(|(id, events)| (shifted(id), events));
        world.tell(history.collect()).await;
        let views = world.views().await;
        let mut projector = Projector::new(world.store.clone(), views.clone()).with_batch(batch);
        drain(&mut projector, &world.store, &views).await;

        let events: Vec<Arc<Recorded>> = world
            .store
            .read_after(0, 100_000)
            .await
            .unwrap()
            .into_iter()
            .map(|stored| {
                Arc::new(Recorded {
                    position: stored.position,
                    recorded_at: stored.recorded_at,
                    event: Event::parse(&stored.aggregate_type, &stored.payload).unwrap(),
                    aggregate_id: stored.aggregate_id,
                    sequence: stored.sequence,
                })
            })
            .collect();
        for definition in projections::all() {
            let mut memory = Memory::of(definition);
            memory.deliver(&events);
            let rows: Vec<_> = memory.rows().values().cloned().collect();
            assert_eq!(views.all_rows(&definition.table).await.unwrap(), rows);
        }
    }
}
