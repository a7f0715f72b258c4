//! The append: one call of `es_append`, one round trip.

use std::time::Duration;

use sqlx::{
    Row,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::time::timeout;

use super::{
    super::{
        CommandRecord, CommitError, Committed,
        append::{AppendError, Outcome, Submission},
        error::is_lost,
        log::counted,
    },
    columns,
    line::Line,
    settled,
};

const APPEND: &str =
    "SELECT * FROM es_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
    $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)";

/// The same, and keeps the keys of the commits that were made.
const APPEND_WITH_KEYS: &str = "
WITH done AS MATERIALIZED (
    SELECT * FROM es_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
        $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
), kept AS (
    INSERT INTO content_keys (subject_kind, subject, epoch, period, key, wrapping, day)
    SELECT k.kind, k.subject, k.epoch, k.period, k.key, k.wrapping, k.day
      FROM unnest($28, $29, $30, $31, $32, $33, $34, $35)
           AS k (nth, kind, subject, epoch, period, key, wrapping, day)
      JOIN done ON done.outcome = 'all' OR (done.outcome = 'committed' AND done.nth = k.nth)
        ON CONFLICT DO NOTHING
)
SELECT * FROM done";

/// A database that says nothing for so long is gone, or its answer is.
const PATIENCE: Duration = Duration::from_secs(10);

/// The writing end; the committer has it.
#[derive(Debug)]
pub(in crate::store) struct Appender {
    line: Box<Line>,
}

impl Appender {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            line: Box::new(Line::new(settled(options))),
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
        let append = if batch.iter().all(|submission| submission.keys.is_empty()) {
            columns::bind(sqlx::query(APPEND), batch)
        } else {
            columns::bind_keys(columns::bind(sqlx::query(APPEND_WITH_KEYS), batch), batch)
        };
        let rows = timeout(PATIENCE, append.fetch_all(connection)).await;
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

fn outcomes(batch: &[&Submission], rows: &[PgRow]) -> Result<Vec<Outcome>, sqlx::Error> {
    if let [row] = rows
        && row.try_get::<&str, _>("outcome")? == "all"
    {
        let (first, recorded_at) = (row.try_get("first_position")?, row.try_get("recorded_at")?);
        return Ok(all_committed(batch, counted(first), recorded_at));
    }
    let mut outcomes: Vec<Option<Outcome>> = batch.iter().map(|_| None).collect();
    for row in rows {
        let nth = counted(row.try_get("nth")?) as usize;
        let place = nth.wrapping_sub(1);
        if let (Some(outcome), Some(submission)) = (outcomes.get_mut(place), batch.get(place)) {
            *outcome = Some(outcome_of(submission, row)?);
        }
    }
    let outcomes: Option<Vec<_>> = outcomes.into_iter().collect();
    outcomes.ok_or_else(|| sqlx::Error::Decode("es_append left a commit unanswered".into()))
}

/// One after the other, from `first`.
fn all_committed(batch: &[&Submission], first: u64, recorded_at: i64) -> Vec<Outcome> {
    let mut next = first;
    let placed = batch.iter().map(|submission| {
        let commit = &submission.commit;
        let first_position = next;
        next += commit.events.len() as u64;
        Ok(Committed {
            first_position,
            last_position: next - 1,
            last_sequence: commit.expected + commit.events.len() as u64,
            recorded_at,
        })
    });
    placed.collect()
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
