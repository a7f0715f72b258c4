//! Verifying an export with nothing but its files: no server, no database.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use tlog_tiles::{Hash, check_record, record_hash};

use super::{
    CHECKPOINT, EVENTS, Line, MANIFEST, Manifest, READABLE, SERVER, SIGNATURE, TRANSCRIPT,
    files::digest,
};
use crate::{
    audit::{
        key::{KeyError, Trusted},
        verify::{Finding, Progress},
    },
    store::{Recorded, leaf_of},
};

/// Findings that are told one by one.
const TOLD: usize = 100;

/// Why an export cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is none, or was broken off.
    #[error("{0} holds no finished export: there is no manifest.json that can be read")]
    Unfinished(PathBuf),
    /// A key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Events that were looked at.
    pub events: u64,
    /// Whether the key came with the export, so that only its own word vouches for it.
    pub own_key: bool,
    /// Whether the manifest has a signature. Without one, each event is proved for itself alone, and not which of them
    /// belong to the export, nor what the other files say.
    pub signed: bool,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The root that was signed, if it was.
    pub(super) root: Option<Hash>,
}

/// Looks at the export in this directory; `keys`: whose signatures are believed, or whoever's the export names.
///
/// # Errors
/// When it cannot be looked at. What is wrong with it is no error.
pub fn check(
    dir: &Path,
    keys: &[String],
    progress: impl Fn(Progress),
) -> Result<Checked, CheckError> {
    let unfinished = || CheckError::Unfinished(dir.to_owned());
    let manifest = fs::read(dir.join(MANIFEST)).map_err(|_| unfinished())?;
    let manifest: Manifest = serde_json::from_slice(&manifest).map_err(|_| unfinished())?;
    let (_, sha256) = digest(&dir.join(MANIFEST)).map_err(|_| unfinished())?;
    let plan = &manifest.plan;
    let mut checked = Checked {
        events: 0,
        own_key: keys.is_empty(),
        signed: false,
        findings: vec![],
        root: None,
    };
    let own = [plan.key.clone()];
    let keys = if keys.is_empty() { &own } else { keys };
    let trusted = Trusted::new(plan.origin.clone(), keys.iter().map(String::as_str))?;
    match fs::read_to_string(dir.join(SIGNATURE)) {
        Ok(note) => checked.signature(&trusted, &note, &sha256),
        // Made by an earlier version.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => checked.add(None, format!("{SIGNATURE}: {error}")),
    }
    for name in [EVENTS, CHECKPOINT, TRANSCRIPT, READABLE, SERVER] {
        if dir.join(name).exists() && !manifest.files.iter().any(|file| file.name == name) {
            let sentence = format!("{name} does not belong to it: {MANIFEST} does not name it");
            checked.add(None, sentence);
        }
    }
    for file in &manifest.files {
        // Names are of this directory, whatever somebody wrote.
        let path = dir.join(Path::new(&file.name).file_name().unwrap_or_default());
        match digest(&path) {
            Ok((bytes, sha256)) if (bytes, &sha256) == (file.bytes, &file.sha256) => {}
            Ok(_) => checked.add(
                None,
                format!("{} is not the file that was exported", file.name),
            ),
            Err(error) => checked.add(None, format!("{}: {error}", file.name)),
        }
    }
    let note = fs::read_to_string(dir.join(CHECKPOINT)).unwrap_or_default();
    let root = match trusted.check(&note) {
        Ok((size, root)) if size == plan.size => Some(root),
        Ok((size, _)) => {
            let sentence = format!(
                "the checkpoint is of {size} events, the export of {}",
                plan.size
            );
            checked.add(None, sentence);
            None
        }
        Err(error) => {
            checked.add(None, format!("the checkpoint: {error}"));
            None
        }
    };
    checked.root = root;
    let path = dir.join(EVENTS);
    let failed = |error| CheckError::File {
        path: path.clone(),
        error,
    };
    let mut lines = Lines {
        before: 0,
        sequences: HashMap::new(),
        whole: plan.selection.is_whole(),
        thread: plan.selection.thread.clone(),
        timed: plan.selection.from.is_some() || plan.selection.to.is_some(),
    };
    for line in BufReader::new(File::open(&path).map_err(failed)?).split(b'\n') {
        let line = line.map_err(failed)?;
        checked.events += 1;
        match serde_json::from_slice::<Line>(&line) {
            Ok(line) => lines.look(line, plan.size, root, &mut checked),
            Err(_) => {
                let sentence = format!("line {} of {EVENTS} is no event", checked.events);
                checked.add(None, sentence);
            }
        }
        if checked.events.is_multiple_of(1_000) {
            progress(Progress {
                done: checked.events,
                total: manifest.events,
            });
        }
    }
    let ends_with_the_log = lines.whole && plan.selection.to.is_none();
    if ends_with_the_log && lines.before < plan.size {
        let sentence = format!(
            "the events {} to {} are missing at the end",
            lines.before + 1,
            plan.size
        );
        checked.add(Some(lines.before + 1), sentence);
    }
    if checked.events != manifest.events {
        let sentence = format!(
            "the manifest names {} events, there are {}",
            manifest.events, checked.events
        );
        checked.add(None, sentence);
    }
    Ok(checked)
}

impl Checked {
    /// Looks whether this note vouches for the manifest with this hash.
    fn signature(&mut self, trusted: &Trusted, note: &str, sha256: &str) {
        self.signed = true;
        match trusted.check_export(note) {
            Ok(signed) if signed == sha256 => {}
            Ok(_) => self.add(
                None,
                format!("{MANIFEST} is not the one that was signed in {SIGNATURE}"),
            ),
            Err(error) => self.add(None, format!("{SIGNATURE}: {error}")),
        }
    }

    fn add(&mut self, position: Option<u64>, sentence: String) {
        if self.findings.len() < TOLD {
            self.findings.push(Finding { position, sentence });
        }
    }
}

/// What was seen of the events so far.
struct Lines {
    before: u64,
    /// The last sequence of each thread.
    sequences: HashMap<String, u64>,
    /// No event between the first and the last may be missing.
    whole: bool,
    thread: Option<String>,
    timed: bool,
}

impl Lines {
    fn look(&mut self, line: Line, size: u64, root: Option<Hash>, checked: &mut Checked) {
        let at = line.position;
        if at <= self.before {
            checked.add(
                Some(at),
                format!("event {at} does not come after event {}", self.before),
            );
        } else if self.whole && (self.before > 0 || !self.timed) && at > self.before + 1 {
            checked.add(
                Some(self.before + 1),
                format!("the events {} to {} are missing", self.before + 1, at - 1),
            );
        }
        self.before = self.before.max(at);
        if self.thread.as_ref() == Some(&line.aggregate_id) {
            let known = self
                .sequences
                .insert(line.aggregate_id.clone(), line.sequence);
            let follows = match known {
                Some(known) => line.sequence == known + 1,
                None => line.sequence == 1 || self.timed,
            };
            if !follows {
                checked.add(
                    Some(at),
                    format!("something of the thread is missing before event {at}"),
                );
            }
        }
        let Some(root) = root else { return };
        let proof: Option<Vec<Hash>> = line
            .proof
            .iter()
            .map(|hash| Hash::parse_hash(hash).ok())
            .collect();
        let leaf = leaf_of(&recorded(line));
        let proved = at > 0
            && at <= size
            && proof.is_some_and(|proof| {
                check_record(&proof, size, root, at - 1, record_hash(&leaf)).is_ok()
            });
        if !proved {
            checked.add(
                Some(at),
                format!("event {at} is not the one that was signed"),
            );
        }
    }
}

pub(super) fn recorded(line: Line) -> Recorded {
    Recorded {
        position: line.position,
        recorded_at: line.recorded_at,
        aggregate_type: line.aggregate_type,
        aggregate_id: line.aggregate_id,
        sequence: line.sequence,
        event_type: line.event_type,
        event_version: line.event_version,
        payload: line.payload,
        metadata: line.metadata,
    }
}
