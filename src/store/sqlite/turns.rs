//! Nodes and open turns.

use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    super::{OpenTurnRow, StoreError, TurnsOf},
    SqliteStore, records,
};
use crate::clock;

impl SqliteStore {
    pub(in crate::store) async fn register_node(
        &self,
        node: Uuid,
        boot: Uuid,
    ) -> Result<(), StoreError> {
        let register = sqlx::query(
            "INSERT INTO nodes (id, boot, beat) VALUES (?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET boot = excluded.boot, beat = excluded.beat",
        );
        let register = register
            .bind(node.to_string())
            .bind(boot.to_string())
            .bind(clock::now_micros());
        self.log_writer
            .run(register)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn beat(&self, node: Uuid) -> Result<(), StoreError> {
        let beat = sqlx::query("UPDATE nodes SET beat = ? WHERE id = ?");
        let beat = beat.bind(clock::now_micros()).bind(node.to_string());
        self.log_writer
            .run(beat)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn has_live_node(&self, silence: i64) -> Result<bool, StoreError> {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM nodes WHERE beat > ?)")
            .bind(clock::now_micros() - silence)
            .fetch_one(&self.log)
            .await
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn open_turns(
        &self,
        of: TurnsOf,
    ) -> Result<Vec<OpenTurnRow>, StoreError> {
        let read = match of {
            TurnsOf::All => {
                sqlx::query("SELECT turn, thread, owner, epoch FROM open_turns ORDER BY turn")
            }
            // One data directory, one node: whoever is not the asker is gone.
            TurnsOf::AbandonedBut { boot } | TurnsOf::ReplacedBut { boot } => sqlx::query(
                "SELECT turn, thread, owner, epoch FROM open_turns WHERE owner <> ? ORDER BY turn",
            )
            .bind(boot.to_string()),
            TurnsOf::Boot(boot) => sqlx::query(
                "SELECT turn, thread, owner, epoch FROM open_turns WHERE owner = ? ORDER BY turn",
            )
            .bind(boot.to_string()),
            TurnsOf::Turn(turn) => {
                sqlx::query("SELECT turn, thread, owner, epoch FROM open_turns WHERE turn = ?")
                    .bind(turn.to_string())
            }
        };
        let rows = read.fetch_all(&self.log).await.map_err(StoreError::of)?;
        let turns: Result<_, sqlx::Error> = rows.iter().map(turn_of).collect();
        turns.map_err(StoreError::of)
    }

    pub(in crate::store) async fn fence(&self, turn: Uuid) -> Result<Option<i64>, StoreError> {
        let raise =
            sqlx::query("UPDATE open_turns SET epoch = epoch + 1 WHERE turn = ? RETURNING epoch");
        let raised = self
            .log_writer
            .run(raise.bind(turn.to_string()))
            .await
            .map_err(StoreError::of)?;
        let Some(row) = raised.first() else {
            return Ok(None);
        };
        let epoch = row.try_get("epoch").map_err(StoreError::of)?;
        self.settle_drafts().await?;
        Ok(Some(epoch))
    }
}

fn turn_of(row: &SqliteRow) -> Result<OpenTurnRow, sqlx::Error> {
    Ok(OpenTurnRow {
        turn: records::uuid(row, "turn")?,
        thread: row.try_get("thread")?,
        owner: records::uuid(row, "owner")?,
        epoch: row.try_get("epoch")?,
    })
}
