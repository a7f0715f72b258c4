//! A fault that the projector cannot get past.

use super::world::*;
use crate::support::{client::eventually, databases::TestDatabase};

on_both!(a_view_that_stands_still_is_told_by_its_name_until_it_goes_on);

async fn a_view_that_stands_still_is_told_by_its_name_until_it_goes_on(database: TestDatabase) {
    let mut world = World::on(database).await;
    let views = world.live().await;
    let mut meddler = world.meddler().await;
    meddler.obstruct().await;
    let (_, turn) = world.say(thread(1), owner(1), "web", "question").await;
    let said = world.store.head().await.unwrap();
    until(&views, said).await;
    assert_eq!(
        views.standstill(),
        None,
        "what has been said costs nothing yet"
    );

    let answered = world.answer(thread(1), turn, "answer").await;
    eventually(async || views.standstill().is_some()).await;
    let standstill = views.standstill().unwrap();
    assert_eq!(standstill.view.as_deref(), Some("usage"));
    assert_eq!((standstill.position, views.position()), (said, said));
    let (_, faults) = views.faults().await.unwrap();
    assert!(faults.is_empty(), "no event is to blame: {faults:?}");

    meddler.clear().await;
    until(&views, answered).await;
    eventually(async || views.standstill().is_none()).await;
}
