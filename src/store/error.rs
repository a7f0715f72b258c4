//! What can go wrong in the store, one enum per thing asked of it.

use sqlx::migrate::MigrateError;

use super::CommandRecord;

/// Why a read, or a write beside the log, failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or has no room; the same may succeed later.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// What is stored cannot be understood by this version of the program.
    #[error("the stored record cannot be read: {0}")]
    Unreadable(String),
    /// The schema could not be brought up to date.
    #[error("the database schema cannot be brought up to date: {0}")]
    Schema(String),
    /// The file of drafts cannot be used, which is not the log.
    #[error(
        "{}: {error} (it holds the text of running replies and no more: where it is damaged, put it aside, and another is made)",
        .file.display()
    )]
    Drafts {
        /// Where it is.
        file: std::path::PathBuf,
        /// Why.
        error: Box<StoreError>,
    },
    /// The bucket of attachments does not answer, or not as it should; the same may succeed later.
    #[error("the bucket of attachments {0}")]
    Bucket(String),
    /// The database refuses the request for good: a fault of this program.
    #[error("the database refused the request: {0}")]
    Refused(String),
}

/// Why a commit did not happen, or is not known to have happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// This command id was committed before, here with its first result.
    #[error("this command was committed before, at position {}", .0.first_position)]
    Duplicate(Box<CommandRecord>),
    /// The stream has moved on since the decision.
    #[error("somebody else has written to this aggregate; it is at {head} now")]
    Conflict {
        /// The stream's last sequence now.
        head: u64,
    },
    /// An earlier request of the same stream in this batch failed, and this one was decided on top of it.
    #[error("an earlier change of this aggregate failed")]
    PredecessorFailed,
    /// A name is taken.
    #[error("the {kind} {key:?} is taken")]
    Reserved {
        /// What sort of name.
        kind: String,
        /// The name.
        key: String,
    },
    /// Known not to be committed: the database cannot be reached. The same may succeed later.
    #[error("the database does not answer, nothing was written: {0}")]
    Unavailable(String),
    /// The process ended, or the committer was closed, while the outcome was unknown.
    #[error("it is not known whether this was written: {0}")]
    Unknown(String),
    /// The database will never take this request: a fault of this program.
    #[error("the log refused this change: {0}")]
    Rejected(String),
}

/// The queue is full: nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many changes are waiting to be written")]
pub struct Overloaded;

/// Why a chunk of a draft was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The turn is closed, or somebody is closing it for its owner: release nothing more.
    #[error("this reply is no longer ours to write")]
    Fenced,
    /// The database does not answer. Writing the same chunk again is harmless.
    #[error("the draft could not be written: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// Sorts an error of the database driver; see [`is_away`].
    pub(super) fn of(error: sqlx::Error) -> Self {
        if is_away(&error) {
            return Self::Unavailable(error.to_string());
        }
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Unreadable(error.to_string())
            }
            other => Self::Refused(other.to_string()),
        }
    }

    /// Why the schema is not as it should be.
    pub(super) fn of_migration(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => Self::of(error),
            MigrateError::VersionMissing(version) => Self::Schema(format!(
                "a newer version of colloquy has changed it (migration {version} is unknown to this one); run that \
                 version, or restore a backup of before"
            )),
            other => Self::Schema(other.to_string()),
        }
    }
}

/// Whether the driver's error means that the database is away or full, and not that the request is wrong.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    // Out of resources, system errors, read-only standby; READONLY, IOERR, FULL, CANTOPEN.
    is_passing(error) || has_code(error, &["25006", "53", "58"], &[8, 10, 13, 14])
}

/// Whether what the driver's error tells is over by itself some time: the database is away, or somebody else is at work
/// in it.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        // Connection exceptions, serialisation and deadlock, too many connections, interventions; BUSY, LOCKED.
        sqlx::Error::Database(_) => has_code(error, &["08", "40", "53300", "57"], &[5, 6]),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Whether a database has refused something with one of these codes: PostgreSQL's states or their classes, SQLite's
/// primary codes.
pub(crate) fn has_code(error: &sqlx::Error, postgres: &[&str], sqlite: &[u32]) -> bool {
    let sqlx::Error::Database(refusal) = error else {
        return false;
    };
    let code = refusal.code().unwrap_or_default();
    if refusal
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        return postgres.iter().any(|class| code.starts_with(class));
    }
    // The primary code is the low byte of the extended one.
    let primary = code.parse::<u32>().map_or(0, |extended| extended & 0xff);
    sqlite.contains(&primary)
}

/// Whether the connection is gone, and with it the knowledge of what became of the statement.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // The connection exceptions, and "terminating connection" in all its forms.
        sqlx::Error::Database(refusal) => refusal
            .code()
            .is_some_and(|code| code.starts_with("08") || code.starts_with("57P")),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
