//! The append: one transaction on the writing connection, in two handovers to its thread.

use std::{collections::HashMap, sync::Arc};

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        TurnChange,
        append::{AppendError, Outcome, Submission},
        log::{counted, stored},
        sealing::SealedKey,
    },
    plan::{Facts, Plan, plan},
    records,
    script::Script,
    writer::Writer,
};
use crate::clock;

/// Everything that the decision needs; the lock comes first, so it stays true until the end. One row, because each is
/// a message from the connection's thread.
const READ: &str = "
BEGIN IMMEDIATE;
SELECT position, recorded_at,
       (SELECT json_group_array((SELECT coalesce(max(sequence), 0) FROM events
                                  WHERE aggregate_type = asked.value ->> 0 AND aggregate_id = asked.value ->> 1)
                                ORDER BY asked.key)
          FROM json_each(?1) AS asked) AS heads,
       (SELECT count(*) FROM commands WHERE command_id IN (SELECT value FROM json_each(?2))) AS known,
       (SELECT json_group_array(json_array(kind, reservations.key, aggregate_id))
          FROM json_each(?3) AS asked
          JOIN reservations ON kind = asked.value ->> 0 AND reservations.key = asked.value ->> 1) AS taken
  FROM log_head;
";

/// Commands that were committed before: rarely there are any.
const READ_KNOWN: &str = "
SELECT commands.* FROM commands WHERE command_id IN (SELECT value FROM json_each(?1))";

// What is refused takes the whole transaction along: else SQLite keeps what every statement changes, to undo just that.

/// First: a batch rarely has names.
const WRITE_NAMES: &str = "
DELETE FROM reservations WHERE (kind, key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?));
INSERT OR ROLLBACK INTO reservations (kind, key, aggregate_id)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE value ->> 2 IS NOT NULL";

/// Second, where there are any.
const OPEN_TURNS: &str = "
INSERT OR ROLLBACK INTO open_turns (turn, thread, owner, epoch) SELECT * FROM";
const CLOSE_TURNS: &str = "
DELETE FROM open_turns WHERE turn IN (SELECT value FROM json_each(?))";

/// Third, where there are new ones.
const WRITE_KEYS: &str = "
INSERT OR ROLLBACK INTO content_keys (subject_kind, subject, epoch, period, key, wrapping, day) SELECT * FROM";

/// Last.
const WRITE_EVENTS: &str = "
INSERT OR ROLLBACK INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version,
                                payload, metadata, global_position, recorded_at)
SELECT * FROM";
const WRITE_COMMANDS: &str = "
INSERT OR ROLLBACK INTO commands (command_id, submission, fingerprint, aggregate_type, aggregate_id,
                                  first_position, last_position, first_sequence, recorded_at)
SELECT * FROM";
const MOVE_HEAD: &str = "
UPDATE log_head SET recorded_at = ?, position = ?;
COMMIT";

/// Of rows, those that are.
const ROWS: &str = "WHERE column1 IS NOT NULL";

/// The writing end; the committer has it.
#[derive(Debug)]
pub(in crate::store) struct Appender {
    writer: Arc<Writer>,
}

impl Appender {
    pub(super) fn new(writer: Arc<Writer>) -> Self {
        Self { writer }
    }

    pub(in crate::store) async fn append(
        &mut self,
        batch: &[&Submission],
    ) -> Result<Vec<Outcome>, AppendError> {
        self.transact(batch)
            .await
            .map_err(|error| AppendError::nothing_written(&error))
    }

    async fn transact(&self, batch: &[&Submission]) -> Result<Vec<Outcome>, sqlx::Error> {
        let commits = || batch.iter().map(|submission| &submission.commit);
        let streams = json(commits().map(|commit| (commit.aggregate_type, &commit.aggregate_id)))?;
        let commands = json(commits().map(|commit| commit.command_id))?;
        let names = json(
            commits()
                .flat_map(|commit| commit.reserve.iter().chain(&commit.release))
                .map(|name| (name.kind, &name.key)),
        )?;
        let mut locked = self.writer.lock().await?;
        let read = sqlx::query(READ)
            .bind(streams)
            .bind(commands.as_str())
            .bind(names);
        let rows = locked.run(read).await?;
        let known = match rows.first() {
            Some(row) if row.try_get::<i64, _>("known")? > 0 => {
                locked.run(sqlx::query(READ_KNOWN).bind(commands)).await?
            }
            _ => vec![],
        };
        let plan = match facts(batch, &rows, &known) {
            Ok(facts) => plan(batch, facts, clock::now_micros()),
            Err(error) => {
                locked.roll_back().await;
                return Err(error);
            }
        };
        if plan.accepted.is_empty() {
            locked.roll_back().await;
        } else {
            locked.run(script(batch, &plan)?.statement()).await?;
        }
        locked.release();
        Ok(plan.outcomes)
    }
}

/// The one row of [`READ`], and those of [`READ_KNOWN`].
fn facts(
    batch: &[&Submission],
    rows: &[SqliteRow],
    known: &[SqliteRow],
) -> Result<Facts, sqlx::Error> {
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    let heads: Vec<u64> = parsed(row, "heads")?;
    let streams = batch.iter().map(|submission| {
        let commit = &submission.commit;
        (
            commit.aggregate_type.to_owned(),
            commit.aggregate_id.clone(),
        )
    });
    let taken: Vec<(String, String, String)> = parsed(row, "taken")?;
    let owners = taken
        .into_iter()
        .map(|(kind, key, owner)| ((kind, key), owner));
    let mut facts = Facts {
        position: counted(row.try_get("position")?),
        recorded_at: row.try_get("recorded_at")?,
        heads: streams.zip(heads).collect(),
        commands: HashMap::new(),
        owners: owners.collect(),
    };
    for row in known {
        let record = records::command_of(row)?;
        let submission = records::uuid(row, "submission")?;
        facts
            .commands
            .insert(record.command_id, (submission, record));
    }
    Ok(facts)
}

fn parsed<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(row.try_get(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// What the accepted ones write.
fn script<'b>(batch: &[&'b Submission], plan: &'b Plan) -> Result<Script<'b>, sqlx::Error> {
    let mut script = Script::default();
    if let Some(names) = names_of(plan)? {
        script.add(WRITE_NAMES);
        script.bind(names.clone())?;
        script.bind(names)?;
    }
    let accepted = || plan.accepted.iter().map(|(nth, done)| (batch[*nth], done));
    write_turns(&mut script, accepted().map(|(submission, _)| submission))?;
    write_keys(&mut script, accepted().map(|(submission, _)| submission))?;
    let events: Vec<_> = accepted()
        .flat_map(|(Submission { commit, .. }, done)| {
            commit.events.iter().zip(0..).map(move |(event, offset)| {
                [
                    commit.aggregate_type.into(),
                    commit.aggregate_id.as_str().into(),
                    stored(commit.expected + 1 + offset).into(),
                    event.event_type.as_str().into(),
                    event.event_version.as_str().into(),
                    event.payload.as_str().into(),
                    commit.metadata.as_str().into(),
                    stored(done.first_position + offset).into(),
                    done.recorded_at.into(),
                ]
            })
        })
        .collect();
    script.rows(WRITE_EVENTS, events.into_iter(), ROWS)?;
    let commands: Vec<_> = accepted()
        .map(|(Submission { id, commit, .. }, done)| {
            [
                commit.command_id.to_string().into(),
                id.to_string().into(),
                commit.fingerprint.map(|bytes| bytes.to_vec()).into(),
                commit.aggregate_type.into(),
                commit.aggregate_id.as_str().into(),
                stored(done.first_position).into(),
                stored(done.last_position).into(),
                stored(commit.expected + 1).into(),
                done.recorded_at.into(),
            ]
        })
        .collect();
    script.rows(WRITE_COMMANDS, commands.into_iter(), ROWS)?;
    script.add(MOVE_HEAD);
    let last = plan.accepted.last().map(|(_, done)| done);
    script.bind(last.map(|done| done.recorded_at))?;
    script.bind(last.map(|done| stored(done.last_position)))?;
    Ok(script)
}

/// Names that have another owner now, or none; when the batch has any.
fn names_of(plan: &Plan) -> Result<Option<String>, sqlx::Error> {
    if plan.owners.is_empty() {
        return Ok(None);
    }
    let owners = plan.owners.iter();
    let owners = owners.map(|((kind, key), owner)| (kind, key, owner));
    json(owners).map(Some)
}

/// Turns that are opened and closed.
fn write_turns<'b>(
    script: &mut Script<'b>,
    accepted: impl Iterator<Item = &'b Submission>,
) -> Result<(), sqlx::Error> {
    let (mut opened, mut closed) = (vec![], vec![]);
    for change in accepted.flat_map(|submission| &submission.commit.turns) {
        match change {
            TurnChange::Opened {
                turn,
                thread,
                owner,
            } => opened.push([
                turn.to_string().into(),
                thread.as_str().into(),
                owner.to_string().into(),
                1_i64.into(),
            ]),
            TurnChange::Closed { turn } => closed.push(turn),
        }
    }
    script.rows(OPEN_TURNS, opened.into_iter(), ROWS)?;
    if !closed.is_empty() {
        script.add(CLOSE_TURNS);
        script.bind(json(closed.into_iter())?)?;
    }
    Ok(())
}

/// Keys that content of the batch is sealed with for the first time.
fn write_keys<'b>(
    script: &mut Script<'b>,
    accepted: impl Iterator<Item = &'b Submission>,
) -> Result<(), sqlx::Error> {
    let keys: Vec<_> = accepted
        .flat_map(|submission| &submission.keys)
        .map(
            |SealedKey {
                 stored: key, day, ..
             }| {
                [
                    key.name.kind.as_str().into(),
                    key.name.subject.as_str().into(),
                    stored(key.name.epoch).into(),
                    stored(key.name.period).into(),
                    key.key.clone().into(),
                    i64::from(key.wrapping).into(),
                    day.map(stored).into(),
                ]
            },
        )
        .collect();
    let after = format!("{ROWS} ON CONFLICT DO NOTHING");
    script.rows(WRITE_KEYS, keys.into_iter(), &after)
}

fn json<T: serde::Serialize>(rows: impl Iterator<Item = T>) -> Result<String, sqlx::Error> {
    let rows: Vec<T> = rows.collect();
    serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(error.into()))
}
