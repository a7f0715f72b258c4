//! Telling other nodes how far the views are, and being told. A message can be lost: every projector
//! also looks up the checkpoints with each tick.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tracing::debug;

use crate::{
    shutdown::Shutdown,
    views::{Views, database::Database},
};

const CHANNEL: &str = "colloquy_views";

/// What the others do not know yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    /// How far the views are.
    pub(super) position: Option<u64>,
    /// An account or a key has changed.
    pub(super) directory: bool,
}

/// Tells the other nodes, if there can be any; the answer is what remains to be told.
pub(super) async fn others(views: &Views, news: News) -> News {
    let (Some(position), Database::Postgres(pool)) = (news.position, &views.database) else {
        return news;
    };
    let message = format!("{position}{}", if news.directory { "!" } else { "" });
    let told = sqlx::query("SELECT pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(message)
        .execute(pool)
        .await;
    match told {
        Ok(_) => News::default(),
        Err(error) => {
            debug!(%error, "the other nodes could not be told");
            news
        }
    }
}

/// Hears what other nodes tell, until the process ends.
pub(super) fn listen(views: &Views, shutdown: &Shutdown) {
    if !matches!(views.database, Database::Postgres(_)) {
        return;
    }
    let (views, token) = (views.clone(), shutdown.token().clone());
    shutdown.spawn(async move {
        tokio::select! {
            () = token.cancelled() => {}
            () = hear(&views) => {}
        }
    });
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
