//! Erasures and legal holds that came after a backup: its record does not know them, so somebody who does has to tell.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use aggregates::{
    hold::{Hold, HoldRefusal, Release},
    ingest::Ingest,
    rag_session::RagSession,
    thread::Thread,
};
use cqrs_es::Aggregate;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::error::{BackupError, failed};
use crate::{
    actors::{Erasures, Held, HoldError, Holds, Origin},
    store::{Erasure, Store, TurnsOf},
};

/// Said of lines that are none of a feed's.
const WRONG: &str =
    "this is not an event as `colloquy audit show` and /api/audit/events write them";
/// Said where the last line of a feed says that there is more.
const GOES_ON: &str = "the feed goes on: ask for the rest (?after=), and put it here, too";
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

/// What a feed says of the time after a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    /// What was to be erased. A confirmation says nothing more: it may be of an erasure that the backup knows, and
    /// what was opened again since is not meant.
    pub erasures: Vec<Receipt>,
    /// Holds that were laid and not released again, with what they are on.
    pub holds: Vec<(Held, Hold)>,
}

/// A line of `colloquy audit show` and of `/api/audit/events`.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    position: Option<String>,
    aggregate_type: Option<String>,
    aggregate_id: Option<String>,
    #[serde(default)]
    data: Value,
    /// Of the last line of a feed, or of a part of one: whether another part follows.
    more: Option<bool>,
}

impl Receipts {
    /// Those of a file that came after `head`; lines about other events are passed over. Without its last line a feed
    /// was broken off, and nobody knows what it would have said.
    ///
    /// # Errors
    /// When the file cannot be read, a line is none of a feed's, or the feed does not end there.
    pub fn read(path: &Path, head: u64) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(failed(path))?;
        let wrong = |line, reason: &str| BackupError::Receipt {
            path: path.to_owned(),
            line,
            reason: reason.to_owned(),
        };
        let (mut receipts, mut end) = (Self::default(), None);
        for (line, text) in (1..).zip(BufReader::new(file).lines()) {
            let text = text.map_err(failed(path))?;
            if text.trim().is_empty() {
                continue;
            }
            let more = receipts.take(&text, head);
            let more = more.map_err(|reason| wrong(line, reason))?;
            end = more.map(|more| (line, more));
        }
        match end {
            Some((_, false)) => Ok(receipts),
            Some((line, true)) => Err(wrong(line, GOES_ON)),
            None => Err(BackupError::BrokenOff(path.to_owned())),
        }
    }

    /// Of the line that ends a feed, whether more follows.
    fn take(&mut self, text: &str, head: u64) -> Result<Option<bool>, &'static str> {
        let line: Line = serde_json::from_str(text).map_err(|_| WRONG)?;
        let kind = match (&line.kind, line.more) {
            (Some(kind), _) => kind.as_str(),
            (None, Some(more)) => return Ok(Some(more)),
            (None, None) => return Err(WRONG),
        };
        match kind {
            "erasure.requested" => {
                if let Some((of, id)) = line.subject(head)? {
                    self.erasures.push(Receipt { of, id });
                }
            }
            "thread.held" | "user.held" => {
                if let Some((_, id)) = line.subject(head)? {
                    let on = match kind {
                        "thread.held" => Held::Thread(id.parse().map_err(|_| WRONG)?),
                        _ => Held::User(id.parse().map_err(|_| WRONG)?),
                    };
                    self.holds.push((on, line.data()?));
                }
            }
            "thread.released" | "user.released" if line.subject(head)?.is_some() => {
                let Release { hold, .. } = line.data()?;
                self.holds.retain(|(_, laid)| laid.hold != hold);
            }
            _ => {}
        }
        Ok(None)
    }
}

impl Line {
    /// What it is about; `None` when that is in the backup.
    fn subject(&self, head: u64) -> Result<Option<(String, String)>, &'static str> {
        let position = self.position.as_ref();
        let position = position.and_then(|position| position.parse::<u64>().ok());
        match (position, &self.aggregate_type, &self.aggregate_id) {
            (Some(position), Some(of), Some(id)) => {
                Ok((position > head).then(|| (of.clone(), id.clone())))
            }
            _ => Err(WRONG),
        }
    }

    fn data<D: DeserializeOwned>(self) -> Result<D, &'static str> {
        serde_json::from_value(self.data).map_err(|_| WRONG)
    }
}

/// Lays the holds that the backup does not know, before anything is erased; how many. What is not in the backup cannot
/// be held.
///
/// # Errors
/// When the log cannot be reached, or a hold cannot be laid on what is there.
pub async fn hold_again(holds: &Holds, laid: Vec<(Held, Hold)>) -> Result<u64, HoldError> {
    let mut again = 0;
    for (on, hold) in laid {
        match holds.lay(on, hold, Origin::server()).await {
            Ok(_) => again += 1,
            Err(HoldError::Refused(HoldRefusal::Nothing)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(again)
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
                before: None,
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

    const END: &str = r#"{"next":"99","more":false}"#;

    fn read(text: &str) -> Result<Receipts, BackupError> {
        let place = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(place.path(), text).unwrap();
        Receipts::read(place.path(), 10)
    }

    fn line(position: u64, kind: &str) -> String {
        format!(
            r#"{{"position":"{position}","type":"{kind}","aggregate_type":"thread","aggregate_id":"x","data":{{}}}}"#
        )
    }

    #[test]
    fn what_came_after_the_backup_counts_and_nothing_else() {
        let feed = [
            line(9, "erasure.requested"),
            line(10, "erasure.requested"),
            // Of what was asked for before.
            line(11, "erasure.confirmed"),
            line(11, "message.sent"),
            line(12, "erasure.requested"),
            String::new(),
            END.to_owned(),
        ];
        let receipt = Receipt {
            of: "thread".to_owned(),
            id: "x".to_owned(),
        };
        let receipts = read(&feed.join("\n")).unwrap();
        assert_eq!(receipts.erasures, [receipt]);
        assert_eq!(receipts.holds, []);
    }

    #[test]
    fn the_holds_that_last_at_the_end_of_the_feed_are_laid_again() {
        let id = |number| uuid::Uuid::from_u128(number).to_string();
        let about = |position: u64, kind: &str, hold: u128| {
            let of = kind.split_once('.').unwrap().0;
            serde_json::json!({
                "position": position.to_string(), "type": kind,
                "aggregate_type": of, "aggregate_id": id(7),
                "data": { "hold": id(hold), "by": id(8), "reason": "A claim" },
            })
            .to_string()
        };
        let feed = [
            about(9, "thread.held", 1),
            about(11, "thread.held", 2),
            about(12, "user.held", 3),
            about(13, "thread.held", 4),
            about(14, "thread.released", 2),
            about(15, "thread.released", 1),
            END.to_owned(),
        ];
        let receipts = read(&feed.join("\n")).unwrap();
        let lasting: Vec<_> = receipts
            .holds
            .iter()
            .map(|(on, hold)| (matches!(on, Held::User(_)), hold.hold.to_string()))
            .collect();
        assert_eq!(lasting, [(true, id(3)), (false, id(4))]);
        let without = format!("{}\n{END}", line(16, "user.held"));
        assert!(read(&without).is_err(), "it says neither which nor why");
    }

    #[test]
    fn a_feed_without_its_last_line_is_refused_whatever_it_says() {
        for feed in [
            String::new(),
            "\n".to_owned(),
            line(11, "message.sent"),
            line(11, "erasure.requested"),
            // A part that was whole, and one that was broken off.
            format!("{END}\n{}", line(12, "erasure.requested")),
        ] {
            let error = read(&feed).unwrap_err();
            assert!(
                matches!(error, BackupError::BrokenOff(_)),
                "{feed}: {error}"
            );
            assert!(error.to_string().contains(r#"{"next":…,"more":false}"#));
            let receipts = read(&format!("{feed}\n{END}\n")).unwrap();
            let asked = usize::from(feed.contains("erasure.requested"));
            assert_eq!(receipts.erasures.len(), asked, "{feed}");
        }
    }

    #[test]
    fn a_feed_may_be_put_together_of_its_parts() {
        let parts = [
            line(11, "erasure.requested"),
            r#"{"next":"11","more":true}"#.to_owned(),
            line(12, "erasure.requested"),
            END.to_owned(),
        ];
        assert_eq!(read(&parts.join("\n")).unwrap().erasures.len(), 2);
        let error = read(&parts[..2].join("\n")).unwrap_err();
        assert!(
            error.to_string().contains("line 2: the feed goes on"),
            "{error}"
        );
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
