//! Looking through documents: each in a process of its own, whose time and memory have an end, because a document may
//! be anything.

use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use aggregates::ingest::IngestedChunk;
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

/// What finds passages: another one might find others in the same document.
pub const PARSER: &str = "1";
/// The longest that a document is looked at.
pub const TIME: Duration = Duration::from_secs(60);
/// Bytes of memory for that.
pub const MEMORY: u64 = 512 << 20;
/// Documents that are looked through at a time.
const AT_ONCE: usize = 2;
/// Bytes that the process may say, and of one line of that.
const MOST: u64 = 96 << 20;

/// Looks through documents. Clones are handles of the same thing.
#[derive(Clone, Debug)]
pub struct Ingestion {
    program: Arc<PathBuf>,
    slots: Arc<Semaphore>,
}

/// What was found in a document.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its passages, in order.
    pub chunks: Vec<IngestedChunk>,
    /// Its pages; none where it has no pages.
    pub pages: Option<u64>,
}

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum Unparsed<E> {
    /// The document's fault: a sentence for people.
    #[error("{0}")]
    Unreadable(String),
    /// Its bytes could not be had.
    #[error("the document's bytes: {0}")]
    Source(E),
    /// A fault of this machine.
    #[error("no process could look through the document: {0}")]
    Machine(#[from] std::io::Error),
}

/// A line of what the process says: passages, then how it ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A passage.
    Chunk(IngestedChunk),
    /// That was all; so many pages.
    Pages(Option<u64>),
    /// It cannot be read: a sentence for people.
    Unreadable(String),
}

const TOO_MUCH: &str =
    "This document takes too much time or memory to read: split it and try again.";

impl Ingestion {
    /// With this program's own command for it.
    ///
    /// # Errors
    /// When the program does not know where it is.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self {
            program: Arc::new(std::env::current_exe()?),
            slots: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Looks through a document that is said to be of this type, when it is its turn.
    ///
    /// # Errors
    /// When nothing can be found in it.
    pub async fn parse<E>(
        &self,
        mime: &str,
        bytes: impl Stream<Item = Result<Vec<u8>, E>>,
    ) -> Result<Parsed, Unparsed<E>> {
        let _slot = self.slots.acquire().await;
        let mut child = self.start(mime)?;
        match timeout(TIME, converse(&mut child, bytes)).await {
            Ok(parsed) => parsed,
            Err(_) => Err(Unparsed::Unreadable(TOO_MUCH.to_owned())),
        }
    }

    fn start(&self, mime: &str) -> std::io::Result<Child> {
        Command::new(self.program.as_path())
            .args(["parse", "--mime", mime])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

async fn converse<E>(
    child: &mut Child,
    bytes: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<Parsed, Unparsed<E>> {
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Unparsed::Machine(std::io::ErrorKind::BrokenPipe.into()));
    };
    let (told, heard) = tokio::join!(tell(stdin, bytes), hear(stdout));
    told.map_err(Unparsed::Source)?;
    let heard = heard?;
    child.wait().await?;
    match heard {
        Some(Ok(parsed)) => Ok(parsed),
        Some(Err(sentence)) => Err(Unparsed::Unreadable(sentence)),
        // It ended without a word: it ran into one of its limits.
        None => Err(Unparsed::Unreadable(TOO_MUCH.to_owned())),
    }
}

async fn tell<E>(
    mut stdin: ChildStdin,
    bytes: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<(), E> {
    let mut bytes = std::pin::pin!(bytes);
    while let Some(piece) = bytes.next().await {
        // Who has heard enough says why.
        if stdin.write_all(&piece?).await.is_err() {
            break;
        }
    }
    Ok(())
}

async fn hear(stdout: ChildStdout) -> std::io::Result<Option<Result<Parsed, String>>> {
    let mut lines = BufReader::new(stdout.take(MOST)).lines();
    let mut parsed = Parsed::default();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line) {
            Ok(Line::Chunk(chunk)) => parsed.chunks.push(chunk),
            Ok(Line::Pages(pages)) => return Ok(Some(Ok(Parsed { pages, ..parsed }))),
            Ok(Line::Unreadable(sentence)) => return Ok(Some(Err(sentence))),
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}
