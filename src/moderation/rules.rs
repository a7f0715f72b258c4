//! Who looks at a text, and what becomes of it: kept, redacted, refused. A detector that panics has failed, and its text
//! is treated as the worst.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use aggregates::verdict::{self as kept, Judged, Verdict};
use moderation::{Action, Kind, Policy, Scanner};

use super::{Detector, Input, PolicyFaults, Settings, count, micros, read_policy, verdict};

/// What is kept of a message with credentials in it.
pub(super) const CREDENTIALS: &str = kept::NOT_KEPT;

/// Who looks, and what is said to those who are refused.
pub(crate) struct Rules {
    /// `None`: nobody looks.
    pub(super) detector: Option<Box<dyn Detector>>,
    pub(super) refusal: String,
    /// Who only looks on, where somebody looks.
    pub(super) shadow: Option<Arc<Rules>>,
}

impl Rules {
    /// The files are checked even where another policy counts.
    pub(super) fn read(
        settings: &Settings,
        applied: Option<&Policy>,
    ) -> Result<Self, PolicyFaults> {
        let own = settings.own_policy()?;
        let shadow = match &settings.shadow {
            Some(file) if !settings.off => Some(read_policy(file).map_err(|faults| {
                faults.of_setting("moderation.shadow (COLLOQUY_MODERATION__SHADOW)")
            })?),
            _ => None,
        };
        let shadow = shadow.map(|policy| Arc::new(Self::of(Scanner::new(policy))));
        Ok(Self::new(settings, applied.cloned().unwrap_or(own), shadow))
    }

    pub(super) fn new(settings: &Settings, policy: Policy, shadow: Option<Arc<Self>>) -> Self {
        let refusal = settings.refusal.clone();
        if settings.off {
            return Self {
                detector: None,
                refusal: refusal.unwrap_or(policy.refusal),
                shadow: None,
            };
        }
        let mut rules = Self::of(Scanner::new(policy));
        rules.refusal = refusal.unwrap_or(rules.refusal);
        Self { shadow, ..rules }
    }

    /// The version that these were under as well, though their policy said something else: verdicts of both have it.
    pub(super) fn version_kept_from(&self, before: &Self) -> Option<&str> {
        let policy = self.detector.as_ref()?.policy();
        let old = before.detector.as_ref()?.policy();
        let kept = policy.version == old.version && policy != old;
        kept.then_some(policy.version.as_str())
    }

    /// Nobody looks on, and what is refused is refused in the policy's words.
    pub(super) fn of(detector: impl Detector + 'static) -> Self {
        Self {
            refusal: detector.policy().refusal.clone(),
            detector: Some(Box::new(detector)),
            shadow: None,
        }
    }

    pub(super) fn input(&self, text: String) -> Input {
        let Some(detector) = &self.detector else {
            return Input { text, judged: None };
        };
        let began = Instant::now();
        let judging = AssertUnwindSafe(|| {
            let found = detector.input(&text);
            let personal = found
                .findings
                .iter()
                .filter(|finding| finding.category.kind() == Kind::PersonalData)
                .filter_map(|finding| detector.policy().action(finding.category))
                .max();
            let kept = match personal {
                Some(Action::Block) => Some(CREDENTIALS.to_owned()),
                Some(Action::Warn | Action::Redact) => {
                    Some(detector.redact(&text, &found.findings))
                }
                _ => None,
            };
            let warning = personal
                .and_then(|action| verdict::warning(action, &found.findings, detector.policy()));
            (found, kept, warning)
        });
        let (verdict, kept, warning) = match catch_unwind(judging) {
            Ok((found, kept, warning)) => (verdict::scanned(found), kept, warning),
            Err(_) => {
                tracing::error!("a detector failed: the message is blocked");
                (verdict::failed(detector.policy()), None, None)
            }
        };
        let verdict = Verdict {
            duration_us: micros(began),
            ..verdict
        };
        let blocks = verdict.action == kept::Action::Block;
        Input {
            text: kept.unwrap_or(text),
            judged: Some(Judged {
                refusal: blocks.then(|| self.refusal.clone()),
                verdict,
                warning,
            }),
        }
    }

    pub(super) fn redacted(&self, text: String) -> String {
        let Some(detector) = &self.detector else {
            return text;
        };
        let judging = AssertUnwindSafe(|| {
            let found = detector.output(&text);
            detector.redact(&text, &found.findings)
        });
        catch_unwind(judging).unwrap_or_else(|_| {
            tracing::error!("a detector failed: the text is not kept");
            CREDENTIALS.to_owned()
        })
    }

    pub(super) fn ready(&self, text: &str) {
        if let Some(detector) = &self.detector {
            // Who fails here fails at the first message, too, and says so then.
            let _ = catch_unwind(AssertUnwindSafe(|| detector.input(text)));
        }
    }

    pub(super) fn shown(&self, thoughts: &str, text: &str) -> Option<Verdict> {
        let detector = self.detector.as_ref()?;
        let began = Instant::now();
        let judging = AssertUnwindSafe(|| {
            let [thoughts, text] = [thoughts, text].map(|part| detector.output(part).findings);
            verdict::of_answer(detector.as_ref(), thoughts, text)
        });
        let verdict = match catch_unwind(judging) {
            Ok(verdict) => verdict,
            Err(_) => {
                tracing::error!("a detector failed: nobody knows what an answer contains");
                verdict::failed(detector.policy())
            }
        };
        let verdict = Verdict {
            duration_us: micros(began),
            released: true,
            ..verdict
        };
        count("output", &verdict);
        Some(verdict)
    }
}
