//! The projector's and the views' promises, on both databases.

/// A test for each database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::databases::TestDatabase::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::support::databases::TestDatabase::postgres().await).await;
            })*
        }
    };
}

mod as_of;
mod as_of_lists;
mod at_hand;
mod competing;
mod cuts;
mod directory;
mod faults;
#[path = "../../projections/tests/histories.rs"]
mod histories;
mod judged;
mod killed;
mod lists;
mod live;
mod names;
mod plans;
mod queue;
mod random;
mod rebuild;
mod renewal;
mod replayed;
mod search;
mod standing_still;
mod usage;
mod world;
