//! What two verdicts on each text have in common, counted; of the others, some to look at.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use aggregates::{
    ThreadId,
    thread::Stage,
    verdict::{Action, Scan, Severity, Verdict},
};

use super::texts::Text;
use crate::moderation::{Rescan, Rescanned};

/// Characters of a text that are shown, and how many of them stand before what was found.
const EXCERPT: usize = 160;
const BEFORE: usize = 40;
/// Versions of policies that are told one by one.
const VERSIONS: usize = 100;

/// See the module.
pub(super) struct Comparison {
    /// Texts that were judged again.
    pub(super) judged: u64,
    /// Those of them that belong to no thread.
    pub(super) elsewhere: u64,
    /// Those that somebody wrote; the others are answers.
    pub(super) inputs: u64,
    pub(super) newly_flagged: u64,
    pub(super) newly_cleared: u64,
    pub(super) moves: BTreeMap<(Severity, Severity), u64>,
    /// Texts that nobody had judged; they count as harmless then.
    pub(super) unscanned: u64,
    /// Texts whose judge had failed.
    pub(super) failed: u64,
    /// Texts that are judged, in part, by what was found in them then: it was taken out.
    pub(super) by_record: u64,
    /// Texts that are gone.
    pub(super) erased: u64,
    /// The server's own words.
    pub(super) exempt: u64,
    /// Which policies had judged, and how many texts.
    pub(super) versions: BTreeMap<String, u64>,
    pub(super) samples: [Samples; 3],
}

/// A sort of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Flagged,
    Cleared,
    Moved,
}

/// A few of many, whichever come first or last.
pub(super) struct Samples {
    most: usize,
    /// By a number that says nothing about the text.
    kept: BTreeMap<(u64, u64), Sample>,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) position: u64,
    pub(super) recorded_at: i64,
    pub(super) thread: ThreadId,
    pub(super) message: String,
    pub(super) stage: Stage,
    pub(super) then: Said,
    pub(super) now: Said,
    pub(super) excerpt: String,
}

/// What a policy said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) policy: String,
    pub(super) action: Action,
    pub(super) severity: Severity,
    pub(super) categories: Vec<String>,
}

impl Comparison {
    pub(super) fn new(samples: usize) -> Self {
        let none = || Samples {
            most: samples,
            kept: BTreeMap::new(),
        };
        Self {
            judged: 0,
            elsewhere: 0,
            inputs: 0,
            newly_flagged: 0,
            newly_cleared: 0,
            moves: BTreeMap::new(),
            unscanned: 0,
            failed: 0,
            by_record: 0,
            erased: 0,
            exempt: 0,
            versions: BTreeMap::new(),
            samples: [none(), none(), none()],
        }
    }

    /// Judges a text again.
    pub(super) fn add(&mut self, rescan: &Rescan, text: &Text) {
        let scan = text.then.as_ref().map_or(Scan::Unscanned, |then| then.scan);
        match scan {
            // It is known without its text.
            Scan::Exempt => return self.exempt += 1,
            _ if text.erased => return self.erased += 1,
            Scan::Unscanned => self.unscanned += 1,
            Scan::Failed => self.failed += 1,
            Scan::Scanned => {}
        }
        self.judged += 1;
        self.elsewhere += u64::from(text.place.is_none());
        self.inputs += u64::from(text.stage == Stage::Input);
        let then = text.then.clone().unwrap_or_default();
        self.count_version(&then.policy);
        let Rescanned { verdict, by_record } = match text.stage {
            Stage::Input => rescan.input(&text.text, text.then.as_ref()),
            Stage::Output => rescan.output(&text.thoughts, &text.text, text.then.as_ref()),
        };
        self.by_record += u64::from(by_record);
        let change = match (then.is_flagged(), verdict.is_flagged()) {
            (false, true) => {
                self.newly_flagged += 1;
                Change::Flagged
            }
            (true, false) => {
                self.newly_cleared += 1;
                Change::Cleared
            }
            _ => Change::Moved,
        };
        if then.severity != verdict.severity {
            let moved = (then.severity, verdict.severity);
            *self.moves.entry(moved).or_default() += 1;
        } else if change == Change::Moved {
            return;
        }
        if let Some((thread, message)) = &text.place {
            self.samples[change as usize].offer(text, || Sample {
                position: text.position,
                recorded_at: text.recorded_at,
                thread: *thread,
                message: message.clone(),
                stage: text.stage,
                then: Said::by(&then),
                excerpt: excerpt(text, &verdict),
                now: Said::by(&verdict),
            });
        }
    }

    fn count_version(&mut self, version: &str) {
        if self.versions.len() < VERSIONS || self.versions.contains_key(version) {
            *self.versions.entry(version.to_owned()).or_default() += 1;
        }
    }

    /// The examples of a sort, in the log's order.
    pub(super) fn samples(&self, change: Change) -> Vec<&Sample> {
        let mut samples: Vec<_> = self.samples[change as usize].kept.values().collect();
        samples.sort_by_key(|sample| sample.position);
        samples
    }

    /// The threads of which something will be shown.
    pub(super) fn threads(&self) -> Vec<ThreadId> {
        let samples = self
            .samples
            .iter()
            .flat_map(|samples| samples.kept.values());
        let threads: BTreeSet<ThreadId> = samples.map(|sample| sample.thread).collect();
        threads.into_iter().collect()
    }
}

impl Samples {
    /// The same texts are chosen each time, from the whole of the record.
    fn offer(&mut self, text: &Text, sample: impl FnOnce() -> Sample) {
        let mut hasher = DefaultHasher::new();
        text.position.hash(&mut hasher);
        let key = (hasher.finish(), text.position);
        let is_full = self.kept.len() >= self.most;
        if is_full && self.kept.keys().next_back().is_none_or(|last| *last < key) {
            return;
        }
        self.kept.insert(key, sample());
        if self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }
}

impl Said {
    fn by(verdict: &Verdict) -> Self {
        let names = [&verdict.injection_categories, &verdict.pii_categories];
        Self {
            policy: verdict.policy.clone(),
            action: verdict.action,
            severity: verdict.severity,
            categories: names.into_iter().flatten().cloned().collect(),
        }
    }
}

/// What stands around the first thing that was found, on one line and without anything that a terminal obeys.
fn excerpt(text: &Text, now: &Verdict) -> String {
    let found = [Some(now), text.then.as_ref()];
    let found = found
        .into_iter()
        .flatten()
        .flat_map(|verdict| &verdict.findings);
    let start = found
        .filter(|finding| !finding.thought && finding.end > 0)
        .map(|finding| usize::try_from(finding.start).unwrap_or(usize::MAX))
        .next();
    let start = start.unwrap_or(0).min(text.text.len());
    let shown = &text.text[text.text.floor_char_boundary(start)..];
    let before = &text.text[..text.text.len() - shown.len()];
    let ahead = before.chars().rev().take(BEFORE).count();
    let from = before.chars().count() - ahead;
    // Nothing that a terminal would obey, or by which it would turn a line around.
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let line = |c: char| if c.is_control() || turns(c) { ' ' } else { c };
    text.text
        .chars()
        .skip(from)
        .take(EXCERPT)
        .map(line)
        .collect()
}
