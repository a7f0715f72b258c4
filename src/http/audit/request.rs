//! What a request says: who asks and why, and which part of the record.

use aggregates::{CompletionId, ThreadId, UserId, case::SaidIn, reading::Looked, user::Role};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{error::Error, ids};
use crate::{
    audit::{self, EventFilter, Moment, Recorded},
    auth::Principal,
    http::{
        Api,
        access::{Rights, Target},
        answer_id,
        query::Query,
    },
};

/// The header in which a reader of content says why.
const REASON: &str = "x-audit-reason";
/// Event types that are asked for at most.
const MOST_TYPES: usize = 100;

/// What policies call what can be done with the record.
pub(super) const READ_METADATA: &str = "audit:ReadMetadata";
pub(super) const READ_CONTENT: &str = "audit:ReadContent";
pub(super) const EXPORT: &str = "audit:Export";
pub(super) const HOLD: &str = "audit:Hold";
pub(super) const ERASE: &str = "audit:Erase";
pub(super) const RETAIN: &str = "audit:SetRetention";
pub(super) const WEBHOOKS: &str = "audit:Webhooks";

/// Bytes of a body.
pub(super) const LONGEST_BODY: usize = 16 << 10;

/// A conversation, or a question with its answer that belong to none, as policies call them.
pub(super) fn said_target(said_in: SaidIn) -> Target {
    match said_in {
        SaidIn::Thread(thread) => Target::new(THREAD, None, &thread.to_string()),
        // By the id, too, that is printed where it was answered.
        SaidIn::Completion(completion) => Target::new(COMPLETION, None, &completion.to_string())
            .within(COMPLETION, &answer_id::printed(completion.0)),
    }
}

/// Every question with its answer that belong to no conversation.
pub(super) fn all_completions() -> Target {
    Target::new(COMPLETION, None, "*")
}

/// A project, as policies call it.
pub(super) fn project_target(id: &str) -> Target {
    Target::new("project", Some(id), id)
}

/// A user, as policies call it, by either id.
pub(super) fn user_target(user: UserId) -> Target {
    Target::new(USER, None, &user.to_string()).within(USER, &user.short())
}

/// Every user.
pub(super) fn all_users() -> Target {
    Target::new(USER, None, "*")
}

/// Everything, as policies call it.
pub(super) fn whole_record() -> Target {
    Target::new(THREAD, None, "*")
}

/// The sorts of things that the record is of, as policies call them.
const THREAD: &str = "thread";
const COMPLETION: &str = "completion";
pub(super) const USER: &str = "user";
const KINDS: [&str; 3] = [THREAD, COMPLETION, USER];

/// What somebody may do with the record, and be shown of it.
pub(super) struct Access {
    who: Principal,
    rights: Rights,
    /// Why they want to see content; without a reason they are shown none.
    reason: Option<String>,
}

impl Access {
    /// Of this one, as they are now.
    pub(super) async fn of(api: &Api, who: Principal, headers: &HeaderMap) -> Result<Self, Error> {
        let rights = Rights::of(api, &who).await?;
        let reason = headers.get(REASON).map(|written| {
            let written = std::str::from_utf8(written.as_bytes()).unwrap_or_default();
            audit::reason(written).unwrap_or_default()
        });
        Ok(Self {
            who,
            rights,
            reason,
        })
    }

    /// Whether this may be done: by auditors and admins, and by whom a policy allows it by name.
    pub(super) fn may(&self, action: &str, target: &Target) -> Result<(), Error> {
        match self.rights.allow_by_name(self.has_role(), action, target) {
            true => Ok(()),
            false => Err(Error::forbidden(action)),
        }
    }

    /// Whether this may be done with anything at all: who may not is told so, whatever they name.
    pub(super) fn may_some(&self, action: &str) -> Result<(), Error> {
        match self.has_role() || self.rights.allow_some_by_name(action, &KINDS) {
            true => Ok(()),
            false => Err(Error::forbidden(action)),
        }
    }

    fn has_role(&self) -> bool {
        matches!(self.who.role, Role::Auditor | Role::Admin)
    }

    /// Whether this may be set up: by admins, and by whom a policy allows it by name.
    pub(super) fn may_configure(&self, action: &str, target: &Target) -> Result<(), Error> {
        let has_role = self.who.role == Role::Admin;
        match self.rights.allow_by_name(has_role, action, target) {
            true => Ok(()),
            false => Err(Error::only_admins(action)),
        }
    }

    /// Whether this may be read; with what was written in it, where a reason is given for that.
    pub(super) fn may_read(&self, target: &Target) -> Result<(), Error> {
        self.may(READ_METADATA, target)?;
        match self.reason.as_deref() {
            None => Ok(()),
            Some(reason) => {
                self.may(READ_CONTENT, target)?;
                match reason {
                    "" => Err(Error::bad(format!(
                        "X-Audit-Reason must say in 1 to {} characters why content is read",
                        audit::LONGEST_REASON
                    ))),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Whether this may be done with the whole record at once: not by whom a policy keeps from a part of it.
    pub(super) fn may_whole(&self, action: &str) -> Result<(), Error> {
        self.may(action, &whole_record())?;
        self.may_everywhere(action)
    }

    /// Whether the whole record may be read at once.
    pub(super) fn may_read_whole(&self) -> Result<(), Error> {
        self.may_read(&whole_record())?;
        self.may_read_all()
    }

    /// Whether this may be read of everything at once: not by whom a policy keeps from a part of it.
    pub(super) fn may_read_all(&self) -> Result<(), Error> {
        self.may_everywhere(READ_METADATA)?;
        match self.reason {
            Some(_) => self.may_everywhere(READ_CONTENT),
            None => Ok(()),
        }
    }

    /// Whether no policy keeps them from doing this with a part of the record.
    fn may_everywhere(&self, action: &str) -> Result<(), Error> {
        match KINDS.iter().any(|kind| self.is_denied_some(action, kind)) {
            true => Err(Error::in_parts(action)),
            false => Ok(()),
        }
    }

    /// Whether a policy keeps them from doing this with something of this kind.
    pub(super) fn is_denied_some(&self, action: &str, kind: &str) -> bool {
        self.rights.deny_some(action, kind)
    }

    /// Whether a policy keeps them from doing this.
    pub(super) fn is_denied(&self, action: &str, target: &Target) -> bool {
        self.rights.deny(action, target)
    }

    /// Who it is.
    pub(super) fn user(&self) -> UserId {
        self.who.user
    }

    /// Why content is shown, if it is.
    pub(super) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
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

impl Access {
    /// The same of questions with their answers that belong to no conversation.
    pub(super) async fn note_completions(
        &self,
        api: &Api,
        completions: &[CompletionId],
    ) -> Result<(), Error> {
        let Some(reason) = self.reason() else {
            return Ok(());
        };
        let noted = api
            .records
            .note_reading_of(self.who.user, completions, Some(reason));
        Ok(noted.await?)
    }

    /// Whether content of all completions may be shown, too, to whom that of all threads may.
    pub(super) fn may_read_completions(&self) -> bool {
        self.may(READ_CONTENT, &all_completions()).is_ok()
    }

    /// The same of what was written in these events.
    pub(super) async fn note_events<'e>(
        &self,
        api: &Api,
        events: impl Iterator<Item = &'e Recorded> + Clone,
    ) -> Result<(), Error> {
        let (threads, completions) = audit::written_in(events);
        let (user, what) = (self.who.user, Looked::Messages);
        let records = &api.records;
        records
            .note_reading(user, what, &threads, self.reason())
            .await?;
        self.note_completions(api, &completions).await
    }
}

/// A thread's id, as the log has it.
pub(super) fn thread(text: &str) -> Result<String, Error> {
    let id: Result<ThreadId, _> = text.parse();
    id.map(|id| id.to_string()).map_err(|_| Error::no_thread())
}

/// The events that the query asks for.
pub(super) async fn filter(api: &Api, query: &Query) -> Result<EventFilter, Error> {
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
    audit::check_types(&types).map_err(|unknown| Error::bad(unknown.to_string()))?;
    let said_in = match (uuid(query, "thread")?, completion(query)?) {
        (Some(_), Some(_)) => {
            return Err(Error::bad("give either thread or completion".to_owned()));
        }
        (Some(thread), None) => Some(SaidIn::Thread(ThreadId(thread))),
        (None, completion) => completion.map(SaidIn::Completion),
    };
    let user = user(api, query).await?;
    Ok(EventFilter {
        types,
        said_in,
        user: user.map(|user| user.to_string()),
        from: time(query, "from")?,
        to: time(query, "to")?,
    })
}

/// What a wish says beside its path.
#[derive(Debug)]
pub(super) struct Wish {
    /// Why.
    pub(super) reason: String,
    /// The case that it is for.
    pub(super) matter: Option<String>,
    /// The body as it came.
    pub(super) body: Bytes,
}

impl Wish {
    /// Reads `{reason, matter?}`; nothing else may stand there.
    pub(super) fn read(body: Bytes, names: &[&str]) -> Result<Self, Error> {
        let fields: Map<String, Value> = serde_json::from_slice(&body)
            .map_err(|_| Error::bad("The body must be a JSON object with a reason".to_owned()))?;
        if let Some(name) = fields.keys().find(|name| !names.contains(&name.as_str())) {
            let name: String = name.chars().take(40).collect();
            let known = names.join(", ");
            return Err(Error::bad(format!(
                "There is no field {name:?}; there are {known}"
            )));
        }
        let reason = fields.get("reason").and_then(Value::as_str);
        let reason = reason.and_then(audit::reason).ok_or_else(|| {
            let most = audit::LONGEST_REASON;
            Error::bad(format!("reason must say in 1 to {most} characters why"))
        })?;
        let matter = match fields.get("matter") {
            None | Some(Value::Null) => None,
            Some(matter) => {
                let matter = matter.as_str().and_then(audit::matter);
                Some(matter.ok_or_else(|| {
                    let most = audit::LONGEST_MATTER;
                    Error::bad(format!("matter must have 1 to {most} characters"))
                })?)
            }
        };
        Ok(Self {
            reason,
            matter,
            body,
        })
    }
}

/// A UUID that was given, or none.
pub(super) fn uuid(query: &Query, name: &str) -> Result<Option<Uuid>, Error> {
    match given(query, name) {
        None => Ok(None),
        Some(text) => match Uuid::try_parse(text) {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(Error::bad(format!("{name} must be a UUID"))),
        },
    }
}

/// The completion that was given, or none.
fn completion(query: &Query) -> Result<Option<CompletionId>, Error> {
    let Some(text) = given(query, "completion") else {
        return Ok(None);
    };
    let id = answer_id::read(text).map(Some);
    id.ok_or_else(|| Error::bad("completion must be a UUID, or begin with chatcmpl-".to_owned()))
}

/// The user that was given, or none.
pub(super) async fn user(api: &Api, query: &Query) -> Result<Option<UserId>, Error> {
    let Some(text) = given(query, "user") else {
        return Ok(None);
    };
    let id = ids::user(api, text).await?.map(Some);
    id.ok_or_else(|| {
        Error::bad("user must be a UUID, or the id of an account that begins with user_".to_owned())
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
