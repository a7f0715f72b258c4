//! What each API says byte by byte, through the real binary, on both databases.

pub(crate) mod assistant;
pub(crate) mod audit;
pub(crate) mod chats;
mod document;
mod full;
mod limits;
mod mcp;
pub(crate) mod openai;
mod operations;
pub(crate) mod rag;
mod review;
mod threads;

/// The same check on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($check:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn on_sqlite() {
            crate::dialects::prepare();
            $check(crate::support::databases::TestDatabase::sqlite()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn on_postgres() {
            crate::dialects::prepare();
            $check(crate::support::databases::TestDatabase::postgres().await).await;
        }
    };
}
pub(crate) use on_both_databases;

/// The echo that is always there, and nothing else: no looking for an Ollama.
pub(crate) const ECHO: (&str, &str) = ("PROVIDERS__ECHO__KIND", "echo");
/// What an echo says before it repeats.
const PREFACE: &str = "This is an echo, not a model. You said: ";

pub(crate) fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
