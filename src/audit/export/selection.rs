//! Which events are exported.

use std::collections::HashSet;

use aggregates::{
    case::{CaseEvent, SaidIn},
    completion::{Completion, CompletionEvent},
    embedding::Embedding,
    thread::{Thread, ThreadEvent},
    verdict::Verdict,
};
use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{EventFilter, Recorded, Store, StoreError};

/// Events of one read.
const PAGE: u32 = 500;
/// The same, where questions are read for whose they are: each may have megabytes.
const FEW: u32 = 50;

/// What is made for a project says so.
const MADE: &[&str] = &[
    "ai_provider.created",
    "chat.created",
    "document.created",
    "secret.created",
    "key.issued",
];
/// What providers are asked says whom.
const ASKED: &[&str] = &["completion.requested", "embedding.requested"];

/// What is wanted; everything, when nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Selection {
    /// One thread, and who was shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The threads of a user, what the user did, and the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A project with what was set up in it, and what its providers were asked: completions and embeddings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The threads and completions in which detectors or people have flagged something, and what was done about it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
    /// Not before this time, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl Selection {
    /// Where what is wanted was said, if that is one place.
    pub(super) fn said_in(&self) -> Option<SaidIn> {
        let thread = self.thread.as_deref()?.parse().ok()?;
        Some(SaidIn::Thread(thread))
    }

    /// Whether nothing is left out.
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it takes everything between its first event and its last.
    pub(super) fn is_whole(&self) -> bool {
        let Self {
            thread,
            user,
            project,
            flagged,
            from: _,
            to: _,
        } = self;
        thread.is_none() && user.is_none() && project.is_none() && !flagged
    }
}

/// The selected events, page after page.
pub(super) struct Selected {
    filter: EventFilter,
    /// The thread that is asked for.
    asked: Option<String>,
    only: Option<Only>,
    position: u64,
    last: u64,
}

impl Selected {
    /// Those up to position `last`.
    pub(super) async fn of(
        store: &Store,
        selection: &Selection,
        last: u64,
    ) -> Result<Self, StoreError> {
        let filter = EventFilter {
            said_in: selection.said_in(),
            from: selection.from,
            to: selection.to,
            ..EventFilter::default()
        };
        Ok(Self {
            only: Only::of(store, selection, last).await?,
            asked: selection.thread.clone(),
            filter,
            position: 0,
            last,
        })
    }

    /// Whether this thread is asked for, and not only something that somebody did in it.
    pub(super) fn is_about(&self, thread: &str) -> bool {
        let asked = self.asked.as_deref();
        asked.is_none_or(|asked| asked == thread)
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.streams.contains(thread))
    }

    /// How far it is.
    pub(super) fn reached(&self) -> u64 {
        self.position
    }

    /// The next ones; maybe none of a page. `None` at the end.
    pub(super) async fn next(
        &mut self,
        store: &Store,
    ) -> Result<Option<Vec<Recorded>>, StoreError> {
        if self.position >= self.last {
            return Ok(None);
        }
        let page = store
            .trail(&self.filter, self.position, self.last, PAGE)
            .await?;
        self.position = page.reached;
        let mut events = page.events;
        if let Some(only) = &self.only {
            events.retain(|event| only.concerns(event));
        }
        Ok(Some(events))
    }
}

/// What events have to be about.
struct Only {
    /// Whose deeds count wherever they are.
    user: Option<String>,
    /// Threads, completions, and whatever else has a stream of its own.
    streams: HashSet<String>,
}

impl Only {
    async fn of(
        store: &Store,
        selection: &Selection,
        last: u64,
    ) -> Result<Option<Self>, StoreError> {
        let mut sets = vec![];
        if let Some(user) = &selection.user {
            sets.push(asked_by(store, user, last).await?);
        }
        if let Some(project) = &selection.project {
            sets.push(of_project(store, project, last).await?);
        }
        if selection.flagged {
            sets.push(flagged(store, last).await?);
        }
        let is_about_a_user_alone = sets.len() == 1;
        let Some(mut streams) = sets
            .into_iter()
            .reduce(|all, these| all.intersection(&these).cloned().collect())
        else {
            return Ok(None);
        };
        // A reading of the thread that is asked for may be one of others, too, which are not.
        if let Some(asked) = &selection.thread {
            streams.retain(|stream| stream == asked);
        }
        // What a user did elsewhere is about no flag, and no project.
        let user = selection.user.clone().filter(|_| is_about_a_user_alone);
        Ok(Some(Self { user, streams }))
    }

    fn concerns(&self, event: &Recorded) -> bool {
        let by = || {
            let metadata: Value = serde_json::from_str(&event.metadata).unwrap_or_default();
            self.user.is_some() && metadata["by"].as_str() == self.user.as_deref()
        };
        let is_one = self.streams.contains(&event.aggregate_id);
        match event.aggregate_type.as_str() {
            Thread::TYPE | Completion::TYPE | Embedding::TYPE => is_one || by(),
            "user" => Some(&event.aggregate_id) == self.user.as_ref() || by(),
            // Ids are texts of their own in JSON.
            _ => {
                let mut texts = event.payload.split('"');
                is_one || texts.any(|text| self.streams.contains(text)) || by()
            }
        }
    }
}

/// The threads, completions and embeddings of a user.
async fn asked_by(store: &Store, user: &str, last: u64) -> Result<HashSet<String>, StoreError> {
    let names = [
        "thread.opened",
        "completion.requested",
        "embedding.requested",
    ];
    found(store, &names, last, |event| {
        (said(event)["owner"] == user).then(|| event.aggregate_id.clone())
    })
    .await
}

/// A project, all that was made for it, and what its providers were asked in.
async fn of_project(
    store: &Store,
    project: &str,
    last: u64,
) -> Result<HashSet<String>, StoreError> {
    let mut all = found(store, MADE, last, |event| {
        (said(event)["project"] == project).then(|| event.aggregate_id.clone())
    })
    .await?;
    let asked = found(store, ASKED, last, |event| {
        let provider = &said(event)["route"]["provider"];
        let is_its = provider.as_str().is_some_and(|id| all.contains(id));
        is_its.then(|| event.aggregate_id.clone())
    })
    .await?;
    all.extend(asked);
    all.insert(project.to_owned());
    Ok(all)
}

/// What an event says under its name.
fn said(event: &Recorded) -> Value {
    let payload: Value = serde_json::from_str(&event.payload).unwrap_or_default();
    match payload {
        Value::Object(mut by_name) => by_name.remove(&event.event_type).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// Threads and completions with something in them that is, or was, flagged.
async fn flagged(store: &Store, last: u64) -> Result<HashSet<String>, StoreError> {
    let names = ["verdict.recorded", "case.opened"];
    found(store, &names, last, |event| {
        if event.aggregate_type == Completion::TYPE {
            return match serde_json::from_str(&event.payload) {
                Ok(CompletionEvent::VerdictRecorded(judged)) => {
                    let flagged = judged.verdicts.iter().any(Verdict::is_flagged);
                    flagged.then(|| event.aggregate_id.clone())
                }
                _ => None,
            };
        }
        if event.aggregate_type == Thread::TYPE {
            return match serde_json::from_str(&event.payload) {
                Ok(ThreadEvent::VerdictRecorded(judged)) if judged.verdict.is_flagged() => {
                    Some(event.aggregate_id.clone())
                }
                _ => None,
            };
        }
        match serde_json::from_str(&event.payload) {
            Ok(CaseEvent::Opened(flagged)) => Some(match flagged.said_in {
                SaidIn::Thread(thread) => thread.to_string(),
                SaidIn::Completion(completion) => completion.to_string(),
            }),
            _ => None,
        }
    })
    .await
}

/// What `find` finds in the events with these names, up to a position.
async fn found(
    store: &Store,
    names: &[&str],
    last: u64,
    find: impl Fn(&Recorded) -> Option<String>,
) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    let mut position = 0;
    loop {
        let page = store.read_named_after(names, position, FEW).await?;
        let Some(end) = page.last() else {
            return Ok(found);
        };
        position = end.position;
        if position > last {
            found.extend(
                page.iter()
                    .filter(|event| event.position <= last)
                    .filter_map(&find),
            );
            return Ok(found);
        }
        found.extend(page.iter().filter_map(&find));
    }
}
