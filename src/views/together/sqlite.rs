//! Tables together on SQLite: scripts, each handed to the connection's thread in one go.

use projections::{Kind, Table, Value};
use sqlx::{
    ConnectOptions, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use super::{
    super::{
        ViewError,
        bulk::Script,
        database::{Values, as_json, names},
    },
    Part, Round, Standing,
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
    for part in round.saves {
        script.save(part.table, part.stored_as, part.items, STANDS);
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
