//! Erasures and legal holds that came after a backup: its record does not know them, so somebody who does has to tell.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{BufRead, BufReader},
    mem,
    path::Path,
};

use aggregates::{
    ThreadId, UserId,
    case::{Case, CaseEvent, SaidIn},
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
    actors::{Erasures, Held, HoldError, Holds, Origin, owner_of},
    store::{Erasure, Recorded, Store, TurnsOf},
};

/// Said of lines that are none of a feed's.
const WRONG: &str =
    "this is not an event as `colloquy audit show` and /api/audit/events write them";
/// Said where the last line of a feed says that there is more.
const GOES_ON: &str = "the feed goes on: ask for the rest (?after=), and put it here, too";
/// Requests that are read at a time.
const PAGE: u32 = 1_000;
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a feed says of the time after a backup, by its positions: what came first is done first. A hold keeps what was
/// there when it was laid, and nothing that was erased before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts(BTreeMap<u64, Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Something was to be erased: the sort of aggregate, and which one. A confirmation says nothing more: it may be of
    /// an erasure that the backup knows, and what was opened again since is not meant.
    Erase { of: String, id: String },
    /// A hold was laid on this.
    Lay(Held, Hold),
    /// It was released.
    Release(Release),
}

/// How much of it was done again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Holds that last at the end of the feed.
    pub held: u64,
    /// What was there to be erased.
    pub erased: u64,
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
        let step = match kind {
            "erasure.requested" => {
                let subject = line.subject(head)?;
                subject.map(|(at, of, id)| (at, Step::Erase { of, id }))
            }
            "thread.held" | "user.held" => match line.subject(head)? {
                Some((at, _, id)) => {
                    let on = match kind {
                        "thread.held" => Held::Thread(id.parse().map_err(|_| WRONG)?),
                        _ => Held::User(id.parse().map_err(|_| WRONG)?),
                    };
                    Some((at, Step::Lay(on, line.data()?)))
                }
                None => None,
            },
            "thread.released" | "user.released" => match line.subject(head)? {
                Some((at, ..)) => Some((at, Step::Release(line.data()?))),
                None => None,
            },
            _ => None,
        };
        self.0.extend(step);
        Ok(None)
    }
}

impl Line {
    /// Where it stands, and what it is about; `None` when that is in the backup.
    fn subject(&self, head: u64) -> Result<Option<(u64, String, String)>, &'static str> {
        let position = self.position.as_ref();
        let position = position.and_then(|position| position.parse::<u64>().ok());
        match (position, &self.aggregate_type, &self.aggregate_id) {
            (Some(at), Some(of), Some(id)) => Ok((at > head).then(|| (at, of.clone(), id.clone()))),
            _ => Err(WRONG),
        }
    }

    fn data<D: DeserializeOwned>(self) -> Result<D, &'static str> {
        serde_json::from_value(self.data).map_err(|_| WRONG)
    }
}

/// Does again what these say, in its order and in a record that nobody else uses: holds are laid and released, and
/// erasures asked for as the owners would, with the keys, attachments and drafts destroyed. The server does the rest at
/// its next start, and writes receipts. What is not in the backup is passed over.
///
/// # Errors
/// When the database does not answer, a hold cannot be laid on what is there, or nothing of a receipt's sort is ever
/// erased.
pub async fn follow(
    store: &Store,
    holds: &Holds,
    erasures: &Erasures,
    receipts: Receipts,
) -> Result<Again, Failure> {
    let mut due = Due {
        after: store.head().await?,
        again: vec![],
        waiting: vec![],
    };
    let (mut laid, mut erased) = (vec![], 0);
    for step in receipts.0.into_values() {
        match step {
            Step::Erase { of, id } => erased += u64::from(erasures.request(&of, &id).await?),
            Step::Lay(on, hold) => {
                due.carry_out(store).await?;
                let id = hold.hold;
                match holds.lay(on, hold, Origin::server()).await {
                    Ok(_) => laid.push(id),
                    Err(HoldError::Refused(HoldRefusal::Nothing)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Step::Release(release) if laid.contains(&release.hold) => {
                laid.retain(|hold| *hold != release.hold);
                holds.release(release, Origin::server()).await?;
                due.again.append(&mut due.waiting);
            }
            // The backup knows the hold, and keeps what that kept.
            Step::Release(_) => {}
        }
    }
    due.carry_out(store).await?;
    Ok(Again {
        held: laid.len() as u64,
        erased,
    })
}

/// Erasures that were asked for again.
struct Due {
    /// Those after this position were not looked at yet.
    after: u64,
    /// Those for which a released hold may have been the last.
    again: Vec<Recorded>,
    /// Those that waited for a hold when they were looked at.
    waiting: Vec<Recorded>,
}

impl Due {
    /// Destroys what no hold keeps now; what one keeps waits for its end, as it did where it was asked for first.
    async fn carry_out(&mut self, store: &Store) -> Result<(), Failure> {
        let mut requests = mem::take(&mut self.again);
        loop {
            let heard = store.erasures_after(self.after, PAGE).await?;
            let Some(last) = heard.last() else { break };
            self.after = last.position;
            let asks = |event: &Recorded| event.event_type == "erasure.requested";
            requests.extend(heard.into_iter().filter(asks));
        }
        let mut threads = HashMap::new();
        for request in requests {
            let mut erasure = Erasure {
                aggregate_type: request.aggregate_type.clone(),
                aggregate_id: request.aggregate_id.clone(),
                number: u64::MAX,
                position: request.position,
                sequence: request.sequence,
                before: None,
            };
            let id = &request.aggregate_id;
            let mut held_by = vec![id.clone()];
            match request.aggregate_type.as_str() {
                Thread::TYPE => {
                    let (thread, _) = store.load::<Thread>(id).await?;
                    erasure.number = thread.erasures();
                    held_by.extend(thread.former_owners().iter().map(UserId::to_string));
                }
                of @ (Ingest::TYPE | RagSession::TYPE) => match owner_of(store, of, id).await? {
                    Some(owner) => held_by.push(owner.to_string()),
                    // It is not destroyed: they may be held.
                    None => continue,
                },
                _ => {}
            }
            if !store.destroy_keys(&erasure, &held_by).await? {
                self.waiting.push(request);
                continue;
            }
            if erasure.aggregate_type == Thread::TYPE {
                let mut running = store.open_turns(TurnsOf::All).await?;
                running.retain(|turn| turn.thread == erasure.aggregate_id);
                let turns: Vec<_> = running.iter().map(|turn| turn.turn).collect();
                store.remove_drafts(&turns).await?;
            }
            store.destroy_copies(&erasure).await?;
            if erasure.aggregate_type == Thread::TYPE
                && let Ok(thread) = id.parse::<ThreadId>()
            {
                threads.insert(SaidIn::Thread(thread), (erasure, held_by));
            }
        }
        destroy_cases(store, &threads).await
    }
}

/// Destroys the keys of what was written about conversations that are destroyed: it may quote them, and a hold that comes
/// now would keep it.
async fn destroy_cases(
    store: &Store,
    threads: &HashMap<SaidIn, (Erasure, Vec<String>)>,
) -> Result<(), Failure> {
    let mut after = 0;
    while !threads.is_empty() {
        let opened = store
            .read_named_after(&["case.opened"], after, PAGE)
            .await?;
        let Some(last) = opened.last() else { break };
        after = last.position;
        for event in &opened {
            let Ok(CaseEvent::Opened(flagged)) = serde_json::from_str(&event.payload) else {
                continue;
            };
            if let Some((erasure, held_by)) = threads.get(&flagged.said_in) {
                let case = &event.aggregate_id;
                store
                    .destroy_keys_of(erasure, Case::TYPE, case, held_by)
                    .await?;
            }
        }
    }
    Ok(())
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
        let erase = Step::Erase {
            of: "thread".to_owned(),
            id: "x".to_owned(),
        };
        let receipts = read(&feed.join("\n")).unwrap();
        assert_eq!(receipts.0, BTreeMap::from([(12, erase)]));
    }

    #[test]
    fn what_came_first_is_done_first_however_the_feed_was_put_together() {
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
            about(14, "thread.released", 2),
            about(15, "thread.released", 1),
            line(13, "erasure.requested"),
            END.to_owned(),
        ];
        let receipts = read(&feed.join("\n")).unwrap();
        let steps = receipts.0.into_iter().map(|(at, step)| match step {
            Step::Erase { id, .. } => (at, "erase", id),
            Step::Lay(Held::Thread(_), hold) => (at, "thread", hold.hold.to_string()),
            Step::Lay(Held::User(_), hold) => (at, "user", hold.hold.to_string()),
            Step::Release(release) => (at, "release", release.hold.to_string()),
        });
        let expected = [
            (11, "thread", id(2)),
            (12, "user", id(3)),
            (13, "erase", "x".to_owned()),
            (14, "release", id(2)),
            (15, "release", id(1)),
        ];
        assert_eq!(steps.collect::<Vec<_>>(), expected);
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
            assert_eq!(receipts.0.len(), asked, "{feed}");
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
        assert_eq!(read(&parts.join("\n")).unwrap().0.len(), 2);
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
