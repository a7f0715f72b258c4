//! How many rows of a table are alike, see [`projections::Tally`]: a table beside it, kept by triggers.
//!
//! A cell is a day of one of the times and the values that rows have in common, and says how many rows there are of it.
//! Days are whole ones since 1970, in UTC.

use projections::{Kind, Table, Tally};

use super::{ViewError, database::Writing};

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// Makes the tally of a new table.
pub(super) async fn make(
    tx: &mut Writing,
    table: &Table,
    stored_as: &str,
) -> Result<(), ViewError> {
    let Some(tally) = table.tally else {
        return Ok(());
    };
    let alike: String = tally
        .alike
        .iter()
        .map(|column| format!(r#""{column}" {} NOT NULL, "#, kind(table, column)))
        .collect();
    let rest = if tx.is_postgres() {
        ""
    } else {
        " STRICT, WITHOUT ROWID"
    };
    let sql = format!(
        r#"CREATE TABLE "{}" ("time" TEXT NOT NULL, "day" BIGINT NOT NULL, {alike}"rows" BIGINT NOT NULL,
           PRIMARY KEY ({})){rest}"#,
        tally_of(stored_as),
        cell(tally)
    );
    let sql = match tx.is_postgres() {
        true => sql,
        false => sql.replace("BIGINT", "INTEGER"),
    };
    tx.run(&sql, &[]).await?;
    keep(tx, tally, stored_as).await
}

/// Removes the tally of a table that is gone.
pub(super) async fn remove(tx: &mut Writing, stored_as: &str) -> Result<(), ViewError> {
    let sql = format!(r#"DROP TABLE IF EXISTS "{}""#, tally_of(stored_as));
    tx.run(&sql, &[]).await?;
    forget(tx, stored_as).await
}

/// Parts a table that is to be renamed from its tally.
pub(super) async fn let_go(
    tx: &mut Writing,
    table: &Table,
    stored_as: &str,
) -> Result<(), ViewError> {
    if table.tally.is_none() {
        return Ok(());
    }
    let of = match tx.is_postgres() {
        true => format!(r#" ON "{stored_as}""#),
        false => String::new(),
    };
    for event in EVENTS {
        let sql = format!(r#"DROP TRIGGER "{}_{event}"{of}"#, tally_of(stored_as));
        tx.run(&sql, &[]).await?;
    }
    forget(tx, stored_as).await
}

/// Joins the renamed table and its tally again.
pub(super) async fn take_up(
    tx: &mut Writing,
    table: &Table,
    from: &str,
    to: &str,
) -> Result<(), ViewError> {
    let Some(tally) = table.tally else {
        return Ok(());
    };
    let sql = format!(
        r#"ALTER TABLE "{}" RENAME TO "{}""#,
        tally_of(from),
        tally_of(to)
    );
    tx.run(&sql, &[]).await?;
    keep(tx, tally, to).await
}

/// The table of a table's tally.
pub(super) fn tally_of(stored_as: &str) -> String {
    format!("{stored_as}__tally")
}

const EVENTS: [&str; 3] = ["insert", "update", "delete"];

/// PostgreSQL's triggers call functions, which outlive them.
async fn forget(tx: &mut Writing, stored_as: &str) -> Result<(), ViewError> {
    if tx.is_postgres() {
        for event in EVENTS {
            let sql = format!(
                r#"DROP FUNCTION IF EXISTS "{}_{event}""#,
                tally_of(stored_as)
            );
            tx.run(&sql, &[]).await?;
        }
    }
    Ok(())
}

fn kind(table: &Table, column: &str) -> &'static str {
    let mut columns = table.columns.iter();
    match columns.find(|known| known.name == column) {
        Some(known) if known.kind == Kind::Int => "BIGINT",
        _ => "TEXT",
    }
}

/// The columns of a cell.
fn cell(tally: Tally) -> String {
    let alike: String = tally
        .alike
        .iter()
        .map(|column| format!(r#", "{column}""#))
        .collect();
    format!(r#""time", "day"{alike}"#)
}

/// The values of a cell's columns in the row `row`.
fn values(tally: Tally, time: &str, row: &str) -> Vec<String> {
    let alike = tally
        .alike
        .iter()
        .map(|column| format!(r#"{row}"{column}""#));
    [format!("'{time}'"), format!(r#"{row}"{time}" / {DAY}"#)]
        .into_iter()
        .chain(alike)
        .collect()
}

/// Whatever happens to a row happens to its cells.
async fn keep(tx: &mut Writing, tally: Tally, stored_as: &str) -> Result<(), ViewError> {
    let statements = match tx.is_postgres() {
        true => on_postgres(tally, stored_as),
        false => on_sqlite(tally, stored_as),
    };
    for sql in statements {
        tx.run(&sql, &[]).await?;
    }
    Ok(())
}

/// One more row, or one less, of all the cells that the row `row` is in.
fn change(tally: Tally, stored_as: &str, row: &str, by: i64) -> String {
    let rows: Vec<String> = tally
        .times
        .iter()
        .map(|time| format!("({}, {by})", values(tally, time, row).join(", ")))
        .collect();
    add(tally, stored_as, &format!("VALUES {}", rows.join(", ")))
}

/// Adds to cells; `rows` gives them, and how many rows more are of each.
fn add(tally: Tally, stored_as: &str, rows: &str) -> String {
    let (name, cell) = (tally_of(stored_as), cell(tally));
    format!(
        r#"INSERT INTO "{name}" ({cell}, "rows") {rows}
           ON CONFLICT ({cell}) DO UPDATE SET "rows" = "{name}"."rows" + excluded."rows";"#
    )
}

/// The row is in another cell than before.
fn moved(tally: Tally) -> String {
    let days = tally
        .times
        .iter()
        .map(|time| format!(r#"old."{time}" / {DAY} <> new."{time}" / {DAY}"#));
    let alike = tally
        .alike
        .iter()
        .map(|column| format!(r#"old."{column}" <> new."{column}""#));
    days.chain(alike).collect::<Vec<_>>().join(" OR ")
}

fn on_sqlite(tally: Tally, stored_as: &str) -> Vec<String> {
    let name = tally_of(stored_as);
    let more = change(tally, stored_as, "new.", 1);
    let less = change(tally, stored_as, "old.", -1);
    let on = |event: &str, when: &str, then: &str| {
        format!(
            r#"CREATE TRIGGER "{name}_{event}" AFTER {event} ON "{stored_as}" {when} BEGIN {then} END"#
        )
    };
    vec![
        on("insert", "", &more),
        on(
            "update",
            &format!("WHEN {}", moved(tally)),
            &format!("{less} {more}"),
        ),
        on("delete", "", &less),
    ]
}

/// Rows change many at a time and are counted together: a cell that is changed often in one transaction has to be looked
/// for among all that it was.
fn on_postgres(tally: Tally, stored_as: &str) -> Vec<String> {
    let name = tally_of(stored_as);
    let cells = |rows: &str, by: i64| -> Vec<String> {
        let times = tally.times.iter();
        let select = times.map(|time| {
            let values = values(tally, time, "").join(", ");
            format!("SELECT {values}, {by} FROM {rows}")
        });
        select.collect()
    };
    let (more, less) = (cells("added", 1), cells("taken", -1));
    let cell = cell(tally);
    let counted = |selects: &[String]| {
        let selects = selects.join(" UNION ALL ");
        let all = format!(
            r#"SELECT {cell}, sum("by") FROM ({selects}) AS changed ({cell}, "by")
               GROUP BY {cell} HAVING sum("by") <> 0"#
        );
        add(tally, stored_as, &all)
    };
    let on = |event: &str, rows: &str, selects: &[String]| {
        [
            format!(
                r#"CREATE OR REPLACE FUNCTION "{name}_{event}"() RETURNS trigger LANGUAGE plpgsql
                   AS $tally$ BEGIN {} RETURN NULL; END $tally$"#,
                counted(selects)
            ),
            format!(
                r#"CREATE TRIGGER "{name}_{event}" AFTER {event} ON "{stored_as}" REFERENCING {rows}
                   EXECUTE FUNCTION "{name}_{event}"()"#
            ),
        ]
    };
    [
        on("insert", "NEW TABLE AS added", &more),
        on(
            "update",
            "OLD TABLE AS taken NEW TABLE AS added",
            &[less.clone(), more.clone()].concat(),
        ),
        on("delete", "OLD TABLE AS taken", &less),
    ]
    .into_iter()
    .flatten()
    .collect()
}
