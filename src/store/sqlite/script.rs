//! Statements that are handed over to SQLite together, with rows of arguments.
//!
//! Rows are bound as values and not taken out of JSON: a statement that calls a function may fail in its middle, so
//! SQLite keeps a copy of every page that it changes, in a file once there are some, to undo just that.

use std::borrow::Cow;

use sqlx::{Arguments, Encode, Sqlite, Type, sqlite::SqliteArguments};

use super::writer::Statement;

/// Rows of one statement, at most. SQLite takes 32,766 arguments.
const MOST: usize = 1_024;

/// See the module.
#[derive(Default)]
pub(super) struct Script<'q> {
    sql: String,
    arguments: SqliteArguments<'q>,
}

/// One value of a row.
pub(super) enum Argument<'q> {
    Null,
    Int(i64),
    Text(Cow<'q, str>),
    Blob(Vec<u8>),
}

impl From<i64> for Argument<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl<'q> From<&'q str> for Argument<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Argument<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Vec<u8>> for Argument<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<'q, T: Into<Argument<'q>>> From<Option<T>> for Argument<'q> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'q> Script<'q> {
    /// One more statement; its arguments are bound next.
    pub(super) fn add(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
    }

    /// The next argument.
    pub(super) fn bind<T>(&mut self, value: T) -> Result<(), sqlx::Error>
    where
        T: Encode<'q, Sqlite> + Type<Sqlite> + 'q,
    {
        self.arguments.add(value).map_err(sqlx::Error::Encode)
    }

    /// `before (VALUES …) after`, as often as it takes for all rows. The number of rows is rounded up, so that few
    /// different statements have to be kept prepared: `after` leaves out those whose `column1` is NULL, which no row's
    /// first value is.
    pub(super) fn rows<const N: usize>(
        &mut self,
        before: &str,
        mut rows: impl ExactSizeIterator<Item = [Argument<'q>; N]>,
        after: &str,
    ) -> Result<(), sqlx::Error> {
        let row = format!("({})", ["?"; N].join(","));
        let mut left = rows.len();
        while left > 0 {
            let taken = left.min(MOST);
            let size = taken.next_power_of_two();
            for value in rows.by_ref().take(taken).flatten() {
                match value {
                    Argument::Null => self.bind(None::<i64>),
                    Argument::Int(number) => self.bind(number),
                    Argument::Text(text) => self.bind(text),
                    Argument::Blob(bytes) => self.bind(bytes),
                }?;
            }
            for _ in 0..(size - taken) * N {
                self.bind(None::<i64>)?;
            }
            let values = vec![row.as_str(); size].join(",");
            self.add(&format!("{before} (VALUES {values}) {after}"));
            left -= taken;
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn statement(&mut self) -> Statement<'_> {
        sqlx::query_with(&self.sql, std::mem::take(&mut self.arguments))
    }
}
