//! Exports: a part of the record in files, with everything that proves it, for somebody who has nothing else.
//!
//! A directory with
//! - `events.jsonl`: each event as it is stored (content sealed), with its inclusion proof; its leaf is made of it again
//!   ([`crate::store::leaf_of`]),
//! - `checkpoint.txt`: the signed checkpoint that all proofs lead to,
//! - `transcript.html`: the conversations, to be read; with their content when a reason was given,
//! - `readable.jsonl`: the events with their content, when a reason was given,
//! - `server.jsonl`, when a server is to go on with it ([`take_in`]): the keys of contents, names, attachments, and what is
//!   under way,
//! - `manifest.json`: what was asked for, by whom and why, and the size and SHA-256 of every file. It comes when they are
//!   there: a directory without it holds an export that was broken off,
//! - `manifest.note`: the notary's signature of the manifest. A proof says of an event that it is in the record; this says
//!   which events belong to the export, and that what is there to be read is as it was made.
//!
//! `plan.json` is there while it is made. Begun again, an export follows its plan, so it ends as it would have ended.

mod archive;
mod beside;
mod check;
mod files;
mod selection;
mod take_in;
mod transcript;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use aggregates::{
    CompletionId, ThreadId, UserId, completion::Completion, export::Exported, thread::Thread,
};
use cqrs_es::Aggregate;
use serde::{Deserialize, Serialize};
use signed_note::NoteError;
use uuid::Uuid;

pub use self::{
    archive::{Archive, ArchiveError, Archives, MOST_EVENTS, Planned},
    check::{CheckError, check},
    files::{give_up, take},
    selection::Selection,
    take_in::{TakeInError, TakenIn, is_export, take_in},
};
use self::{
    files::{Writer, digest, failed, forget_plan, listed, manifest, put},
    selection::Selected,
    transcript::Transcript,
};
use super::{
    is_written,
    key::{NotaryKey, unchecked},
    proof::{ProofError, Prover},
    shown,
    trail::{Moment, Trail},
    verify::Progress,
    written_in,
};
use crate::{
    clock,
    store::{Recorded, Store, StoreError},
};

/// The version of the format.
const FORMAT: u32 = 1;
const PLAN: &str = "plan.json";
const MANIFEST: &str = "manifest.json";
const SIGNATURE: &str = "manifest.note";
const EVENTS: &str = "events.jsonl";
const CHECKPOINT: &str = "checkpoint.txt";
const READABLE: &str = "readable.jsonl";
const TRANSCRIPT: &str = "transcript.html";
const SERVER: &str = "server.jsonl";

/// What is exported, and up to where.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Plan {
    format: u32,
    /// Its name, which its event has, too.
    pub export: Uuid,
    /// Who exports.
    pub by: UserId,
    /// Why; without a reason there is no content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What.
    pub selection: Selection,
    /// What is kept from whoever exports.
    #[serde(default)]
    kept: Kept,
    /// Whether a server can go on with it.
    #[serde(default)]
    pub with_keys: bool,
    /// Whether what a server needs for that is there.
    #[serde(default)]
    settled: bool,
    created_at: Option<String>,
    /// Whose signature the checkpoint has.
    key: String,
    origin: String,
    /// Events up to this position.
    pub size: u64,
}

/// What is kept from whoever exports a part of the record; nothing, from who may read all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct Kept {
    /// Which other threads and completions were read together with the one that is exported.
    pub others: bool,
    /// What completions say.
    pub completions: bool,
}

/// What an export will have in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The threads whose events are in it.
    pub threads: Vec<ThreadId>,
    /// The completions of which it shows what they say, if a reason is given.
    pub completions: Vec<CompletionId>,
    /// How many events.
    pub events: u64,
}

#[derive(Deserialize, Serialize)]
struct Manifest {
    #[serde(flatten)]
    plan: Plan,
    events: u64,
    /// Events that would tell what is kept from whoever exports. As they are stored they could not be proved in part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
    files: Vec<Listed>,
}

#[derive(Deserialize, Serialize)]
struct LeftOut {
    events: u64,
    why: String,
}

#[derive(Deserialize, Serialize)]
struct Listed {
    name: String,
    bytes: u64,
    sha256: String,
}

/// An event of an export.
#[derive(Deserialize, Serialize)]
struct Line {
    position: u64,
    recorded_at: i64,
    aggregate_type: String,
    aggregate_id: String,
    sequence: u64,
    event_type: String,
    event_version: String,
    payload: String,
    metadata: String,
    proof: Vec<String>,
}

/// Why an export was not made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The directory.
    #[error("{path}: {error}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Something else is there.
    #[error("{0} holds a finished export; choose another directory")]
    Finished(PathBuf),
    /// Another beginning is there.
    #[error(
        "{0} holds the beginning of another export; finish that one, or choose another directory"
    )]
    Other(PathBuf),
    /// Somebody else is at it.
    #[error(
        "another export is being made in {0}; wait until it has ended, or choose another directory"
    )]
    Busy(PathBuf),
    /// There is no such thing.
    #[error("there is nothing in this part of the record that is signed yet")]
    Nothing,
    /// There is nothing that could be proved.
    #[error("the notary has signed nothing yet: start the server once, and export then")]
    NothingSigned,
    /// More happens than is signed.
    #[error(
        "{signed} of {head} events are signed, and an export with keys needs all of them: start the server if none \
         runs, or wait for a moment in which nobody writes"
    )]
    Unsigned {
        /// Events that are.
        signed: u64,
        /// Events that there are.
        head: u64,
    },
    /// The signature.
    #[error("the export's manifest could not be signed: {0}")]
    Unsignable(#[from] NoteError),
    /// A proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Plan {
    /// Begins an export in this directory, or goes on with one that was broken off.
    ///
    /// # Errors
    /// When the directory holds something else, or the log has nothing to export.
    pub async fn begin(
        store: &Store,
        dir: &Path,
        key: &str,
        selection: Selection,
        with_keys: bool,
        (by, reason): (UserId, Option<String>),
    ) -> Result<Self, ExportError> {
        let path = dir.join(PLAN);
        match fs::read(&path) {
            Ok(known) => {
                let known: Option<Self> = serde_json::from_slice(&known).ok();
                let same = |known: &Self| {
                    (&known.selection, known.by, &known.reason) == (&selection, by, &reason)
                        && (known.with_keys, &*known.key) == (with_keys, key)
                };
                return known
                    .filter(same)
                    .ok_or_else(|| ExportError::Other(dir.to_owned()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if dir.join(MANIFEST).exists() {
                    return Err(ExportError::Finished(dir.to_owned()));
                }
            }
            Err(error) => return Err(failed(&path)(error)),
        }
        crate::config::make_private(dir).map_err(failed(dir))?;
        let last = store.last_checkpoint().await?;
        let last = last.ok_or(ExportError::NothingSigned)?;
        let (origin, size, _) = unchecked(&last.note).ok_or(ProofError::Damaged)?;
        let plan = Self {
            format: FORMAT,
            export: Uuid::now_v7(),
            by,
            reason,
            selection,
            kept: Kept::default(),
            with_keys,
            settled: false,
            created_at: shown::time(clock::now_micros()),
            key: key.to_owned(),
            origin,
            size,
        };
        put(&dir.join(CHECKPOINT), last.note.as_bytes())?;
        put(&path, &pretty(&plan)?)?;
        Ok(plan)
    }

    /// Writes down what a server needs beside the events, if it is to go on with them. This export is then of the record as
    /// it is now: what was noted about it before goes along.
    ///
    /// # Errors
    /// When more happens than is signed, a file cannot be written, or the database does not answer.
    pub async fn settle(&mut self, store: &Store, dir: &Path) -> Result<(), ExportError> {
        if !self.with_keys || self.settled {
            return Ok(());
        }
        let signed = beside::write(store, dir).await?;
        self.size = signed.size;
        self.settled = true;
        put(&dir.join(CHECKPOINT), signed.note.as_bytes())?;
        put(&dir.join(PLAN), &pretty(self)?)
    }

    /// What the record keeps of it.
    #[must_use]
    pub fn noted(&self) -> Exported {
        let selection = &self.selection;
        Exported {
            reader: self.by,
            thread: selection.thread.as_ref().and_then(|id| id.parse().ok()),
            user: selection.user.as_ref().and_then(|id| id.parse().ok()),
            flagged: selection.flagged,
            from: selection.from,
            to: selection.to,
            up_to: self.size,
            reason: self.reason.clone(),
            with_keys: self.with_keys,
        }
    }

    /// What will be in it; `None` where that is more than so many events, or bytes of what they say.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn survey(
        &self,
        store: &Store,
        (most_events, most_bytes): (u64, u64),
    ) -> Result<Option<Survey>, StoreError> {
        // Nothing that is left out could make it fit.
        if self.selection.is_everything() && self.size > most_events {
            return Ok(None);
        }
        let (mut threads, mut completions) = (BTreeSet::new(), BTreeSet::new());
        let (mut count, mut bytes) = (0, 0);
        let mut selected = Selected::of(store, &self.selection, self.size).await?;
        while let Some(events) = selected.next(store).await? {
            for event in &events {
                bytes += event.payload.len() as u64;
                if event.aggregate_type == Thread::TYPE && selected.is_about(&event.aggregate_id) {
                    threads.extend(event.aggregate_id.parse::<ThreadId>());
                }
            }
            let shown = events.iter().filter(|event| self.shows(event));
            completions.extend(written_in(shown).1);
            count += events.len() as u64;
            if count > most_events || bytes > most_bytes {
                return Ok(None);
            }
        }
        Ok(Some(Survey {
            threads: threads.into_iter().collect(),
            completions: completions.into_iter().collect(),
            events: count,
        }))
    }

    /// Whether, with a reason, it is shown what people or models wrote in this event.
    fn shows(&self, event: &Recorded) -> bool {
        let is_kept = event.aggregate_type == Completion::TYPE && self.kept.completions;
        is_written(event) && !is_kept
    }

    /// Writes everything, signed with the notary's key; the answer is the number of events.
    ///
    /// # Errors
    /// When a file cannot be written, or the database does not answer.
    pub async fn write(
        &self,
        store: &Store,
        dir: &Path,
        key: &NotaryKey,
        threads: &[ThreadId],
        progress: impl Fn(Progress),
    ) -> Result<u64, ExportError> {
        // It was broken off when only its plan was still to go. A manifest without the signature is made again with all
        // that it names: nothing is signed that was not written just now.
        if let Some(made) = manifest(dir).filter(|made| made.plan.export == self.export)
            && fs::read_to_string(dir.join(SIGNATURE)).ok() == Some(self.signature(dir, key)?)
        {
            forget_plan(dir)?;
            return Ok(made.events);
        }
        let content = self.reason.is_some();
        let mut files = vec![CHECKPOINT, EVENTS, TRANSCRIPT];
        if self.with_keys {
            files.push(SERVER);
        }
        let mut events = Writer::create(dir, EVENTS)?;
        let mut readable = None;
        if content {
            files.push(READABLE);
            readable = Some(Writer::create(dir, READABLE)?);
        }
        let mut prover = Prover::new(store.clone(), self.size);
        let mut selected = Selected::of(store, &self.selection, self.size).await?;
        let said_in = self.selection.said_in();
        let (mut count, mut left_out) = (0, 0);
        while let Some(page) = selected.next(store).await? {
            for event in &page {
                if self.kept.others
                    && said_in.is_some_and(|said_in| shown::names_others(event, said_in))
                {
                    left_out += 1;
                    continue;
                }
                count += 1;
                let proof = prover.inclusion(event.position).await?;
                events.line(&line(
                    event,
                    proof.iter().map(ToString::to_string).collect(),
                ))?;
            }
            if let Some(readable) = &mut readable {
                for event in store.with_content(page).await? {
                    let content = self.shows(&event);
                    readable.line(&match said_in {
                        Some(said_in) => shown::event_of(&event, content, said_in),
                        None => shown::event(&event, content),
                    })?;
                }
            }
            progress(Progress {
                done: selected.reached(),
                total: self.size,
            });
        }
        events.finish()?;
        if let Some(readable) = readable {
            readable.finish()?;
        }
        let mut transcript =
            Transcript::begin(Writer::create(dir, TRANSCRIPT)?, &self.origin, content)?;
        let trail = Trail::new(store.clone());
        for thread in threads {
            let thread = thread.to_string();
            let whole = Moment::Position(self.size);
            let moment = self.selection.to.map_or(whole, |to| Moment::Time(to - 1));
            let [mut at] = trail.thread_at(&thread, [moment]).await?;
            // Of what happened in time a part may not be signed yet.
            if at.as_ref().is_some_and(|at| at.position > self.size) {
                [at] = trail.thread_at(&thread, [whole]).await?;
            }
            if let Some(at) = at {
                let kept = trail.kept(&thread, &at).await?;
                transcript.thread(&thread, &at, kept, self.selection.from)?;
            }
        }
        transcript.finish()?;
        self.seal(dir, key, (count, left_out), &files)?;
        Ok(count)
    }

    /// The manifest comes when everything else is there, and then its signature.
    fn seal(
        &self,
        dir: &Path,
        key: &NotaryKey,
        (events, left_out): (u64, u64),
        files: &[&str],
    ) -> Result<(), ExportError> {
        let listed: Result<_, ExportError> = files.iter().map(|name| listed(dir, name)).collect();
        let manifest = Manifest {
            plan: self.clone(),
            events,
            left_out: (left_out > 0).then(|| LeftOut {
                events: left_out,
                why: format!(
                    "these readings name other threads and completions, too, and who exported this may not read the whole \
                     record; without those names they are in {READABLE}, if a reason was given"
                ),
            }),
            files: listed?,
        };
        put(&dir.join(MANIFEST), &pretty(&manifest)?)?;
        let signature = self.signature(dir, key)?;
        put(&dir.join(SIGNATURE), signature.as_bytes())?;
        forget_plan(dir)
    }

    /// Of the manifest that is there. It is always the same: Ed25519 has no chance in it.
    fn signature(&self, dir: &Path, key: &NotaryKey) -> Result<String, ExportError> {
        let path = dir.join(MANIFEST);
        let (_, sha256) = digest(&path).map_err(failed(&path))?;
        Ok(key.sign_export(&self.origin, &sha256)?)
    }
}

fn line(event: &Recorded, proof: Vec<String>) -> Line {
    let event = event.clone();
    Line {
        position: event.position,
        recorded_at: event.recorded_at,
        aggregate_type: event.aggregate_type,
        aggregate_id: event.aggregate_id,
        sequence: event.sequence,
        event_type: event.event_type,
        event_version: event.event_version,
        payload: event.payload,
        metadata: event.metadata,
        proof,
    }
}

fn pretty(value: &impl Serialize) -> Result<Vec<u8>, ExportError> {
    serde_json::to_vec_pretty(value).map_err(|error| StoreError::Refused(error.to_string()).into())
}
