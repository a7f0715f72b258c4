//! Making a backup, beside a running server or without one.
//!
//! What is copied when matters. Keys and the anchor come first: the server's and the notary's key are made before the first
//! event is written, and an anchor that is older than the log fits it, while a younger one would know of events that the
//! log's copy lacks. Then the drafts, then the log, as `store/sqlite/copy.rs` tells. What content is sealed with, and every
//! attachment, are in the log's own file and so of the same moment: no event's key or bytes can be missing, and what was
//! erased before that moment is not in it. Attachments in a bucket are brought into that file afterwards, but for what was
//! erased meanwhile. Of the drafts, those are dropped that the copied log knows no running reply for:
//! it may have been erased between the two.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{
    Progress,
    error::{BackupError, failed},
    manifest::{Database, Listed, Manifest},
};
use crate::{
    audit::{
        anchor::Anchor,
        key::Trusted,
        shown,
        verify::{Report, verify},
    },
    clock,
    config::{Config, DatabaseUrl, make_private},
    files,
    store::{Store, StoreConfig},
};

/// There while it is made; holds the log's id.
const MARK: &str = "backup.unfinished";
const KEYS: &str = "keys";
const ANCHOR: &str = "anchor.jsonl";

/// A finished backup.
#[derive(Debug)]
pub struct Taken {
    /// What it consists of.
    pub manifest: Manifest,
    /// Whether the copy is as it was signed; none with PostgreSQL, whose record is not copied.
    pub report: Option<Report>,
    /// Attachments that should have been in the bucket, and were not.
    pub lost: u64,
}

/// Makes a backup of this record in `dir`, and verifies it.
///
/// # Errors
/// When the directory holds something else, a file cannot be copied, or the database does not answer. Then there is no
/// manifest, and it can be begun again.
pub async fn take(
    store: &Store,
    store_config: &StoreConfig,
    config: &Config,
    trusted: &Trusted,
    dir: &Path,
    progress: impl Fn(Progress),
) -> Result<Taken, BackupError> {
    if store.head().await? == 0 {
        return Err(BackupError::Empty);
    }
    let log = store.log_id().await?;
    let mark = begin(dir, log)?;
    let mut names = copy_keys(&config.data_dir, dir)?;
    let copied = store
        .copy_into(dir, |done, total| {
            progress(Progress {
                doing: "copying",
                done,
                total,
            });
        })
        .await?;
    let (head, report, lost) = match copied {
        true => {
            names.extend(["drafts.db", "log.db"].map(str::to_owned));
            let copy = open(store_config, dir).await?;
            let lost = store
                .fill_copy(&copy, |done, total| {
                    progress(Progress {
                        doing: "fetching attachments",
                        done,
                        total,
                    });
                })
                .await?;
            let (head, report) = look_over(&copy, trusted, dir, &progress).await?;
            (head, Some(report), lost)
        }
        false => (store.head().await?, None, 0),
    };
    let files = list(dir, names, &progress)?;
    let database = Database::of(&config.database);
    let created_at = shown::time(clock::now_micros());
    let manifest = Manifest::new(created_at, database, log, head, files);
    manifest.write(dir)?;
    // What restores it reads it in the same way.
    let manifest = Manifest::read(dir)?;
    drop(mark);
    let mark = dir.join(MARK);
    fs::remove_file(&mark).map_err(failed(&mark))?;
    Ok(Taken {
        manifest,
        report,
        lost,
    })
}

/// Takes an empty directory, or one in which a backup of this log was broken off, which is cleared.
fn begin(dir: &Path, log: Uuid) -> Result<File, BackupError> {
    if Manifest::is_in(dir) {
        return Err(BackupError::Finished(dir.to_owned()));
    }
    make_private(dir).map_err(failed(dir))?;
    let path = dir.join(MARK);
    let there: Vec<OsString> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
        .map_err(failed(dir))?;
    let begun = there.iter().any(|name| name == MARK);
    if !begun && !there.is_empty() {
        return Err(BackupError::Occupied(dir.to_owned()));
    }
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut mark = options.open(&path).map_err(failed(&path))?;
    match mark.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(BackupError::Busy(dir.to_owned())),
        Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
    }
    let mut of = String::new();
    mark.read_to_string(&mut of).map_err(failed(&path))?;
    let is_of_this_log = of.trim() == log.to_string();
    // Killed before it could say of which: there is nothing else then.
    if !is_of_this_log && (!of.is_empty() || there.len() > 1) {
        return Err(BackupError::Other(dir.to_owned()));
    }
    if of.is_empty() {
        writeln!(mark, "{log}")
            .and_then(|()| mark.sync_all())
            .map_err(failed(&path))?;
    }
    let left: Vec<_> = there.iter().filter(|name| *name != MARK).collect();
    if !left.iter().all(|name| is_ours(name)) {
        return Err(BackupError::Occupied(dir.to_owned()));
    }
    for name in left {
        let path = dir.join(name);
        let cleared = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        cleared.map_err(failed(&path))?;
    }
    Ok(mark)
}

/// Whether this may be left of one that was broken off; SQLite puts files beside its own.
fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let ours = [KEYS, "node.lock", "manifest.new"].contains(&&*name);
    ours || name.starts_with("log.db") || name.starts_with("drafts.db")
}

/// The keys, the anchor file where it lies with them, and the node's name; what was copied.
fn copy_keys(data: &Path, dir: &Path) -> Result<Vec<String>, BackupError> {
    let mut names = vec![];
    let keys = dir.join(KEYS);
    make_private(&keys).map_err(failed(&keys))?;
    let from = data.join(KEYS);
    let entries: Vec<PathBuf> = match fs::read_dir(&from) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()
            .map_err(failed(&from))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => vec![],
        Err(error) => return Err(failed(&from)(error)),
    };
    for path in entries {
        // Not what a key is written into before it gets its name.
        let name = path.file_name().and_then(|name| name.to_str());
        let is_kept = |name: &&str| name.ends_with(".key") || *name == ANCHOR;
        let is_hidden = |name: &&str| name.starts_with('.');
        let name = name.filter(|name| is_kept(name) && !is_hidden(name) && path.is_file());
        let Some(name) = name else { continue };
        let to = keys.join(name);
        files::copy(&path, &to, |_| {}).map_err(failed(&path))?;
        if name == ANCHOR {
            files::cut_torn_line(&to).map_err(failed(&to))?;
        }
        names.push(format!("{KEYS}/{name}"));
    }
    let node = data.join("node.lock");
    if node.exists() {
        files::copy(&node, &dir.join("node.lock"), |_| {}).map_err(failed(&node))?;
        names.push("node.lock".to_owned());
    }
    files::sync_dir(&keys).map_err(failed(&keys))?;
    names.sort_unstable();
    Ok(names)
}

/// Opens the copy as a server would.
async fn open(store_config: &StoreConfig, dir: &Path) -> Result<Store, BackupError> {
    let copy = StoreConfig {
        url: DatabaseUrl::Sqlite {
            dir: dir.to_owned(),
        },
        ..store_config.clone()
    };
    Ok(Store::open(&copy).await?)
}

/// Looks the copy over, and closes it: the drafts of replies that have ended go, and every event is hashed again.
async fn look_over(
    copy: &Store,
    trusted: &Trusted,
    dir: &Path,
    progress: &impl Fn(Progress),
) -> Result<(u64, Report), BackupError> {
    copy.forget_drafts().await?;
    let head = copy.head().await?;
    let anchor = dir.join(KEYS).join(ANCHOR);
    let anchor = anchor.exists().then(|| Anchor::at(anchor));
    let report = verify(copy, trusted, anchor.as_ref(), |events| {
        progress(Progress {
            doing: "verifying",
            done: events.done,
            total: events.total,
        });
    })
    .await?;
    close(copy, dir).await?;
    Ok((head, report))
}

/// Closes a record so that everything is in its two files.
pub(super) async fn close(store: &Store, dir: &Path) -> Result<(), BackupError> {
    let emptied = store.empty_wal().await?;
    store.close().await;
    for name in ["log.db", "drafts.db"] {
        for beside in ["-wal", "-shm"] {
            let path = dir.join(format!("{name}{beside}"));
            let is_left = emptied.is_none() && fs::metadata(&path).is_ok_and(|file| file.len() > 0);
            if is_left && beside == "-wal" {
                let error = io::Error::other("somebody else has opened this file");
                return Err(failed(&path)(error));
            }
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(&path)(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Reads everything back, and flushes it.
fn list(
    dir: &Path,
    names: Vec<String>,
    progress: &impl Fn(Progress),
) -> Result<Vec<Listed>, BackupError> {
    let mut total = 0;
    for name in &names {
        let path = dir.join(name);
        total += fs::metadata(&path).map_err(failed(&path))?.len();
    }
    let mut done = 0;
    let mut listed = vec![];
    for name in names {
        let path = dir.join(&name);
        let synced = File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(failed(&path))?;
        let digest = files::digest(&path, |piece| {
            done += piece;
            progress(Progress {
                doing: "hashing",
                done,
                total,
            });
        });
        let (bytes, sha256) = digest.map_err(failed(&path))?;
        listed.push(Listed {
            name,
            bytes,
            sha256,
        });
    }
    Ok(listed)
}
