//! Telling other nodes how far the views are, and being told. A message can be lost: every projector
//! also looks up the checkpoints with each tick.

use std::time::Duration;

use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::watch;
use tracing::debug;

use crate::{
    shutdown::Shutdown,
    views::{Views, database::Database},
};

const CHANNEL: &str = "colloquy_views";

/// A pause between two messages: more news may gather.
const PAUSE: Duration = Duration::from_millis(2);

/// What other nodes are to know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    /// How far the views are.
    position: u64,
    /// How often an account or a key has changed.
    directory: u64,
}

impl News {
    pub(super) fn add(&mut self, position: u64, directory: bool) {
        self.position = position;
        self.directory += u64::from(directory);
    }
}

/// Starts to tell what comes through the answer, and to hear what others tell, until the process ends.
/// With SQLite there are no others.
pub(super) fn start(views: Views, shutdown: &Shutdown) -> watch::Sender<News> {
    let news = watch::Sender::new(News::default());
    if let Database::Postgres(pool) = &views.database {
        let (pool, receiver) = (pool.clone(), news.subscribe());
        let token = shutdown.token().clone();
        shutdown.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = tell(pool, receiver) => {}
            }
        });
        let token = shutdown.token().clone();
        shutdown.spawn(async move {
            tokio::select! {
                () = token.cancelled() => {}
                () = hear(&views) => {}
            }
        });
    }
    news
}

async fn tell(pool: PgPool, mut news: watch::Receiver<News>) {
    let mut told = News::default();
    while news.changed().await.is_ok() {
        let latest = *news.borrow_and_update();
        let mark = if latest.directory > told.directory {
            "!"
        } else {
            ""
        };
        let sent = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(format!("{}{mark}", latest.position))
            .execute(&pool)
            .await;
        match sent {
            Ok(_) => told = latest,
            Err(error) => debug!(%error, "the other nodes could not be told"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(views: &Views) {
    loop {
        if let Err(error) = hear_while_connected(views).await {
            debug!(%error, "the other nodes cannot be heard");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn hear_while_connected(views: &Views) -> Result<(), sqlx::Error> {
    let Database::Postgres(pool) = &views.database else {
        return Ok(());
    };
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let message = listener.recv().await?;
        let text = message.payload();
        let (position, directory) = match text.strip_suffix('!') {
            Some(position) => (position, true),
            None => (text, false),
        };
        // Our own words come back too, late: what we know already is no news.
        if let Ok(position) = position.parse()
            && (position > views.position() || directory)
        {
            views.announce(views.position().max(position), directory);
        }
    }
}
