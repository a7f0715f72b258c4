//! The tables: made by code from the rows' descriptions, thrown away whenever they do not fit.

use projections::{Definition, Kind, Table, Value};
use uuid::Uuid;

use super::{
    ViewError,
    database::{Database, Writing},
    tally, words,
};
use crate::store::Store;

/// Our own tables beside the views. `elected` has one row: who locks it is the projector of the moment.
const GROUND: [&str; 3] = [
    r#"CREATE TABLE IF NOT EXISTS "elected" ("log" TEXT NOT NULL PRIMARY KEY)"#,
    r#"CREATE TABLE IF NOT EXISTS "checkpoints"
       ("name" TEXT NOT NULL PRIMARY KEY, "version" BIGINT NOT NULL, "position" BIGINT NOT NULL)"#,
    r#"CREATE TABLE IF NOT EXISTS "projection_faults"
       ("projection" TEXT NOT NULL, "position" BIGINT NOT NULL, "event_type" TEXT NOT NULL,
        "aggregate_id" TEXT NOT NULL, "error" TEXT NOT NULL, "noticed" BIGINT NOT NULL,
        PRIMARY KEY ("projection", "position"))"#,
];

/// Any number; processes that open the same views at once wait for each other by it.
const OPENING: i64 = 0x636f_6c6c_6f71;

/// Makes every table that is missing or was made by another version, and all when they are of another log.
pub(super) async fn prepare(
    database: &Database,
    definitions: &[Definition],
    store: &Store,
) -> Result<(), ViewError> {
    let log = store.log_id().await?;
    let mut tx = database.begin().await?;
    if tx.is_postgres() {
        tx.run("SELECT pg_advisory_xact_lock($1)", &[OPENING.into()])
            .await?;
        tx.run("CREATE SCHEMA IF NOT EXISTS views", &[]).await?;
    }
    lay_ground(&mut tx).await?;
    if !belongs(&mut tx, log, store).await? {
        drop_everything(&mut tx).await?;
        lay_ground(&mut tx).await?;
        tx.run(
            r#"INSERT INTO "elected" ("log") VALUES ($1)"#,
            &[log.to_string().into()],
        )
        .await?;
    }
    for definition in definitions {
        let version = i64::from(definition.version);
        let made = tx
            .rows(
                r#"SELECT "version" FROM "checkpoints" WHERE "name" = $1"#,
                &[definition.name().into()],
                &[Kind::Int],
            )
            .await?;
        if made != [[Value::from(version)]] {
            make(&mut tx, definition, definition.name()).await?;
        }
    }
    tx.commit().await
}

/// Makes the table of `definition`, empty, under the name `stored_as`, in place of the one that is there.
pub(crate) async fn make(
    tx: &mut Writing,
    definition: &Definition,
    stored_as: &str,
) -> Result<(), ViewError> {
    remove(tx, stored_as).await?;
    for sql in statements(&definition.table, stored_as, tx.is_postgres()) {
        tx.run(&sql, &[]).await?;
    }
    words::make(tx, &definition.table, stored_as).await?;
    tally::make(tx, &definition.table, stored_as).await?;
    tx.run(
        r#"INSERT INTO "checkpoints" ("name", "version", "position") VALUES ($1, $2, 0)"#,
        &[stored_as.into(), i64::from(definition.version).into()],
    )
    .await
    .map(drop)
}

/// Removes a table and what is remembered of it.
pub(crate) async fn remove(tx: &mut Writing, stored_as: &str) -> Result<(), ViewError> {
    tx.run(&format!(r#"DROP TABLE IF EXISTS "{stored_as}""#), &[])
        .await?;
    words::remove(tx, stored_as).await?;
    tally::remove(tx, stored_as).await?;
    tx.run(
        r#"DELETE FROM "checkpoints" WHERE "name" = $1"#,
        &[stored_as.into()],
    )
    .await?;
    tx.run(
        r#"DELETE FROM "projection_faults" WHERE "projection" = $1"#,
        &[stored_as.into()],
    )
    .await
    .map(drop)
}

/// Puts the table stored as `from` in the place of the one stored as `to`.
pub(crate) async fn switch(
    tx: &mut Writing,
    table: &Table,
    from: &str,
    to: &str,
) -> Result<(), ViewError> {
    remove(tx, to).await?;
    words::let_go(tx, table, from).await?;
    tally::let_go(tx, table, from).await?;
    tx.run(&format!(r#"ALTER TABLE "{from}" RENAME TO "{to}""#), &[])
        .await?;
    words::take_up(tx, table, from, to).await?;
    tally::take_up(tx, table, from, to).await?;
    let names = [Value::from(from), Value::from(to)];
    tx.run(
        r#"UPDATE "checkpoints" SET "name" = $2 WHERE "name" = $1"#,
        &names,
    )
    .await?;
    tx.run(
        r#"UPDATE "projection_faults" SET "projection" = $2 WHERE "projection" = $1"#,
        &names,
    )
    .await
    .map(drop)
}

async fn lay_ground(tx: &mut Writing) -> Result<(), ViewError> {
    for sql in GROUND {
        tx.run(sql, &[]).await?;
    }
    // What SQLite's rows have by themselves: a number that no other table's checkpoint has, not even of another log.
    if tx.is_postgres() {
        let known = r#"SELECT 1::bigint FROM pg_attribute
                        WHERE attrelid = '"checkpoints"'::regclass AND attname = 'made'"#;
        if tx.rows(known, &[], &[Kind::Int]).await?.is_empty() {
            let add = r#"ALTER TABLE "checkpoints"
                          ADD COLUMN "made" BIGINT NOT NULL DEFAULT (random() * 9e15)::bigint"#;
            tx.run(add, &[]).await?;
        }
    }
    Ok(())
}

/// Whether what is there was made from this log, as far as it reaches today.
async fn belongs(tx: &mut Writing, log: Uuid, store: &Store) -> Result<bool, ViewError> {
    let of = tx
        .rows(r#"SELECT "log" FROM "elected""#, &[], &[Kind::Text])
        .await?;
    let positions = tx
        .rows(r#"SELECT "position" FROM "checkpoints""#, &[], &[Kind::Int])
        .await?;
    // The head comes after them: a log that grows meanwhile must not look shorter than its views.
    let head = i64::try_from(store.head().await?).unwrap_or(i64::MAX);
    let beyond =
        |row: &Vec<Value>| matches!(row[..], [Value::Int(Some(position))] if position > head);
    Ok(of == [[Value::from(log.to_string())]] && !positions.iter().any(beyond))
}

async fn drop_everything(tx: &mut Writing) -> Result<(), ViewError> {
    let tables = if tx.is_postgres() {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'views'"
    } else {
        // A virtual table takes its own tables along.
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'"
    };
    for row in tx.rows(tables, &[], &[Kind::Text]).await? {
        if let Some(Value::Text(Some(table))) = row.first() {
            tx.run(&format!(r#"DROP TABLE "{table}""#), &[]).await?;
        }
    }
    Ok(())
}

fn statements(table: &Table, stored_as: &str, postgres: bool) -> Vec<String> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let kind = match (column.kind, postgres) {
                (Kind::Text, true) => r#"TEXT COLLATE "C""#,
                (Kind::Text, false) => "TEXT",
                (Kind::Int, true) => "BIGINT",
                (Kind::Int, false) => "INTEGER",
            };
            let rest = match (column.nullable, column.name == table.key()) {
                (_, true) => " NOT NULL PRIMARY KEY",
                (false, false) => " NOT NULL",
                (true, false) => "",
            };
            format!(r#""{}" {kind}{rest}"#, column.name)
        })
        .collect();
    let strict = if postgres { "" } else { " STRICT" };
    let mut statements = vec![format!(
        r#"CREATE TABLE "{stored_as}" ({}){strict}"#,
        columns.join(", ")
    )];
    // An index keeps its name when its table is renamed, so each gets one of its own.
    let made = Uuid::now_v7().simple();
    statements.extend(table.indexes.iter().map(|index| {
        let only = match index.only {
            "" => String::new(),
            condition => format!(" WHERE {condition}"),
        };
        format!(
            r#"CREATE INDEX "{}_{}_{made}" ON "{stored_as}" ({}){only}"#,
            table.name, index.name, index.columns
        )
    }));
    statements
}
