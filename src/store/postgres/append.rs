//! The append: one call of `es_append`, one round trip.

use std::time::Duration;

use sqlx::{
    Postgres, Row,
    postgres::{PgArguments, PgConnectOptions, PgRow},
    query::Query,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    super::{
        CommandRecord, CommitError, TurnChange,
        append::{AppendError, Outcome, Submission},
        error::is_lost,
        log::{counted, stored},
    },
    line::Line,
};

const APPEND: &str = "SELECT * FROM es_append(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";

/// A database that says nothing for so long is gone, or its answer is.
const PATIENCE: Duration = Duration::from_secs(10);

/// The writing end; the committer has it.
#[derive(Debug)]
pub(in crate::store) struct Appender {
    line: Box<Line>,
}

impl Appender {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        // The function's plans are made once per connection, maybe when the tables are still empty:
        // they must be right for full ones.
        Self {
            line: Box::new(Line::new(options.options([
                ("plan_cache_mode", "force_generic_plan"),
                ("enable_seqscan", "off"),
                ("jit", "off"),
            ]))),
        }
    }

    pub(in crate::store) async fn append(
        &mut self,
        batch: &[&Submission],
    ) -> Result<Vec<Outcome>, AppendError> {
        let connection = match self.line.get().await {
            Ok(connection) => connection,
            // Nothing was sent.
            Err(error) => return Err(AppendError::Away(error.to_string())),
        };
        // All rows, and so the end of the transaction: the first ones come before its commit.
        let rows = timeout(PATIENCE, query(batch).fetch_all(connection)).await;
        let lost = match rows {
            Ok(Ok(rows)) => match outcomes(batch, &rows) {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) => error.to_string(),
            },
            Ok(Err(error)) if is_lost(&error) => error.to_string(),
            Ok(Err(error)) => return Err(AppendError::nothing_written(&error)),
            Err(_) => format!("no answer for {PATIENCE:?}"),
        };
        self.line.lost();
        Err(AppendError::Lost(lost))
    }
}

/// The batch in columns, as the function takes it.
fn query<'b>(batch: &[&'b Submission]) -> Query<'b, Postgres, PgArguments> {
    let mut commits = Commits::default();
    let mut events = Events::default();
    let mut names = Names::default();
    let mut turns = Turns::default();
    for (submission, nth) in batch.iter().zip(1_i64..) {
        let commit = &submission.commit;
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
    sqlx::query(APPEND)
        .bind(commits.command)
        .bind(commits.submission)
        .bind(commits.fingerprint)
        .bind(commits.aggregate_type)
        .bind(commits.aggregate_id)
        .bind(commits.expected)
        .bind(commits.events)
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

#[derive(Default)]
struct Commits<'b> {
    command: Vec<Uuid>,
    submission: Vec<Uuid>,
    fingerprint: Vec<Option<&'b [u8]>>,
    aggregate_type: Vec<&'b str>,
    aggregate_id: Vec<&'b str>,
    expected: Vec<i64>,
    events: Vec<i64>,
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

fn outcomes(batch: &[&Submission], rows: &[PgRow]) -> Result<Vec<Outcome>, sqlx::Error> {
    let mut outcomes: Vec<Option<Outcome>> = batch.iter().map(|_| None).collect();
    for row in rows {
        let nth = counted(row.try_get("nth")?) as usize;
        if let (Some(outcome), Some(submission)) = (outcomes.get_mut(nth - 1), batch.get(nth - 1)) {
            *outcome = Some(outcome_of(submission, row)?);
        }
    }
    let outcomes: Option<Vec<_>> = outcomes.into_iter().collect();
    outcomes.ok_or_else(|| sqlx::Error::Decode("es_append left a commit unanswered".into()))
}

fn outcome_of(submission: &Submission, row: &PgRow) -> Result<Outcome, sqlx::Error> {
    Ok(Err(match row.try_get("outcome")? {
        "committed" => return Ok(Ok(record(submission, row)?.committed())),
        "duplicate" => CommitError::Duplicate(Box::new(CommandRecord {
            aggregate_type: row.try_get("aggregate_type")?,
            aggregate_id: row.try_get("aggregate_id")?,
            ..record(submission, row)?
        })),
        "conflict" => CommitError::Conflict {
            head: counted(row.try_get("head")?),
        },
        "reserved" => CommitError::Reserved {
            kind: row.try_get("kind")?,
            key: row.try_get("key")?,
        },
        "predecessor" => CommitError::PredecessorFailed,
        other => {
            return Err(sqlx::Error::Decode(
                format!("es_append answered {other:?}").into(),
            ));
        }
    }))
}

/// What the row says of a commit that was made; of the submission's own stream.
fn record(submission: &Submission, row: &PgRow) -> Result<CommandRecord, sqlx::Error> {
    Ok(CommandRecord {
        command_id: submission.commit.command_id,
        fingerprint: super::records::fingerprint(row)?,
        aggregate_type: String::new(),
        aggregate_id: String::new(),
        first_position: counted(row.try_get("first_position")?),
        last_position: counted(row.try_get("last_position")?),
        first_sequence: counted(row.try_get("first_sequence")?),
        recorded_at: row.try_get("recorded_at")?,
    })
}
