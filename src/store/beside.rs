//! What the log's database has beside the events, for a copy of the record that a server can go on with: it is read at
//! one moment, and put into an empty database of either kind, with the events as they are.
//!
//! Rows travel as JSON: texts and ids as strings, numbers as numbers, bytes in base64. Keys travel bare, whatever wraps
//! them here and there, and blobs with their bytes, wherever these are here and there.

mod tables;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use self::tables::{BLOBS, KEYS};
pub(super) use self::tables::{Kind, TABLES, Table};
use super::{
    Recorded, Store, StoreError,
    log::{counted, stored},
    on_either,
    sealing::{KeyName, StoredKey},
};

/// A row of one of the tables.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct BesideRow {
    /// Which table.
    pub table: String,
    /// Its columns, in the table's order.
    pub values: Vec<Value>,
}

impl BesideRow {
    /// Whether this is a row of a table that is known, and speaks of nothing behind this position.
    #[must_use]
    pub fn fits(&self, position: u64) -> bool {
        let Ok(table) = self.known() else {
            return false;
        };
        let columns = table.columns.iter().zip(&self.values);
        let mut positions = columns.filter(|((name, _), _)| name.ends_with("position"));
        positions.all(|(_, value)| value.as_u64().is_none_or(|at| at <= position))
    }

    /// Its table.
    fn known(&self) -> Result<&'static Table, StoreError> {
        let table = TABLES.iter().find(|table| table.name == self.table);
        table
            .filter(|table| table.columns.len() == self.values.len())
            .ok_or_else(|| unreadable(&self.table))
    }
}

impl Store {
    /// Reads what is beside the log, row by row, at one moment; the log's last position then. What is in a bucket is read
    /// after that, as far as it was not destroyed meanwhile.
    ///
    /// # Errors
    /// When the database or the bucket does not answer, or `each` fails.
    pub async fn read_beside<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(BesideRow) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut elsewhere = vec![];
        let at_once = |mut row: BesideRow| {
            if row.table == KEYS {
                self.rewrap(&mut row, true)?;
            }
            match is_elsewhere(&row) {
                true => {
                    elsewhere.push(row);
                    Ok(())
                }
                false => each(row),
            }
        };
        let head = on_either!(self, database => database.read_beside(at_once).await)?;
        for mut row in elsewhere {
            let [id, _written_at, bytes] = row.values.as_mut_slice() else {
                return Err(unreadable(BLOBS).into());
            };
            if let Some(sealed) = self.sealed_blob(blob(id)?).await? {
                *bytes = BASE64.encode(sealed).into();
                each(row)?;
            }
        }
        Ok(head)
    }

    /// Puts rows beside the log, over those that are there; the bytes of blobs where blobs are kept here.
    ///
    /// # Errors
    /// When a row is none of these tables, or the database or the bucket does not answer.
    pub async fn put_beside(&self, mut rows: Vec<BesideRow>) -> Result<(), StoreError> {
        let mut objects = vec![];
        for row in &mut rows {
            match row.table.as_str() {
                KEYS => self.rewrap(row, false)?,
                BLOBS if self.bucket().is_some() => objects.push(taken_out(row)?),
                // Whoever held it over there will not come back.
                "subscriptions" if row.values.len() == 4 => row.values[3] = 0.into(),
                _ => {}
            }
        }
        for rows in rows.chunk_by(|one, next| one.table == next.table) {
            let table = rows[0].known()?;
            let values: Result<Vec<_>, StoreError> = rows.iter().map(in_hex).collect();
            let values = json(&values?)?;
            on_either!(self, database => database.put_beside(table, &values).await)?;
        }
        match self.bucket() {
            Some(bucket) => self.put_objects(bucket, objects).await,
            None => Ok(()),
        }
    }

    /// Puts events behind the log's last one exactly as they are, positions and times and all: what was sealed stays
    /// sealed with the keys that travel beside. `false`, and nothing is written: the log does not end where they begin.
    ///
    /// # Errors
    /// When the database does not answer, or they do not follow each other.
    pub async fn put_events(&self, events: &[Recorded]) -> Result<bool, StoreError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(true);
        };
        let rows: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    &event.aggregate_type,
                    &event.aggregate_id,
                    stored(event.sequence),
                    &event.event_type,
                    &event.event_version,
                    &event.payload,
                    &event.metadata,
                    stored(event.position),
                    event.recorded_at,
                )
            })
            .collect();
        let behind = stored(first.position) - 1;
        let head = (stored(last.position), last.recorded_at);
        let rows = json(&rows)?;
        on_either!(self, database => database.put_events(&rows, behind, head).await)
    }

    /// Notes that this database is being filled, and by what, if it holds no record and nobody else fills it; whether
    /// that is noted now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_filling(&self, import: &str) -> Result<bool, StoreError> {
        on_either!(self, database => database.begin_filling(import).await)?;
        Ok(self.unfinished().await?.as_deref() == Some(import))
    }

    /// It is filled, or is not to be.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_filling(&self) -> Result<(), StoreError> {
        on_either!(self, database => database.end_filling().await)
    }

    /// What this database is being filled with; see [`Self::begin_filling`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unfinished(&self) -> Result<Option<String>, StoreError> {
        self.reservation("import", "unfinished").await
    }

    /// A key in a row, bare or as it is stored here.
    fn rewrap(&self, row: &mut BesideRow, bare: bool) -> Result<(), StoreError> {
        let broken = || unreadable(KEYS);
        let [kind, subject, epoch, period, key, wrapping, _day] = row.values.as_slice() else {
            return Err(broken());
        };
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(broken);
        let number = |value: &Value| value.as_i64().ok_or_else(broken);
        let known = StoredKey {
            name: KeyName {
                kind: text(kind)?,
                subject: text(subject)?,
                epoch: counted(number(epoch)?),
                period: counted(number(period)?),
            },
            key: BASE64.decode(text(key)?).map_err(|_| broken())?,
            wrapping: i16::try_from(number(wrapping)?).map_err(|_| broken())?,
        };
        let key = match bare {
            true => self.keyring().bare(&known)?,
            // Whoever wrote it down said that it is bare.
            false => match <[u8; 32]>::try_from(known.key.as_slice()) {
                Ok(key) if known.wrapping == 0 => self.keyring().wrap(&known.name, &key)?,
                _ => return Err(broken()),
            },
        };
        row.values[4] = BASE64.encode(&key.key).into();
        row.values[5] = key.wrapping.into();
        Ok(())
    }
}

/// A column of a row that was read.
pub(super) fn value(kind: Kind, text: Option<String>, bytes: Option<Vec<u8>>) -> Value {
    match (kind, text, bytes) {
        (Kind::Bytes, _, Some(bytes)) => BASE64.encode(bytes).into(),
        (Kind::Number, Some(text), _) => text.parse::<i64>().map_or(Value::Null, Value::from),
        (_, Some(text), _) => text.into(),
        _ => Value::Null,
    }
}

/// Its columns, bytes as hexadecimal digits, which both databases read.
fn in_hex(row: &BesideRow) -> Result<Vec<Value>, StoreError> {
    let table = row.known()?;
    let column = |(value, (_, kind)): (&Value, &(&str, Kind))| match (kind, value) {
        (Kind::Bytes, Value::String(text)) => {
            let bytes = BASE64.decode(text).map_err(|_| unreadable(&row.table))?;
            Ok(super::log::hex(&bytes).into())
        }
        (Kind::Bytes, Value::Null) => Ok(Value::Null),
        (Kind::Bytes, _) => Err(unreadable(&row.table)),
        (Kind::Number, value) if !value.is_i64() && !value.is_null() => Err(unreadable(&row.table)),
        (_, value) => Ok(value.clone()),
    };
    row.values.iter().zip(table.columns).map(column).collect()
}

/// Whether this is a blob whose bytes are in a bucket.
fn is_elsewhere(row: &BesideRow) -> bool {
    let bytes = row.values.get(2).and_then(Value::as_str);
    row.table == BLOBS && bytes.is_some_and(str::is_empty)
}

/// The bytes of a blob, which its row then has no more.
fn taken_out(row: &mut BesideRow) -> Result<(Uuid, Vec<u8>), StoreError> {
    let [id, _written_at, bytes] = row.values.as_mut_slice() else {
        return Err(unreadable(BLOBS));
    };
    let sealed = bytes.as_str().and_then(|text| BASE64.decode(text).ok());
    let sealed = sealed.ok_or_else(|| unreadable(BLOBS))?;
    *bytes = "".into();
    Ok((blob(id)?, sealed))
}

fn blob(id: &Value) -> Result<Uuid, StoreError> {
    let id = id.as_str().and_then(|id| id.parse().ok());
    id.ok_or_else(|| unreadable(BLOBS))
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Refused(error.to_string()))
}

fn unreadable(table: &str) -> StoreError {
    let table: String = table.chars().take(40).collect();
    StoreError::Unreadable(format!("a row of {table:?} is none that is known here"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use sqlx::{ConnectOptions, Row, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::store::{DatabaseUrl, StoreConfig};

    /// Tables that stay where they are.
    const LEFT: [&str; 10] = [
        "_sqlx_migrations",
        "events",
        "log_head",
        // Made again.
        "snapshots",
        "notary_checkpoints",
        "notary_tiles",
        // Of this server's bucket.
        "doomed_blobs",
        // Of these processes.
        "nodes",
        "sqlite_sequence",
        // Whoever gets a copy of the record gets nobody's password.
        "credentials",
    ];

    #[tokio::test]
    async fn every_table_travels_whole_or_is_left_on_purpose() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().to_owned();
        let url = DatabaseUrl::Sqlite { dir: dir.clone() };
        let store = Store::open(&StoreConfig::new(url)).await.unwrap();
        store.close().await;
        let file = SqliteConnectOptions::new().filename(dir.join("log.db"));
        let mut file = file.connect().await.unwrap();
        let names: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
                .fetch_all(&mut file)
                .await
                .unwrap();
        assert!(names.len() > TABLES.len());
        for name in &names {
            let Some(table) = TABLES.iter().find(|table| table.name == name) else {
                assert!(LEFT.contains(&name.as_str()), "does {name} travel?");
                continue;
            };
            let columns = sqlx::query("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid");
            let columns = columns.bind(name).fetch_all(&mut file).await.unwrap();
            let known: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
            let travel: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
            assert_eq!(travel, known, "{name}");
            let keys = columns.iter().filter(|row| row.get::<i64, _>(1) > 0);
            assert_eq!(keys.count(), table.key, "{name}");
        }
    }
}
