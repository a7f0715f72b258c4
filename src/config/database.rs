//! Where the log is kept.

use std::{fmt, path::PathBuf};

/// A database.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// Files in this directory.
    Sqlite {
        /// The data directory.
        dir: PathBuf,
    },
    /// A server.
    Postgres {
        /// `postgres://…`, often with a password in it.
        url: String,
    },
}

impl DatabaseUrl {
    /// Reads the setting.
    ///
    /// # Errors
    /// A sentence that does not repeat the value, since it may hold a password.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let url = reqwest::Url::parse(text).map_err(|e| {
            format!("this is no URL ({e}); use postgres://user@host/name, or leave it out for SQLite in data_dir")
        })?;
        match url.scheme() {
            "postgres" | "postgresql" => Ok(Self::Postgres {
                url: text.to_owned(),
            }),
            "sqlite" | "file" => {
                Err("SQLite needs no URL: leave this out and set data_dir".to_owned())
            }
            other => Err(format!(
                "{other}: is not a database we know; use postgres://… or postgresql://…, or leave it out for SQLite in data_dir"
            )),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { dir } => write!(f, "SQLite in {}", dir.display()),
            Self::Postgres { url } => match reqwest::Url::parse(url) {
                Ok(url) => write!(
                    f,
                    "PostgreSQL at {}{}",
                    url.host_str().unwrap_or("the local socket"),
                    url.path()
                ),
                Err(_) => f.write_str("PostgreSQL"),
            },
        }
    }
}
