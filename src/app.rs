//! The one place where everything is built, in the order in which it leans on one another, and taken down again.

mod error;
mod first_user;
mod lock;
mod notary;
mod providers;
mod tidying;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_rt::{Arbiter, ArbiterHandle, System};
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    actors::{
        self, Accounts, Cases, Configuration, Directory, DocumentModels, Effects, Feeds, Holds,
        HousePolicy, InForce, Ingests, RagSessions, Records, Services, recover,
    },
    audit::{Trail, export::Archives, origin},
    auth::Auth,
    backup,
    config::{ArchivedThreads, Config, ModerationFields, Registration},
    http::{self, Api, Rates, Tls, ops::Ops},
    images::Images,
    ingestion::Ingestion,
    moderation::{self, Moderation},
    projector,
    providers::{RerankModel, VectorModel, VisionModel, client},
    retrieval::Retriever,
    shutdown::Shutdown,
    store::{Bell, Committer, Drafts, Store, StoreConfig},
    subscribers::{
        Anchoring, Decisions, Departures, Following, Patience, Receivers, Retention, Titles,
        Webhooks, erasure,
    },
    tools::Tools,
    views::{Freshness, Views},
};

pub use error::StartError;
pub use first_user::FirstUser;
pub use lock::{Lock, LockError, is_taken};
pub use notary::{build as notary, notary_key};

/// How long the start waits for the views: accounts must be known before the first is made.
const CATCH_UP: Duration = Duration::from_secs(10);
/// How long connections may take to end after the last reply has.
const EDGE_GRACE: Duration = Duration::from_secs(5);

/// A running server.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate in use, where TLS is not a proxy's.
    pub tls: Option<Tls>,
    /// Who judges what is said.
    pub moderation: Moderation,
    directory: Directory,
    grace: Duration,
    /// What takes requests: ends first.
    edge: Shutdown,
    /// What carries them out.
    core: Shutdown,
    committer: Committer,
    drafts: Drafts,
    store: Store,
    /// Held for as long as the server runs.
    _lock: Lock,
}

/// Runs `body` on this thread, with threads that host actors beside it; all share `runtime`.
pub fn on_actors<T>(runtime: &Arc<Runtime>, body: impl AsyncFnOnce(Vec<ArbiterHandle>) -> T) -> T {
    let shared = || {
        let runtime = Arc::clone(runtime);
        move || runtime
    };
    let system = System::with_tokio_rt(shared());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let arbiters: Vec<Arbiter> = (0..threads)
        .map(|_| Arbiter::with_tokio_rt(shared()))
        .collect();
    let result = system.block_on(body(arbiters.iter().map(Arbiter::handle).collect()));
    for arbiter in arbiters {
        arbiter.stop();
        let _ = arbiter.join();
    }
    result
}

/// Starts everything; when this returns, requests are served. `introduce` is told of the first account, and where it can
/// log in, while nobody has used it.
///
/// # Errors
/// When something it leans on is not there; the sentence says what to do.
pub async fn start(
    config: &Config,
    arbiters: Vec<ArbiterHandle>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    introduce: impl FnOnce(&FirstUser, SocketAddr, Option<&Tls>) -> std::io::Result<()>,
) -> Result<App, StartError> {
    let lock = Lock::take(&config.data_dir).await?;
    check_restored(config)?;
    let auth = Auth::new(&config.server_key()?);
    let (edge, core) = (Shutdown::default(), Shutdown::default());

    let store_config = StoreConfig::of(config);
    let store = Store::open(&store_config).await?;
    store.check_bucket().await.map_err(StartError::Bucket)?;
    let recorded_at = store.last_recorded_at().await?;
    check_imported(&store).await?;
    let bell = Bell::new();
    store.listen(bell.clone(), &core);
    store.keep_moving(&core);
    let committer = Committer::start(store.clone(), bell.clone(), &core);
    let drafts = Drafts::start(store.clone(), &core);
    let (node, boot) = (lock.node(), Uuid::now_v7());
    store.register_node(node, boot).await?;
    // An import looks for servers after it has said that it begins: one of the two sees the other.
    check_imported(&store).await?;
    let key = notary_key(config, &origin(store.log_id().await?))?;
    let archives =
        Archives::new(store.clone(), &config.data_dir, &key).map_err(StartError::Exports)?;
    let notary = notary::build(config, &store, node, key).await?;
    core.spawn(notary.run(core.clone()));
    if let Some(to) = config.anchor_url() {
        let anchoring = Anchoring::new(store.clone(), node, client()?, to.clone());
        core.spawn(anchoring.run(core.clone()));
    }

    let views = Views::open(&store_config, &store).await?;
    views.keep_moving(&core);
    projector::start(store.clone(), views.clone(), bell, &core);

    let moderation = Moderation::new(moderation::Settings {
        off: !config.moderation.enabled,
        policy: config.moderation.policy.clone(),
        shadow: config.moderation.shadow.clone(),
        refusal: config.moderation.refusal.clone(),
        client: match config.moderation.external.is_empty() {
            true => None,
            false => Some(client()?),
        },
        externals: config.moderation.external.clone(),
    })?;
    let house_policy = HousePolicy::new(store.clone(), committer.clone());
    let last = house_policy.last().await?;
    if let Some(text) = last.as_ref().and_then(InForce::text) {
        moderation
            .go_by(Some(text))
            .map_err(StartError::HousePolicy)?;
    }
    let known = last.map_or(0, |last| last.position);
    core.spawn(house_policy.follow(moderation.clone(), known, core.clone()));
    let warming = moderation.clone();
    core.spawn(async move { warming.warm_up().await });
    let providers =
        Arc::new(providers::build(&config.providers, config.ai_provider_networks).await?);
    let vectors = match &config.providers.embeddings {
        Some(name) => {
            Some(VectorModel::new(Arc::clone(&providers), name).map_err(StartError::Vectors)?)
        }
        None => None,
    };
    let vision = match &config.providers.pictures {
        Some(name) => {
            Some(VisionModel::new(Arc::clone(&providers), name).map_err(StartError::Vision)?)
        }
        None => None,
    };
    let order = match &config.providers.order {
        Some(name) => Some(RerankModel::new(&providers, name).map_err(StartError::Order)?),
        None => None,
    };
    let models = DocumentModels {
        vectors: vectors.clone(),
        vision,
    };
    let ingests = Ingests::new(
        store.clone(),
        committer.clone(),
        Ingestion::new().map_err(StartError::Program)?,
        models,
        boot,
        core.clone(),
    );
    let tools = Tools::new(&config.web, &client()?)?;
    let services = Services {
        store: store.clone(),
        committer: committer.clone(),
        drafts: drafts.clone(),
        providers: Arc::clone(&providers),
        moderation: moderation.clone(),
        ingests: ingests.clone(),
        retriever: Arc::new(
            Retriever::new(views.clone(), vectors, config.providers.least_similarity)
                .reranked_by(order),
        ),
        tools,
        shutdown: core.clone(),
        feeds: Feeds::default(),
        node,
        boot,
        interrupt: CancellationToken::new(),
        settings: actors::Settings {
            passivate_after: config.passivate_after,
            context_budget: config.context_budget,
        },
    };
    let directory = Directory::start(services, arbiters);
    recover(&directory).await?;
    core.spawn(tidying::run(store.clone(), core.clone()));
    let following = Following {
        store: store.clone(),
        node,
        shutdown: core.clone(),
    };
    let rag_sessions = RagSessions::new(store.clone(), committer.clone());
    let effects = Effects::default();
    let cases = Cases::new(
        store.clone(),
        committer.clone(),
        moderation.clone(),
        effects.clone(),
    );
    let departures = Departures::new(
        directory.clone(),
        rag_sessions.clone(),
        ingests.clone(),
        cases.clone(),
        views.clone(),
        store.clone(),
    );
    core.spawn(following.clone().run(departures));
    let accounts = Accounts::new(store.clone(), committer.clone());
    let decisions = Decisions::new(directory.clone(), accounts.clone(), effects);
    core.spawn(following.clone().run(decisions));
    if config.titles {
        core.spawn(following.run(Titles::new(directory.clone(), store.clone(), providers)));
    }
    let configuration = Configuration::new(store.clone(), committer.clone());
    let receivers = Receivers {
        configuration: configuration.clone(),
        vault: auth.vault.clone(),
        networks: config.webhooks.networks,
        patience: Patience::default(),
    };
    let webhooks = Webhooks::new(store.clone(), views.clone(), node, receivers)?;
    core.spawn(webhooks.run(core.clone()));
    let erasure = erasure::run(
        directory.clone(),
        accounts.clone(),
        cases.clone(),
        configuration.clone(),
        store.clone(),
        views.clone(),
        core.clone(),
    );
    core.spawn(erasure);
    let retention = Retention::new(
        directory.clone(),
        ingests.clone(),
        store.clone(),
        views.clone(),
        node,
        config.retention_days,
        recorded_at,
    );
    core.spawn(retention.run(core.clone()));

    let views_are = views.catch_up(CATCH_UP).await?;
    // What may be wrong is found before an account is made whose password is shown once. Whoever connects from now on waits.
    let address = config.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen { address, error })?;
    let address = listener
        .local_addr()
        .map_err(|error| StartError::Listen { address, error })?;
    let tls = config
        .tls
        .as_ref()
        .map(|tls| Tls::read(&tls.certificate, &tls.key))
        .transpose()?;
    match views_are {
        Freshness::Fresh => {
            if let Some(first) = first_user::make(config, &views, &accounts, &auth).await? {
                introduce(&first, address, tls.as_ref()).map_err(StartError::Untold)?;
            }
            // Whoever is served next finds it.
            let _ = views.catch_up(CATCH_UP).await?;
        }
        Freshness::Stale => {
            tracing::info!(
                "the views are still being made from the log; until they are, nobody is let in"
            );
        }
    }

    let rates = Rates::new(&config.limits);
    edge.spawn(rates.clone().tidy(edge.clone()));
    let api = Api::new(http::Inner {
        directory: directory.clone(),
        views: views.clone(),
        auth,
        accounts,
        rates,
        records: Records::new(store.clone(), committer.clone()),
        holds: Holds::new(store.clone(), committer.clone()),
        cases,
        configuration,
        rag_sessions,
        ingests,
        policies: http::ReadPolicies::default(),
        trail: Trail::new(store.clone()),
        archives,
        images: Images::default(),
        settings: http::Settings {
            turn_policy: config.turn_policy,
            registration: config.registration == Registration::Open,
            bootstrap: config.bootstrap,
            ai_provider_networks: config.ai_provider_networks,
            webhook_networks: config.webhooks.networks,
            stateless_access: config.stateless_access,
            archived_is_readonly: config.archived_threads == ArchivedThreads::Readonly,
            moderation_for_everyone: config.moderation_fields == ModerationFields::Everyone,
            quotas: http::Quotas {
                daily: limit(config.daily_tokens),
                weekly: limit(config.weekly_tokens),
                monthly: limit(config.monthly_tokens),
            },
            retention_days: config.retention_days,
            max_body: config.max_body,
        },
        ending: edge.token().clone(),
    });
    let limits = http::Limits {
        requests: config.max_streams,
        write_timeout: config.write_timeout,
    };
    let routes = http::routes(&api, &ops(&store, &committer, views, metrics));
    let neighbours = http::Neighbours {
        tls: tls.clone(),
        proxies: config.trusted_proxies.clone(),
        origins: config.cors_origins.clone(),
    };
    edge.spawn(http::serve(
        listener,
        routes,
        limits,
        neighbours,
        edge.clone(),
    ));
    Ok(App {
        address,
        tls,
        moderation,
        directory,
        grace: config.shutdown_grace,
        edge,
        core,
        committer,
        drafts,
        store,
        _lock: lock,
    })
}

/// Whether the data directory holds a record, and not the beginning of one.
///
/// # Errors
/// When a restore into it was broken off.
pub fn check_restored(config: &Config) -> Result<(), StartError> {
    match backup::is_unfinished(&config.data_dir) {
        true => Err(StartError::HalfRestored(config.data_dir.clone())),
        false => Ok(()),
    }
}

/// Whether the log is a record, and not the beginning of one.
///
/// # Errors
/// When an import into it was broken off, or the database does not answer.
pub async fn check_imported(store: &Store) -> Result<(), StartError> {
    match store.unfinished().await? {
        Some(_) => Err(StartError::HalfImported),
        None => Ok(()),
    }
}

impl App {
    /// Takes no more requests, lets replies end for the grace period, records the others as interrupted,
    /// and closes the log.
    pub async fn finish(self) {
        self.edge.begin();
        self.directory.finish(self.grace).await;
        if !self.edge.finish(EDGE_GRACE).await {
            tracing::info!("some connections did not end and are cut");
        }
        self.committer.close();
        self.drafts.close();
        if !self.core.finish(EDGE_GRACE).await {
            tracing::warn!("some background work did not end in time");
        }
        self.store.close().await;
    }
}

/// A quota as the edge has it: nothing set is no limit.
fn limit(tokens: u64) -> i64 {
    match tokens {
        0 => -1,
        tokens => i64::try_from(tokens).unwrap_or(i64::MAX),
    }
}

fn ops(
    store: &Store,
    committer: &Committer,
    views: Views,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
) -> Ops {
    let (store, committer) = (store.clone(), committer.clone());
    Ops {
        ping: Arc::new(move || {
            let store = store.clone();
            Box::pin(async move { store.ping().await.map_err(|error| error.to_string()) })
        }),
        unwritten: Arc::new(move || committer.failing_since()),
        views,
        metrics,
    }
}
