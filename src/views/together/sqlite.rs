//! Tables together on SQLite: scripts, each handed to the connection's thread in one go.

use projections::{Kind, Table, Value};
use sqlx::{
    ConnectOptions, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use super::{
    super::{
        ViewError,
        bulk::{Script, all_but_key},
        database::{Values, as_json, names},
    },
    Part, Round, Saves, Standing,
};

/// Whether the tables of a round are where they must be; see [`open`].
const STANDS: &str = r#"(SELECT "yes" FROM temp."stand")"#;

/// A connection, with a table in memory for what a round has looked up.
pub(super) async fn open(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    let prepare = r#"PRAGMA temp_store = memory;
        CREATE TEMP TABLE "stand" ("id" INTEGER PRIMARY KEY, "yes" INTEGER NOT NULL)"#;
    sqlx::query(prepare).execute(&mut connection).await?;
    Ok(connection)
}

pub(super) async fn standing(
    connection: &mut SqliteConnection,
    names: &str,
) -> Result<Vec<Standing>, ViewError> {
    let sql = format!(
        r#"SELECT "name", "version", "position", rowid FROM "checkpoints" WHERE "name" IN ({names})"#
    );
    let rows = sqlx::query_as(&sql).fetch_all(connection).await?;
    let standing = rows
        .into_iter()
        .map(|(name, version, position, made)| Standing {
            name,
            version,
            position,
            made,
        });
    Ok(standing.collect())
}

/// Each row with the number of its part.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    parts: &[Part<'_, String>],
) -> Result<Vec<(i64, Values)>, ViewError> {
    let mut script = Script::default();
    for (nth, part) in parts.iter().enumerate() {
        let sql = format!(
            r#"SELECT {nth}, {} FROM "{}" WHERE "{}" IN (SELECT value FROM json_each(?))"#,
            names(part.table),
            part.stored_as,
            part.table.key()
        );
        script.add(&sql, &[as_json(&part.items)]);
    }
    let mut loaded = vec![];
    for row in script.query().fetch_all(connection).await? {
        let nth: i64 = row.try_get(0)?;
        let part = usize::try_from(nth).ok().and_then(|nth| parts.get(nth));
        if let Some(part) = part {
            loaded.push((nth, values(&row, part.table)?));
        }
    }
    Ok(loaded)
}

pub(super) async fn save(
    connection: &mut SqliteConnection,
    round: Round<'_>,
) -> Result<bool, ViewError> {
    // SQLite has one writer, and after the first statement it is this one. How the tables stand is looked up once, for
    // all that depends on it.
    let stand = format!(
        r#"INSERT OR REPLACE INTO temp."stand" SELECT 1, count(*) = {} FROM "checkpoints"
            WHERE "position" = ? AND ("name", "version", rowid) IN (VALUES {})"#,
        round.standing.len(),
        round.identities(),
    );
    let advance = format!(
        r#"UPDATE "checkpoints" SET "position" = ? WHERE "name" IN ({}) AND {STANDS}"#,
        round.names()
    );
    let mut script = Script::default();
    script.add("BEGIN IMMEDIATE", &[]);
    script.add(&stand, &[round.from().into()]);
    let to = round.to.into();
    for Saves { rows, changed } in round.saves {
        let columns = settable(rows.table, &changed);
        script.save(rows.table, rows.stored_as, rows.items, STANDS, &columns);
    }
    script.add(&advance, &[to]);
    script.add("SELECT changes()", &[]);
    script.add("COMMIT", &[]);
    let rows = script.query().fetch_all(connection).await?;
    let moved: i64 = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
    };
    Ok(moved > 0)
}

/// The columns that are set in rows which are there: not those that stay as they are and that an index goes by. For each
/// column that is set, SQLite writes every index anew that knows it, whatever stands in it.
fn settable(table: &Table, changed: &[bool]) -> Vec<&'static str> {
    let is_indexed = |name: &str| {
        let quoted = format!("\"{name}\"");
        let mut indexes = table.indexes.iter();
        indexes.any(|index| index.columns.contains(&quoted) || index.only.contains(&quoted))
    };
    let columns = table.columns.iter().zip(changed).skip(1);
    let set: Vec<&str> = columns
        .filter(|(column, changed)| **changed || !is_indexed(column.name))
        .map(|(column, _)| column.name)
        .collect();
    match set.is_empty() {
        // There has to be something.
        true => all_but_key(table),
        false => set,
    }
}

fn values(row: &SqliteRow, table: &Table) -> Result<Values, sqlx::Error> {
    (1..)
        .zip(table.columns)
        .map(|(at, column)| {
            Ok(match column.kind {
                Kind::Text => Value::Text(row.try_get_unchecked(at)?),
                Kind::Int => Value::Int(row.try_get_unchecked(at)?),
            })
        })
        .collect()
}
