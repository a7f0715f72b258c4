//! Departures: who deletes the account takes the conversations and documents along, and a session what is in it. Whose
//! account ends or is disabled works on no case any more.

use std::{collections::HashMap, time::Duration};

use aggregates::{
    IngestId, RagSessionId, ThreadId, UserId,
    case::{CaseRefusal, Flagged},
    completion::CompletionEvent,
    embedding::EmbeddingEvent,
    ingest::IngestEvent,
    rag_session::RagSessionEvent,
    thread::{Dialect, Refusal, ThreadCommand, ThreadEvent},
    user::User,
    verdict::Severity,
};
use cqrs_es::Aggregate;

use super::{Postponed, Subscriber};
use crate::{
    actors::{CaseError, Cases, CommandError, Directory, Ingests, Origin, RagSessions},
    clock,
    store::{Erasure, Recorded, Store},
    views::{Freshness, Views},
};

/// How long a request that was let in before the account ended may still open a conversation, in microseconds.
const AFTERMATH: i64 = 60_000_000;
/// How long it waits for the views before it is tried again.
const PATIENCE: Duration = Duration::from_secs(2);
/// Conversations that are taken up together.
const PAGE: u32 = 200;

/// Has the conversations of deleted accounts erased.
pub struct Departures {
    directory: Directory,
    sessions: RagSessions,
    ingests: Ingests,
    cases: Cases,
    views: Views,
    store: Store,
    left: Left,
}

/// Who has left lately: where in the log, and when.
#[derive(Default)]
struct Left(HashMap<UserId, (u64, i64)>);

impl Departures {
    /// With the conversations there are.
    #[must_use]
    pub fn new(
        directory: Directory,
        sessions: RagSessions,
        ingests: Ingests,
        cases: Cases,
        views: Views,
        store: Store,
    ) -> Self {
        Self {
            directory,
            sessions,
            ingests,
            cases,
            views,
            store,
            left: Left::default(),
        }
    }

    async fn erase(&self, thread: ThreadId) -> Result<u64, Postponed> {
        let done = self
            .directory
            .execute(thread, ThreadCommand::RequestErasure, Origin::server());
        match done.await {
            Ok(done) => Ok(done.position),
            // Nothing was said.
            Err(CommandError::Refused(Refusal::NotOpen)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    async fn seen(&self, position: u64) -> Result<(), Postponed> {
        match self.views.wait_for(position, PATIENCE).await {
            Freshness::Fresh => Ok(()),
            Freshness::Stale => Err("the views are behind".into()),
        }
    }

    /// Others may take at once what nobody works on any more.
    async fn release_all_of(&self, user: UserId) -> Result<(), Postponed> {
        for row in self.views.claims_of(user.0, clock::now_micros()).await? {
            let Some(said_in) = row.said_in() else {
                continue;
            };
            let flagged = Flagged {
                said_in,
                severity: Severity::default(),
                automated: row.automated,
            };
            match self.cases.leave(&row.case, user, flagged).await {
                // Somebody else has it by now, or it is gone.
                Err(CaseError::Refused(CaseRefusal::Held(_) | CaseRefusal::Erased)) => {}
                left => left?,
            }
        }
        Ok(())
    }

    async fn erase_all_of(&self, user: UserId) -> Result<(), Postponed> {
        loop {
            let threads = self.views.threads_of(user.0, PAGE).await?;
            let mut last = 0;
            for thread in &threads {
                last = last.max(self.erase(thread.parse()?).await?);
            }
            for session in self.views.rag_sessions(user.0, PAGE).await? {
                let session = session.session.parse()?;
                let deleted = self.sessions.delete(session, Origin::server());
                last = last.max(deleted.await?);
            }
            for row in self.views.ingests_of(user.0, PAGE).await? {
                last = last.max(self.erase_document(row.ingest.parse()?).await?);
            }
            if last == 0 {
                return Ok(());
            }
            self.seen(last).await?;
        }
    }

    async fn erase_document(&self, ingest: IngestId) -> Result<u64, Postponed> {
        Ok(self.ingests.delete(ingest, Origin::server()).await?)
    }

    /// What is in a session goes with it.
    async fn empty(&self, session: RagSessionId) -> Result<(), Postponed> {
        self.erase(session.thread()).await?;
        loop {
            let mut last = 0;
            for row in self.views.ingests_of_session(session.0, PAGE).await? {
                last = last.max(self.erase_document(row.ingest.parse()?).await?);
            }
            if last == 0 {
                return Ok(());
            }
            self.seen(last).await?;
        }
    }

    /// A conversation was opened: it goes with its owner, or with its session, which may have gone before.
    async fn opened(&self, event: &Recorded) -> Result<(), Postponed> {
        let thread: ThreadId = event.aggregate_id.parse()?;
        let stays = !self.left.opened_after_the_end(event)
            && match named(event) {
                Some((owner, name)) => {
                    let session = self.sessions.find(owner, &name).await?;
                    session.is_some_and(|session| session.thread() == thread)
                }
                None => true,
            };
        if !stays {
            self.erase(thread).await?;
        }
        Ok(())
    }

    /// A document came into a session, which may have gone before.
    async fn came(&self, event: &Recorded) -> Result<(), Postponed> {
        let Ok(IngestEvent::Requested(requested)) = serde_json::from_str(&event.payload) else {
            return Ok(());
        };
        if !self.sessions.is_open(requested.session).await? {
            self.erase_document(event.aggregate_id.parse()?).await?;
        }
        Ok(())
    }

    /// What belongs to no thread goes with its owner, whose erasure may have looked before it was asked for. Where the
    /// owner is held, that erasure waits, and finds it.
    async fn erase_alone(&self, event: &Recorded) -> Result<(), Postponed> {
        let Some(owner) = owner(event) else {
            return Ok(());
        };
        let held_by = [owner.to_string()];
        if self.store.is_held(&held_by).await? {
            return Ok(());
        }
        let erasure = Erasure {
            aggregate_type: User::TYPE.to_owned(),
            aggregate_id: owner.to_string(),
            number: u64::MAX,
            position: event.position,
            sequence: event.sequence,
            before: None,
        };
        let id = event.aggregate_id.as_str();
        if event.event_type == "embedding.requested" {
            self.directory
                .erase_embedding(&erasure, id.parse()?, &held_by, Origin::server())
                .await?;
        } else {
            self.directory
                .erase_completion(&erasure, id.parse()?, &held_by, Origin::server())
                .await?;
        }
        Ok(())
    }
}

impl Left {
    fn wants(&mut self, event: &Recorded) -> bool {
        self.0
            .retain(|_, (_, at)| event.recorded_at - *at < AFTERMATH);
        if event.event_type == "user.deleted" {
            if let Ok(user) = event.aggregate_id.parse() {
                self.0.insert(user, (event.position, event.recorded_at));
            }
            return true;
        }
        self.opened_after_the_end(event)
    }

    fn opened_after_the_end(&self, event: &Recorded) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Some(owner) = owner(event) else {
            return false;
        };
        // What was there before goes with the account, whose receipt counts it.
        let left = self.0.get(&owner);
        left.is_some_and(|(position, at)| {
            event.position > *position && event.recorded_at - at < AFTERMATH
        })
    }
}

impl Subscriber for Departures {
    const NAME: &'static str = "departures";
    const EVENTS: &'static [&'static str] = &[
        "user.deleted",
        "user.disabled",
        "thread.opened",
        "completion.requested",
        "rag_session.opened",
        "rag_session.deleted",
        "ingest.announced",
        "ingest.requested",
        "embedding.requested",
    ];

    fn wants(&mut self, event: &Recorded) -> bool {
        let in_itself = match event.event_type.as_str() {
            "user.disabled" | "rag_session.deleted" | "ingest.requested" => true,
            "thread.opened" => named(event).is_some(),
            _ => false,
        };
        self.left.wants(event) || in_itself
    }

    async fn follow(&mut self, events: Vec<Recorded>) -> Result<(), Postponed> {
        for event in events {
            let id = &event.aggregate_id;
            match event.event_type.as_str() {
                "user.deleted" => {
                    self.seen(event.position).await?;
                    self.release_all_of(id.parse()?).await?;
                    self.erase_all_of(id.parse()?).await?;
                }
                "user.disabled" => {
                    self.seen(event.position).await?;
                    self.release_all_of(id.parse()?).await?;
                }
                "rag_session.deleted" => {
                    self.seen(event.position).await?;
                    self.empty(id.parse()?).await?;
                }
                "thread.opened" => self.opened(&event).await?,
                "ingest.requested" => self.came(&event).await?,
                "rag_session.opened" => {
                    self.sessions.delete(id.parse()?, Origin::server()).await?;
                }
                "ingest.announced" => {
                    self.erase_document(id.parse()?).await?;
                }
                _ => self.erase_alone(&event).await?,
            }
        }
        Ok(())
    }
}

/// The session of questions that a conversation is opened in, by its owner and its name.
fn named(event: &Recorded) -> Option<(UserId, String)> {
    match serde_json::from_str(&event.payload) {
        Ok(ThreadEvent::Opened(opened)) if opened.dialect == Dialect::Rag => {
            // What is empty was destroyed, and says nothing.
            let name = opened.reference.filter(|name| !name.is_empty())?;
            Some((opened.owner, name))
        }
        _ => None,
    }
}

/// Whose it is that begins here.
fn owner(event: &Recorded) -> Option<UserId> {
    match event.event_type.as_str() {
        "rag_session.opened" => match serde_json::from_str(&event.payload) {
            Ok(RagSessionEvent::Opened(opened)) => Some(opened.owner),
            _ => None,
        },
        "ingest.announced" => match serde_json::from_str(&event.payload) {
            Ok(IngestEvent::Announced(announced)) => Some(announced.owner),
            _ => None,
        },
        "thread.opened" => match serde_json::from_str(&event.payload) {
            Ok(ThreadEvent::Opened(opened)) => Some(opened.owner),
            _ => None,
        },
        "completion.requested" => match serde_json::from_str(&event.payload) {
            Ok(CompletionEvent::Requested(requested)) => Some(requested.owner),
            _ => None,
        },
        "embedding.requested" => match serde_json::from_str(&event.payload) {
            Ok(EmbeddingEvent::Requested(sent)) => Some(sent.owner),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(
        position: u64,
        event_type: &str,
        aggregate_id: UserId,
        payload: String,
    ) -> Recorded {
        Recorded {
            position,
            recorded_at: 1_000,
            aggregate_type: String::new(),
            aggregate_id: aggregate_id.to_string(),
            sequence: 1,
            event_type: event_type.to_owned(),
            event_version: "1".to_owned(),
            payload,
            metadata: "{}".to_owned(),
        }
    }

    #[test]
    fn what_was_there_before_the_end_is_left_alone_however_often_it_is_looked_at() {
        let user = UserId(uuid::Uuid::from_u128(7));
        let opened = |position| {
            let payload = serde_json::json!({
                "thread.opened": { "owner": user, "dialect": "assistant" },
            });
            recorded(position, "thread.opened", user, payload.to_string())
        };
        let deleted = recorded(2, "user.deleted", user, String::new());
        let mut left = Left::default();
        for _ in 0..2 {
            assert!(!left.wants(&opened(1)));
            assert!(left.wants(&deleted));
            assert!(left.wants(&opened(3)));
        }
    }
}
