//! The web, for models that look something up: who is asked to search, and whether pages are read.

use reqwest::Url;

use super::{
    Networks, Secret,
    networks::NETWORKS,
    reader::{Reader, http_url},
};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSettings {
    /// Who searches; nobody, when not set.
    pub search: Option<SearchSettings>,
    /// Whether pages are read.
    pub fetch: bool,
    /// Where pages may be that are read.
    pub networks: Networks,
}

/// Who searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchSettings {
    /// What it speaks.
    pub kind: SearchKind,
    /// Where it is asked: the whole address.
    pub url: Url,
    /// What it wants to see before it answers.
    pub key: Option<Secret>,
}

/// What a search engine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchKind {
    /// <https://docs.searxng.org/dev/search_api.html>, with `json` among its `search.formats`.
    Searxng,
    /// <https://api-dashboard.search.brave.com/app/documentation/web-search/get-started>
    Brave,
    /// <https://docs.tavily.com/documentation/api-reference/endpoint/search>
    Tavily,
}

impl SearchKind {
    /// Where it usually is.
    fn usual(self) -> Option<&'static str> {
        match self {
            Self::Searxng => None,
            Self::Brave => Some("https://api.search.brave.com/res/v1/web/search"),
            Self::Tavily => Some("https://api.tavily.com/search"),
        }
    }
}

impl WebSettings {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            search: search(read),
            fetch: read.choice_of_bool("web.fetch").unwrap_or(true),
            networks: read
                .choice("web.networks", NETWORKS)
                .unwrap_or(Networks::Public),
        }
    }
}

fn search(read: &mut Reader<'_>) -> Option<SearchSettings> {
    let kinds = [
        ("searxng", SearchKind::Searxng),
        ("brave", SearchKind::Brave),
        ("tavily", SearchKind::Tavily),
    ];
    let kind = read.choice("web.search", &kinds);
    let url = read.parsed("web.search_url", http_url);
    let key = read.secret("web.search_key");
    let Some(kind) = kind else {
        for setting in ["web.search_url", "web.search_key"] {
            if read.has(setting) && !read.has("web.search") {
                read.fault(setting, "this is of no use without web.search");
            }
        }
        return None;
    };
    if key.is_none() && kind != SearchKind::Searxng {
        read.fault(
            "web.search_key",
            "this is missing: it answers nobody without one",
        );
    }
    let usual = || kind.usual().and_then(|usual| Url::parse(usual).ok());
    let Some(url) = url.or_else(usual) else {
        if !read.has("web.search_url") {
            read.fault("web.search_url", "this is missing: where the SearXNG is");
        }
        return None;
    };
    Some(SearchSettings { kind, url, key })
}
