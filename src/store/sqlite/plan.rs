//! Deciding a batch: what each submission may do, given what the database says.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::super::{
    CommandRecord, CommitError, Committed,
    append::{Outcome, Submission},
};

/// What the database says at the beginning of the transaction.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Of the log.
    pub(super) position: u64,
    pub(super) recorded_at: i64,
    /// Of the batch's streams that exist, by type and id.
    pub(super) heads: HashMap<(String, String), u64>,
    /// Of the batch's commands, those that were committed: by which try, and what came of it.
    pub(super) commands: HashMap<Uuid, (Uuid, CommandRecord)>,
    /// Of the batch's names, those that are taken: by kind and key, the owner.
    pub(super) owners: HashMap<(String, String), String>,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// One for each submission.
    pub(super) outcomes: Vec<Outcome>,
    /// The accepted ones, by their place in the batch, and where they go.
    pub(super) accepted: Vec<(usize, Committed)>,
    /// Names that have another owner now, or none.
    pub(super) owners: HashMap<(String, String), Option<String>>,
}

/// Decides in the order of the batch; each submission sees what the accepted ones before it do.
pub(super) fn plan(batch: &[&Submission], mut facts: Facts, now: i64) -> Plan {
    let recorded_at = now.max(facts.recorded_at);
    let mut plan = Plan::default();
    let mut failed = HashSet::new();
    for (nth, submission) in batch.iter().enumerate() {
        let commit = &submission.commit;
        let stream = (
            commit.aggregate_type.to_owned(),
            commit.aggregate_id.clone(),
        );
        let outcome = facts.decide(submission, &stream, failed.contains(&stream));
        let outcome = outcome.map(|earlier| {
            earlier.unwrap_or_else(|| {
                let done = Committed {
                    first_position: facts.position + 1,
                    last_position: facts.position + commit.events.len() as u64,
                    last_sequence: commit.expected + commit.events.len() as u64,
                    recorded_at,
                };
                facts.accept(submission, &stream, done, &mut plan.owners);
                plan.accepted.push((nth, done));
                done
            })
        });
        if outcome.is_err() {
            failed.insert(stream);
        }
        plan.outcomes.push(outcome);
    }
    plan
}

impl Facts {
    /// `None` is yes; `Some` is our own earlier try.
    fn decide(
        &self,
        submission: &Submission,
        stream: &(String, String),
        predecessor_failed: bool,
    ) -> Result<Option<Committed>, CommitError> {
        let commit = &submission.commit;
        if let Some((by, record)) = self.commands.get(&commit.command_id) {
            if *by == submission.id {
                return Ok(Some(record.committed()));
            }
            return Err(CommitError::Duplicate(Box::new(record.clone())));
        }
        if predecessor_failed {
            return Err(CommitError::PredecessorFailed);
        }
        let head = self.heads.get(stream).copied().unwrap_or(0);
        if head != commit.expected {
            return Err(CommitError::Conflict { head });
        }
        for name in &commit.reserve {
            let owner = self.owners.get(&(name.kind.to_owned(), name.key.clone()));
            if owner.is_some_and(|owner| *owner != commit.aggregate_id) {
                return Err(CommitError::Reserved {
                    kind: name.kind.to_owned(),
                    key: name.key.clone(),
                });
            }
        }
        Ok(None)
    }

    fn accept(
        &mut self,
        submission: &Submission,
        stream: &(String, String),
        done: Committed,
        changed: &mut HashMap<(String, String), Option<String>>,
    ) {
        let commit = &submission.commit;
        let record = CommandRecord {
            command_id: commit.command_id,
            fingerprint: commit.fingerprint,
            aggregate_type: stream.0.clone(),
            aggregate_id: stream.1.clone(),
            first_position: done.first_position,
            last_position: done.last_position,
            first_sequence: commit.expected + 1,
            recorded_at: done.recorded_at,
        };
        self.commands
            .insert(commit.command_id, (submission.id, record));
        self.heads.insert(stream.clone(), done.last_sequence);
        self.position = done.last_position;
        for name in &commit.release {
            let name = (name.kind.to_owned(), name.key.clone());
            if self.owners.get(&name) == Some(&commit.aggregate_id) {
                self.owners.remove(&name);
                changed.insert(name, None);
            }
        }
        for name in &commit.reserve {
            let name = (name.kind.to_owned(), name.key.clone());
            self.owners
                .insert(name.clone(), commit.aggregate_id.clone());
            changed.insert(name, Some(commit.aggregate_id.clone()));
        }
    }
}
