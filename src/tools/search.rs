//! A search engine, asked in its own words.

use parsing::Limits;
use reqwest::{RequestBuilder, Url};
use serde_json::{Value, json};

use super::{beginning, line};
use crate::config::{SearchKind, SearchSettings};

/// The longest answer, in bytes.
const MOST: usize = 2 << 20;
/// The longest title, address and excerpt, in characters.
const LONGEST: [usize; 3] = [200, 500, 600];

pub(super) struct Search {
    settings: SearchSettings,
    client: reqwest::Client,
}

impl Search {
    pub(super) fn new(settings: SearchSettings, client: reqwest::Client) -> Self {
        Self { settings, client }
    }

    /// The pages that fit best, numbered, best first.
    pub(super) async fn pages(&self, query: &str, count: usize) -> Result<Vec<String>, String> {
        let sent = self.request(query, count).send().await;
        let response = sent.map_err(|_| "The search engine cannot be reached.".to_owned())?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("The search engine answered {}.", status.as_u16()));
        }
        let (body, _) = beginning(response, MOST).await?;
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|_| "The search engine did not answer in JSON.".to_owned())?;
        let found = answer.pointer(self.place()).and_then(Value::as_array);
        let found = found
            .into_iter()
            .flatten()
            .filter_map(|page| self.page(page));
        let found = (1..).zip(found.take(count));
        let list: Vec<_> = found
            .map(|(nth, [title, url, excerpt])| format!("{nth}. {title}\n   {url}\n   {excerpt}\n"))
            .collect();
        if list.is_empty() {
            return Err("Nothing was found.".to_owned());
        }
        Ok(list)
    }

    fn request(&self, query: &str, count: usize) -> RequestBuilder {
        let SearchSettings { kind, url, key } = &self.settings;
        let key = key.as_ref().map(|key| key.expose());
        match kind {
            SearchKind::Searxng => {
                let asked = self
                    .client
                    .get(with(url, &[("q", query), ("format", "json")]));
                match key {
                    Some(key) => asked.bearer_auth(key),
                    None => asked,
                }
            }
            SearchKind::Brave => {
                let count = count.to_string();
                self.client
                    .get(with(url, &[("q", query), ("count", &count)]))
                    .header("accept", "application/json")
                    .header("x-subscription-token", key.unwrap_or_default())
            }
            SearchKind::Tavily => self
                .client
                .post(url.clone())
                .bearer_auth(key.unwrap_or_default())
                .json(&json!({"query": query, "max_results": count})),
        }
    }

    /// Where the pages are in an answer.
    fn place(&self) -> &'static str {
        match self.settings.kind {
            SearchKind::Searxng | SearchKind::Tavily => "/results",
            SearchKind::Brave => "/web/results",
        }
    }

    /// Title, address and excerpt; `None`: there is no address.
    fn page(&self, page: &Value) -> Option<[String; 3]> {
        let part = |name| page.get(name).and_then(Value::as_str).unwrap_or_default();
        let excerpt = match self.settings.kind {
            SearchKind::Searxng | SearchKind::Tavily => part("content"),
            SearchKind::Brave => part("description"),
        };
        let url = part("url");
        let [title, address, words] = LONGEST;
        (!url.is_empty()).then(|| {
            [
                line(&plain(part("title")), title),
                line(url, address),
                line(&plain(excerpt), words),
            ]
        })
    }
}

fn with(url: &Url, parameters: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(parameters);
    url
}

/// Without the marks that engines put around what was looked for.
fn plain(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    let pages = parsing::parse(
        "text/html; charset=utf-8",
        text.as_bytes(),
        &Limits::default(),
    );
    let pages = pages.unwrap_or_default();
    pages.into_iter().map(|page| page.text).collect()
}
