//! Backups: everything of a server that cannot be made again, copied while it runs, and put back.
//!
//! A backup is a directory with
//! - `log.db`: the record of one moment, with the keys that its content is sealed with, attachments (those, too, that the
//!   server has in a bucket), accounts' passwords and remembered requests,
//! - `drafts.db`: what had been shown of the replies that were running,
//! - `keys/`: the server's key, the notary's, and the anchor file where it lies there,
//! - `node.lock`: the node's name, so that it knows the replies it had been running,
//! - `manifest.json`: which log, up to which position, and the size and SHA-256 of every file. It comes last: a directory
//!   without it holds a backup that was broken off.
//!
//! `backup.unfinished` is there while it is made, `restore.unfinished` in a data directory while that is filled. Of a record
//! in PostgreSQL there are the files only: the database has its own tools.

mod error;
mod manifest;
mod receipts;
mod restore;
mod take;

pub use self::{
    error::BackupError,
    manifest::{Database, Manifest},
    receipts::{Again, Receipts, follow},
    restore::{Restoring, is_unfinished},
    take::{Taken, take},
};

/// How far it is, in bytes; of attachments and events, in how many.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is being done.
    pub doing: &'static str,
    /// So much of it is done.
    pub done: u64,
    /// Of so much.
    pub total: u64,
}
