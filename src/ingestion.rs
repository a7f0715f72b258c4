//! Looking through documents: each in a process of its own, whose time and memory have an end, because a document may
//! be anything. Of a picture that process makes one that models can be shown.

use std::{path::PathBuf, pin::pin, process::Stdio, sync::Arc, time::Duration};

use aggregates::ingest::IngestedChunk;
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{Stream, StreamExt};
use passages::{Page, chunks};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// What finds passages: another one might find others in the same document.
pub const PARSER: &str = "1";
/// The longest that a document is looked at.
pub const TIME: Duration = Duration::from_secs(60);
/// Bytes of memory for that.
pub const MEMORY: u64 = 512 << 20;
/// Passages of one document: more than the largest one has, when it is a text.
pub const MOST_CHUNKS: usize = 50_000;
/// Documents that are looked through at a time.
const AT_ONCE: usize = 2;
/// Bytes that the process may say.
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
    /// It is a picture: a JPEG of it, small enough for models. It has no passages before somebody says what is seen.
    pub picture: Option<Vec<u8>>,
}

/// The passages of these pages, in order.
#[must_use]
pub fn passages(pages: &[Page]) -> Vec<IngestedChunk> {
    let chunks = chunks(pages).into_iter();
    chunks
        .map(|chunk| IngestedChunk {
            page: chunk.page,
            heading: chunk.heading,
            text: chunk.text,
        })
        .collect()
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
    /// It is a picture, and this is all: a JPEG in base64.
    Picture(String),
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

    /// Waits for a turn to look through a document.
    pub async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// Looks through a document that is said to be of this type; whoever asks has a slot for that. `pictures`: there is
    /// somebody who describes them.
    ///
    /// # Errors
    /// When nothing can be found in it.
    pub async fn parse<E>(
        &self,
        mime: &str,
        pictures: bool,
        bytes: impl Stream<Item = Result<Vec<u8>, E>>,
    ) -> Result<Parsed, Unparsed<E>> {
        let mut child = self.start(mime, pictures)?;
        let heard = converse(&mut child, bytes).await;
        let _ = child.start_kill();
        child.wait().await?;
        match heard? {
            Some(Ok(parsed)) => Ok(parsed),
            Some(Err(sentence)) => Err(Unparsed::Unreadable(sentence)),
            None => Err(Unparsed::Unreadable(TOO_MUCH.to_owned())),
        }
    }

    fn start(&self, mime: &str, pictures: bool) -> std::io::Result<Child> {
        Command::new(self.program.as_path())
            .args(["parse", "--mime", mime])
            .args(pictures.then_some("--pictures"))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

/// What the process says; `None`: it ended without a word, for it ran into one of its limits. Its time begins when it has
/// the whole document: a slow database is not the document's fault.
async fn converse<E>(
    child: &mut Child,
    bytes: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<Option<Result<Parsed, String>>, Unparsed<E>> {
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Unparsed::Machine(std::io::ErrorKind::BrokenPipe.into()));
    };
    let mut hearing = pin!(hear(stdout));
    let told = tokio::select! {
        heard = &mut hearing => return Ok(heard),
        told = tell(stdin, bytes) => told,
    };
    told.map_err(Unparsed::Source)?;
    Ok(timeout(TIME, hearing).await.unwrap_or_default())
}

async fn tell<E>(
    mut stdin: ChildStdin,
    bytes: impl Stream<Item = Result<Vec<u8>, E>>,
) -> Result<(), E> {
    let mut bytes = pin!(bytes);
    while let Some(piece) = bytes.next().await {
        // Who has heard enough says why.
        if stdin.write_all(&piece?).await.is_err() {
            break;
        }
    }
    Ok(())
}

async fn hear(stdout: impl AsyncRead + Unpin) -> Option<Result<Parsed, String>> {
    let mut lines = BufReader::new(stdout.take(MOST));
    let (mut parsed, mut line) = (Parsed::default(), vec![]);
    loop {
        line.clear();
        // Whatever is no whole line of ours is the end of a process that was cut off.
        let read = lines.read_until(b'\n', &mut line).await.ok()?;
        if read == 0 {
            return None;
        }
        match serde_json::from_slice(&line).ok()? {
            Line::Chunk(chunk) => parsed.chunks.push(chunk),
            Line::Pages(pages) => return Some(Ok(Parsed { pages, ..parsed })),
            Line::Picture(jpeg) => {
                let picture = Some(BASE64_STANDARD.decode(jpeg).ok()?);
                return Some(Ok(Parsed { picture, ..parsed }));
            }
            Line::Unreadable(sentence) => return Some(Err(sentence)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const CHUNK: &str = "{\"chunk\":{\"text\":\"é\"}}\n";

    #[tokio::test]
    async fn what_is_said_to_its_end_is_believed() {
        let said = format!("{CHUNK}{CHUNK}{{\"pages\":2}}\n");
        let parsed = hear(said.as_bytes()).await.unwrap().unwrap();
        assert_eq!((parsed.chunks.len(), parsed.pages), (2, Some(2)));
        let said = "{\"unreadable\":\"No.\"}\n";
        assert_eq!(hear(said.as_bytes()).await.unwrap().unwrap_err(), "No.");
        let said = "{\"picture\":\"/9j/\"}\n";
        let parsed = hear(said.as_bytes()).await.unwrap().unwrap();
        assert_eq!(parsed.picture.as_deref(), Some(&b"\xff\xd8\xff"[..]));
    }

    #[tokio::test]
    async fn what_is_cut_off_anywhere_is_the_end_of_the_process() {
        let said = CHUNK.as_bytes();
        // In the middle of a character, too.
        for end in 0..said.len() - 1 {
            assert!(hear(&said[..end]).await.is_none(), "{end}");
        }
        assert!(hear(said).await.is_none());
        assert!(hear(&b"panicked\n"[..]).await.is_none());
    }
}
