//! What is wanted of a webhook, out of a request's body.

use aggregates::{
    ThreadId, UserId,
    webhook::{WebhookChange, fault},
};
use reqwest::Url;
use serde_json::{Map, Value};

use super::super::error::Error;
use crate::{audit, config::Networks};

/// The longest address, in characters.
pub(in crate::http::audit) const LONGEST_URL: usize = 2_000;
/// The feed is read of a thread, or of a user.
pub(super) const EITHER: &str = "give either thread or user";

/// One to be made.
pub(super) struct Made {
    pub(super) url: String,
    pub(super) description: Option<String>,
    pub(super) events: Vec<String>,
    pub(super) thread: Option<ThreadId>,
    pub(super) user: Option<UserId>,
}

/// What shall be otherwise.
pub(super) struct Changed {
    pub(super) change: WebhookChange,
    pub(super) enabled: Option<bool>,
}

/// What is told once more.
pub(super) struct Replay {
    pub(super) from: u64,
}

/// Fields of a body, and nothing else in it.
struct Fields(Map<String, Value>);

impl Made {
    pub(super) fn read(body: &[u8], networks: Networks) -> Result<Self, Error> {
        let fields = Fields::read(body, &["url", "description", "events", "thread", "user"])?;
        let missing = |name: &str| Error::bad(format!("{name} is missing"));
        let made = Self {
            url: fields.url(networks)?.ok_or_else(|| missing("url"))?,
            description: fields.description()?.flatten(),
            events: fields.events()?.ok_or_else(|| missing("events"))?,
            thread: fields.thread()?.flatten(),
            user: fields.user()?.flatten(),
        };
        match made.thread.is_some() && made.user.is_some() {
            true => Err(Error::bad(EITHER.to_owned())),
            false => Ok(made),
        }
    }
}

impl Changed {
    pub(super) fn read(body: &[u8], networks: Networks) -> Result<Self, Error> {
        let names = ["url", "description", "events", "thread", "user", "enabled"];
        let fields = Fields::read(body, &names)?;
        let enabled = match fields.0.get("enabled") {
            None => None,
            Some(Value::Bool(enabled)) => Some(*enabled),
            Some(_) => return Err(Error::bad("enabled must be true or false".to_owned())),
        };
        Ok(Self {
            change: WebhookChange {
                url: fields.url(networks)?,
                description: fields.description()?,
                events: fields.events()?,
                thread: fields.thread()?,
                user: fields.user()?,
            },
            enabled,
        })
    }
}

impl Replay {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = Fields::read(body, &["from"])?;
        let from = match fields.0.get("from") {
            Some(Value::String(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()
            }
            Some(Value::Number(number)) => number.as_u64(),
            _ => None,
        };
        // As the database counts.
        let from = from.filter(|from| i64::try_from(*from).is_ok() && *from > 0);
        from.map(|from| Self { from }).ok_or_else(|| {
            Error::bad("from must be a position of this log, as digits; the first is 1".to_owned())
        })
    }
}

/// Nothing is to be said, but perhaps an empty object.
pub(super) fn nothing(body: &[u8]) -> Result<(), Error> {
    match body.is_empty() {
        true => Ok(()),
        false => Fields::read(body, &[]).map(drop),
    }
}

/// The thread that a body names, whatever else is wrong with it: what it asks a right to.
pub(super) fn thread_of(body: &[u8]) -> Option<ThreadId> {
    let fields: Map<String, Value> = serde_json::from_slice(body).ok()?;
    fields.get("thread")?.as_str()?.parse().ok()
}

/// Where an address leads, and nothing of what it says there.
pub(super) fn origin(url: &str) -> String {
    let url = Url::parse(url).ok();
    url.map_or_else(String::new, |url| {
        format!("{}/…", url.origin().ascii_serialization())
    })
}

impl Fields {
    fn read(body: &[u8], names: &[&str]) -> Result<Self, Error> {
        let fields: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| Error::bad("The body must be a JSON object".to_owned()))?;
        if let Some(name) = fields.keys().find(|name| !names.contains(&name.as_str())) {
            let name: String = name.chars().take(40).collect();
            let known = match names {
                [] => "are none".to_owned(),
                names => format!("are {}", names.join(", ")),
            };
            return Err(Error::bad(format!(
                "There is no field {name:?}; there {known}"
            )));
        }
        Ok(Self(fields))
    }

    fn url(&self, networks: Networks) -> Result<Option<String>, Error> {
        let Some(url) = self.0.get("url") else {
            return Ok(None);
        };
        let url = url.as_str().unwrap_or_default();
        if url.chars().count() > LONGEST_URL {
            return Err(Error::bad(format!(
                "url may have {LONGEST_URL} characters at most"
            )));
        }
        // A database keeps no U+0000, and what reads addresses leaves out the others.
        if url.chars().any(char::is_control) {
            return Err(Error::bad("url must have no control characters".to_owned()));
        }
        match networks.admit_url(url) {
            Ok(()) => Ok(Some(url.to_owned())),
            Err(why) => {
                // What stands behind a colon is said to those who set up providers.
                let why = why.split(':').next().unwrap_or(why);
                let why = why.replace("providers", "webhooks");
                Err(Error::bad(format!("url {why}")))
            }
        }
    }

    fn description(&self) -> Result<Option<Option<String>>, Error> {
        self.given("description", audit::matter, || {
            let most = audit::LONGEST_MATTER;
            format!("description must have 1 to {most} characters")
        })
    }

    fn thread(&self) -> Result<Option<Option<ThreadId>>, Error> {
        let fault = || "thread must be a UUID".to_owned();
        self.given("thread", |text| text.parse().ok(), fault)
    }

    fn user(&self) -> Result<Option<Option<UserId>>, Error> {
        let fault = || "user must be a UUID".to_owned();
        self.given("user", |text| text.parse().ok(), fault)
    }

    /// A field that may be given, and as nothing.
    fn given<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
        fault: impl Fn() -> String,
    ) -> Result<Option<Option<T>>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(value) => match value.as_str().and_then(read) {
                Some(value) => Ok(Some(Some(value))),
                None => Err(Error::bad(fault())),
            },
        }
    }

    fn events(&self) -> Result<Option<Vec<String>>, Error> {
        let Some(events) = self.0.get("events") else {
            return Ok(None);
        };
        let texts = events.as_array().map(|list| {
            let texts = list.iter().map(|text| text.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>()
        });
        let Some(Some(patterns)) = texts else {
            return Err(Error::bad("events must be a list of texts".to_owned()));
        };
        match fault(&patterns) {
            None => Ok(Some(patterns)),
            Some(fault) => Err(Error::bad(fault)),
        }
    }
}
