//! What the notary reads and keeps.

use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    super::{
        Growth, HashTile, Leaves, SignedCheckpoint, StoreError,
        log::{counted, hex, stored},
        notary::NOTARY,
    },
    SqliteStore,
};

/// Bytes of payloads that are read at once, but for a single one that is larger.
const PIECE: i64 = 16 << 20;

/// The leaves, one behind the other, made where they are read: a row for each would cost five times as much. A column
/// that is no text any more has no length, and so its event no leaf. Whether the order is right, the reader sees.
const LEAVES: &str = "
SELECT CAST(group_concat(
    'e1 ' || global_position || ' ' || recorded_at || ' ' || sequence
    || ' ' || CASE typeof(aggregate_type) WHEN 'text' THEN octet_length(aggregate_type) END
    || ' ' || CASE typeof(aggregate_id) WHEN 'text' THEN octet_length(aggregate_id) END
    || ' ' || CASE typeof(event_type) WHEN 'text' THEN octet_length(event_type) END
    || ' ' || CASE typeof(event_version) WHEN 'text' THEN octet_length(event_version) END
    || ' ' || CASE typeof(payload) WHEN 'text' THEN octet_length(payload) END
    || ' ' || CASE typeof(metadata) WHEN 'text' THEN octet_length(metadata) END || char(10)
    || aggregate_type || aggregate_id || event_type || event_version || payload || metadata, '') AS BLOB)
  FROM (SELECT * FROM events WHERE global_position > ? ORDER BY global_position LIMIT ?)";

const SIZES: &str = "
SELECT coalesce(sum(octet_length(payload)), 0)
  FROM (SELECT payload FROM events WHERE global_position > ? ORDER BY global_position LIMIT ?)";

impl SqliteStore {
    pub(in crate::store) async fn leaves_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Leaves, StoreError> {
        let mut limit = limit.max(1);
        loop {
            let size = sqlx::query_scalar(SIZES).bind(stored(position)).bind(limit);
            let size: i64 = size.fetch_one(&self.log).await.map_err(StoreError::of)?;
            if size <= PIECE || limit == 1 {
                break;
            }
            limit /= 2;
        }
        let read = sqlx::query_scalar(LEAVES)
            .bind(stored(position))
            .bind(limit);
        let leaves: Option<Vec<u8>> = read.fetch_one(&self.log).await.map_err(StoreError::of)?;
        Leaves::read(leaves.unwrap_or_default())
    }

    pub(in crate::store) async fn count_events(&self) -> Result<u64, StoreError> {
        // The unary plus keeps the indexes out of it: the table's own rows are counted.
        sqlx::query_scalar("SELECT count(+recorded_at) FROM events")
            .fetch_one(&self.log)
            .await
            .map(counted)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn tiles(
        &self,
        which: &[(u8, u64)],
    ) -> Result<Vec<HashTile>, StoreError> {
        let read = sqlx::query(
            "SELECT level, idx, hashes FROM json_each(?) AS asked
               JOIN notary_tiles ON level = asked.value ->> 0 AND idx = asked.value ->> 1
              ORDER BY level, idx",
        );
        let read = read.bind(json(which)?);
        let rows = read.fetch_all(&self.log).await.map_err(StoreError::of)?;
        let tile = |row: &SqliteRow| {
            Ok(HashTile {
                level: row.try_get(0)?,
                index: counted(row.try_get(1)?),
                hashes: row.try_get(2)?,
            })
        };
        let tiles: Result<_, sqlx::Error> = rows.iter().map(tile).collect();
        tiles.map_err(StoreError::of)
    }

    pub(in crate::store) async fn grow_tree(
        &self,
        node: Uuid,
        growth: &Growth,
    ) -> Result<bool, StoreError> {
        let checkpoint = &growth.checkpoint;
        let tiles = growth.tiles.iter();
        let tiles: Vec<_> = tiles
            .map(|tile| (tile.level, tile.index, hex(&tile.hashes)))
            .collect();
        let tiles = json(&tiles)?;
        let mut locked = self.log_writer.lock().await.map_err(StoreError::of)?;
        let moved = sqlx::query(
            "BEGIN IMMEDIATE;
             UPDATE subscriptions SET position = ?, held_until = 0
              WHERE name = ? AND holder = ? AND position = ? RETURNING position",
        );
        let moved = moved.bind(stored(checkpoint.size)).bind(NOTARY);
        let moved = moved.bind(node.to_string()).bind(stored(growth.from));
        if locked.run(moved).await.map_err(StoreError::of)?.is_empty() {
            locked.roll_back().await;
            locked.release();
            return Ok(false);
        }
        let keep = sqlx::query(
            "INSERT OR REPLACE INTO notary_tiles (level, idx, hashes)
             SELECT value ->> 0, value ->> 1, unhex(value ->> 2) FROM json_each(?);
             INSERT INTO notary_checkpoints (size, signed_at, note) VALUES (?, ?, ?);
             COMMIT",
        );
        let keep = keep.bind(tiles).bind(stored(checkpoint.size));
        let keep = keep.bind(checkpoint.signed_at).bind(&checkpoint.note);
        locked.run(keep).await.map_err(StoreError::of)?;
        locked.release();
        Ok(true)
    }

    pub(in crate::store) async fn checkpoints_after(
        &self,
        size: u64,
        limit: u32,
    ) -> Result<Vec<SignedCheckpoint>, StoreError> {
        let rows = sqlx::query(
            "SELECT size, signed_at, note FROM notary_checkpoints WHERE size > ? ORDER BY size LIMIT ?",
        );
        let rows = rows.bind(stored(size)).bind(limit);
        let rows = rows.fetch_all(&self.log).await.map_err(StoreError::of)?;
        let checkpoints: Result<_, sqlx::Error> = rows.iter().map(checkpoint).collect();
        checkpoints.map_err(StoreError::of)
    }

    pub(in crate::store) async fn last_checkpoint(
        &self,
    ) -> Result<Option<SignedCheckpoint>, StoreError> {
        let row = sqlx::query(
            "SELECT size, signed_at, note FROM notary_checkpoints ORDER BY size DESC LIMIT 1",
        );
        let row = row
            .fetch_optional(&self.log)
            .await
            .map_err(StoreError::of)?;
        let last = row.as_ref().map(checkpoint).transpose();
        last.map_err(StoreError::of)
    }
}

fn checkpoint(row: &SqliteRow) -> Result<SignedCheckpoint, sqlx::Error> {
    Ok(SignedCheckpoint {
        size: counted(row.try_get(0)?),
        signed_at: row.try_get(1)?,
        note: row.try_get(2)?,
    })
}

fn json<T: serde::Serialize + ?Sized>(rows: &T) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Refused(error.to_string()))
}
