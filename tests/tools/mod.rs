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

/// What came of a call, in one text.
struct Found {
    done: bool,
    text: String,
}

impl From<Outcome> for Found {
    fn from(outcome: Outcome) -> Self {
        Self {
            done: outcome.done,
            text: outcome.found.concat(),
        }
    }
}

async fn fetch(tools: &Tools, url: &str) -> Found {
    let url = url.parse().unwrap();
    tools.grant(&Wish::Fetch { url }).await.into()
}

async fn search(tools: &Tools, query: &str, count: usize) -> Found {
    let query = query.to_owned();
    tools.grant(&Wish::Search { query, count }).await.into()
}
