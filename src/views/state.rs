//! How the views themselves are: checkpoints, lag, faults.

use projections::{Kind, Table, Value};

use super::{ViewError, Views, database::names};

/// How far a projection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The projection; with `__new` at its end while it is rebuilt.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The last event that has taken effect in it.
    pub position: u64,
}

/// An event that a view could not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The view; `*` when the event cannot be read at all.
    pub projection: String,
    /// The event.
    pub position: u64,
    /// Its name.
    pub event_type: String,
    /// Whose it is.
    pub aggregate_id: String,
    /// What the database, or the parser, said.
    pub error: String,
    /// When, in microseconds since 1970.
    pub noticed: i64,
}

/// What keeps the views where they are, though it is tried again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// The view that does not take what comes next; nothing: it is not about one view.
    pub view: Option<String>,
    /// The last event that has taken effect.
    pub position: u64,
    /// Since when, in microseconds since 1970.
    pub since: i64,
}

impl Views {
    /// How far every projection is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checkpoints(&self) -> Result<Vec<Checkpoint>, ViewError> {
        let rows = self
            .database
            .rows(
                r#"SELECT "name", "version", "position" FROM "checkpoints" ORDER BY "name""#,
                &[],
                &[Kind::Text, Kind::Int, Kind::Int],
            )
            .await?;
        let checkpoint = |row: Vec<Value>| match <[Value; 3]>::try_from(row) {
            Ok(
                [
                    Value::Text(Some(name)),
                    Value::Int(Some(version)),
                    Value::Int(Some(position)),
                ],
            ) => Some(Checkpoint {
                name,
                version: u32::try_from(version).unwrap_or(0),
                position: position.unsigned_abs(),
            }),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(checkpoint).collect())
    }

    /// Events of the log that have not taken effect yet.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn lag(&self) -> Result<u64, ViewError> {
        Ok(self.store.head().await?.saturating_sub(self.position()))
    }

    /// The events that views could not take: how many, and the newest hundred of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn faults(&self) -> Result<(u64, Vec<Fault>), ViewError> {
        let count = self
            .database
            .rows(
                r#"SELECT count(*) FROM "projection_faults""#,
                &[],
                &[Kind::Int],
            )
            .await?;
        let rows = self
            .database
            .rows(
                r#"SELECT "projection", "event_type", "aggregate_id", "error", "position", "noticed"
                   FROM "projection_faults" ORDER BY "position" DESC, "projection" LIMIT 100"#,
                &[],
                &[
                    Kind::Text,
                    Kind::Text,
                    Kind::Text,
                    Kind::Text,
                    Kind::Int,
                    Kind::Int,
                ],
            )
            .await?;
        let fault = |row: Vec<Value>| match <[Value; 6]>::try_from(row) {
            Ok(
                [
                    Value::Text(Some(projection)),
                    Value::Text(Some(event_type)),
                    Value::Text(Some(aggregate_id)),
                    Value::Text(Some(error)),
                    Value::Int(Some(position)),
                    Value::Int(Some(noticed)),
                ],
            ) => Some(Fault {
                projection,
                position: position.unsigned_abs(),
                event_type,
                aggregate_id,
                error,
                noticed,
            }),
            _ => None,
        };
        let count = match count.first().and_then(|row| row.first()) {
            Some(Value::Int(Some(count))) => count.unsigned_abs(),
            _ => 0,
        };
        Ok((count, rows.into_iter().filter_map(fault).collect()))
    }

    /// What this process' projector cannot get past, if there is something.
    #[must_use]
    pub fn standstill(&self) -> Option<Standstill> {
        self.standstill.borrow().clone()
    }

    /// Says what the projector cannot get past, or that it goes on.
    pub(crate) fn stand_still(&self, at: Option<Standstill>) {
        self.standstill.send_replace(at);
    }

    /// Every row of a table, by key, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn all_rows(&self, table: &Table) -> Result<Vec<Vec<Value>>, ViewError> {
        let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
        let sql = format!(
            r#"SELECT {} FROM "{}" ORDER BY "{}""#,
            names(table),
            table.name,
            table.key()
        );
        self.database.rows(&sql, &[], &kinds).await
    }

    /// Looks up how far the views are, for when another process has moved them.
    pub(crate) async fn refresh(&self) -> Result<u64, ViewError> {
        let checkpoints = self.checkpoints().await?;
        let ours = |name: &str, version: u32| {
            checkpoints
                .iter()
                .find(|checkpoint| checkpoint.name == name && checkpoint.version == version)
                .map_or(0, |checkpoint| checkpoint.position)
        };
        let position = self
            .definitions
            .iter()
            .map(|definition| ours(definition.name(), definition.version))
            .min()
            .unwrap_or(0);
        if position != self.position() {
            self.announce(position, true);
        }
        Ok(position)
    }
}
