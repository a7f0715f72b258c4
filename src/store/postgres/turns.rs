//! Nodes and open turns.

use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    super::{OpenTurnRow, StoreError, TurnsOf, turns::SILENCE},
    PostgresStore, again,
};

/// The database's clock, in microseconds since 1970: the only one that all nodes share.
macro_rules! now {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    };
}

impl PostgresStore {
    pub(in crate::store) async fn register_node(
        &self,
        node: Uuid,
        boot: Uuid,
    ) -> Result<(), StoreError> {
        let registered = again!(
            self,
            sqlx::query(concat!(
                "INSERT INTO nodes (id, boot, beat) VALUES ($1, $2, ",
                now!(),
                ") ON CONFLICT (id) DO UPDATE SET boot = excluded.boot, beat = excluded.beat"
            ))
            .bind(node)
            .bind(boot)
            .execute(&self.pool)
        );
        registered.map(drop)
    }

    pub(in crate::store) async fn beat(&self, node: Uuid) -> Result<(), StoreError> {
        let beat = again!(
            self,
            sqlx::query(concat!(
                "UPDATE nodes SET beat = ",
                now!(),
                " WHERE id = $1"
            ))
            .bind(node)
            .execute(&self.pool)
        );
        beat.map(drop)
    }

    pub(in crate::store) async fn has_live_node(&self, silence: i64) -> Result<bool, StoreError> {
        again!(
            self,
            sqlx::query_scalar(concat!(
                "SELECT EXISTS (SELECT 1 FROM nodes WHERE beat > ",
                now!(),
                " - $1)"
            ))
            .bind(silence)
            .fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn open_turns(
        &self,
        of: TurnsOf,
    ) -> Result<Vec<OpenTurnRow>, StoreError> {
        let query = || match of {
            TurnsOf::All => {
                sqlx::query("SELECT turn, thread, owner, epoch FROM open_turns ORDER BY turn")
            }
            // A boot that is not in `nodes` was replaced by a later one of its node.
            TurnsOf::AbandonedBut { boot } => sqlx::query(concat!(
                "SELECT turn, thread, owner, epoch FROM open_turns WHERE owner <> $1 AND NOT EXISTS
                 (SELECT 1 FROM nodes WHERE boot = owner AND beat > ",
                now!(),
                " - $2) ORDER BY turn"
            ))
            .bind(boot)
            .bind(SILENCE),
            TurnsOf::ReplacedBut { boot } => sqlx::query(
                "SELECT turn, thread, owner, epoch FROM open_turns WHERE owner <> $1 AND NOT EXISTS
                 (SELECT 1 FROM nodes WHERE boot = owner) ORDER BY turn",
            )
            .bind(boot),
            TurnsOf::Boot(boot) => sqlx::query(
                "SELECT turn, thread, owner, epoch FROM open_turns WHERE owner = $1 ORDER BY turn",
            )
            .bind(boot),
            TurnsOf::Turn(turn) => {
                sqlx::query("SELECT turn, thread, owner, epoch FROM open_turns WHERE turn = $1")
                    .bind(turn)
            }
        };
        let rows: Result<_, StoreError> = again!(self, query().fetch_all(&self.pool));
        let turns: Result<_, sqlx::Error> = rows?.iter().map(turn_of).collect();
        turns.map_err(StoreError::of)
    }

    pub(in crate::store) async fn fence(&self, turn: Uuid) -> Result<Option<i64>, StoreError> {
        // Waits for a draft transaction that holds the row; later ones see the raised epoch.
        again!(
            self,
            sqlx::query_scalar(
                "UPDATE open_turns SET epoch = epoch + 1 WHERE turn = $1 RETURNING epoch"
            )
            .bind(turn)
            .fetch_optional(&self.pool)
        )
    }
}

fn turn_of(row: &PgRow) -> Result<OpenTurnRow, sqlx::Error> {
    Ok(OpenTurnRow {
        turn: row.try_get("turn")?,
        thread: row.try_get("thread")?,
        owner: row.try_get("owner")?,
        epoch: row.try_get("epoch")?,
    })
}
