//! Hearing of other processes' commits.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio_util::sync::CancellationToken;

use super::{super::Bell, ACQUIRE, PostgresStore};

/// Before connecting again.
const PAUSE: Duration = Duration::from_millis(500);

impl PostgresStore {
    /// Rings the bell with every notification of the append, until `ending`.
    pub(in crate::store) async fn listen(self, bell: Bell, ending: CancellationToken) {
        let listening = async {
            loop {
                if let Err(error) = self.listen_once(&bell).await {
                    tracing::debug!(%error, "not listening to the database; trying again");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        ending.run_until_cancelled(listening).await;
    }

    /// Until the connection breaks.
    async fn listen_once(&self, bell: &Bell) -> Result<(), sqlx::Error> {
        let line = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .connect_lazy_with(PgConnectOptions::clone(&self.options));
        let mut listener = PgListener::connect_with(&line).await?;
        listener.listen("colloquy_log").await?;
        // What came before we listened.
        if let Ok(position) = self.head().await {
            bell.ring(position);
        }
        while let Some(notification) = listener.try_recv().await? {
            if let Ok(position) = notification.payload().parse() {
                bell.ring(position);
            }
        }
        Ok(())
    }
}
