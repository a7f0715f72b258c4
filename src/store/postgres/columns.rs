//! A batch in columns, as `es_append` takes it.

use std::collections::{HashMap, HashSet};

use sqlx::{Postgres, postgres::PgArguments, query::Query};
use uuid::Uuid;

use super::super::{
    Commit, Reservation, TurnChange, append::Submission, log::stored, sealing::SealedKey,
};

type Append<'q> = Query<'q, Postgres, PgArguments>;

/// Binds all parameters.
pub(super) fn bind<'b>(query: Append<'b>, batch: &[&'b Submission]) -> Append<'b> {
    let mut streams = Streams::default();
    let mut met = Met::default();
    let mut commits = Commits::default();
    let mut events = Events::default();
    let mut names = Names::default();
    let mut turns = Turns::default();
    for (submission, nth) in batch.iter().zip(1_i64..) {
        let commit = &submission.commit;
        met.a_commit(commit, &mut streams);
        commits.before.push(events.sequence.len() as i64);
        commits.command.push(commit.command_id);
        commits.submission.push(submission.id);
        commits
            .fingerprint
            .push(commit.fingerprint.as_ref().map(|bytes| &bytes[..]));
        commits.aggregate_type.push(commit.aggregate_type);
        commits.aggregate_id.push(&commit.aggregate_id);
        commits.expected.push(stored(commit.expected));
        commits.events.push(commit.events.len() as i64);
        for (event, sequence) in commit.events.iter().zip(commit.expected + 1..) {
            events.aggregate_type.push(commit.aggregate_type);
            events.aggregate_id.push(&commit.aggregate_id);
            events.sequence.push(stored(sequence));
            events.event_type.push(&event.event_type);
            events.version.push(&event.event_version);
            events.payload.push(&event.payload);
            events.metadata.push(&commit.metadata);
        }
        let released = commit.release.iter().map(|name| (false, name));
        for (take, name) in released.chain(commit.reserve.iter().map(|name| (true, name))) {
            met.a_name(name);
            names.commit.push(nth);
            names.take.push(take);
            names.kind.push(name.kind);
            names.key.push(&name.key);
        }
        for change in &commit.turns {
            let (turn, thread, owner) = match change {
                TurnChange::Opened {
                    turn,
                    thread,
                    owner,
                } => (turn, Some(thread.as_str()), Some(*owner)),
                TurnChange::Closed { turn } => (turn, None, None),
            };
            turns.commit.push(nth);
            turns.turn.push(*turn);
            turns.thread.push(thread);
            turns.owner.push(owner);
        }
    }
    query
        .bind(met.consistent)
        .bind(commits.command)
        .bind(commits.submission)
        .bind(commits.fingerprint)
        .bind(commits.aggregate_type)
        .bind(commits.aggregate_id)
        .bind(commits.expected)
        .bind(commits.events)
        .bind(commits.before)
        .bind(streams.aggregate_type)
        .bind(streams.aggregate_id)
        .bind(streams.expected)
        .bind(events.aggregate_type)
        .bind(events.aggregate_id)
        .bind(events.sequence)
        .bind(events.event_type)
        .bind(events.version)
        .bind(events.payload)
        .bind(events.metadata)
        .bind(names.commit)
        .bind(names.take)
        .bind(names.kind)
        .bind(names.key)
        .bind(turns.commit)
        .bind(turns.turn)
        .bind(turns.thread)
        .bind(turns.owner)
}

/// Binds the keys that the commits bring, after the rest.
pub(super) fn bind_keys<'b>(query: Append<'b>, batch: &[&'b Submission]) -> Append<'b> {
    let mut keys = Keys::default();
    for (submission, nth) in batch.iter().zip(1_i64..) {
        for new @ SealedKey { stored: key, .. } in &submission.keys {
            keys.commit.push(nth);
            keys.kind.push(&key.name.kind);
            keys.subject.push(&key.name.subject);
            keys.epoch.push(stored(key.name.epoch));
            keys.period.push(stored(key.name.period));
            keys.key.push(&key.key);
            keys.wrapping.push(key.wrapping);
            keys.day.push(new.day.map(stored));
        }
    }
    query
        .bind(keys.commit)
        .bind(keys.kind)
        .bind(keys.subject)
        .bind(keys.epoch)
        .bind(keys.period)
        .bind(keys.key)
        .bind(keys.wrapping)
        .bind(keys.day)
}

#[derive(Default)]
struct Keys<'b> {
    commit: Vec<i64>,
    kind: Vec<&'b str>,
    subject: Vec<&'b str>,
    epoch: Vec<i64>,
    period: Vec<i64>,
    key: Vec<&'b [u8]>,
    wrapping: Vec<i16>,
    day: Vec<Option<i64>>,
}

#[derive(Default)]
struct Commits<'b> {
    command: Vec<Uuid>,
    submission: Vec<Uuid>,
    fingerprint: Vec<Option<&'b [u8]>>,
    aggregate_type: Vec<&'b str>,
    aggregate_id: Vec<&'b str>,
    expected: Vec<i64>,
    events: Vec<i64>,
    /// Events of the commits before.
    before: Vec<i64>,
}

#[derive(Default)]
struct Streams<'b> {
    aggregate_type: Vec<&'b str>,
    aggregate_id: Vec<&'b str>,
    expected: Vec<i64>,
}

#[derive(Default)]
struct Events<'b> {
    aggregate_type: Vec<&'b str>,
    aggregate_id: Vec<&'b str>,
    sequence: Vec<i64>,
    event_type: Vec<&'b str>,
    version: Vec<&'b str>,
    payload: Vec<&'b str>,
    metadata: Vec<&'b str>,
}

#[derive(Default)]
struct Names<'b> {
    commit: Vec<i64>,
    take: Vec<bool>,
    kind: Vec<&'b str>,
    key: Vec<&'b str>,
}

#[derive(Default)]
struct Turns<'b> {
    commit: Vec<i64>,
    turn: Vec<Uuid>,
    thread: Vec<Option<&'b str>>,
    owner: Vec<Option<Uuid>>,
}

/// What was met so far in the batch, and whether it is at one with itself: the function then need
/// not look for quarrels within it.
struct Met<'b> {
    consistent: bool,
    commands: HashSet<Uuid>,
    /// The head of each stream, if all goes well.
    heads: HashMap<(&'b str, &'b str), u64>,
    names: HashSet<&'b Reservation>,
}

impl Default for Met<'_> {
    fn default() -> Self {
        Self {
            consistent: true,
            commands: HashSet::new(),
            heads: HashMap::new(),
            names: HashSet::new(),
        }
    }
}

impl<'b> Met<'b> {
    fn a_commit(&mut self, commit: &'b Commit, streams: &mut Streams<'b>) {
        self.consistent &= self.commands.insert(commit.command_id);
        let head = commit.expected + commit.events.len() as u64;
        match self
            .heads
            .insert((commit.aggregate_type, &commit.aggregate_id), head)
        {
            Some(before) => self.consistent &= before == commit.expected,
            None => {
                streams.aggregate_type.push(commit.aggregate_type);
                streams.aggregate_id.push(&commit.aggregate_id);
                streams.expected.push(stored(commit.expected));
            }
        }
    }

    fn a_name(&mut self, name: &'b Reservation) {
        self.consistent &= self.names.insert(name);
    }
}
