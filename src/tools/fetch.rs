//! A page of the web, read where nobody is harmed by it.
//!
//! Whoever writes a message, or a page that a model reads, chooses what is fetched next. So every address is judged
//! before it is asked, one that a redirect names too; and what a name leads to is judged where the connection is made,
//! which is made to the address that was judged.

use parsing::{Limits, Unreadable};
use reqwest::{Response, Url, header};

use super::beginning;
use crate::config::Networks;

/// What is read of a page at most, in bytes.
const MOST: usize = 2 << 20;
/// Redirects that are followed.
const HOPS: usize = 5;
/// Why an address is not asked.
const KEPT_AWAY: &str = "its address is no http or https address, or holds a password, or is where this server reads nothing";

pub(super) struct Fetch {
    networks: Networks,
    client: reqwest::Client,
}

impl Fetch {
    /// By this client, which is kept to the same networks.
    pub(super) fn new(networks: Networks, client: reqwest::Client) -> Self {
        Self { networks, client }
    }

    /// The text of a page.
    pub(super) async fn page(&self, url: Url) -> Result<String, String> {
        let response = self.follow(url).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("The page answered {}.", status.as_u16()));
        }
        let (url, mime) = (response.url().clone(), kind(&response));
        let (body, whole) = beginning(response, MOST).await?;
        let reading = tokio::task::spawn_blocking(move || text(&mime, &body));
        let text = match reading.await {
            Ok(read) => read?,
            Err(_) => return Err("The page cannot be read.".to_owned()),
        };
        let rest = if whole {
            ""
        } else {
            "\n\n(Only the first 2 MiB of it were read.)"
        };
        Ok(format!("{url}\n\n{}{rest}", text.trim()))
    }

    async fn follow(&self, mut url: Url) -> Result<Response, String> {
        for _ in 0..=HOPS {
            if self.networks.admit_url(url.as_str()).is_err() {
                return Err(format!("This page is not read: {KEPT_AWAY}."));
            }
            let asked = self.client.get(url.clone());
            let asked = asked.header(header::ACCEPT, "text/html, text/plain;q=0.9, */*;q=0.1");
            let sent = asked.send().await;
            let response = sent.map_err(|error| {
                let why = if error.is_timeout() {
                    "it does not answer"
                } else {
                    "it cannot be reached, or is where this server reads nothing"
                };
                format!("This page is not read: {why}.")
            })?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = response.headers().get(header::LOCATION);
            let next = next.and_then(|next| url.join(next.to_str().ok()?).ok());
            url = next.ok_or_else(|| "The page leads nowhere.".to_owned())?;
        }
        Err(format!("The page leads to others more than {HOPS} times."))
    }
}

/// What it says it is, as far as that can be read here.
fn kind(response: &Response) -> String {
    let said = response.headers().get(header::CONTENT_TYPE);
    let said = said
        .and_then(|said| said.to_str().ok())
        .unwrap_or("text/plain");
    let (name, parameters) = said.split_once(';').unwrap_or((said, ""));
    let name = name.trim().to_ascii_lowercase();
    let is_text = name.starts_with("text/") || name.ends_with("json") || name.ends_with("xml");
    let name = match name.as_str() {
        "text/html" | "application/xhtml+xml" => "text/html",
        _ if is_text => "text/plain",
        other => return other.to_owned(),
    };
    format!("{name};{parameters}")
}

fn text(mime: &str, body: &[u8]) -> Result<String, String> {
    // Others want a process of their own.
    if !mime.starts_with("text/") {
        return Err(format!(
            "The page is of a type that is not read here{}.",
            named(mime)
        ));
    }
    match parsing::parse(mime, body, &Limits::default()) {
        Ok(pages) => Ok(pages.into_iter().map(|page| page.text).collect()),
        Err(Unreadable::Empty | Unreadable::NoText(_)) => Err("The page has no text.".to_owned()),
        Err(Unreadable::Charset) => {
            Err("The page cannot be read: it does not say in which charset it is.".to_owned())
        }
        Err(_) => Err("The page cannot be read: what it holds is not text.".to_owned()),
    }
}

/// A media type, unless it says something else: nobody has judged it.
fn named(mime: &str) -> String {
    let is_one = |letter: char| letter.is_ascii_alphanumeric() || "/.+-".contains(letter);
    match mime.len() <= 60 && mime.chars().all(is_one) {
        true => format!(": {mime}"),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests;
