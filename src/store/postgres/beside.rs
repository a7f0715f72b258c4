//! Reading and writing what is beside the log.

use futures_util::TryStreamExt;
use sqlx::{Row, postgres::PgRow};

use super::{
    super::{
        StoreError,
        beside::{BesideRow, Kind, TABLES, Table, value},
        log::counted,
    },
    PostgresStore, again,
};

impl PostgresStore {
    pub(in crate::store) async fn read_beside<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(BesideRow) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut tx = again!(self, self.pool.begin())?;
        // One transaction sees one moment.
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(&mut *tx)
            .await
            .map_err(StoreError::of)?;
        let head = sqlx::query_scalar("SELECT position FROM log_head");
        let head: i64 = head.fetch_one(&mut *tx).await.map_err(StoreError::of)?;
        for table in &TABLES {
            let select = table.select(|name, kind| match kind {
                Kind::Bytes => name.to_owned(),
                _ => format!("{name}::text"),
            });
            let mut rows = sqlx::query(&select).fetch(&mut *tx);
            while let Some(row) = rows.try_next().await.map_err(StoreError::of)? {
                each(row_of(table, &row).map_err(StoreError::of)?)?;
            }
        }
        tx.rollback().await.map_err(StoreError::of)?;
        Ok(counted(head))
    }

    pub(in crate::store) async fn put_beside(
        &self,
        table: &Table,
        rows: &str,
    ) -> Result<(), StoreError> {
        let insert = table.insert(
            |nth, kind| match kind {
                Kind::Bytes => format!("decode(value ->> {nth}, 'hex')"),
                Kind::Uuid => format!("(value ->> {nth})::uuid"),
                Kind::Number => format!("(value ->> {nth})::bigint"),
                Kind::Text => format!("value ->> {nth}"),
            },
            "json_array_elements($1::json)",
        );
        let put = again!(self, sqlx::query(&insert).bind(rows).execute(&self.pool));
        put.map(drop)
    }

    pub(in crate::store) async fn put_events(
        &self,
        rows: &str,
        behind: i64,
        (head, recorded_at): (i64, i64),
    ) -> Result<bool, StoreError> {
        let mut tx = again!(self, self.pool.begin())?;
        let ends = sqlx::query_scalar("SELECT position FROM log_head FOR UPDATE");
        let ends: i64 = ends.fetch_one(&mut *tx).await.map_err(StoreError::of)?;
        if ends != behind {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                                 payload, metadata, global_position, recorded_at)
             SELECT value ->> 0, value ->> 1, (value ->> 2)::bigint, value ->> 3, value ->> 4,
                    (value ->> 5)::json, (value ->> 6)::json, (value ->> 7)::bigint, (value ->> 8)::bigint
               FROM json_array_elements($1::json)",
        )
        .bind(rows)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::of)?;
        sqlx::query("UPDATE log_head SET position = $1, recorded_at = $2")
            .bind(head)
            .bind(recorded_at)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::of)?;
        tx.commit().await.map_err(StoreError::of)?;
        Ok(true)
    }

    pub(in crate::store) async fn begin_filling(&self, import: &str) -> Result<(), StoreError> {
        let begun = again!(
            self,
            sqlx::query(
                "INSERT INTO reservations (kind, key, aggregate_id)
                 SELECT 'import', 'unfinished', $1 FROM log_head WHERE position = 0
                     ON CONFLICT DO NOTHING"
            )
            .bind(import)
            .execute(&self.pool)
        );
        begun.map(drop)
    }

    pub(in crate::store) async fn end_filling(&self) -> Result<(), StoreError> {
        let ended = again!(
            self,
            sqlx::query("DELETE FROM reservations WHERE kind = 'import'").execute(&self.pool)
        );
        ended.map(drop)
    }
}

fn row_of(table: &Table, row: &PgRow) -> Result<BesideRow, sqlx::Error> {
    let column = |(nth, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Bytes => value(*kind, None, row.try_get(nth)?),
            _ => value(*kind, row.try_get(nth)?, None),
        })
    };
    let values: Result<_, sqlx::Error> = table.columns.iter().enumerate().map(column).collect();
    Ok(BesideRow {
        table: table.name.to_owned(),
        values: values?,
    })
}
