//! Taking a whole export in: an empty database gets the events as they are, position by position, with the keys and
//! names beside them, so that a server goes on where the other one was when it was exported.
//!
//! While it is filled the database has a mark that keeps servers and commands away; killed, the same import goes on at the
//! event where it was. The mark goes when the tree over what was written has the root that was signed over there.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use tlog_tiles::{Hash, record_hash};

use super::{
    CheckError, EVENTS, FORMAT, Line, Plan, SERVER, Selection,
    check::{check, recorded},
    files::manifest,
};
use crate::{
    audit::{
        tree::Edge,
        verify::{Finding, Progress},
    },
    store::{BesideRow, Recorded, Store, StoreError},
};

/// Events or rows that are written together, and their bytes.
const TOGETHER: usize = 1_000;
const MOST: usize = 8 << 20;
/// Events that are hashed at a time.
const PAGE: u32 = 1_000;

/// What was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// Events.
    pub events: u64,
    /// Whether the key came with the export, so that only its own word vouches for it.
    pub own_key: bool,
}

/// Why an export was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum TakeInError {
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It cannot be looked at.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// It is a part, or its contents could not be read.
    #[error(
        "no server could go on with this export: it was made without keys, or of a part of the record (`colloquy audit \
         export --with-keys` makes one of all; `colloquy audit verify --export` checks this one)"
    )]
    Part,
    /// It is of another version.
    #[error("this export was made by another version, whose format is not known here")]
    Format,
    /// It is not what was signed.
    #[error("the export is not what was signed\n{}", .0.iter().map(|finding| &*finding.sentence).collect::<Vec<_>>().join("\n"))]
    Changed(Vec<Finding>),
    /// There is a record.
    #[error(
        "there is a record here already, {0} events long; an export is put into an empty data directory or database only"
    )]
    NotEmpty(u64),
    /// A server.
    #[error("a server runs on this database; stop it first")]
    Served,
    /// Another one was begun.
    #[error(
        "the import of another export was broken off here; finish that one, or begin in an empty place"
    )]
    Other,
    /// Somebody else writes.
    #[error("somebody else writes to this record meanwhile; begin again in an empty place")]
    Moved,
    /// A line.
    #[error("line {line} of {file} cannot be read")]
    Line {
        /// Of which file.
        file: &'static str,
        /// The how manieth.
        line: usize,
    },
    /// The end is another one.
    #[error("what was written is not what was signed over there; begin again in an empty place")]
    Differs,
    /// The log.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether a directory holds a finished export of this program.
#[must_use]
pub fn is_export(dir: &Path) -> bool {
    manifest(dir).is_some()
}

/// Puts the export in this directory into an empty store; `keys`: whose signatures are believed, or whoever's the
/// export names. `progress` is told what is being done.
///
/// # Errors
/// When it is no whole export, or not as it was signed, or there is a record here, or a database does not answer.
pub async fn take_in(
    store: &Store,
    dir: &Path,
    keys: &[String],
    progress: impl Fn(&'static str, Progress),
) -> Result<TakenIn, TakeInError> {
    let manifest = manifest(dir).ok_or_else(|| CheckError::Unfinished(dir.to_owned()))?;
    let plan = &manifest.plan;
    if !plan.with_keys || plan.selection != Selection::default() {
        return Err(TakeInError::Part);
    }
    if plan.format != FORMAT {
        return Err(TakeInError::Format);
    }
    if !manifest.files.iter().any(|file| file.name == SERVER) {
        return Err(TakeInError::Part);
    }
    let import = plan.export.to_string();
    if !store.begin_filling(&import).await? {
        return Err(match store.unfinished().await? {
            Some(_) => TakeInError::Other,
            None => TakeInError::NotEmpty(store.head().await?),
        });
    }
    let mut written = store.head().await? > 0;
    let filled = fill(store, dir, keys, plan, &mut written, progress).await;
    // What has not begun leaves no trace.
    if filled.is_ok() || !written {
        store.end_filling().await?;
    }
    filled
}

/// Only this process works on the store meanwhile. The rows come last: until the mark goes nobody misses them.
async fn fill(
    store: &Store,
    dir: &Path,
    keys: &[String],
    plan: &Plan,
    written: &mut bool,
    progress: impl Fn(&'static str, Progress),
) -> Result<TakenIn, TakeInError> {
    if store.has_live_node().await? {
        return Err(TakeInError::Served);
    }
    let checked = check(dir, keys, |done| progress("checking", done))?;
    let (Some(root), true) = (checked.root, checked.findings.is_empty()) else {
        return Err(TakeInError::Changed(checked.findings));
    };
    // All of them are looked at before anything is written.
    let mut lines = Lines::open(dir, SERVER)?;
    while let Some((row, _)) = lines.next::<BesideRow>()? {
        if !row.fits(plan.size) {
            return Err(lines.unreadable());
        }
    }
    let mut head = store.head().await?;
    let mut events: Together<Recorded> = Together::default();
    let mut lines = Lines::open(dir, EVENTS)?;
    while let Some((line, bytes)) = lines.next::<Line>()? {
        if line.position <= head {
            continue;
        }
        if events.are_many_with(bytes) {
            head = put(store, events.take(), written).await?;
            let (done, total) = (head, plan.size);
            progress("importing", Progress { done, total });
        }
        events.push(recorded(line), bytes);
    }
    put(store, events.take(), written).await?;
    if root_of(store, plan.size, |done| progress("comparing", done)).await? != Some(root) {
        return Err(TakeInError::Differs);
    }
    put_rows(store, dir).await?;
    Ok(TakenIn {
        events: plan.size,
        own_key: checked.own_key,
    })
}

/// What is put there twice is the same.
async fn put_rows(store: &Store, dir: &Path) -> Result<(), TakeInError> {
    let mut rows: Together<BesideRow> = Together::default();
    let mut lines = Lines::open(dir, SERVER)?;
    while let Some((row, bytes)) = lines.next::<BesideRow>()? {
        if rows.are_many_with(bytes) {
            store.put_beside(rows.take()).await?;
        }
        rows.push(row, bytes);
    }
    Ok(store.put_beside(rows.take()).await?)
}

/// The position of the last of them. Where the database does not answer they may have been written all the same.
async fn put(store: &Store, events: Vec<Recorded>, written: &mut bool) -> Result<u64, TakeInError> {
    let last = events.last().map_or(0, |last| last.position);
    let before = std::mem::replace(written, true);
    if store.put_events(&events).await? {
        return Ok(last);
    }
    *written = before;
    Err(TakeInError::Moved)
}

/// The root of the tree over the events as they are stored; `None` when there are not so many.
async fn root_of(
    store: &Store,
    size: u64,
    progress: impl Fn(Progress),
) -> Result<Option<Hash>, StoreError> {
    let (mut edge, mut full) = (Edge::default(), vec![]);
    let mut position = 0;
    loop {
        let leaves = store.leaves_after(position, PAGE).await?;
        let Some(last) = leaves.last() else { break };
        for (_, leaf) in leaves.iter() {
            edge.push(record_hash(leaf), &mut full);
        }
        full.clear();
        position = last;
        progress(Progress {
            done: position,
            total: size,
        });
    }
    Ok(match (edge.size(), position) == (size, size) {
        true => edge.root().ok(),
        false => None,
    })
}

/// What is written together.
struct Together<T> {
    things: Vec<T>,
    bytes: usize,
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self {
            things: vec![],
            bytes: 0,
        }
    }
}

impl<T> Together<T> {
    /// Whether so many bytes more would be too many.
    fn are_many_with(&self, bytes: usize) -> bool {
        let many = self.things.len() >= TOGETHER || self.bytes + bytes > MOST;
        many && !self.things.is_empty()
    }

    fn push(&mut self, thing: T, bytes: usize) {
        self.things.push(thing);
        self.bytes += bytes;
    }

    fn take(&mut self) -> Vec<T> {
        self.bytes = 0;
        std::mem::take(&mut self.things)
    }
}

/// A file of JSON, an object a line.
struct Lines {
    name: &'static str,
    path: PathBuf,
    file: BufReader<File>,
    read: usize,
    line: Vec<u8>,
}

impl Lines {
    fn open(dir: &Path, name: &'static str) -> Result<Self, TakeInError> {
        let path = dir.join(name);
        match File::open(&path) {
            Ok(file) => Ok(Self {
                name,
                path,
                file: BufReader::new(file),
                read: 0,
                line: vec![],
            }),
            Err(error) => Err(TakeInError::File { path, error }),
        }
    }

    /// The next object, and how many bytes it has.
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<(T, usize)>, TakeInError> {
        self.line.clear();
        let read = self.file.read_until(b'\n', &mut self.line);
        let bytes = read.map_err(|error| TakeInError::File {
            path: self.path.clone(),
            error,
        })?;
        if bytes == 0 {
            return Ok(None);
        }
        self.read += 1;
        match serde_json::from_slice(&self.line) {
            Ok(object) => Ok(Some((object, bytes))),
            Err(_) => Err(self.unreadable()),
        }
    }

    /// Of the line that was read last.
    fn unreadable(&self) -> TakeInError {
        TakeInError::Line {
            file: self.name,
            line: self.read,
        }
    }
}
