//! One connection that is kept: opened when it is first needed, and again after it broke.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::RESTED;

/// How long connecting, or testing, may take.
const CONNECT: Duration = Duration::from_secs(2);

/// A line to the database.
#[derive(Debug)]
pub(in crate::store) struct Line {
    options: PgConnectOptions,
    open: Option<Open>,
    /// The server's end of a connection that was lost while it worked.
    orphan: Option<Backend>,
}

#[derive(Debug)]
struct Open {
    connection: PgConnection,
    backend: Backend,
    used: Instant,
}

/// A server process: its id, and when it started, because ids come again.
type Backend = (i32, String);

impl Line {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            open: None,
            orphan: None,
        }
    }

    /// An open connection. After an error nothing was sent on it.
    pub(super) async fn get(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        if let Some(open) = &mut self.open
            && open.used.elapsed() > RESTED
            && in_time(open.connection.ping()).await.is_err()
        {
            self.open = None;
        }
        if self.open.is_none() {
            self.open = Some(self.connect().await?);
        }
        match &mut self.open {
            Some(open) => {
                open.used = Instant::now();
                Ok(&mut open.connection)
            }
            None => Err(sqlx::Error::WorkerCrashed),
        }
    }

    /// Forgets the connection, which was lost while it worked.
    pub(super) fn lost(&mut self) {
        if let Some(open) = self.open.take() {
            self.orphan = Some(open.backend);
        }
    }

    async fn connect(&mut self) -> Result<Open, sqlx::Error> {
        let mut connection = in_time(self.options.connect()).await?;
        if let Some((pid, started)) = &self.orphan {
            // What was sent on the lost connection may still wait to be executed. It must not wake
            // up after we have been told that it did not happen.
            let end = sqlx::query(
                "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity
                  WHERE pid = $1 AND backend_start::text = $2",
            );
            let ended = end.bind(pid).bind(started).fetch_all(&mut connection).await;
            if let Err(error) = ended {
                tracing::warn!(%error, "a lost connection's backend could not be ended");
            }
            self.orphan = None;
        }
        let backend = sqlx::query_as(
            "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()",
        );
        let backend = in_time(backend.fetch_one(&mut connection)).await?;
        Ok(Open {
            connection,
            backend,
            used: Instant::now(),
        })
    }

    pub(super) async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            // The server notices by itself when it is not told.
            let _ = in_time(open.connection.close()).await;
        }
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    match timeout(CONNECT, work).await {
        Ok(result) => result,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}
