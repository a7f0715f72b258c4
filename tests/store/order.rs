//! Whoever polls the log sees everything, in order, however slow the writers are.

use colloquy::store::{Bell, Committer};
use futures_util::future::join_all;
use sqlx::{Connection, Executor, PgConnection};

use super::fixture::{Log, commit, on_both, within};
use crate::support::databases::TestDatabase;

const WRITERS: u64 = 8;
const COMMITS: u64 = 40;

/// Eight processes write while one reads on from where it is.
async fn nothing_is_lost(log: &Log) {
    let neighbours = join_all((0..WRITERS).map(|_| log.neighbour())).await;
    let writing = join_all(
        neighbours
            .iter()
            .zip(0..)
            .map(|(committer, writer)| async move {
                for nth in 0..COMMITS {
                    let commit = commit(&format!("stream {writer}"), nth * 2, 2);
                    committer.commit(commit).await.unwrap();
                }
            }),
    );
    let reading = async {
        let mut seen = vec![];
        while (seen.len() as u64) < WRITERS * COMMITS * 2 {
            let after = seen.len() as u64;
            for event in log.store.read_after(after, 7).await.unwrap() {
                seen.push(event);
            }
        }
        seen
    };
    let (_, seen) = within(async { tokio::join!(writing, reading) }).await;
    for (event, position) in seen.iter().zip(1..) {
        assert_eq!(event.position, position, "positions have no gaps");
    }
    for two in seen.windows(2) {
        assert!(
            two[0].recorded_at <= two[1].recorded_at,
            "time does not go back"
        );
    }
    for writer in 0..WRITERS {
        let stream = format!("stream {writer}");
        let sequences: Vec<_> = seen
            .iter()
            .filter(|event| event.aggregate_id == stream)
            .map(|event| event.sequence)
            .collect();
        assert_eq!(sequences, (1..=COMMITS * 2).collect::<Vec<_>>());
    }
}

on_both! {
    async fn eight_writers_lose_nothing(log: Log) {
        nothing_is_lost(&log).await;
    }

    async fn events_are_read_by_position_by_stream_and_by_type(log: Log) {
        log.commit(commit("a", 0, 3)).await.unwrap();
        log.commit(commit("b", 0, 1)).await.unwrap();
        let mut other = commit("a", 0, 1);
        other.aggregate_type = "other";
        log.commit(other).await.unwrap();
        log.commit(commit("a", 3, 2)).await.unwrap();
        let store = &log.store;
        let positions = |events: Vec<colloquy::store::Recorded>| -> Vec<u64> {
            events.iter().map(|event| event.position).collect()
        };
        assert_eq!(positions(store.read_after(2, 3).await.unwrap()), [3, 4, 5]);
        assert_eq!(positions(store.read_after(7, 3).await.unwrap()), [0; 0]);
        assert_eq!(positions(store.read_after(u64::MAX, 3).await.unwrap()), [0; 0]);
        assert_eq!(positions(store.read_span(3, 5).await.unwrap()), [3, 4, 5]);
        assert_eq!(positions(store.read_span(6, u64::MAX).await.unwrap()), [6, 7]);
        assert_eq!(positions(store.read_back("thing", "a", u64::MAX, 3).await.unwrap()), [7, 6, 3]);
        assert_eq!(positions(store.read_back("thing", "a", 4, 2).await.unwrap()), [3, 2]);
        assert_eq!(positions(store.read_stream("thing", "a", 2, 2).await.unwrap()), [3, 6]);
        let named = |name, after| store.read_named("thing", "a", name, after);
        assert_eq!(positions(named("thing.happened", 2).await.unwrap()), [3, 6, 7]);
        assert_eq!(positions(named("thing.ended", 0).await.unwrap()), [0; 0]);
        assert_eq!(positions(store.read_type_after("thing", 3, 2).await.unwrap()), [4, 6]);
        assert_eq!(positions(store.read_type_after("other", 0, 9).await.unwrap()), [5]);
    }

    async fn the_log_keeps_its_id(log: Log) {
        let id = log.store.log_id().await.unwrap();
        let again = log.database.store().await;
        assert_eq!(again.log_id().await.unwrap(), id);
        again.close().await;
    }

    async fn the_log_s_time_does_not_go_back_with_the_clock(log: Log) {
        let future = 4_000_000_000_000_000_i64;
        let set = format!("UPDATE log_head SET recorded_at = {future}");
        match &log.database {
            TestDatabase::Sqlite(dir) => {
                let file = format!("sqlite://{}", dir.path().join("log.db").display());
                let mut hand = sqlx::SqliteConnection::connect(&file).await.unwrap();
                hand.execute(set.as_str()).await.unwrap();
            }
            TestDatabase::Postgres { .. } => {
                let mut hand = PgConnection::connect(&log.database.url()).await.unwrap();
                hand.execute(set.as_str()).await.unwrap();
            }
        }
        assert_eq!(log.commit(commit("a", 0, 1)).await.unwrap().recorded_at, future);
    }
}

#[tokio::test]
async fn eight_writers_with_slow_commits_lose_nothing() {
    let log = Log::on(TestDatabase::postgres().await).await;
    let mut hand = PgConnection::connect(&log.database.url()).await.unwrap();
    // Slow between taking its positions and committing them: there a reader would overtake.
    hand.execute(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_sleep(random() * 0.004); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON events
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle();",
    )
    .await
    .unwrap();
    nothing_is_lost(&log).await;
}

#[tokio::test]
async fn another_process_commit_rings_the_bell() {
    let log = Log::on(TestDatabase::postgres().await).await;
    let bell = Bell::new();
    let mut heard = bell.listen();
    log.store.listen(bell, &log.shutdown);
    log.commit(commit("a", 0, 1)).await.unwrap();
    within(heard.wait_for(|position| *position == 1))
        .await
        .unwrap();
    let neighbour: Committer = log.neighbour().await;
    neighbour.commit(commit("b", 0, 3)).await.unwrap();
    within(heard.wait_for(|position| *position == 4))
        .await
        .unwrap();
}
