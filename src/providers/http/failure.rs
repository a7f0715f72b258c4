//! Turns what went wrong underneath into a [`ProviderError`] without secrets.

use std::{error::Error, time::Duration};

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::bounds::Broken;
use crate::{
    clock,
    providers::{ProviderError, Secret, families::FrameError},
};

/// The most characters of a provider's own words.
const MESSAGE_LIMIT: usize = 300;

/// The failures of one provider.
#[derive(Debug)]
pub(super) struct Failures {
    provider: String,
    api_key: Option<Secret>,
}

impl Failures {
    pub(super) fn of(provider: &str, api_key: Option<Secret>) -> Self {
        let provider = provider.to_owned();
        Self { provider, api_key }
    }

    pub(super) fn cut(&self) -> ProviderError {
        let provider = self.provider.clone();
        ProviderError::Cut { provider }
    }

    pub(super) fn too_large(&self, limit: usize) -> ProviderError {
        let provider = self.provider.clone();
        ProviderError::TooLarge { provider, limit }
    }

    pub(super) fn silence(&self, begun: bool, limit: Duration) -> ProviderError {
        let provider = self.provider.clone();
        if begun {
            ProviderError::IdleTimeout { provider, limit }
        } else {
            ProviderError::FirstByteTimeout { provider, limit }
        }
    }

    /// Something came, but no answer; `body` is how it began.
    pub(super) fn no_answer(&self, body: &str) -> ProviderError {
        match told_in(body) {
            Some(message) => ProviderError::Failed {
                provider: self.provider.clone(),
                message: self.words(&message),
            },
            None => self.malformed("no stream of events (if it is a web page, check base_url)"),
        }
    }

    /// Something came, but no vectors; `body` is how it began.
    pub(super) fn no_vectors(&self, body: &str) -> ProviderError {
        match told_in(body) {
            Some(message) => ProviderError::Failed {
                provider: self.provider.clone(),
                message: self.words(&message),
            },
            None => self.malformed("no list of vectors (if it is a web page, check base_url)"),
        }
    }

    /// An error told within the answer. Some gateways put the HTTP status there.
    pub(super) fn frame(&self, error: &FrameError) -> ProviderError {
        let provider = self.provider.clone();
        let message = self.words(&error.message);
        match error.status {
            Some(status) => ProviderError::Refused {
                provider,
                status,
                message,
                retry_after: None,
            },
            None => ProviderError::Failed { provider, message },
        }
    }

    /// The bytes came to no good end.
    pub(super) fn broken(&self, broken: &Broken) -> ProviderError {
        match broken {
            Broken::Http(error) => self.of_http(error),
            Broken::TooLarge(limit) => self.too_large(*limit),
            Broken::Silence { begun, limit } => self.silence(*begun, *limit),
            Broken::Malformed("a message without its end") => self.cut(),
            Broken::Malformed(what) => self.malformed(what),
        }
    }

    pub(super) fn of_http(&self, error: &reqwest::Error) -> ProviderError {
        if error.is_body() || error.is_decode() {
            if !error.is_timeout() {
                return self.cut();
            }
            let provider = self.provider.clone();
            return ProviderError::TooSlow { provider };
        }
        let cause = if error.is_timeout() {
            "no connection in time".to_owned()
        } else {
            // The innermost error is the system's; the outer ones show the address.
            let mut cause: &dyn Error = error;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            self.words(&cause.to_string())
        };
        let provider = self.provider.clone();
        ProviderError::Unreachable { provider, cause }
    }

    pub(super) fn status(&self, status: u16, body: &str, headers: &HeaderMap) -> ProviderError {
        let provider = self.provider.clone();
        if (300..400).contains(&status) {
            return ProviderError::Redirected { provider, status };
        }
        ProviderError::Refused {
            provider,
            status,
            message: self.words(&message_in(body)),
            retry_after: retry_after(headers).or_else(|| retry_delay(body)),
        }
    }

    pub(super) fn malformed(&self, what: &str) -> ProviderError {
        ProviderError::Malformed {
            provider: self.provider.clone(),
            what: what.to_owned(),
        }
    }

    /// Somebody else's words: on one line, cut, and without our key.
    fn words(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(key) = &self.api_key
            && !key.expose().is_empty()
        {
            text = text.replace(key.expose(), "[secret]");
        }
        let line: Vec<_> = text
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect();
        line.join(" ").chars().take(MESSAGE_LIMIT).collect()
    }
}

/// The sentence in an error's body. A web page has none.
fn message_in(body: &str) -> String {
    if let Some(message) = told_in(body) {
        return message;
    }
    if body.trim_start().starts_with(['<', '{', '[']) {
        return String::new();
    }
    body.to_owned()
}

/// The sentence in JSON that tells of an error.
fn told_in(body: &str) -> Option<String> {
    let body = serde_json::from_str::<Value>(body).ok()?;
    let places = [
        "/error/message",
        "/0/error/message",
        "/error",
        "/message",
        "/Message",
        "/detail",
    ];
    let mut found = places.iter().filter_map(|place| body.pointer(place));
    found.find_map(Value::as_str).map(str::to_owned)
}

/// Google says in the body when to come back: `{"error":{"details":[{"retryDelay":"17s"}]}}`.
fn retry_delay(body: &str) -> Option<Duration> {
    let body = serde_json::from_str::<Value>(body).ok()?;
    let error = body
        .pointer("/error")
        .or_else(|| body.pointer("/0/error"))?;
    let details = error.get("details")?.as_array()?.iter();
    let mut delays = details.filter_map(|detail| detail.get("retryDelay")?.as_str());
    let seconds = delays.next()?.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// `retry-after-ms`, `Retry-After` in seconds, or `Retry-After` as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let header = |name| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(millis) = header("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = header("retry-after")?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    let wait = date.signed_duration_since(clock::now());
    Some(wait.to_std().unwrap_or_default())
}
