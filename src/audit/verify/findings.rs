//! What is wrong with the record, in sentences.

use std::fmt;

use chrono::DateTime;
use tlog_tiles::{Hash, record_hash};

use super::signed::Signed;
use crate::store::moved;

/// What is told one by one; more are counted.
const TOLD: usize = 100;
/// Changed events that are compared with each other.
const COMPARED: usize = 64;

/// Something that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, if that is known.
    pub position: Option<u64>,
    /// What.
    pub sentence: String,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Events in the log.
    pub events: u64,
    /// The first so many are as they were signed.
    pub signed: u64,
    /// Checkpoints that were right.
    pub checkpoints: u64,
    /// Checkpoints of the anchor file among them; `None` when there is no file.
    pub anchored: Option<u64>,
    /// What is wrong, by position.
    pub findings: Vec<Finding>,
    /// Further findings.
    pub more: u64,
}

impl Report {
    /// Whether everything is as it was signed.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{}", finding.sentence)?;
        }
        if self.more > 0 {
            writeln!(f, "… and {} findings more", self.more)?;
        }
        write!(
            f,
            "{} events, of which the first {} are as they were signed ({} checkpoints)",
            self.events, self.signed, self.checkpoints
        )?;
        if self.events > self.signed && self.is_well() {
            let newer = self.events - self.signed;
            write!(f, "; {newer} newer ones are not signed yet")?;
        }
        match self.anchored {
            Some(lines) => write!(f, "; the anchor file has {lines} of these checkpoints"),
            None => write!(
                f,
                "; there is no anchor file: that the log was made anew by somebody with the notary's key would not be seen"
            ),
        }
    }
}

/// Findings as they come.
#[derive(Default)]
pub(super) struct Findings {
    told: Vec<Finding>,
    more: u64,
    changed: Vec<(u64, Vec<u8>, Option<Hash>)>,
}

impl Findings {
    pub(super) fn add(&mut self, position: Option<u64>, sentence: String) {
        match self.told.len() < TOLD {
            true => self.told.push(Finding { position, sentence }),
            false => self.more += 1,
        }
    }

    /// An event that is not the one whose hash was kept.
    pub(super) fn changed(&mut self, position: u64, leaf: Vec<u8>, stored: Option<Hash>) {
        match self.changed.len() < COMPARED {
            true => self.changed.push((position, leaf, stored)),
            false => self.add(Some(position), changed(position)),
        }
    }

    pub(super) fn report(
        mut self,
        events: u64,
        signed: u64,
        checkpoints: u64,
        sources: &Signed<'_>,
    ) -> Report {
        let suspects = std::mem::take(&mut self.changed);
        for (position, leaf, _) in &suspects {
            // Is it what another one was?
            let from = suspects.iter().find(|(other, _, stored)| {
                let there = moved(leaf, *other).map(|leaf| record_hash(&leaf));
                other != position && there.is_some() && there == *stored
            });
            let sentence = match from {
                Some((other, ..)) => format!(
                    "the event at position {position} is the one that was signed at position {other}: the order was changed"
                ),
                None => changed(*position),
            };
            self.add(Some(*position), sentence);
        }
        self.told
            .sort_by_key(|finding| finding.position.unwrap_or(u64::MAX));
        Report {
            events,
            signed,
            checkpoints,
            anchored: sources.anchored(),
            findings: self.told,
            more: self.more,
        }
    }
}

fn changed(position: u64) -> String {
    format!("event {position} is not the one that was signed: it was changed, or put in")
}

/// A time for people.
pub(super) fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).map_or_else(
        || "an unknown time".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}
