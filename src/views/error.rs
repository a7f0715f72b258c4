//! What can go wrong with views.

use crate::store::{StoreError, has_code, is_passing};

/// Why a view could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The database does not answer; the same may succeed later.
    #[error("the views cannot be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database does not take what an event makes of a row.
    #[error("the views refuse this change: {0}")]
    Refused(#[source] sqlx::Error),
    /// A stored row is not of its table: somebody else has written it.
    #[error("the view {0} holds a row that is not its own; rebuild it")]
    Unreadable(&'static str),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// There is no view of this name.
    #[error("there is no projection {name:?}; there are {known}")]
    Unknown {
        /// As asked.
        name: String,
        /// All there are.
        known: String,
    },
    /// They are being made from the log; the same will succeed later.
    #[error("the views are being made from the log")]
    BeingMade,
    /// Two rebuilds of one projection at once.
    #[error("another rebuild of {0} is running")]
    RebuiltElsewhere(String),
    /// A test wants it so.
    #[error("a fault was injected {0}")]
    Injected(&'static str),
}

impl ViewError {
    /// Whether it is over by itself some time: the database is away, or somebody else is at work in it.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            // A lock that somebody else holds passes, too.
            Self::Unavailable(error) => is_passing(error) || has_code(error, &["55P03"], &[]),
            Self::Log(StoreError::Unavailable(_)) => true,
            _ => false,
        }
    }
}

impl From<sqlx::Error> for ViewError {
    fn from(error: sqlx::Error) -> Self {
        if is_about_the_row(&error) {
            Self::Refused(error)
        } else {
            Self::Unavailable(error)
        }
    }
}

/// Whether the same rows would be refused again and others would not. All else (no connection, no
/// room, a missing table) is not an event's fault, and is tried again until it works.
fn is_about_the_row(error: &sqlx::Error) -> bool {
    // Bad data, broken constraints, an index row or a value beyond its limit; TOOBIG, CONSTRAINT, MISMATCH, RANGE.
    matches!(error, sqlx::Error::Encode(_))
        || has_code(error, &["22", "23", "54"], &[18, 19, 20, 25])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_passes_and_what_stands_in_it_does_not() {
        for passing in [
            ViewError::from(sqlx::Error::PoolTimedOut),
            ViewError::from(sqlx::Error::WorkerCrashed),
            StoreError::Unavailable("away".to_owned()).into(),
        ] {
            assert!(passing.is_passing(), "{passing}");
        }
        for lasting in [
            ViewError::Unreadable("usage"),
            ViewError::from(sqlx::Error::ColumnNotFound("day".to_owned())),
            StoreError::Unreadable("odd".to_owned()).into(),
        ] {
            assert!(!lasting.is_passing(), "{lasting}");
        }
    }
}
