//! Why a server does not start, in sentences that say what to do.

use std::net::SocketAddr;

use super::LockError;
use crate::http;

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The data directory is not filled yet.
    #[error(
        "a restore into {0} was broken off; begin it again (colloquy restore), or choose another directory"
    )]
    HalfRestored(std::path::PathBuf),
    /// The log is not filled yet.
    #[error(
        "an import of a whole record was broken off here; begin it again (colloquy import), or choose an empty place"
    )]
    HalfImported,
    /// The key.
    #[error(transparent)]
    Key(#[from] crate::config::ServerKeyError),
    /// The notary's key.
    #[error("the notary's key (notary.key, COLLOQUY_NOTARY__KEY, keys/notary.key): {0}")]
    NotaryKey(#[from] crate::audit::key::KeyError),
    /// The keys that the notary had before.
    #[error("notary.former_keys (COLLOQUY_NOTARY__FORMER_KEYS): {0}")]
    FormerKeys(crate::audit::key::KeyError),
    /// The log, or the drafts beside it.
    #[error("the database cannot be opened: {0}")]
    Store(#[from] crate::store::StoreError),
    /// Where attachments are.
    #[error(transparent)]
    Bucket(crate::store::StoreError),
    /// The views.
    #[error(
        "the views cannot be opened: {0}\nwith SQLite they are views.db in the data directory: where it is damaged, delete it, and it is made anew from the log"
    )]
    Views(#[from] crate::views::ViewError),
    /// The providers.
    #[error(transparent)]
    Providers(#[from] crate::providers::SettingsError),
    /// The policy of moderation.
    #[error(transparent)]
    Policy(#[from] crate::moderation::PolicyFaults),
    /// The policy that was put in force for all servers.
    #[error(
        "{0}\nput another one in force (colloquy moderation backtest --apply), or take it back (colloquy moderation policy --withdraw)"
    )]
    HousePolicy(crate::moderation::PolicyFaults),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] http::TlsError),
    /// The HTTP client.
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
    /// Who is to make vectors.
    #[error("embedding_provider (COLLOQUY_EMBEDDING_PROVIDER): {0}")]
    Vectors(crate::providers::ProviderError),
    /// Who is to put passages in an order.
    #[error("rerank_provider (COLLOQUY_RERANK_PROVIDER): {0}")]
    Order(crate::providers::ProviderError),
    /// Who is to look at pictures.
    #[error(
        "vision_provider (COLLOQUY_VISION_PROVIDER): {0} If its model sees, say so: vision = true in its table."
    )]
    Vision(crate::providers::ProviderError),
    /// This program.
    #[error("this program does not know where it is, and could look through no documents: {0}")]
    Program(std::io::Error),
    /// Where exports are made.
    #[error(
        "what an export has left in the data directory (export.unfinished) cannot be taken away: {0}"
    )]
    Exports(std::io::Error),
    /// The first account.
    #[error("the first account cannot be made: {0}")]
    FirstUser(String),
    /// Nobody has learned its password.
    #[error(
        "{0}\nthe first account is there, and its password was not shown: set another one with colloquy user passwd NAME"
    )]
    Untold(std::io::Error),
    /// The address.
    #[error("{address} (listen, --listen, COLLOQUY_LISTEN) cannot be listened on: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
}
