//! What commands that are over soon work with: the log and the views, without a server.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Failure;
use crate::{
    actors::{Accounts, DocumentModels, Erasures, Holds, HousePolicy, Ingests, Records},
    app,
    audit::key::NotaryKey,
    config::{Config, make_private},
    ingestion::Ingestion,
    projector,
    shutdown::Shutdown,
    store::{Bell, Committer, DatabaseUrl, Store, StoreConfig},
    telemetry,
    views::{FRESH, Views},
};

/// How long the end may take.
const END: Duration = Duration::from_secs(5);
/// Within how much time a server's notary has signed what came first, and how often to look.
const FIRST_SIGNATURE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(100);

pub(super) struct Workbench {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) store_config: StoreConfig,
    pub(super) accounts: Accounts,
    pub(super) records: Records,
    pub(super) house_policy: HousePolicy,
    pub(super) holds: Holds,
    pub(super) committer: Committer,
    pub(super) shutdown: Shutdown,
}

/// Runs a command on the log. A server may be running on it meanwhile.
pub(super) fn run(
    config: &Config,
    command: impl AsyncFnOnce(&Workbench) -> Result<(), Failure>,
) -> Result<(), Failure> {
    by_itself(config, on(config, command))
}

/// Runs a command that opens no log, or not yet.
pub(super) fn by_itself(
    config: &Config,
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    telemetry::start_logs(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(command)
}

/// Whether there is a record in the data directory, where these settings have it there.
pub(super) fn find_record(config: &Config) -> Result<(), Failure> {
    app::check_restored(config)?;
    match &config.database {
        DatabaseUrl::Sqlite { dir } if !dir.join("log.db").try_exists()? => Err(format!(
            "there is no record in {}: name the directory that the server uses, with --data-dir or COLLOQUY_DATA_DIR",
            dir.display()
        )
        .into()),
        _ => Ok(()),
    }
}

/// Opens the log that these settings name, for a command.
pub(super) async fn on(
    config: &Config,
    command: impl AsyncFnOnce(&Workbench) -> Result<(), Failure>,
) -> Result<(), Failure> {
    app::check_restored(config)?;
    make_private(&config.data_dir)?;
    let store_config = StoreConfig {
        read_connections: 1,
        ..StoreConfig::of(config)
    };
    let store = Store::open(&store_config).await?;
    app::check_imported(&store).await?;
    let shutdown = Shutdown::default();
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    let bench = Workbench {
        config: config.clone(),
        store: store.clone(),
        store_config,
        accounts: Accounts::new(store.clone(), committer.clone()),
        records: Records::new(store.clone(), committer.clone()),
        house_policy: HousePolicy::new(store.clone(), committer.clone()),
        holds: Holds::new(store.clone(), committer.clone()),
        committer: committer.clone(),
        shutdown: shutdown.clone(),
    };
    let result = command(&bench).await;
    committer.close();
    shutdown.finish(END).await;
    store.close().await;
    result
}

impl Workbench {
    /// The views, as far as the log goes now.
    pub(super) async fn views(&self) -> Result<Views, Failure> {
        let views = Views::open(&self.store_config, &self.store).await?;
        projector::catch_up(&self.store, &views).await?;
        Ok(views)
    }

    /// Where erasures are asked for.
    pub(super) fn erasures(&self) -> Result<Erasures, Failure> {
        let ingests = Ingests::new(
            self.store.clone(),
            self.committer.clone(),
            Ingestion::new()?,
            DocumentModels::default(),
            Uuid::now_v7(),
            self.shutdown.clone(),
        );
        Ok(Erasures::new(
            self.store.clone(),
            self.committer.clone(),
            ingests,
        ))
    }

    /// Waits until no running server takes anybody for who they were before: the views have passed what was
    /// just written, and what a server had at hand is too old to be used. Without a server this is no pause.
    pub(super) async fn have_it_seen(&self) -> Result<(), Failure> {
        if self.is_served().await? {
            self.views().await?;
            tokio::time::sleep(FRESH).await;
        }
        Ok(())
    }

    /// Waits for the first signature where a server has just begun, which is no record that somebody has changed.
    pub(super) async fn have_it_signed(&self) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < FIRST_SIGNATURE
            && self.store.last_checkpoint().await?.is_none()
            && self.is_served().await?
        {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Whether a server runs on this log.
    async fn is_served(&self) -> Result<bool, Failure> {
        Ok(match &self.config.database {
            DatabaseUrl::Sqlite { .. } => app::is_taken(&self.config.data_dir)?,
            DatabaseUrl::Postgres { .. } => self.store.has_live_node().await?,
        })
    }

    /// Sees to it that what happens is signed until the command ends, where no server does it.
    pub(super) async fn sign_on(&self, key: NotaryKey) -> Result<(), Failure> {
        if !self.is_served().await? {
            let notary = app::notary(&self.config, &self.store, Uuid::now_v7(), key).await?;
            self.shutdown.spawn(notary.run(self.shutdown.clone()));
        }
        Ok(())
    }

    /// The key that the notary signs with; made when there is none.
    pub(super) fn notary_key(&self, origin: &str) -> Result<NotaryKey, Failure> {
        Ok(app::notary_key(&self.config, origin)?)
    }
}
