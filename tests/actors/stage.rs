//! Where a test takes place: a runtime shared with actors' threads, a database, and signs of what goes on.

use std::{sync::Arc, time::Duration};

use actix_rt::ArbiterHandle;
use colloquy::app::on_actors;
use tokio::runtime::Builder;

use super::signs::Signs;
use crate::support::databases::TestDatabase;

/// No test takes this long; one that would hang fails instead.
const LONGEST: Duration = Duration::from_secs(50);

/// Everything a server stands on.
pub(crate) struct Stage {
    pub(crate) database: TestDatabase,
    pub(crate) arbiters: Vec<ArbiterHandle>,
    pub(crate) signs: &'static Signs,
}

/// Plays `promise` on a stage of its own, with threads for actors as the program has them.
pub(crate) fn play(database: impl Future<Output = TestDatabase>, promise: impl AsyncFnOnce(Stage)) {
    let signs = Signs::new();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(|| signs.watch_this_thread())
        .build()
        .unwrap();
    on_actors(&Arc::new(runtime), async |arbiters| {
        for arbiter in &arbiters {
            arbiter.spawn_fn(|| signs.watch_this_thread());
        }
        let database = database.await;
        let stage = Stage {
            database,
            arbiters,
            signs,
        };
        tokio::time::timeout(LONGEST, promise(stage))
            .await
            .expect("this did not end in time");
    });
}

/// Defines the test on both databases.
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($stage:ident: Stage) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "not every promise needs everything")]
            use super::*;

            async fn promise($stage: Stage) $body

            #[test]
            fn on_sqlite() {
                let database = async { crate::support::databases::TestDatabase::sqlite() };
                crate::actors::stage::play(database, promise);
            }

            #[test]
            fn on_postgres() {
                let database = crate::support::databases::TestDatabase::postgres();
                crate::actors::stage::play(database, promise);
            }
        }
    )*};
}
pub(crate) use on_both;

/// Defines the test on SQLite, where the database does not matter.
macro_rules! on_sqlite {
    ($($(#[$attribute:meta])* async fn $name:ident($stage:ident: Stage) $body:block)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            async fn promise($stage: Stage) $body
            let database = async { crate::support::databases::TestDatabase::sqlite() };
            crate::actors::stage::play(database, promise);
        }
    )*};
}
pub(crate) use on_sqlite;

/// Defines the test on PostgreSQL, where there is more than one node, or a network that fails.
macro_rules! on_postgres {
    ($($(#[$attribute:meta])* async fn $name:ident($stage:ident: Stage) $body:block)*) => {$(
        $(#[$attribute])*
        #[test]
        fn $name() {
            async fn promise($stage: Stage) $body
            let database = crate::support::databases::TestDatabase::postgres();
            crate::actors::stage::play(database, promise);
        }
    )*};
}
pub(crate) use on_postgres;
