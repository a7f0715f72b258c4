//! One append: a batch of submissions to one of the databases, and an outcome for each.

use uuid::Uuid;

use super::{
    Commit, CommitError, Committed, Store, error::is_away, postgres, sealing::SealedKey, sqlite,
};

/// A commit under the name of this one try, so that a repeated append knows its own work again.
#[derive(Debug)]
pub(super) struct Submission {
    pub(super) id: Uuid,
    pub(super) commit: Commit,
    /// Its content is sealed.
    pub(super) sealed: bool,
    /// Payloads as they were before, of those events that are sealed; empty where none is.
    pub(super) clear: Vec<Option<String>>,
    /// To be stored with it.
    pub(super) keys: Vec<SealedKey>,
}

/// What became of one submission.
pub(super) type Outcome = Result<Committed, CommitError>;

/// Why a batch as a whole has no outcomes.
#[derive(Debug)]
pub(super) enum AppendError {
    /// Nothing was written, and it is not the batch's fault: no connection, no room, no lock.
    Away(String),
    /// Nothing was written, because the database refuses something in the batch.
    Refused(String),
    /// The connection was lost on the way: it may have been written or not.
    Lost(String),
}

impl AppendError {
    /// An error of the driver after which nothing is written.
    pub(super) fn nothing_written(error: &sqlx::Error) -> Self {
        if is_away(error) {
            Self::Away(error.to_string())
        } else {
            Self::Refused(error.to_string())
        }
    }
}

/// The writing end of a store; the committer has one.
#[derive(Debug)]
pub(super) enum Appender {
    Sqlite(sqlite::Appender),
    Postgres(postgres::Appender),
}

impl Appender {
    pub(super) fn of(store: &Store) -> Self {
        match store {
            Store::Sqlite(database) => Self::Sqlite(database.appender()),
            Store::Postgres(database) => Self::Postgres(database.appender()),
        }
    }

    /// Appends the whole batch in one transaction. The outcomes are in the batch's order.
    pub(super) async fn append(
        &mut self,
        batch: &[&Submission],
    ) -> Result<Vec<Outcome>, AppendError> {
        match self {
            Self::Sqlite(appender) => appender.append(batch).await,
            Self::Postgres(appender) => appender.append(batch).await,
        }
    }
}
