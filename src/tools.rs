//! What models may have called: a search of the web, and the reading of its pages.
//!
//! Whatever is asked for and whoever answers, a call ends within 10 s, and what it finds is not longer than
//! [`LONGEST`].

mod fetch;
mod search;
mod wish;

use std::{sync::Arc, time::Duration};

use reqwest::Response;

pub use self::wish::Wish;
use self::{fetch::Fetch, search::Search};
use crate::{
    config::WebSettings,
    providers::{self, Tool},
};

/// How long a call may take, with all that it waits for.
const TIME: Duration = Duration::from_secs(10);
/// What a model is told at most, in characters.
pub const LONGEST: usize = 12_000;

/// What can be called. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Tools {
    inner: Arc<Inner>,
    time: Duration,
}

struct Inner {
    search: Option<Search>,
    fetch: Option<Fetch>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it was done.
    pub done: bool,
    /// What was found, each from a place of its own; or why nothing was, a sentence.
    pub found: Vec<String>,
}

impl Tools {
    /// As the settings say. `client` asks the search engine, which is the operator's choice; pages are read by one that
    /// is kept to the networks of the settings.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: &WebSettings, client: &reqwest::Client) -> Result<Self, reqwest::Error> {
        let search = settings.search.clone();
        let fetch = settings.fetch.then_some(settings.networks);
        let fetch = fetch.map(|networks| {
            Ok::<_, reqwest::Error>(Fetch::new(networks, providers::guarded_client(networks)?))
        });
        let inner = Inner {
            search: search.map(|settings| Search::new(settings, client.clone())),
            fetch: fetch.transpose()?,
        };
        Ok(Self {
            inner: Arc::new(inner),
            time: TIME,
        })
    }

    /// The same with less patience.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// What models are told that there is: where nobody searches, nothing.
    #[must_use]
    pub fn offered(&self) -> Vec<Tool> {
        match &self.inner.search {
            None => vec![],
            Some(_) => {
                let fetch = self.inner.fetch.as_ref().map(|_| wish::FETCH);
                std::iter::once(wish::SEARCH).chain(fetch).collect()
            }
        }
    }

    /// Does it.
    pub async fn grant(&self, wish: &Wish) -> Outcome {
        let granting = async {
            match (wish, &self.inner.search, &self.inner.fetch) {
                (Wish::Search { query, count }, Some(search), _) => {
                    search.pages(query, *count).await
                }
                (Wish::Fetch { url }, _, Some(fetch)) => {
                    fetch.page(url.clone()).await.map(|page| vec![page])
                }
                _ => Err("This tool is not available here.".to_owned()),
            }
        };
        let late = || {
            Err(format!(
                "There was no answer within {} s.",
                self.time.as_secs_f32()
            ))
        };
        let granted = tokio::time::timeout(self.time, granting).await;
        let (done, mut found) = match granted.unwrap_or_else(|_| late()) {
            Ok(found) => (true, found),
            Err(why) => (false, vec![why]),
        };
        let mut room = LONGEST;
        for part in &mut found {
            *part = cut(part, room);
            room -= part.chars().count();
        }
        found.retain(|part| !part.is_empty());
        Outcome { done, found }
    }
}

/// The beginning of a body, and whether that is all of it.
async fn beginning(mut response: Response, most: usize) -> Result<(Vec<u8>, bool), String> {
    let mut body = vec![];
    loop {
        let chunk = response.chunk().await;
        let Some(chunk) = chunk.map_err(|_| "It broke off in the middle.".to_owned())? else {
            return Ok((body, true));
        };
        let room = most - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((body, false));
        }
    }
}

/// At most so many characters, and a word about what is missing.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) if most < 3 => String::new(),
        Some(_) => {
            let kept = text.chars().take(most - 2).collect::<String>();
            format!("{kept} …")
        }
    }
}

/// Words on one line: no line breaks, no control characters, at most so many characters.
fn line(text: &str, most: usize) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    cut(&words.join(" "), most)
}
