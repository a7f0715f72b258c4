//! Saving many rows in few statements, each database in its own way.

use projections::{Kind, Table, Value};
use sqlx::{
    Postgres, Sqlite, Transaction, postgres::PgArguments, query::Query, sqlite::SqliteArguments,
};

use super::{
    ViewError,
    database::{Values, names},
};

/// Rows of one statement on SQLite, at most: far below its limit of 32766 arguments.
const MOST: usize = 256;

/// Saves rows in a transaction.
pub(super) async fn save_sqlite(
    tx: &mut Transaction<'static, Sqlite>,
    table: &Table,
    stored_as: &str,
    rows: Vec<Values>,
) -> Result<(), ViewError> {
    let mut script = Script::default();
    script.save(table, stored_as, rows, "TRUE", &all_but_key(table));
    script.query().execute(&mut **tx).await?;
    Ok(())
}

/// Saves rows in a transaction.
pub(super) async fn save_postgres(
    tx: &mut Transaction<'static, Postgres>,
    table: &Table,
    stored_as: &str,
    rows: Vec<Values>,
) -> Result<(), ViewError> {
    let sql = insert_arrays(table, stored_as, 1, "TRUE");
    let query = bind_arrays(sqlx::query(&sql), table, rows);
    query.execute(&mut **tx).await?;
    Ok(())
}

/// Statements for SQLite that are handed over together, with their arguments.
#[derive(Debug, Default)]
pub(super) struct Script {
    sql: String,
    arguments: Vec<Value>,
}

impl Script {
    /// One more statement; its arguments are marked `?`.
    pub(super) fn add(&mut self, sql: &str, arguments: &[Value]) {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
        self.arguments.extend_from_slice(arguments);
    }

    /// `INSERT … SELECT … FROM (VALUES (…), (…)) … ON CONFLICT …`, for as long as `condition` holds; where there is a
    /// row already, these columns of it are set.
    ///
    /// The number of rows is rounded up, so that few different statements have to be kept prepared: what
    /// is too many has no key.
    pub(super) fn save(
        &mut self,
        table: &Table,
        stored_as: &str,
        rows: Vec<Values>,
        condition: &str,
        columns: &[&str],
    ) {
        let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        while left > 0 {
            let taken = left.min(MOST);
            let size = taken.next_power_of_two();
            let values = vec![row.as_str(); size].join(", ");
            let names = names(table);
            let or_set = or_set(table, columns);
            self.arguments.extend(rows.by_ref().take(taken).flatten());
            let missing = (size - taken) * table.columns.len();
            self.arguments
                .extend(std::iter::repeat_n(Value::Int(None), missing));
            self.add(
                &format!(
                    r#"INSERT INTO "{stored_as}" ({names}) SELECT * FROM (VALUES {values})
                       WHERE column1 IS NOT NULL AND {condition} {or_set}"#
                ),
                &[],
            );
            left -= taken;
        }
    }

    /// All of it.
    pub(super) fn query(&mut self) -> Query<'_, Sqlite, SqliteArguments<'_>> {
        let arguments = std::mem::take(&mut self.arguments);
        arguments
            .into_iter()
            .fold(sqlx::query(&self.sql), |query, value| match value {
                Value::Text(text) => query.bind(text),
                Value::Int(number) => query.bind(number),
            })
    }
}

/// `INSERT … SELECT … FROM unnest(one array a column) … ON CONFLICT …`, for as long as `condition` holds;
/// the arrays are the parameters from `first` on.
pub(super) fn insert_arrays(
    table: &Table,
    stored_as: &str,
    first: usize,
    condition: &str,
) -> String {
    let arrays: Vec<String> = (first..)
        .zip(table.columns)
        .map(|(at, column)| match column.kind {
            Kind::Text => format!("${at}::text[]"),
            Kind::Int => format!("${at}::bigint[]"),
        })
        .collect();
    format!(
        r#"INSERT INTO "{stored_as}" ({}) SELECT * FROM unnest({}) WHERE {condition} {}"#,
        names(table),
        arrays.join(", "),
        or_set(table, &all_but_key(table))
    )
}

/// Binds the arrays of [`insert_arrays`].
pub(super) fn bind_arrays<'q>(
    query: Query<'q, Postgres, PgArguments>,
    table: &Table,
    rows: Vec<Values>,
) -> Query<'q, Postgres, PgArguments> {
    transpose(table, rows)
        .into_iter()
        .fold(query, |query, column| match column {
            Array::Texts(texts) => query.bind(texts),
            Array::Ints(numbers) => query.bind(numbers),
        })
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

/// Every column that can change.
pub(super) fn all_but_key(table: &Table) -> Vec<&'static str> {
    let columns = table.columns.iter().skip(1);
    columns.map(|column| column.name).collect()
}

fn or_set(table: &Table, columns: &[&str]) -> String {
    let set: Vec<String> = columns
        .iter()
        .map(|name| format!(r#""{name}" = excluded."{name}""#))
        .collect();
    format!(
        r#"ON CONFLICT ("{}") DO UPDATE SET {}"#,
        table.key(),
        set.join(", ")
    )
}
