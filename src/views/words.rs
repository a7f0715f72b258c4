//! The index over the words of a table, see [`projections::Words`]: FTS5 on SQLite, GIN on PostgreSQL.
//!
//! Both are given terms that are ready, and neither changes them: FTS5's `ascii` tokenizer parts them at the
//! spaces only, and on PostgreSQL they are lexemes without a configuration. FTS5 keeps no text and no positions,
//! overwrites what is deleted (`secure-delete`), and is kept by triggers.

use projections::{Table, Words};

use super::{ViewError, database::Writing};

/// What FTS5 gathers in memory before it writes, in bytes.
const GATHERED: i64 = 16 << 20;

/// Makes the index of a new table.
pub(super) async fn make(
    tx: &mut Writing,
    table: &Table,
    stored_as: &str,
) -> Result<(), ViewError> {
    let Some(words) = table.words else {
        return Ok(());
    };
    if tx.is_postgres() {
        let made = uuid::Uuid::now_v7().simple();
        let sql = format!(
            r#"CREATE INDEX "{}_words_{made}" ON "{stored_as}" USING gin (({}))"#,
            table.name,
            lexemes(words.column)
        );
        return tx.run(&sql, &[]).await.map(drop);
    }
    let index = index_of(stored_as);
    tx.run(
        &format!(
            r#"CREATE VIRTUAL TABLE "{index}"
               USING fts5(words, content = '', columnsize = 0, detail = none, tokenize = 'ascii')"#
        ),
        &[],
    )
    .await?;
    for (option, value) in [("secure-delete", 1), ("hashsize", GATHERED)] {
        let sql = format!(r#"INSERT INTO "{index}" ("{index}", rank) VALUES ($1, $2)"#);
        tx.run(&sql, &[option.into(), value.into()]).await?;
    }
    keep(tx, words, stored_as).await
}

/// Removes the index of a table that is gone.
pub(super) async fn remove(tx: &mut Writing, stored_as: &str) -> Result<(), ViewError> {
    if tx.is_postgres() {
        return Ok(());
    }
    let sql = format!(r#"DROP TABLE IF EXISTS "{}""#, index_of(stored_as));
    tx.run(&sql, &[]).await.map(drop)
}

/// Parts a table that is to be renamed from its index.
pub(super) async fn let_go(
    tx: &mut Writing,
    table: &Table,
    stored_as: &str,
) -> Result<(), ViewError> {
    if table.words.is_none() || tx.is_postgres() {
        return Ok(());
    }
    for event in ["insert", "update", "delete"] {
        let sql = format!(r#"DROP TRIGGER "{}_{event}""#, index_of(stored_as));
        tx.run(&sql, &[]).await?;
    }
    Ok(())
}

/// Joins the renamed table and its index again.
pub(super) async fn take_up(
    tx: &mut Writing,
    table: &Table,
    from: &str,
    to: &str,
) -> Result<(), ViewError> {
    match table.words {
        Some(words) if !tx.is_postgres() => {
            let sql = format!(
                r#"ALTER TABLE "{}" RENAME TO "{}""#,
                index_of(from),
                index_of(to)
            );
            tx.run(&sql, &[]).await?;
            keep(tx, words, to).await
        }
        _ => Ok(()),
    }
}

/// The FTS5 table beside a table.
pub(super) fn index_of(stored_as: &str) -> String {
    format!("{stored_as}__words")
}

/// The expression that PostgreSQL's index is over.
pub(super) fn lexemes(column: &str) -> String {
    format!(r#"array_to_tsvector(string_to_array(btrim("{column}"), ' '))"#)
}

/// Whatever happens to a row happens to its words.
async fn keep(tx: &mut Writing, words: Words, stored_as: &str) -> Result<(), ViewError> {
    let index = index_of(stored_as);
    let Words { column, number } = words;
    // A row without words is not in the index: FTS5 has to be told to forget only what it knows.
    let add = format!(
        r#"INSERT INTO "{index}" (rowid, words)
           SELECT new."{number}", new."{column}" WHERE new."{column}" <> '';"#
    );
    let take = format!(
        r#"INSERT INTO "{index}" ("{index}", rowid, words)
           SELECT 'delete', old."{number}", old."{column}" WHERE old."{column}" <> '';"#
    );
    let changed =
        format!(r#"old."{column}" <> new."{column}" OR old."{number}" <> new."{number}""#);
    let on = |event: &str, when: &str, then: &str| {
        format!(
            r#"CREATE TRIGGER "{index}_{event}" AFTER {event} ON "{stored_as}" WHEN {when} BEGIN {then} END"#
        )
    };
    for sql in [
        on("insert", &format!(r#"new."{column}" <> ''"#), &add),
        on("update", &changed, &format!("{take} {add}")),
        on("delete", &format!(r#"old."{column}" <> ''"#), &take),
    ] {
        tx.run(&sql, &[]).await?;
    }
    Ok(())
}
