//! What the notary reads and keeps.

use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    super::{
        Growth, HashTile, Leaves, SignedCheckpoint, StoreError,
        log::{counted, stored},
        notary::NOTARY,
    },
    PostgresStore, again,
};

/// Bytes of payloads that are read at once, but for a single one that is larger.
const PIECE: i64 = 16 << 20;

const SIZES: &str = "
SELECT coalesce(sum(octet_length(payload::text)), 0)::bigint
  FROM (SELECT payload FROM events WHERE global_position > $1 ORDER BY global_position LIMIT $2) AS page";

const COLUMNS: &str = "
SELECT global_position, recorded_at, sequence, aggregate_type, aggregate_id, event_type, event_version,
       payload::text, metadata::text
  FROM events WHERE global_position > $1 ORDER BY global_position LIMIT $2";

/// Pages of so few events are not asked for their size first.
const FEW: u32 = 512;

impl PostgresStore {
    pub(in crate::store) async fn leaves_after(
        &self,
        position: u64,
        limit: u32,
    ) -> Result<Leaves, StoreError> {
        let mut limit = limit.max(1);
        while limit > FEW {
            let size: Result<i64, StoreError> = again!(
                self,
                sqlx::query_scalar(SIZES)
                    .bind(stored(position))
                    .bind(i64::from(limit))
                    .fetch_one(&self.pool)
            );
            if size? <= PIECE {
                break;
            }
            limit /= 2;
        }
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(COLUMNS)
                .bind(stored(position))
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
        );
        let mut leaves = Leaves::default();
        for row in rows? {
            push(&mut leaves, &row).map_err(StoreError::of)?;
        }
        Ok(leaves)
    }

    pub(in crate::store) async fn count_events(&self) -> Result<u64, StoreError> {
        let count = again!(
            self,
            sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&self.pool)
        );
        count.map(counted)
    }

    pub(in crate::store) async fn tiles(
        &self,
        which: &[(u8, u64)],
    ) -> Result<Vec<HashTile>, StoreError> {
        let levels: Vec<i16> = which.iter().map(|(level, _)| i16::from(*level)).collect();
        let indexes: Vec<i64> = which.iter().map(|(_, index)| stored(*index)).collect();
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT level, idx, hashes FROM unnest($1::smallint[], $2::bigint[]) AS asked (level, idx)
                   JOIN notary_tiles USING (level, idx) ORDER BY level, idx"
            )
            .bind(&levels)
            .bind(&indexes)
            .fetch_all(&self.pool)
        );
        let tile = |row: &PgRow| {
            let level: i16 = row.try_get(0)?;
            Ok(HashTile {
                level: u8::try_from(level).unwrap_or(u8::MAX),
                index: counted(row.try_get(1)?),
                hashes: row.try_get(2)?,
            })
        };
        let tiles: Result<_, sqlx::Error> = rows?.iter().map(tile).collect();
        tiles.map_err(StoreError::of)
    }

    pub(in crate::store) async fn grow_tree(
        &self,
        node: Uuid,
        growth: &Growth,
    ) -> Result<bool, StoreError> {
        let checkpoint = &growth.checkpoint;
        let tiles = growth.tiles.iter();
        let (levels, rest): (Vec<i16>, Vec<(i64, &[u8])>) = tiles
            .map(|tile| (i16::from(tile.level), (stored(tile.index), &*tile.hashes)))
            .unzip();
        let (indexes, hashes): (Vec<i64>, Vec<&[u8]>) = rest.into_iter().unzip();
        // One statement, so all of it or nothing.
        let kept: Result<Option<i64>, StoreError> = again!(
            self,
            sqlx::query_scalar(
                "WITH moved AS (
                     UPDATE subscriptions SET position = $1, held_until = 0
                      WHERE name = $2 AND holder = $3 AND position = $4 RETURNING position
                 ), tiles AS (
                     INSERT INTO notary_tiles (level, idx, hashes)
                     SELECT level, idx, hashes
                       FROM moved, unnest($5::smallint[], $6::bigint[], $7::bytea[]) AS new (level, idx, hashes)
                         ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes
                 ), signed AS (
                     INSERT INTO notary_checkpoints (size, signed_at, note)
                     SELECT position, $8, $9 FROM moved
                 )
                 SELECT position FROM moved"
            )
            .bind(stored(checkpoint.size))
            .bind(NOTARY)
            .bind(node)
            .bind(stored(growth.from))
            .bind(&levels)
            .bind(&indexes)
            .bind(&hashes)
            .bind(checkpoint.signed_at)
            .bind(&checkpoint.note)
            .fetch_optional(&self.pool)
        );
        Ok(kept?.is_some())
    }

    pub(in crate::store) async fn checkpoints_after(
        &self,
        size: u64,
        limit: u32,
    ) -> Result<Vec<SignedCheckpoint>, StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT size, signed_at, note FROM notary_checkpoints WHERE size > $1 ORDER BY size LIMIT $2"
            )
            .bind(stored(size))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
        );
        let checkpoints: Result<_, sqlx::Error> = rows?.iter().map(checkpoint).collect();
        checkpoints.map_err(StoreError::of)
    }

    pub(in crate::store) async fn last_checkpoint(
        &self,
    ) -> Result<Option<SignedCheckpoint>, StoreError> {
        let row: Result<Option<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "SELECT size, signed_at, note FROM notary_checkpoints ORDER BY size DESC LIMIT 1"
            )
            .fetch_optional(&self.pool)
        );
        let last = row?.as_ref().map(checkpoint).transpose();
        last.map_err(StoreError::of)
    }
}

fn push(leaves: &mut Leaves, row: &PgRow) -> Result<(), sqlx::Error> {
    let numbers = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
    let texts = [
        row.try_get(3)?,
        row.try_get(4)?,
        row.try_get(5)?,
        row.try_get(6)?,
        row.try_get(7)?,
        row.try_get(8)?,
    ];
    leaves.push(numbers, texts);
    Ok(())
}

fn checkpoint(row: &PgRow) -> Result<SignedCheckpoint, sqlx::Error> {
    Ok(SignedCheckpoint {
        size: counted(row.try_get(0)?),
        signed_at: row.try_get(1)?,
        note: row.try_get(2)?,
    })
}
