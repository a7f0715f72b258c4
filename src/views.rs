//! What people read: tables made from the log by the projector, and the questions they answer.
//!
//! Views are disposable. They carry the log's id and their own checkpoints, and are made anew when
//! they are of another log, lie beyond its head, or were made by another version of a projection.

mod bulk;
mod case_stats;
mod cases;
mod configured;
mod conversations;
mod cuts;
pub(crate) mod database;
mod directory;
mod documents;
mod erasure;
mod error;
mod holds;
mod messages;
mod names;
mod parts;
mod retention;
mod search;
mod sessions;
mod shadows;
mod state;
pub(crate) mod tables;
mod tally;
mod thread_list;
pub(crate) mod together;
mod transcript;
mod usage;
mod words;

use std::{sync::Arc, time::Duration};

use projections::{Column, Definition, Kind, Row, Value};
use tokio::sync::watch;
use tracing::Instrument;
use uuid::Uuid;

pub use self::directory::FRESH;
pub use self::retention::Asked;
pub use self::{
    case_stats::CaseStats,
    cases::{CaseCursor, CaseOrder, CaseQuery},
    configured::Belongings,
    conversations::{BadCursor, ConversationQuery, Cursor, Page},
    cuts::{Kept, Restored, Rewound},
    documents::{PassageQuery, PassageRow, PassageWords},
    error::ViewError,
    holds::HoldQuery,
    messages::MessageQuery,
    search::{Found, SearchCursor, SearchPage, SearchQuery, SearchScope},
    sessions::SessionQuery,
    shadows::ShadowStats,
    state::{Checkpoint, Fault, Standstill},
    thread_list::{Order, Span, ThreadQuery},
    usage::UsageTotal,
};
use self::{
    database::{Database, names},
    directory::Directory,
};
use crate::{
    shutdown::Shutdown,
    store::{Store, StoreConfig, keep_moving},
};

pub use projections::{
    AiProviderRow, Author, CaseRow, CaseState, ChatRow, ConfiguredRow, ConversationRow,
    DocumentRow, DocumentTextRow, Excerpt, HeldKind, HoldRow, IngestRow, IngestStatus, KeyRow,
    LookupRow, MessageStatus, PolicyRow, ProjectRow, RagSessionRow, Replaced, SearchTerms,
    SecretRow, SessionRow, ThreadRow, TranscriptRow, UserRow, WebhookRow, chunk_key,
};

/// The open views. Clones are handles of the same pools.
#[derive(Clone, Debug)]
pub struct Views {
    pub(crate) database: Database,
    pub(crate) definitions: Arc<[Definition]>,
    store: Store,
    position: watch::Sender<u64>,
    /// Where the log ended when they were opened.
    opened_at: u64,
    directory: Arc<Directory>,
    standstill: watch::Sender<Option<Standstill>>,
}

/// Whether a read shows what it was asked to wait for.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It does.
    Fresh,
    /// The projector has not come that far in time.
    Stale,
}

impl Views {
    /// Opens the views of `store`, and makes the tables that are missing or do not belong to it; the
    /// projector fills them.
    ///
    /// # Errors
    /// When one of the databases does not answer.
    pub async fn open(config: &StoreConfig, store: &Store) -> Result<Self, ViewError> {
        let database = Database::open(config).await?;
        let definitions: Arc<[Definition]> = projections::all().into();
        tables::prepare(&database, &definitions, store).await?;
        let views = Self {
            database,
            definitions,
            store: store.clone(),
            position: watch::Sender::new(0),
            opened_at: store.head().await?,
            directory: Arc::new(Directory::default()),
            standstill: watch::Sender::new(None),
        };
        views.refresh().await?;
        Ok(views)
    }

    /// Every event up to here has taken effect in every view.
    #[must_use]
    pub fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Whether the views have been as far as the log was when they were opened. Before that nobody can be let in by them:
    /// of a revoked key they may know only that it was issued.
    ///
    /// # Errors
    /// When they have not.
    pub fn have_caught_up(&self) -> Result<(), ViewError> {
        match self.position() >= self.opened_at {
            true => Ok(()),
            false => Err(ViewError::BeingMade),
        }
    }

    /// Waits until the views have come to `position`, at most so long.
    pub async fn wait_for(&self, position: u64, at_most: Duration) -> Freshness {
        let span = tracing::debug_span!("projected", position);
        if self.position() >= position {
            return Freshness::Fresh;
        }
        let there = async {
            let mut listener = self.position.subscribe();
            listener
                .wait_for(|reached| *reached >= position)
                .await
                .is_ok()
        };
        match tokio::time::timeout(at_most, there.instrument(span)).await {
            Ok(true) => Freshness::Fresh,
            Ok(false) | Err(_) => Freshness::Stale,
        }
    }

    /// Waits until the views show everything that is committed now, by whatever process.
    ///
    /// # Errors
    /// When the log does not answer.
    pub async fn catch_up(&self, at_most: Duration) -> Result<Freshness, ViewError> {
        let head = self.store.head().await?;
        Ok(self.wait_for(head, at_most).await)
    }

    /// Keeps SQLite's write-ahead log short until the process ends, beside those who write.
    pub fn keep_moving(&self, shutdown: &Shutdown) {
        if let Database::Sqlite { write, .. } = &self.database {
            let options = write.connect_options().as_ref().clone();
            shutdown.spawn(keep_moving(options, shutdown.token().clone()));
        }
    }

    /// Closes the pools.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Says how far the views are; `directory_changed` when accounts, keys or what is configured are among the news.
    pub(crate) fn announce(&self, position: u64, directory_changed: bool) {
        if directory_changed {
            self.directory.forget();
        }
        self.position.send_if_modified(|known| {
            let news = *known != position;
            *known = position;
            news
        });
    }

    /// The stored hash of a password.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn credential(&self, id: Uuid) -> Result<Option<String>, ViewError> {
        Ok(self.store.credential(id).await?)
    }

    /// The rows of `R`'s table for which `rest` (from `WHERE` on) holds.
    async fn select<R: Row>(&self, rest: &str, arguments: &[Value]) -> Result<Vec<R>, ViewError> {
        let sql = format!(
            r#"SELECT {} FROM "{}" {rest}"#,
            names(&R::TABLE),
            R::TABLE.name
        );
        self.rows_of(&sql, arguments).await
    }

    /// The rows of `R`'s table that a statement finds, which asks for all columns in order.
    async fn rows_of<R: Row>(&self, sql: &str, arguments: &[Value]) -> Result<Vec<R>, ViewError> {
        let kinds: Vec<Kind> = R::TABLE.columns.iter().map(kind).collect();
        let rows = self.database.rows(sql, arguments, &kinds).await?;
        rows.into_iter()
            .map(|values| R::from_values(values).ok_or(ViewError::Unreadable(R::TABLE.name)))
            .collect()
    }

    /// How many rows of `R`'s table `rest` (from `WHERE` on) holds for.
    async fn count<R: Row>(&self, rest: &str, arguments: &[Value]) -> Result<u64, ViewError> {
        let sql = format!(r#"SELECT count(*) FROM "{}" {rest}"#, R::TABLE.name);
        let rows = self.database.rows(&sql, arguments, &[Kind::Int]).await?;
        match rows.first().map(Vec::as_slice) {
            Some([Value::Int(Some(count))]) => Ok(count.unsigned_abs()),
            _ => Ok(0),
        }
    }

    /// How the database would read `rest` of `R`'s table, for tests.
    async fn plan<R: Row>(&self, rest: &str, arguments: &[Value]) -> Result<String, ViewError> {
        let table = R::TABLE;
        let sql = format!(r#"SELECT {} FROM "{}" {rest}"#, names(&table), table.name);
        self.plan_of(&sql, arguments).await
    }

    /// How the database would read what a statement asks for, for tests.
    async fn plan_of(&self, sql: &str, arguments: &[Value]) -> Result<String, ViewError> {
        let (explain, column) = match &self.database {
            Database::Sqlite { .. } => ("EXPLAIN QUERY PLAN", 3),
            Database::Postgres(_) => ("EXPLAIN", 0),
        };
        let sql = format!("{explain} {sql}");
        let mut kinds = vec![Kind::Int; column];
        kinds.push(Kind::Text);
        let rows = self.database.rows(&sql, arguments, &kinds).await?;
        let lines = rows.into_iter().filter_map(|mut row| match row.pop() {
            Some(Value::Text(line)) => line,
            _ => None,
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// How the database means to answer a question that is asked by index, for tests.
    async fn explained(&self, sql: &str, arguments: &[Value]) -> Result<Vec<String>, ViewError> {
        let (explain, kinds) = match self.database {
            Database::Sqlite { .. } => (
                "EXPLAIN QUERY PLAN",
                &[Kind::Int, Kind::Int, Kind::Int, Kind::Text][..],
            ),
            Database::Postgres(_) => ("EXPLAIN", &[Kind::Text][..]),
        };
        let sql = format!("{explain} {sql}");
        let rows = self.database.rows_by_index(&sql, arguments, kinds).await?;
        let line = |mut row: Vec<Value>| match row.pop() {
            Some(Value::Text(line)) => line,
            _ => None,
        };
        Ok(rows.into_iter().filter_map(line).collect())
    }

    /// The row of `R`'s table with this key.
    async fn by_key<R: Row>(&self, key: String) -> Result<Option<R>, ViewError> {
        let rest = format!(r#"WHERE "{}" = $1"#, R::TABLE.key());
        Ok(self.select(&rest, &[key.into()]).await?.pop())
    }

    /// The rows of `R`'s table with these keys, each once and in no order.
    async fn by_keys<R: Row>(&self, keys: &[String]) -> Result<Vec<R>, ViewError> {
        if keys.is_empty() {
            return Ok(vec![]);
        }
        let among = self.database.among_json();
        let rest = format!(r#"WHERE "{}" {among}"#, R::TABLE.key());
        let listed = Value::Text(serde_json::to_string(keys).ok());
        self.select(&rest, &[listed]).await
    }
}

fn kind(column: &Column) -> Kind {
    column.kind
}
