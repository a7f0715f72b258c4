//! A connection that is lost, a database that is away: the right answer in the end, and soon.

use std::time::Duration;

use colloquy::store::{Bell, Channel, Chunk, CommitError, Committer, Drafts, Store, StoreError};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    fixture::{Log, commit, together, within},
    turns::opening,
};
use crate::support::{
    databases::TestDatabase,
    proxy::{Proxy, Weather},
};

/// A log on PostgreSQL, and another way to it that fails when it is told to.
struct Away {
    log: Log,
    proxy: Proxy,
    store: Store,
    committer: Committer,
}

impl Away {
    async fn new() -> Self {
        let log = Log::on(TestDatabase::postgres().await).await;
        let proxy = Proxy::before(&log.database.address()).await;
        let store = Store::open(&log.database.config_through(proxy.port))
            .await
            .unwrap();
        let committer = Committer::start(store.clone(), Bell::new(), &log.shutdown);
        let away = Self {
            log,
            proxy,
            store,
            committer,
        };
        away.committer
            .commit(commit("warm up", 0, 1))
            .await
            .unwrap();
        away
    }

    /// What is in the log of this stream, seen past the proxy.
    async fn written(&self, stream: &str) -> usize {
        self.log
            .store
            .read_stream("thing", stream, 0, 100)
            .await
            .unwrap()
            .len()
    }

    /// Commits to a stream of its own until the database is back.
    async fn is_back(&self) {
        within(async {
            while let Err(error) = self.committer.commit(commit("is it back", 0, 1)).await {
                assert!(matches!(error, CommitError::Unavailable(_)), "{error}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_committed_once() {
    let away = Away::new().await;
    away.proxy.turn(Weather::LosesAnAnswer { then_down: false });
    let commits = [
        commit("a", 0, 2),
        commit("b", 0, 1),
        commit("a", 2, 1),
        commit("a", 2, 1),
    ];
    let outcomes = together(&away.committer, commits).await;
    assert_eq!(outcomes[0].as_ref().unwrap().first_position, 2);
    assert_eq!(outcomes[1].as_ref().unwrap().first_position, 4);
    assert_eq!(outcomes[2].as_ref().unwrap().first_position, 5);
    assert_eq!(outcomes[3], Err(CommitError::Conflict { head: 3 }));
    assert_eq!((away.written("a").await, away.written("b").await), (3, 1));
    away.committer.commit(commit("a", 3, 1)).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_is_lost_on_its_way_is_committed_once() {
    let away = Away::new().await;
    away.proxy.turn(Weather::LosesARequest { then_down: false });
    let done = within(away.committer.commit(commit("a", 0, 2)))
        .await
        .unwrap();
    assert_eq!((done.first_position, done.last_sequence), (2, 2));
    assert_eq!(away.written("a").await, 2);
}

#[tokio::test]
async fn somebody_else_s_commit_of_the_same_command_is_no_answer_to_ours() {
    let away = Away::new().await;
    let mut ours = commit("a", 0, 1);
    ours.events[0].payload = r#"{"nth":100}"#.to_owned();
    let theirs = away.log.commit(colloquy::store::Commit {
        events: commit("a", 0, 1).events,
        ..ours.clone()
    });
    let theirs = theirs.await.unwrap();
    away.proxy.turn(Weather::LosesAnAnswer { then_down: false });
    let Err(CommitError::Duplicate(record)) = within(away.committer.commit(ours)).await else {
        panic!("taken for ours");
    };
    assert_eq!(record.committed(), theirs);
}

#[tokio::test]
async fn an_outcome_stays_unknown_until_the_database_is_back_while_newcomers_are_sent_away() {
    let away = Away::new().await;
    away.proxy.turn(Weather::LosesAnAnswer { then_down: true });
    let unknown = away.committer.try_slot().unwrap().submit(commit("a", 0, 1));
    within(away.proxy.is(Weather::Down)).await;
    let newcomer = within(away.committer.commit(commit("b", 0, 1))).await;
    assert!(
        matches!(newcomer, Err(CommitError::Unavailable(_))),
        "{newcomer:?}"
    );
    away.proxy.turn(Weather::Fair);
    assert_eq!(within(unknown).await.unwrap().first_position, 2);
    assert_eq!((away.written("a").await, away.written("b").await), (1, 0));
}

#[tokio::test]
async fn a_process_that_ends_while_an_outcome_is_unknown_says_so() {
    let away = Away::new().await;
    away.proxy.turn(Weather::LosesARequest { then_down: true });
    let unknown = away.committer.try_slot().unwrap().submit(commit("a", 0, 1));
    within(away.proxy.is(Weather::Down)).await;
    away.log.shutdown.begin();
    assert!(matches!(
        within(unknown).await,
        Err(CommitError::Unknown(_))
    ));
}

#[tokio::test]
async fn a_database_that_is_away_is_answered_for_soon_and_used_again_when_it_is_back() {
    let away = Away::new().await;
    let turn = Uuid::now_v7();
    away.committer
        .commit(opening(turn, Uuid::now_v7()))
        .await
        .unwrap();
    let drafts = Drafts::start(away.store.clone(), &away.log.shutdown);
    let (epoch, channel, offset, text) = (1, Channel::Text, 0, "abc".to_owned());
    let chunk = Chunk {
        turn,
        epoch,
        channel,
        offset,
        text,
    };

    away.proxy.turn(Weather::Down);
    // The first may be sent before the connection is known to be gone; then its outcome is unknown.
    let first = away.committer.try_slot().unwrap().submit(commit("a", 0, 1));
    for _ in 0..10 {
        tokio::task::yield_now().await; // so that it is on its way alone
    }
    let refused = within(away.committer.commit(commit("b", 0, 1))).await;
    assert!(
        matches!(refused, Err(CommitError::Unavailable(_))),
        "{refused:?}"
    );
    let unread = within(away.store.head()).await;
    assert!(
        matches!(unread, Err(StoreError::Unavailable(_))),
        "{unread:?}"
    );
    assert!(within(away.store.ping()).await.is_err());
    assert!(within(drafts.write(chunk.clone())).await.is_err());

    away.proxy.turn(Weather::Fair);
    match within(first).await {
        Ok(_) | Err(CommitError::Unavailable(_)) => {}
        Err(error) => panic!("{error}"),
    }
    away.is_back().await;
    away.store.head().await.unwrap();
    drafts.write(chunk).await.unwrap();
    assert_eq!(away.written("b").await, 0);
}

#[tokio::test]
async fn connections_that_died_while_nobody_looked_are_replaced_without_a_word() {
    let log = Log::on(TestDatabase::postgres().await).await;
    log.commit(commit("a", 0, 1)).await.unwrap();
    // Several connections in the pool.
    let reads = futures_util::future::join_all((0..8).map(|_| log.store.head())).await;
    assert!(reads.iter().all(|read| *read == Ok(1)));
    let mut hand = PgConnection::connect(&log.database.url()).await.unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .fetch_all(&mut hand)
    .await
    .unwrap();
    assert_eq!(within(log.store.head()).await, Ok(1));
    log.commit(commit("a", 1, 1)).await.unwrap();
    let (_, sequence) = within(log.store.load::<super::thing::Thing>("a"))
        .await
        .unwrap();
    assert_eq!(sequence, 2);
}

#[tokio::test]
async fn a_sqlite_file_that_another_process_holds_is_waited_for() {
    let log = Log::on(TestDatabase::sqlite()).await;
    let file = format!("sqlite://{}", log.database.dir().join("log.db").display());
    let mut hand = sqlx::SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut hand)
        .await
        .unwrap();
    let waiting = log.committer.try_slot().unwrap().submit(commit("a", 0, 1));
    let held = tokio::time::timeout(Duration::from_millis(200), waiting);
    assert!(held.await.is_err(), "it did not wait");
    sqlx::query("ROLLBACK").execute(&mut hand).await.unwrap();
    log.commit(commit("a", 1, 1)).await.unwrap();
}
