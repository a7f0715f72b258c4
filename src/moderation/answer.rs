//! One answer and the thoughts before it, watched while they are written: what was not judged does not leave.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use aggregates::verdict::{Shadow, Verdict};
use moderation::{Finding, Output, Released};

use super::{Rules, count, detector::Stream, verdict};

/// Findings that are remembered of each; more of them say nothing new.
const REMEMBERED: usize = 1_000;

/// See the module.
pub struct Answer {
    rules: Arc<Rules>,
    /// The server's own words.
    own: bool,
    text: Channel,
    thoughts: Channel,
    took: Duration,
    blocked: bool,
    failed: bool,
    /// Who only looks on: what may leave does not depend on it.
    shadow: Option<Box<Answer>>,
}

/// One of the two, as far as it has come.
#[derive(Default)]
struct Channel {
    stream: Option<Box<dyn Stream>>,
    /// Bytes that went into streams that are over.
    before: usize,
    /// Bytes that went into this one.
    taken: usize,
    findings: Vec<Finding>,
    more: u64,
}

/// What may leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// More of the thoughts; they come before the text.
    pub thoughts: String,
    /// More of the answer.
    pub text: String,
}

impl Answer {
    pub(super) fn new(rules: Arc<Rules>, own: bool) -> Self {
        let shadow = match (&rules.shadow, own) {
            (Some(shadow), false) => Some(Box::new(Self::new(Arc::clone(shadow), own))),
            _ => None,
        };
        Self {
            shadow,
            rules,
            own,
            text: Channel::default(),
            thoughts: Channel::default(),
            took: Duration::ZERO,
            blocked: false,
            failed: false,
        }
    }

    /// Whether the answer ends here, whatever else is written.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Whether nobody is to be shown any of it before all of it is judged.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let detector = self.rules.detector.as_ref().filter(|_| !self.own);
        detector.is_some_and(|detector| detector.policy().output == Output::Held)
    }

    /// More of the answer. The thoughts before it are over.
    pub fn text(&mut self, piece: &str) -> Leaving {
        if self.is_free() {
            let text = piece.to_owned();
            return Leaving {
                text,
                ..Leaving::default()
            };
        }
        let thoughts = self.watch(|answer| &mut answer.thoughts, Channel::end);
        let rules = Arc::clone(&self.rules);
        let text = self.watch(
            |answer| &mut answer.text,
            |channel| channel.push(&rules, piece),
        );
        if let Some(shadow) = &mut self.shadow {
            let _ = shadow.text(piece);
        }
        Leaving { thoughts, text }
    }

    /// More of the thoughts.
    pub fn thoughts(&mut self, piece: &str) -> Leaving {
        let thoughts = if self.is_free() {
            piece.to_owned()
        } else {
            if let Some(shadow) = &mut self.shadow {
                let _ = shadow.thoughts(piece);
            }
            let rules = Arc::clone(&self.rules);
            self.watch(
                |answer| &mut answer.thoughts,
                |channel| channel.push(&rules, piece),
            )
        };
        Leaving {
            thoughts,
            ..Leaving::default()
        }
    }

    /// What comes next is a part of its own: what was held of this one.
    pub fn part(&mut self) -> Leaving {
        if let Some(shadow) = &mut self.shadow {
            let _ = shadow.part();
        }
        Leaving {
            thoughts: self.watch(|answer| &mut answer.thoughts, Channel::end),
            text: self.watch(|answer| &mut answer.text, Channel::end),
        }
    }

    /// It is over: what was held, and what is said of the whole; `None`: nobody looks at anything.
    pub fn finish(&mut self) -> (Leaving, Option<Verdict>) {
        let (leaving, verdict) = self.end();
        let shadow = self.shadow.as_mut().and_then(|shadow| shadow.end().1);
        let verdict = verdict.map(|verdict| Verdict {
            shadow: shadow.map(|verdict| Box::new(Shadow::from(verdict))),
            ..verdict
        });
        if let Some(verdict) = &verdict {
            count("output", verdict);
        }
        (leaving, verdict)
    }

    fn end(&mut self) -> (Leaving, Option<Verdict>) {
        (self.part(), self.verdict())
    }

    fn is_free(&self) -> bool {
        self.own || self.rules.detector.is_none()
    }

    /// Has one of the two go on, unless the answer has ended. A failure ends it.
    fn watch(
        &mut self,
        which: fn(&mut Self) -> &mut Channel,
        go_on: impl FnOnce(&mut Channel) -> Released,
    ) -> String {
        if self.blocked {
            return String::new();
        }
        let began = Instant::now();
        let channel = which(self);
        let released = catch_unwind(AssertUnwindSafe(|| go_on(channel)));
        self.took += began.elapsed();
        match released {
            Ok(released) => {
                self.blocked = released.blocked;
                which(self).remember(released.findings);
                released.text
            }
            Err(_) => {
                tracing::error!("a detector failed while it watched an answer");
                (self.blocked, self.failed) = (true, true);
                String::new()
            }
        }
    }

    fn verdict(&mut self) -> Option<Verdict> {
        if self.own {
            return self.rules.detector.as_ref().map(|_| Verdict::exempt());
        }
        let detector = self.rules.detector.as_ref()?;
        let duration_us = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        let thoughts = mem::take(&mut self.thoughts.findings);
        let text = mem::take(&mut self.text.findings);
        let judging = AssertUnwindSafe(|| verdict::of_answer(detector.as_ref(), thoughts, text));
        let verdict = match catch_unwind(judging) {
            Ok(verdict) if !self.failed => verdict,
            _ => verdict::failed(detector.policy()),
        };
        Some(Verdict {
            more_findings: verdict.more_findings + self.thoughts.more + self.text.more,
            duration_us,
            ..verdict
        })
    }
}

impl Channel {
    fn push(&mut self, rules: &Rules, piece: &str) -> Released {
        let stream = match (&mut self.stream, &rules.detector) {
            (Some(stream), _) => stream,
            (none, Some(detector)) => none.insert(detector.stream()),
            (None, None) => return Released::default(),
        };
        self.taken += piece.len();
        stream.push(piece)
    }

    fn end(&mut self) -> Released {
        match self.stream.take() {
            Some(stream) => stream.finish(),
            None => Released::default(),
        }
    }

    fn remember(&mut self, findings: Vec<Finding>) {
        for mut finding in findings {
            finding.span = finding.span.start + self.before..finding.span.end + self.before;
            let known = |other: &Finding| other.category == finding.category;
            if self.findings.len() < REMEMBERED || !self.findings.iter().any(known) {
                self.findings.push(finding);
            } else {
                self.more += 1;
            }
        }
        if self.stream.is_none() {
            self.before += mem::take(&mut self.taken);
        }
    }
}
