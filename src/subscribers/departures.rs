//! Departures: who deletes the account takes the conversations along.

use std::{collections::HashMap, time::Duration};

use aggregates::{
    ThreadId, UserId,
    completion::CompletionEvent,
    embedding::EmbeddingEvent,
    thread::{ThreadCommand, ThreadEvent},
    user::User,
};
use cqrs_es::Aggregate;

use super::{Postponed, Subscriber};
use crate::{
    actors::{Directory, Origin},
    store::{Erasure, Recorded},
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
    views: Views,
    left: Left,
}

/// Who has left lately: where in the log, and when.
#[derive(Default)]
struct Left(HashMap<UserId, (u64, i64)>);

impl Departures {
    /// With the conversations there are.
    #[must_use]
    pub fn new(directory: Directory, views: Views) -> Self {
        Self {
            directory,
            views,
            left: Left::default(),
        }
    }

    async fn erase(&self, thread: ThreadId) -> Result<u64, Postponed> {
        let done = self
            .directory
            .execute(thread, ThreadCommand::RequestErasure, Origin::server())
            .await?;
        Ok(done.position)
    }

    async fn seen(&self, position: u64) -> Result<(), Postponed> {
        match self.views.wait_for(position, PATIENCE).await {
            Freshness::Fresh => Ok(()),
            Freshness::Stale => Err("the views are behind".into()),
        }
    }

    async fn erase_all_of(&self, user: UserId) -> Result<(), Postponed> {
        loop {
            let threads = self.views.threads_of(user.0, PAGE).await?;
            let mut last = 0;
            for thread in &threads {
                last = last.max(self.erase(thread.parse()?).await?);
            }
            if threads.is_empty() {
                return Ok(());
            }
            self.seen(last).await?;
        }
    }

    /// What belongs to no thread goes with its owner, whose erasure may have looked before it was asked for.
    async fn erase_alone(&self, event: &Recorded) -> Result<(), Postponed> {
        let Some(owner) = owner(event) else {
            return Ok(());
        };
        let erasure = Erasure {
            aggregate_type: User::TYPE.to_owned(),
            aggregate_id: owner.to_string(),
            number: u64::MAX,
            position: event.position,
            sequence: event.sequence,
        };
        let id = event.aggregate_id.as_str();
        if event.event_type == "embedding.requested" {
            self.directory
                .erase_embedding(&erasure, id.parse()?)
                .await?;
        } else {
            self.directory
                .erase_completion(&erasure, id.parse()?)
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
        "thread.opened",
        "completion.requested",
        "embedding.requested",
    ];

    fn wants(&mut self, event: &Recorded) -> bool {
        self.left.wants(event)
    }

    async fn follow(&mut self, events: Vec<Recorded>) -> Result<(), Postponed> {
        for event in events {
            if event.event_type == "user.deleted" {
                self.seen(event.position).await?;
                self.erase_all_of(event.aggregate_id.parse()?).await?;
            } else if event.event_type == "thread.opened" {
                self.erase(event.aggregate_id.parse()?).await?;
            } else {
                self.erase_alone(&event).await?;
            }
        }
        Ok(())
    }
}

/// Whose conversation, completion or embedding begins here.
fn owner(event: &Recorded) -> Option<UserId> {
    match event.event_type.as_str() {
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
