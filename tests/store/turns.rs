//! Who runs which reply.

use colloquy::store::{Commit, Store, TurnChange, TurnsOf};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::fixture::{Log, commit, on_both};
use crate::support::databases::TestDatabase;

/// A commit to a new thread that opens a turn.
pub(crate) fn opening(turn: Uuid, owner: Uuid) -> Commit {
    let mut commit = commit(&format!("thread of {turn}"), 0, 1);
    let thread = commit.aggregate_id.clone();
    commit.turns = vec![TurnChange::Opened {
        turn,
        thread,
        owner,
    }];
    commit
}

/// And the one that closes it.
pub(crate) fn closing(turn: Uuid) -> Commit {
    let mut commit = commit(&format!("thread of {turn}"), 1, 1);
    commit.turns = vec![TurnChange::Closed { turn }];
    commit
}

const NONE: [Uuid; 0] = [];

async fn abandoned(store: &Store, boot: Uuid) -> Vec<Uuid> {
    let rows = store
        .open_turns(TurnsOf::AbandonedBut { boot })
        .await
        .unwrap();
    rows.into_iter().map(|row| row.turn).collect()
}

on_both! {
    async fn a_turn_is_open_from_the_commit_that_opens_it_to_the_one_that_closes_it(log: Log) {
        let (turn, owner) = (Uuid::now_v7(), Uuid::now_v7());
        log.commit(opening(turn, owner)).await.unwrap();
        let open = log.store.open_turns(TurnsOf::Turn(turn)).await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].turn, open[0].owner, open[0].epoch), (turn, owner, 1));
        assert_eq!(open[0].thread, format!("thread of {turn}"));
        assert_eq!(log.store.open_turns(TurnsOf::All).await.unwrap(), open);
        assert_eq!(log.store.open_turns(TurnsOf::Boot(owner)).await.unwrap(), open);
        assert_eq!(log.store.open_turns(TurnsOf::Boot(Uuid::now_v7())).await.unwrap(), []);
        log.commit(closing(turn)).await.unwrap();
        assert_eq!(log.store.open_turns(TurnsOf::All).await.unwrap(), []);
    }

    async fn a_refused_commit_opens_and_closes_nothing(log: Log) {
        let (turn, owner) = (Uuid::now_v7(), Uuid::now_v7());
        log.commit(opening(turn, owner)).await.unwrap();
        let mut late = closing(turn);
        late.expected = 0;
        assert!(log.commit(late).await.is_err());
        assert_eq!(log.store.open_turns(TurnsOf::All).await.unwrap().len(), 1);
    }

    async fn fencing_raises_the_epoch_of_an_open_turn(log: Log) {
        let turn = Uuid::now_v7();
        assert_eq!(log.store.fence(turn).await.unwrap(), None);
        log.commit(opening(turn, Uuid::now_v7())).await.unwrap();
        assert_eq!(log.store.fence(turn).await.unwrap(), Some(2));
        assert_eq!(log.store.fence(turn).await.unwrap(), Some(3));
        let row = &log.store.open_turns(TurnsOf::Turn(turn)).await.unwrap()[0];
        assert_eq!(row.epoch, 3);
    }

    async fn the_turns_of_a_former_boot_are_abandoned(log: Log) {
        let (node, before, now, turn) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        log.store.register_node(node, before).await.unwrap();
        log.commit(opening(turn, before)).await.unwrap();
        assert_eq!(abandoned(&log.store, before).await, NONE);
        log.store.register_node(node, now).await.unwrap();
        log.store.beat(node).await.unwrap();
        assert_eq!(abandoned(&log.store, now).await, [turn]);
    }
}

#[tokio::test]
async fn the_turns_of_another_node_are_abandoned_when_it_was_not_seen_for_15_s() {
    let log = Log::on(TestDatabase::postgres().await).await;
    let (node, boot, turn) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let mine = Uuid::now_v7();
    log.store.register_node(Uuid::now_v7(), mine).await.unwrap();
    log.store.register_node(node, boot).await.unwrap();
    log.commit(opening(turn, boot)).await.unwrap();
    assert_eq!(abandoned(&log.store, mine).await, NONE);

    let mut hand = PgConnection::connect(&log.database.url()).await.unwrap();
    let age = "UPDATE nodes SET beat = beat - $1 WHERE id = $2";
    sqlx::query(age)
        .bind(14_000_000_i64)
        .bind(node)
        .execute(&mut hand)
        .await
        .unwrap();
    assert_eq!(abandoned(&log.store, mine).await, NONE);
    sqlx::query(age)
        .bind(1_500_000_i64)
        .bind(node)
        .execute(&mut hand)
        .await
        .unwrap();
    assert_eq!(abandoned(&log.store, mine).await, [turn]);
    log.store.beat(node).await.unwrap();
    assert_eq!(abandoned(&log.store, mine).await, NONE);
}
