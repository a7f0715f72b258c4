//! What a request says: who asks and why, and which part of the record.

use aggregates::{ThreadId, reading::Looked, user::Role};
use http::HeaderMap;

use super::error::Error;
use crate::{
    audit::{self, EventFilter, Moment},
    auth::Principal,
    http::{Api, query::Query},
};

/// The header in which a reader of content says why.
const REASON: &str = "x-audit-reason";
/// Event types that are asked for at most.
const MOST_TYPES: usize = 100;

/// What somebody may be shown.
pub(super) struct Access {
    who: Principal,
    /// Why they want to see content; without a reason they are shown none.
    reason: Option<String>,
}

impl Access {
    /// Auditors and admins read the record, and nobody else.
    pub(super) fn of(who: Principal, headers: &HeaderMap) -> Result<Self, Error> {
        if !matches!(who.role, Role::Auditor | Role::Admin) {
            return Err(Error::forbidden());
        }
        let Some(written) = headers.get(REASON) else {
            return Ok(Self { who, reason: None });
        };
        let written = std::str::from_utf8(written.as_bytes()).unwrap_or_default();
        match audit::reason(written) {
            Some(reason) => Ok(Self {
                who,
                reason: Some(reason),
            }),
            None => Err(Error::bad(format!(
                "X-Audit-Reason must say in 1 to {} characters why content is read",
                audit::LONGEST_REASON
            ))),
        }
    }

    /// Whether content is shown.
    pub(super) fn content(&self) -> bool {
        self.reason.is_some()
    }

    /// Notes, for ever, whose content is about to be shown and why. Without the note nothing may be shown.
    pub(super) async fn note(
        &self,
        api: &Api,
        what: Looked,
        threads: impl IntoIterator<Item = &str>,
    ) -> Result<(), Error> {
        let Some(reason) = &self.reason else {
            return Ok(());
        };
        let mut ids: Vec<ThreadId> = threads
            .into_iter()
            .filter_map(|thread| thread.parse().ok())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let user = self.who.user;
        let noted = api.records.note_reading(user, what, &ids, Some(reason));
        Ok(noted.await?)
    }
}

/// A thread's id, as the log has it.
pub(super) fn thread(text: &str) -> Result<String, Error> {
    let id: Result<ThreadId, _> = text.parse();
    id.map(|id| id.to_string()).map_err(|_| Error::no_thread())
}

/// The events that the query asks for.
pub(super) fn filter(query: &Query) -> Result<EventFilter, Error> {
    let types = given(query, "type").map(|types| types.split(','));
    let types: Vec<String> = types
        .into_iter()
        .flatten()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if types.len() > MOST_TYPES {
        return Err(Error::bad(format!("type names at most {MOST_TYPES} types")));
    }
    let id = |name: &str| match given(query, name) {
        None => Ok(None),
        Some(text) => match uuid::Uuid::try_parse(text) {
            Ok(id) => Ok(Some(id.to_string())),
            Err(_) => Err(Error::bad(format!("{name} must be a UUID"))),
        },
    };
    Ok(EventFilter {
        types,
        thread: id("thread")?,
        user: id("user")?,
        from: time(query, "from")?,
        to: time(query, "to")?,
    })
}

/// A position that was given, or none.
pub(super) fn position(query: &Query, name: &str) -> Result<Option<u64>, Error> {
    let Some(text) = given(query, name) else {
        return Ok(None);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let position = text.parse().ok().filter(|_| digits);
    match position {
        Some(position) => Ok(Some(position)),
        None => Err(Error::bad(format!(
            "{name} must be a position of this log, as digits"
        ))),
    }
}

/// How many are wanted.
pub(super) fn limit(query: &Query, default: u64, most: u64) -> Result<u64, Error> {
    let Some(text) = given(query, "limit") else {
        return Ok(default);
    };
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| Error::bad(format!("limit must be 1 to {most}")))
}

/// A moment that was given as a position, or as a time.
pub(super) fn moment(query: &Query, name: &str) -> Result<Option<Moment>, Error> {
    let Some(text) = given(query, name) else {
        return Ok(None);
    };
    match Moment::read(text) {
        Some(moment) => Ok(Some(moment)),
        None => Err(Error::bad(format!(
            "{name} must be a position, or a time as in 2026-01-31T12:00:00Z"
        ))),
    }
}

fn time(query: &Query, name: &str) -> Result<Option<i64>, Error> {
    match given(query, name).map(Moment::read) {
        None => Ok(None),
        Some(Some(Moment::Time(time))) => Ok(Some(time)),
        Some(_) => Err(Error::bad(format!(
            "{name} must be a time as in 2026-01-31T12:00:00Z"
        ))),
    }
}

/// A parameter that says something.
fn given<'q>(query: &'q Query, name: &str) -> Option<&'q str> {
    query.get(name).filter(|value| !value.is_empty())
}
