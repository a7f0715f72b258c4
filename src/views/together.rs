//! The rows of many tables together: loaded by one statement, and saved by one with their checkpoints.
//!
//! On a connection of its own, because a pool asks every connection that comes back how it is, which
//! costs as much as the work.

mod postgres;
mod sqlite;

use projections::Table;
use sqlx::{
    ConnectOptions, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};

use super::{
    ViewError,
    database::{Database, Values},
};
use crate::store::settled;

/// Statements that stay prepared.
const STATEMENTS: usize = 64;

/// A stored table: which one, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The name it is stored under.
    pub(crate) name: String,
    /// The version of its projection.
    pub(crate) version: i64,
    /// The last event that has taken effect in it.
    pub(crate) position: i64,
    /// Another number when another table has taken its place, as after a rebuild.
    pub(crate) made: i64,
}

/// Something of one table.
#[derive(Debug)]
pub(crate) struct Part<'a, T> {
    pub(crate) table: &'a Table,
    pub(crate) stored_as: &'a str,
    /// Keys, or rows.
    pub(crate) items: Vec<T>,
}

/// Rows to be saved.
#[derive(Debug)]
pub(crate) struct Saves<'a> {
    /// The rows.
    pub(crate) rows: Part<'a, Values>,
    /// Of each column, whether one of the rows may have something else in it than before.
    pub(crate) changed: Vec<bool>,
}

/// Everything that a round changes.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    /// The tables, and where each of them must be: all at the same position.
    pub(crate) standing: &'a [Standing],
    /// Where they are then.
    pub(crate) to: i64,
    /// Rows that come, or come instead.
    pub(crate) saves: Vec<Saves<'a>>,
}

impl Round<'_> {
    fn from(&self) -> i64 {
        self.standing.first().map_or(0, |table| table.position)
    }

    /// A list for SQL; the names are ours: plain words.
    fn list(&self, of: impl Fn(&Standing) -> String) -> String {
        let list: Vec<String> = self.standing.iter().map(of).collect();
        list.join(", ")
    }

    fn names(&self) -> String {
        self.list(|table| format!("'{}'", table.name))
    }

    fn identities(&self) -> String {
        self.list(|table| format!("('{}', {}, {})", table.name, table.version, table.made))
    }
}

/// A connection, opened when it is needed, and again after any error.
#[derive(Debug)]
pub(crate) struct Line {
    options: Options,
    open: Option<Open>,
}

#[derive(Debug)]
enum Options {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

/// Taken out while it works, and only put back when all went well: what an error or a cancellation leaves
/// open in it is rolled back, because it is dropped.
#[derive(Debug)]
enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Line {
    /// A line to these views.
    pub(crate) fn to(database: &Database) -> Self {
        let options = match database {
            Database::Sqlite { write, .. } => {
                let options = SqliteConnectOptions::clone(&write.connect_options());
                Options::Sqlite(Box::new(options.statement_cache_capacity(STATEMENTS)))
            }
            Database::Postgres(pool) => {
                let options = PgConnectOptions::clone(&pool.connect_options());
                Options::Postgres(Box::new(
                    settled(options).statement_cache_capacity(STATEMENTS),
                ))
            }
        };
        Self {
            options,
            open: None,
        }
    }

    /// How these stored tables stand; those that are not there are left out.
    pub(crate) async fn standing(&mut self, names: &[&str]) -> Result<Vec<Standing>, ViewError> {
        let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let names = names.join(", ");
        let mut open = self.take().await?;
        let standing = match &mut open {
            Open::Sqlite(connection) => sqlite::standing(connection, &names).await?,
            Open::Postgres(connection) => postgres::standing(connection, &names).await?,
        };
        self.open = Some(open);
        Ok(standing)
    }

    /// The rows that have these keys: a list for each part, in no order.
    pub(crate) async fn load(
        &mut self,
        parts: &[Part<'_, String>],
    ) -> Result<Vec<Vec<Values>>, ViewError> {
        let mut open = self.take().await?;
        let rows = match &mut open {
            Open::Sqlite(connection) => sqlite::load(connection, parts).await?,
            Open::Postgres(connection) => postgres::load(connection, parts).await?,
        };
        self.open = Some(open);
        let mut loaded: Vec<Vec<Values>> = parts.iter().map(|_| vec![]).collect();
        for (nth, values) in rows {
            if let Some(of_part) = usize::try_from(nth)
                .ok()
                .and_then(|nth| loaded.get_mut(nth))
            {
                of_part.push(values);
            }
        }
        Ok(loaded)
    }

    /// Saves a round, if its tables are those and there, and nobody else is at work on them; else the
    /// answer is `false`, and nothing has changed. After [`ViewError::Refused`] nothing has either; after
    /// other errors it may have.
    pub(crate) async fn save(&mut self, round: Round<'_>) -> Result<bool, ViewError> {
        let mut open = self.take().await?;
        let saved = match &mut open {
            Open::Sqlite(connection) => sqlite::save(connection, round).await?,
            Open::Postgres(connection) => postgres::save(connection, round).await?,
        };
        self.open = Some(open);
        Ok(saved)
    }

    async fn take(&mut self) -> Result<Open, ViewError> {
        if let Some(open) = self.open.take() {
            return Ok(open);
        }
        Ok(match &self.options {
            Options::Sqlite(options) => Open::Sqlite(sqlite::open(options).await?),
            Options::Postgres(options) => Open::Postgres(options.connect().await?),
        })
    }
}
