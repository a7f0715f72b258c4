//! Saving many rows in few statements, each database in its own way.

use projections::{Kind, Table, Value};
use sqlx::{Postgres, Sqlite, Transaction, query::Query};

use super::{
    ViewError,
    database::{Values, names},
};

/// Rows of one statement on SQLite. Few sizes, so that their statements stay prepared; the largest
/// stays below SQLite's limit of 32766 arguments.
const SIZES: [usize; 4] = [256, 32, 4, 1];

/// `INSERT … VALUES (…), (…) ON CONFLICT …`.
pub(super) async fn save_sqlite(
    tx: &mut Transaction<'static, Sqlite>,
    table: &Table,
    stored_as: &str,
    rows: Vec<Values>,
) -> Result<(), ViewError> {
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    for size in SIZES {
        if left < size {
            continue;
        }
        let sql = format!(
            r#"INSERT INTO "{stored_as}" ({}) VALUES {} {}"#,
            names(table),
            vec![row.as_str(); size].join(", "),
            or_replace(table)
        );
        while left >= size {
            let values = rows.by_ref().take(size).flatten();
            let query: Query<'_, Sqlite, _> =
                values.fold(sqlx::query(&sql), |query, value| match value {
                    Value::Text(text) => query.bind(text),
                    Value::Int(number) => query.bind(number),
                });
            query.execute(&mut **tx).await?;
            left -= size;
        }
    }
    Ok(())
}

/// `INSERT … SELECT * FROM unnest(one array a column) ON CONFLICT …`.
pub(super) async fn save_postgres(
    tx: &mut Transaction<'static, Postgres>,
    table: &Table,
    stored_as: &str,
    rows: Vec<Values>,
) -> Result<(), ViewError> {
    let arrays: Vec<String> = (1..)
        .zip(table.columns)
        .map(|(at, column)| match column.kind {
            Kind::Text => format!("${at}::text[]"),
            Kind::Int => format!("${at}::bigint[]"),
        })
        .collect();
    let sql = format!(
        r#"INSERT INTO "{stored_as}" ({}) SELECT * FROM unnest({}) {}"#,
        names(table),
        arrays.join(", "),
        or_replace(table)
    );
    let mut query = sqlx::query(&sql);
    for column in transpose(table, rows) {
        query = match column {
            Array::Texts(texts) => query.bind(texts),
            Array::Ints(numbers) => query.bind(numbers),
        };
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

enum Array {
    Texts(Vec<Option<String>>),
    Ints(Vec<Option<i64>>),
}

fn transpose(table: &Table, rows: Vec<Values>) -> Vec<Array> {
    let mut arrays: Vec<Array> = table
        .columns
        .iter()
        .map(|column| match column.kind {
            Kind::Text => Array::Texts(Vec::with_capacity(rows.len())),
            Kind::Int => Array::Ints(Vec::with_capacity(rows.len())),
        })
        .collect();
    for row in rows {
        for (array, value) in arrays.iter_mut().zip(row) {
            match (array, value) {
                (Array::Texts(texts), Value::Text(text)) => texts.push(text),
                (Array::Ints(numbers), Value::Int(number)) => numbers.push(number),
                (Array::Texts(texts), Value::Int(_)) => texts.push(None),
                (Array::Ints(numbers), Value::Text(_)) => numbers.push(None),
            }
        }
    }
    arrays
}

fn or_replace(table: &Table) -> String {
    let set: Vec<String> = table
        .columns
        .iter()
        .skip(1)
        .map(|column| format!(r#""{0}" = excluded."{0}""#, column.name))
        .collect();
    format!(
        r#"ON CONFLICT ("{}") DO UPDATE SET {}"#,
        table.key(),
        set.join(", ")
    )
}
