//! Drafts, written on a connection that does not wait for the disk.

use sqlx::Row;
use uuid::Uuid;

use super::{
    super::{Chunk, DraftText, StoreError, error::is_lost, log::stored},
    PostgresStore, again,
};

/// Locks the turns' rows, in their order, so that raising an epoch waits for chunks that were
/// allowed by the one before.
const WRITE: &str = "
WITH held AS (
    SELECT turn, epoch FROM open_turns WHERE turn = ANY ($1) ORDER BY turn FOR SHARE
), allowed AS (
    SELECT chunk.* FROM unnest($1, $2, $3, $4, $5)
      WITH ORDINALITY AS chunk (turn, epoch, channel, byte_offset, text, nth)
      JOIN held USING (turn, epoch)
), written AS (
    INSERT INTO draft_chunks (turn, channel, byte_offset, text)
    SELECT turn, channel, byte_offset, text FROM allowed
        ON CONFLICT DO NOTHING
)
SELECT nth FROM allowed";

impl PostgresStore {
    pub(in crate::store) async fn write_chunks(
        &self,
        chunks: &[Chunk],
    ) -> Result<Vec<bool>, StoreError> {
        let turns: Vec<Uuid> = chunks.iter().map(|chunk| chunk.turn).collect();
        let epochs: Vec<i64> = chunks.iter().map(|chunk| chunk.epoch).collect();
        let channels: Vec<i16> = chunks.iter().map(|chunk| chunk.channel.code()).collect();
        let offsets: Vec<i64> = chunks.iter().map(|chunk| stored(chunk.offset)).collect();
        let texts: Vec<&str> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();

        let mut line = self.drafts.lock().await;
        let connection = line.get().await.map_err(StoreError::of)?;
        let write = sqlx::query(WRITE)
            .bind(turns)
            .bind(epochs)
            .bind(channels)
            .bind(offsets)
            .bind(texts);
        let found = write.fetch_all(connection).await.inspect_err(|error| {
            if is_lost(error) {
                line.lost();
            }
        });
        let mut written = vec![false; chunks.len()];
        for row in found.map_err(StoreError::of)? {
            let nth: i64 = row.try_get("nth").map_err(StoreError::of)?;
            if let Some(chunk) = written.get_mut((nth - 1) as usize) {
                *chunk = true;
            }
        }
        Ok(written)
    }

    pub(in crate::store) async fn draft(&self, turn: Uuid) -> Result<DraftText, StoreError> {
        let chunks = again!(
            self,
            sqlx::query_as("SELECT channel, text FROM draft_chunks WHERE turn = $1 ORDER BY channel, byte_offset")
                .bind(turn)
                .fetch_all(&self.pool)
        );
        chunks.map(DraftText::of)
    }

    pub(in crate::store) async fn remove_drafts(&self, turns: &[Uuid]) -> Result<(), StoreError> {
        let removed = again!(
            self,
            sqlx::query("DELETE FROM draft_chunks WHERE turn = ANY ($1)")
                .bind(turns)
                .execute(&self.pool)
        );
        removed.map(drop)
    }

    pub(in crate::store) async fn forget_drafts(&self) -> Result<u64, StoreError> {
        // By one statement, so by one snapshot: a chunk that it sees had its turn open before.
        let forgotten = again!(
            self,
            sqlx::query(
                "DELETE FROM draft_chunks
                  WHERE NOT EXISTS (SELECT 1 FROM open_turns WHERE open_turns.turn = draft_chunks.turn)",
            )
            .execute(&self.pool)
        );
        forgotten.map(|done| done.rows_affected())
    }
}
