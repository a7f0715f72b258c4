//! The settings: one TOML file, the environment and the flags, checked at start, all faults told at once.
//!
//! A flag beats the environment, the environment beats the file, the file beats the default. The names are
//! the same everywhere: `data_dir` in the file is `COLLOQUY_DATA_DIR` in the environment and `--data-dir`
//! on the command line. `colloquy.example.toml` shows them all.

mod blobs;
mod database;
mod directory;
mod edge;
mod external;
mod faults;
mod load;
mod networks;
mod notary;
mod policy;
mod providers;
mod reader;
mod secret;
mod server_key;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod web;
mod webhooks;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

pub use aggregates::thread::TurnPolicy;
use ipnet::IpNet;

pub use self::{
    blobs::BucketSettings,
    database::DatabaseUrl,
    directory::{create_private_file, is_private, make_private, make_private_file},
    edge::{Certificate, Limits, Origin, Traces},
    external::{AppliesTo, ExternalDetector, OnFailure, OnFlag},
    faults::{ConfigFaults, Fault},
    networks::Networks,
    notary::{AnchorUrl, NotarySettings},
    policy::ModerationSettings,
    providers::{ProviderConfig, ProviderKind, Providers},
    secret::Secret,
    server_key::{ServerKey, ServerKeyError},
    web::{SearchKind, SearchSettings, WebSettings},
    webhooks::WebhookSettings,
};

/// What the command line says about settings, as typed; it is checked together with everything else.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config FILE`
    pub config: Option<PathBuf>,
    /// `--listen ADDR`
    pub listen: Option<String>,
    /// `--data-dir DIR`
    pub data_dir: Option<PathBuf>,
    /// `--database URL`
    pub database_url: Option<String>,
    /// Whether a server is to start, which needs more than a command beside it.
    pub serves: bool,
    /// Whether a command writes what is sealed, for which it needs the servers' key.
    pub seals: bool,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to serve HTTP; port 0 picks one.
    pub listen: SocketAddr,
    /// The server's files. Not made yet.
    pub data_dir: PathBuf,
    /// Where the log is.
    pub database: DatabaseUrl,
    /// Where attachments are kept instead of in the log's database.
    pub blobs: Option<BucketSettings>,
    /// The account to make when there is no user yet.
    pub admin: Option<Admin>,
    /// Who answers.
    pub providers: Providers,
    /// `tracing` filter directives.
    pub log: String,
    /// The shape of a log line.
    pub log_format: LogFormat,
    /// Whether whoever answers first is asked for a title, too.
    pub titles: bool,
    /// Whether people may make accounts for themselves.
    pub registration: Registration,
    /// Who may make the first account over HTTP.
    pub bootstrap: Bootstrap,
    /// Where providers may be that people have set up over the API.
    pub ai_provider_networks: Networks,
    /// Who may ask a provider that people have set up, without a chat.
    pub stateless_access: StatelessAccess,
    /// What a send does while a reply is running, unless the request says otherwise.
    pub turn_policy: TurnPolicy,
    /// What an archived thread still takes.
    pub archived_threads: ArchivedThreads,
    /// The server's key when a setting gives it; otherwise it is kept in a file, see [`Config::server_key`].
    given_server_key: Option<ServerKey>,
    /// A thread's actor leaves memory after this much silence.
    pub passivate_after: Duration,
    /// How long running replies may go on when the server is told to end.
    pub shutdown_grace: Duration,
    /// A client that takes no bytes for this long is dropped.
    pub write_timeout: Duration,
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// Open streams at most; more are refused for the moment.
    pub max_streams: usize,
    /// Connections to the database for reading.
    pub read_connections: u32,
    /// The most tokens that any provider is shown; as many as its model reads, when not set.
    pub context_budget: Option<u64>,
    /// Whose word is believed about where a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// Pages of which origins may ask.
    pub cors_origins: Vec<Origin>,
    /// TLS without a proxy.
    pub tls: Option<Certificate>,
    /// How often somebody may ask.
    pub limits: Limits,
    /// Who judges what is said.
    pub moderation: ModerationSettings,
    /// What models may look up.
    pub web: WebSettings,
    /// Where webhooks are told.
    pub webhooks: WebhookSettings,
    /// Who signs the record.
    /// For how many days what was said is kept; nothing: for ever.
    pub retention_days: Option<u32>,
    notary: NotarySettings,
    /// Where traces are sent.
    pub traces: Traces,
    /// Who is shown what moderation says of a message.
    pub moderation_fields: ModerationFields,
    /// Tokens that a user may use in a day; 0: no limit.
    pub daily_tokens: u64,
    /// The same in a week.
    pub weekly_tokens: u64,
    /// The same in a month.
    pub monthly_tokens: u64,
    /// What is odd, but no fault: to be logged at start.
    pub warnings: Vec<String>,
}

/// The account to make when there is no user yet.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Whether people may make accounts for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// They may, once there is a user.
    #[default]
    Open,
    /// Accounts are made on the command line only.
    Closed,
}

/// Who may make the first account over HTTP, while nobody uses one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bootstrap {
    /// Who asks from this machine, and not through a proxy.
    #[default]
    Loopback,
    /// Whoever comes first.
    Open,
    /// Nobody.
    Off,
}

/// Who may ask a provider that people have set up over the API, without a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatelessAccess {
    /// Everybody with an account, as the API's documentation says, whom no policy forbids it.
    #[default]
    Authenticated,
    /// Who may see the provider.
    Project,
}

/// Who is shown what moderation says of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModerationFields {
    /// Its author, too.
    #[default]
    Everyone,
    /// Staff and support.
    Staff,
}

/// What an archived thread still takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArchivedThreads {
    /// Everything: archiving only takes it off the list.
    #[default]
    Open,
    /// Nothing new.
    Readonly,
}

impl Config {
    /// The server's key: the setting, or with SQLite the file `keys/server.key` in the data directory, made when
    /// missing.
    ///
    /// # Errors
    /// When the file can neither be read nor made, or holds no key; with PostgreSQL, when there is no setting.
    pub fn server_key(&self) -> Result<ServerKey, ServerKeyError> {
        match (&self.given_server_key, &self.database) {
            (Some(key), _) => Ok(key.clone()),
            (None, DatabaseUrl::Sqlite { .. }) => ServerKey::kept_in(&self.data_dir),
            (None, DatabaseUrl::Postgres { .. }) => Err(ServerKeyError::not_given(&self.data_dir)),
        }
    }

    /// What wraps the keys that content is sealed with: the server's key, when a setting gives it. One that
    /// the server made for itself lies beside them, and whoever lost it would lose everything that was said.
    #[must_use]
    pub fn wrapping_key(&self) -> Option<ServerKey> {
        self.given_server_key.clone()
    }
}
