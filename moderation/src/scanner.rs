//! Makes the verdict: asks the detectors, applies the policy.

use crate::{
    category::Kind,
    injection,
    normalize::legible,
    personal_data,
    policy::Policy,
    verdict::{Action, Finding, Severity, Verdict, token},
};

/// The version of rules and weights together; a change of either raises it.
pub const DETECTOR_VERSION: &str = "rules-17+weights-1";

/// A policy at work. Cheap to clone the policy for; the automata behind it are shared by all.
#[derive(Clone, Debug)]
pub struct Scanner {
    policy: Policy,
}

impl Scanner {
    /// A scanner that applies this policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Judges what somebody wrote, or what was fetched for the model to read.
    #[must_use]
    pub fn input(&self, text: &str) -> Verdict {
        let (score, mut findings) = injection::scan(text, &self.policy);
        findings.extend(self.personal_data(text));
        self.judge(score, findings)
    }

    /// Judges what a model wrote: nobody injects there, but it may tell secrets.
    #[must_use]
    pub fn output(&self, text: &str) -> Verdict {
        self.judge(0.0, self.personal_data(text))
    }

    /// Judges what a [`crate::Window`] has found in an answer.
    #[must_use]
    pub fn found(&self, findings: Vec<Finding>) -> Verdict {
        self.judge(0.0, findings)
    }

    /// The verdict with what else is known of the text: what was found before something was taken out of it.
    #[must_use]
    pub fn knowing(&self, verdict: Verdict, score: f32, found: Vec<Finding>) -> Verdict {
        let (policy, mut findings) = (&self.policy, verdict.findings);
        let before = found.into_iter().filter(|finding| {
            let looks = match finding.category.kind() {
                Kind::Injection => policy.detectors.injection,
                Kind::PersonalData => policy.detectors.personal_data,
            };
            looks && !policy.ignore.contains(&finding.category)
        });
        findings.extend(before);
        let injects = |finding: &Finding| finding.category.kind() == Kind::Injection;
        let score = if findings.iter().any(injects) {
            verdict.score.max(score)
        } else {
            verdict.score
        };
        self.judge(score, findings)
    }

    /// The personal data that the policy asks for.
    pub(crate) fn personal_data(&self, text: &str) -> Vec<Finding> {
        if !self.policy.detectors.personal_data {
            return Vec::new();
        }
        let mut findings = personal_data::scan(text);
        findings.retain(|finding| {
            let found = text.get(finding.span.clone()).unwrap_or_default();
            let seen = legible(found).map(|view| view.text);
            let is_this = |allowed: &String| {
                let is = |text: &str| allowed.eq_ignore_ascii_case(text);
                is(found) || seen.as_deref().is_some_and(is)
            };
            !self.policy.ignore.contains(&finding.category)
                && !self.policy.allow.iter().any(is_this)
        });
        findings
    }

    /// The text with personal data replaced by tokens like `[pii_email_REDACTED]`, as far as the policy redacts.
    #[must_use]
    pub fn redact(&self, text: &str, findings: &[Finding]) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut done = 0;
        for finding in findings {
            if finding.span.start < done || !self.redacts(finding) {
                continue;
            }
            redacted.push_str(text.get(done..finding.span.start).unwrap_or_default());
            redacted.push_str(&token(finding.category));
            done = finding.span.end;
        }
        redacted.push_str(text.get(done..).unwrap_or_default());
        redacted
    }

    /// Whether a finding is taken out of the text.
    fn redacts(&self, finding: &Finding) -> bool {
        finding.category.kind() == Kind::PersonalData
            && self.policy.action(finding.category) >= Some(Action::Warn)
    }

    /// Whether a finding ends a reply.
    pub(crate) fn blocks(&self, finding: &Finding) -> bool {
        self.policy.action(finding.category) == Some(Action::Block)
    }

    fn judge(&self, score: f32, mut findings: Vec<Finding>) -> Verdict {
        findings.sort_by_key(|finding| (finding.span.start, finding.span.end, finding.category));
        let mut severity = self.policy.thresholds.severity(score);
        let mut action = match severity {
            Severity::None => Action::Allow,
            Severity::Low | Severity::Medium => Action::Flag,
            Severity::High | Severity::Critical => Action::Block,
        };
        for finding in &findings {
            let Some(asked) = self.policy.action(finding.category) else {
                continue;
            };
            action = action.max(asked);
            if finding.category.kind() == Kind::PersonalData {
                severity = severity.max(match asked {
                    Action::Block => Severity::Critical,
                    Action::Redact => Severity::High,
                    Action::Warn => Severity::Medium,
                    Action::Flag => Severity::Low,
                    Action::Allow => Severity::None,
                });
            }
        }
        Verdict {
            action,
            severity,
            score,
            findings,
            detector_version: DETECTOR_VERSION,
            policy_version: self.policy.version.clone(),
        }
    }
}
