//! Reading and writing what is beside the log.

use futures_util::TryStreamExt;
use sqlx::{ConnectOptions, Connection, Row, sqlite::SqliteRow};

use super::{
    super::{
        StoreError,
        beside::{BesideRow, Kind, TABLES, Table, value},
        log::counted,
    },
    SqliteStore,
};

/// Rows that are read before they are asked for.
const AHEAD: usize = 8;

impl SqliteStore {
    pub(in crate::store) async fn read_beside<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(BesideRow) -> Result<(), E>,
    ) -> Result<u64, E> {
        // Attachments are among the rows: few are handed over at once, on a connection of their own.
        let options = self.log.connect_options().as_ref().clone();
        let mut connection = options
            .row_buffer_size(AHEAD)
            .connect()
            .await
            .map_err(StoreError::of)?;
        // One transaction sees one moment.
        let mut tx = connection.begin().await.map_err(StoreError::of)?;
        let head = sqlx::query_scalar("SELECT position FROM log_head");
        let head: i64 = head.fetch_one(&mut *tx).await.map_err(StoreError::of)?;
        for table in &TABLES {
            let select = table.select(|name, kind| match kind {
                Kind::Number => format!("CAST({name} AS text)"),
                _ => name.to_owned(),
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
                Kind::Bytes => format!("unhex(value ->> {nth})"),
                _ => format!("value ->> {nth}"),
            },
            "json_each(?)",
        );
        let put = self.log_writer.change(sqlx::query(&insert).bind(rows));
        put.await.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn put_events(
        &self,
        rows: &str,
        behind: i64,
        (head, recorded_at): (i64, i64),
    ) -> Result<bool, StoreError> {
        let put = async {
            let mut locked = self.log_writer.lock().await?;
            let begin = sqlx::query("BEGIN IMMEDIATE; SELECT position FROM log_head");
            let ends = locked.run(begin).await?;
            let ends: Result<Vec<i64>, _> = ends.iter().map(|row| row.try_get(0)).collect();
            if ends?.first() != Some(&behind) {
                locked.roll_back().await;
                locked.release();
                return Ok(false);
            }
            let write = sqlx::query(
                "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                                     payload, metadata, global_position, recorded_at)
                 SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                        value ->> 6, value ->> 7, value ->> 8 FROM json_each(?);
                 UPDATE log_head SET position = ?, recorded_at = ?;
                 COMMIT",
            );
            locked
                .run(write.bind(rows).bind(head).bind(recorded_at))
                .await?;
            locked.release();
            Ok::<_, sqlx::Error>(true)
        };
        put.await.map_err(StoreError::of)
    }

    pub(in crate::store) async fn begin_filling(&self, import: &str) -> Result<(), StoreError> {
        let begin = sqlx::query(
            "INSERT INTO reservations (kind, key, aggregate_id)
             SELECT 'import', 'unfinished', ? FROM log_head WHERE position = 0
                 ON CONFLICT DO NOTHING",
        );
        let begun = self.log_writer.change(begin.bind(import));
        begun.await.map(drop).map_err(StoreError::of)
    }

    pub(in crate::store) async fn end_filling(&self) -> Result<(), StoreError> {
        let end = sqlx::query("DELETE FROM reservations WHERE kind = 'import'");
        let ended = self.log_writer.change(end);
        ended.await.map(drop).map_err(StoreError::of)
    }
}

fn row_of(table: &Table, row: &SqliteRow) -> Result<BesideRow, sqlx::Error> {
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
