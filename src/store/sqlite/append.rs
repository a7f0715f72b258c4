//! The append: one transaction on the writing connection, in two handovers to its thread.

use std::{collections::HashMap, sync::Arc};

use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        TurnChange,
        append::{AppendError, Outcome, Submission},
        log::{counted, hex, stored},
        sealing::SealedKey,
    },
    plan::{Facts, Plan, plan},
    records,
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

/// First: a batch rarely has names.
const WRITE_NAMES: &str = "
DELETE FROM reservations WHERE (kind, key) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?));
INSERT INTO reservations (kind, key, aggregate_id)
SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE value ->> 2 IS NOT NULL;
";

/// Second, where there are any.
const WRITE_TURNS: &str = "
INSERT INTO open_turns (turn, thread, owner, epoch)
SELECT value ->> 0, value ->> 1, value ->> 2, 1 FROM json_each(?);
DELETE FROM open_turns WHERE turn IN (SELECT value FROM json_each(?));
";

/// Third, where there are new ones.
const WRITE_KEYS: &str = "
INSERT INTO content_keys (subject_kind, subject, epoch, period, key, wrapping, day)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4), value ->> 5, value ->> 6
  FROM json_each(?) WHERE true
    ON CONFLICT DO NOTHING;
";

/// Last.
const WRITE_EVENTS: &str = "
INSERT INTO events (recorded_at, aggregate_type, aggregate_id, sequence, event_type, event_version,
                    payload, metadata, global_position)
SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?);
INSERT INTO commands (recorded_at, command_id, submission, fingerprint, aggregate_type, aggregate_id,
                      first_position, last_position, first_sequence)
SELECT ?, value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4,
       value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?);
UPDATE log_head SET recorded_at = ?, position = ?;
COMMIT;
";

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
            let (names, turns) = (names_of(&plan)?, turns_of(batch, &plan)?);
            let keys = keys_of(batch, &plan)?;
            let mut script = String::new();
            script.push_str(names.as_ref().map_or("", |_| WRITE_NAMES));
            script.push_str(turns.as_ref().map_or("", |_| WRITE_TURNS));
            script.push_str(keys.as_ref().map_or("", |_| WRITE_KEYS));
            script.push_str(WRITE_EVENTS);
            let mut write = sqlx::query(&script);
            if let Some(names) = names {
                write = write.bind(names.clone()).bind(names);
            }
            if let Some([opened, closed]) = turns {
                write = write.bind(opened).bind(closed);
            }
            if let Some(keys) = keys {
                write = write.bind(keys);
            }
            let [events, commands] = rows_of(batch, &plan)?;
            let last = plan.accepted.last().map(|(_, done)| done);
            let recorded_at = last.map(|done| done.recorded_at);
            let write = write.bind(recorded_at).bind(events);
            let write = write.bind(recorded_at).bind(commands);
            let write = write.bind(recorded_at);
            locked
                .run(write.bind(last.map(|done| stored(done.last_position))))
                .await?;
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

/// The accepted events and commands, each a JSON array of rows.
fn rows_of(batch: &[&Submission], plan: &Plan) -> Result<[String; 2], sqlx::Error> {
    let events = plan.accepted.iter().flat_map(|(nth, done)| {
        let commit = &batch[*nth].commit;
        commit.events.iter().zip(0..).map(move |(event, offset)| {
            (
                commit.aggregate_type,
                &commit.aggregate_id,
                commit.expected + 1 + offset,
                &event.event_type,
                &event.event_version,
                &event.payload,
                &commit.metadata,
                done.first_position + offset,
            )
        })
    });
    let commands = plan.accepted.iter().map(|(nth, done)| {
        let Submission { id, commit, .. } = batch[*nth];
        (
            commit.command_id,
            id,
            commit.fingerprint.map(|bytes| hex(&bytes)),
            commit.aggregate_type,
            &commit.aggregate_id,
            done.first_position,
            done.last_position,
            commit.expected + 1,
        )
    });
    Ok([json(events)?, json(commands)?])
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

/// Turns that are opened and closed, when the batch has any.
fn turns_of(batch: &[&Submission], plan: &Plan) -> Result<Option<[String; 2]>, sqlx::Error> {
    let (mut opened, mut closed) = (vec![], vec![]);
    for (nth, _) in &plan.accepted {
        for change in &batch[*nth].commit.turns {
            match change {
                TurnChange::Opened {
                    turn,
                    thread,
                    owner,
                } => opened.push((turn, thread, owner)),
                TurnChange::Closed { turn } => closed.push(turn),
            }
        }
    }
    if opened.is_empty() && closed.is_empty() {
        return Ok(None);
    }
    Ok(Some([json(opened.iter())?, json(closed.iter())?]))
}

/// Keys that content of the batch is sealed with for the first time, when there are any.
fn keys_of(batch: &[&Submission], plan: &Plan) -> Result<Option<String>, sqlx::Error> {
    let accepted = plan.accepted.iter();
    let keys: Vec<_> = accepted
        .flat_map(|(nth, _)| &batch[*nth].keys)
        .map(|new @ SealedKey { stored: key, .. }| {
            let name = &key.name;
            let (epoch, period) = (stored(name.epoch), stored(name.period));
            let (bytes, day) = (hex(&key.key), new.day.map(stored));
            (
                &name.kind,
                &name.subject,
                epoch,
                period,
                bytes,
                key.wrapping,
                day,
            )
        })
        .collect();
    if keys.is_empty() {
        return Ok(None);
    }
    json(keys.iter()).map(Some)
}

fn json<T: serde::Serialize>(rows: impl Iterator<Item = T>) -> Result<String, sqlx::Error> {
    let rows: Vec<T> = rows.collect();
    serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(error.into()))
}
