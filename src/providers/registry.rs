//! All providers by name: who is asked, and who after them.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use aggregates::thread::Route;

use super::{
    Echo, Embedded, Embedding, Embeds, HttpProvider, Kind, Provider, ProviderConfig, ProviderError,
    Request, Retries, Run, Settings, SettingsError, attempts::Ask, client,
};
use crate::config::{self, Networks};

/// The name that stands for the configured default.
const DEFAULT: &str = "default";
/// The provider that is always there.
const ECHO: &str = "echo";

/// All configured providers. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Providers(Arc<Registry>);

struct Registry {
    providers: BTreeMap<String, Arc<dyn Provider>>,
    default: String,
    fallback: Vec<String>,
    retries: Retries,
    networks: Networks,
    /// For providers that are not the operator's.
    guarded: reqwest::Client,
}

impl Providers {
    /// Builds them all; nothing is sent.
    ///
    /// # Errors
    /// Every fault of the settings in one error.
    pub fn new(settings: &Settings, client: &reqwest::Client) -> Result<Self, SettingsError> {
        let mut faults = Vec::new();
        let mut providers: BTreeMap<String, Arc<dyn Provider>> = BTreeMap::new();
        providers.insert(ECHO.to_owned(), Arc::new(Echo::new(ECHO, None)));
        for (name, config) in &settings.providers {
            match build(name, config, client) {
                Ok(provider) => drop(providers.insert(name.clone(), provider)),
                Err(fault) => faults.push(format!("providers.{name}{fault}")),
            }
        }
        for (n, name) in settings.fallback.iter().enumerate() {
            if settings.fallback[..n].contains(name) || *name == settings.default_provider {
                faults.push(format!(
                    "fallback: `{name}` would be asked twice: the chain goes round in a circle"
                ));
            }
        }
        let asked = std::iter::once(("default_provider", &settings.default_provider))
            .chain(settings.fallback.iter().map(|name| ("fallback", name)));
        for (setting, name) in asked {
            if !settings.providers.contains_key(name) && name != ECHO {
                faults.push(format!("{setting}: there is no provider named `{name}`"));
            }
        }
        let guarded = client::guarded(settings.networks)
            .inspect_err(|error| faults.push(format!("no HTTP client can be made: {error}")));
        let (Ok(guarded), true) = (guarded, faults.is_empty()) else {
            return Err(SettingsError { faults });
        };
        Ok(Self(Arc::new(Registry {
            providers,
            default: settings.default_provider.clone(),
            fallback: settings.fallback.clone(),
            retries: settings.retries,
            networks: settings.networks,
            guarded,
        })))
    }

    /// The provider and model that answer to `name` (`default` included); `None`: there is none.
    #[must_use]
    pub fn route(&self, name: &str) -> Option<Route> {
        let name = if name == DEFAULT {
            &self.0.default
        } else {
            name
        };
        let provider = self.0.providers.get(name)?;
        Some(provider.route().clone())
    }

    /// The provider itself, without retries and fallback.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<dyn Provider>> {
        let route = self.route(name)?;
        self.0.providers.get(&route.provider).cloned()
    }

    /// The names of all, sorted, without `default`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.providers.keys().cloned().collect()
    }

    /// Asks the route's provider, then the fallback chain, all of them the same.
    #[must_use]
    pub fn run(&self, route: &Route, request: Request) -> Run {
        self.run_each(route, move |_| Ok(request.clone()))
    }

    /// Asks the route's provider, then the fallback chain, each what `ask` says; where that is an error,
    /// it is this provider's failure.
    #[must_use]
    pub fn run_each<A>(&self, route: &Route, ask: A) -> Run
    where
        A: FnMut(&Route) -> Result<Request, ProviderError> + Send + 'static,
    {
        let chain = self.chain(&route.provider);
        if chain.is_empty() {
            let provider = route.provider.clone();
            return Run::failed(ProviderError::Unknown { provider });
        }
        let ask: Ask = Box::new(ask);
        Run::of(chain, ask, self.0.retries)
    }

    /// A provider that somebody has set up over the API, by the name it has there. Nothing is sent.
    ///
    /// # Errors
    /// When nobody could ask it, or it is at an address where such providers may not be.
    pub fn foreign(
        &self,
        name: &str,
        config: &config::ProviderConfig,
    ) -> Result<Arc<dyn Provider>, ProviderError> {
        let misconfigured = |what: String| ProviderError::Misconfigured {
            provider: name.to_owned(),
            what,
        };
        if let Some(base_url) = &config.base_url {
            let admitted = self.0.networks.admit_url(base_url);
            admitted.map_err(|fault| misconfigured(format!("base_url {fault}")))?;
        }
        build(name, &config.into(), &self.0.guarded)
            .map_err(|fault| misconfigured(fault.trim_start_matches('.').to_owned()))
    }

    /// Asks this provider and no other.
    #[must_use]
    pub fn run_alone(&self, provider: Arc<dyn Provider>, request: Request) -> Run {
        let ask: Ask = Box::new(move |_| Ok(request.clone()));
        Run::of(vec![provider], ask, self.0.retries)
    }

    /// Has texts turned into vectors by this provider and no other. Nothing is sent before it is run.
    #[must_use]
    pub fn embedding(
        &self,
        provider: Arc<dyn Embeds>,
        texts: Vec<String>,
        dimensions: Option<u32>,
    ) -> Embedding {
        Embedding::of(provider, texts, dimensions, self.0.retries)
    }

    /// The vectors of these texts by the provider of this name (`default` included), of its model's own length.
    ///
    /// # Errors
    /// When there is no such provider, it makes none, or it failed for good.
    pub async fn embed(&self, name: &str, texts: &[String]) -> Result<Embedded, ProviderError> {
        let provider = || name.to_owned();
        let found = self.get(name).ok_or_else(|| ProviderError::Unknown {
            provider: provider(),
        })?;
        let embeds = found.embeds().ok_or_else(|| ProviderError::NoEmbeddings {
            provider: provider(),
        })?;
        let mut embedding = self.embedding(embeds, texts.to_vec(), None);
        embedding.run().await?;
        Ok(embedding.whole())
    }

    /// Who is asked for `name`, in order, each once.
    #[must_use]
    pub fn chain(&self, name: &str) -> Vec<Arc<dyn Provider>> {
        let mut names = vec![name];
        for next in &self.0.fallback {
            if !names.contains(&next.as_str()) {
                names.push(next);
            }
        }
        let known = names
            .into_iter()
            .filter_map(|name| self.0.providers.get(name));
        known.cloned().collect()
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers")
            .field("names", &self.names())
            .field("default", &self.0.default)
            .field("fallback", &self.0.fallback)
            .finish_non_exhaustive()
    }
}

/// The fault is the rest of a sentence that begins with `providers.<name>`.
fn build(
    name: &str,
    config: &ProviderConfig,
    client: &reqwest::Client,
) -> Result<Arc<dyn Provider>, String> {
    if name == DEFAULT {
        return Err(": this name stands for default_provider".to_owned());
    }
    match config.kind {
        Kind::Echo => {
            let delay = config.delay_ms.map(Duration::from_millis);
            Ok(Arc::new(Echo::new(name, delay)))
        }
        _ if name == ECHO => Err(".kind: this name is the echo's".to_owned()),
        _ => Ok(Arc::new(HttpProvider::new(name, config, client)?)),
    }
}
