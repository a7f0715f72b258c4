//! Erasures that came after a backup: its record does not know them, so somebody who does has to tell.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use aggregates::{ingest::Ingest, rag_session::RagSession, thread::Thread};
use cqrs_es::Aggregate;
use serde::Deserialize;

use super::error::{BackupError, failed};
use crate::{
    actors::Erasures,
    store::{Erasure, Store, TurnsOf},
};

const KINDS: [&str; 2] = ["erasure.requested", "erasure.confirmed"];
/// Requests that are read at a time.
const PAGE: u32 = 1_000;
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Something was to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The sort of aggregate.
    pub of: String,
    /// Which one.
    pub id: String,
}

/// A line of `colloquy audit show` and of `/api/audit/events`.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    position: Option<String>,
    aggregate_type: Option<String>,
    aggregate_id: Option<String>,
    /// The last line of a feed, which may break off before its end.
    more: Option<bool>,
}

impl Receipt {
    /// Those of a file that came after `head`; lines about other events are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is none of a feed's.
    pub fn read(path: &Path, head: u64) -> Result<Vec<Self>, BackupError> {
        let file = File::open(path).map_err(failed(path))?;
        let mut receipts = vec![];
        for (line, text) in (1..).zip(BufReader::new(file).lines()) {
            let text = text.map_err(failed(path))?;
            if text.trim().is_empty() {
                continue;
            }
            match parsed(&text, head) {
                Ok(receipt) => receipts.extend(receipt),
                Err(reason) => {
                    return Err(BackupError::Receipt {
                        path: path.to_owned(),
                        line,
                        reason: reason.to_owned(),
                    });
                }
            }
        }
        Ok(receipts)
    }
}

fn parsed(text: &str, head: u64) -> Result<Option<Receipt>, &'static str> {
    const WRONG: &str =
        "this is not an event as `colloquy audit show` and /api/audit/events write them";
    let line: Line = serde_json::from_str(text).map_err(|_| WRONG)?;
    if line.more == Some(true) {
        return Err("the feed goes on: ask for the rest (?after=), and put it here, too");
    }
    let kind = match (line.kind, line.more) {
        (Some(kind), _) => kind,
        (None, Some(_)) => return Ok(None),
        (None, None) => return Err(WRONG),
    };
    if !KINDS.contains(&kind.as_str()) {
        return Ok(None);
    }
    let position = line
        .position
        .and_then(|position| position.parse::<u64>().ok());
    match (position, line.aggregate_type, line.aggregate_id) {
        (Some(position), Some(of), Some(id)) => Ok((position > head).then_some(Receipt { of, id })),
        _ => Err(WRONG),
    }
}

/// Has erased what these say, in a record that nobody else uses: asked for as their owners would, and the keys, attachments
/// and drafts destroyed. The server does the rest at its next start, and writes receipts. How many there were to erase.
///
/// # Errors
/// When the database does not answer, or nothing of a receipt's sort is ever erased.
pub async fn erase_again(
    store: &Store,
    erasures: &Erasures,
    receipts: &[Receipt],
) -> Result<u64, Failure> {
    let mut after = store.head().await?;
    let mut asked = 0;
    for receipt in receipts {
        asked += u64::from(erasures.request(&receipt.of, &receipt.id).await?);
    }
    loop {
        let requests = store.erasures_after(after, PAGE).await?;
        let Some(last) = requests.last() else { break };
        after = last.position;
        for request in requests {
            let mut erasure = Erasure {
                aggregate_type: request.aggregate_type,
                aggregate_id: request.aggregate_id,
                number: u64::MAX,
                position: request.position,
                sequence: request.sequence,
            };
            let mut held_by = vec![erasure.aggregate_id.clone()];
            match erasure.aggregate_type.as_str() {
                Thread::TYPE => {
                    let (thread, _) = store.load::<Thread>(&erasure.aggregate_id).await?;
                    erasure.number = thread.erasures();
                    held_by.extend(thread.former_owners().iter().map(ToString::to_string));
                }
                // Held when their owners are, whom the server looks up at its next start.
                Ingest::TYPE | RagSession::TYPE => continue,
                _ => {}
            }
            // What a hold keeps waits for its end, as it did where it was asked for first.
            if !store.destroy_keys(&erasure, &held_by).await? {
                continue;
            }
            if erasure.aggregate_type == Thread::TYPE {
                let mut running = store.open_turns(TurnsOf::All).await?;
                running.retain(|turn| turn.thread == erasure.aggregate_id);
                let turns: Vec<_> = running.iter().map(|turn| turn.turn).collect();
                store.remove_drafts(&turns).await?;
            }
            store.destroy_copies(&erasure).await?;
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn read(text: &str) -> Result<Vec<Receipt>, BackupError> {
        let place = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(place.path(), text).unwrap();
        Receipt::read(place.path(), 10)
    }

    fn line(position: u64, kind: &str) -> String {
        format!(
            r#"{{"position":"{position}","type":"{kind}","aggregate_type":"thread","aggregate_id":"x","data":{{}}}}"#
        )
    }

    #[test]
    fn what_came_after_the_backup_counts_and_nothing_else() {
        let feed = [
            line(9, "erasure.confirmed"),
            line(10, "erasure.requested"),
            line(11, "message.sent"),
            line(12, "erasure.requested"),
            String::new(),
            r#"{"next":"12","more":false}"#.to_owned(),
        ];
        let receipt = Receipt {
            of: "thread".to_owned(),
            id: "x".to_owned(),
        };
        assert_eq!(read(&feed.join("\n")).unwrap(), [receipt]);
    }

    #[test]
    fn a_feed_that_broke_off_and_other_files_are_refused_with_the_line() {
        for wrong in [
            r#"{"next":"12","more":true}"#,
            "not JSON",
            "[]",
            "{}",
            r#"{"type":"erasure.confirmed","position":12}"#,
        ] {
            let error = read(&format!("{}\n{wrong}\n", line(11, "x"))).unwrap_err();
            assert!(error.to_string().contains("line 2: "), "{wrong}: {error}");
        }
    }
}
