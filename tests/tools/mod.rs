//! What models have called keeps within its bounds, whoever asks and whoever answers.

mod fetch;
mod search;

use colloquy::{
    config::{Networks, SearchKind, SearchSettings, Secret, WebSettings},
    providers::client,
    tools::{Outcome, Tools, Wish},
};

use crate::support::scripted::Scripted;

/// The key of the search engine.
const KEY: &str = "search-secret";

/// Pages are read, as far as these networks go; nobody searches.
pub(crate) fn reading(networks: Networks) -> Tools {
    let settings = WebSettings {
        search: None,
        fetch: true,
        networks,
    };
    Tools::new(&settings, &client().unwrap()).unwrap()
}

/// This engine is asked, and pages of this machine are read.
pub(crate) fn searching(kind: SearchKind, engine: &Scripted) -> Tools {
    let settings = WebSettings {
        search: Some(SearchSettings {
            kind,
            url: format!("{}/search", engine.url()).parse().unwrap(),
            key: Some(Secret::new(KEY)),
        }),
        fetch: true,
        networks: Networks::Loopback,
    };
    Tools::new(&settings, &client().unwrap()).unwrap()
}

async fn fetch(tools: &Tools, url: &str) -> Outcome {
    let url = url.parse().unwrap();
    tools.grant(&Wish::Fetch { url }).await
}

async fn search(tools: &Tools, query: &str, count: usize) -> Outcome {
    let query = query.to_owned();
    tools.grant(&Wish::Search { query, count }).await
}
