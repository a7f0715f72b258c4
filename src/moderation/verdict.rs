//! A scanner's verdict as the record keeps it, and what an author is told of it.

use std::collections::BTreeSet;

use super::Detector as Detects;
use aggregates::verdict::{self as kept, Scan, Verdict};
use moderation::{Action, Category, DETECTOR_VERSION, Detector, Finding, Kind, Policy, Severity};

/// The category of a text that could not be judged.
pub(super) const FAILED: &str = "scanner_error";

/// As the record keeps it.
pub(super) fn scanned(found: moderation::Verdict) -> Verdict {
    let action = action(found.action);
    let severity = severity(found.severity);
    let flagged = action > kept::Action::Allow;
    Verdict {
        scan: Scan::Scanned,
        action,
        // What is flagged is listed by how bad it is, so it is at least a little.
        severity: severity.max(if flagged {
            kept::Severity::Low
        } else {
            kept::Severity::None
        }),
        injection_categories: names(&found.categories(Kind::Injection)),
        pii_categories: names(&found.categories(Kind::PersonalData)),
        score: found.score,
        findings: found
            .findings
            .iter()
            .take(kept::MOST_FINDINGS)
            .map(finding)
            .collect(),
        more_findings: found.findings.len().saturating_sub(kept::MOST_FINDINGS) as u64,
        detectors: found.detector_version.to_owned(),
        policy: found.policy_version,
        duration_us: 0,
        released: false,
        shadow: None,
    }
}

/// On an answer, by what was found in its thoughts and in its text.
pub(super) fn of_answer(
    detector: &dyn Detects,
    thoughts: Vec<Finding>,
    text: Vec<Finding>,
) -> Verdict {
    let in_thoughts = thoughts.iter().map(|found| kept::Finding {
        thought: true,
        ..finding(found)
    });
    let told = in_thoughts.chain(text.iter().map(finding));
    let findings = told.take(kept::MOST_FINDINGS).collect();
    let whole = detector.found(thoughts.into_iter().chain(text).collect());
    Verdict {
        findings,
        ..scanned(whole)
    }
}

/// On a text that nobody knows anything about, because a detector failed.
pub(super) fn failed(policy: &Policy) -> Verdict {
    Verdict {
        scan: Scan::Failed,
        action: kept::Action::Block,
        severity: kept::Severity::Critical,
        injection_categories: vec![FAILED.to_owned()],
        detectors: DETECTOR_VERSION.to_owned(),
        policy: policy.version.clone(),
        ..Verdict::default()
    }
}

/// What the author is told when the strongest that personal data asks for is `action`.
pub(super) fn warning(action: Action, findings: &[Finding], policy: &Policy) -> Option<String> {
    // A credential is what matters beside an address.
    let least = if action == Action::Block {
        Action::Block
    } else {
        Action::Warn
    };
    let names: BTreeSet<&str> = findings
        .iter()
        .map(|finding| finding.category)
        .filter(|category| category.kind() == Kind::PersonalData)
        .filter(|category| policy.action(*category) >= Some(least))
        .map(Category::display)
        .collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    match action {
        Action::Allow | Action::Flag => None,
        Action::Warn => Some(format!(
            "Your message may contain sensitive information ({names}). Please be cautious when sharing personal data."
        )),
        Action::Redact => Some(format!(
            "Personal information detected and redacted ({names})."
        )),
        Action::Block => Some(format!(
            "Sensitive credentials detected ({names}). Message blocked for security."
        )),
    }
}

fn names(categories: &[Category]) -> Vec<String> {
    let names = categories.iter().map(|category| category.name().to_owned());
    names.collect()
}

fn finding(finding: &Finding) -> kept::Finding {
    kept::Finding {
        category: finding.category.name().to_owned(),
        start: finding.span.start as u64,
        end: finding.span.end as u64,
        confidence: finding.confidence,
        detector: match finding.detector {
            Detector::Rules => "rules",
            Detector::Classifier => "classifier",
            Detector::PersonalData => "personal_data",
        }
        .to_owned(),
        thought: false,
    }
}

fn action(action: Action) -> kept::Action {
    match action {
        Action::Allow => kept::Action::Allow,
        Action::Flag => kept::Action::Flag,
        Action::Warn => kept::Action::Warn,
        Action::Redact => kept::Action::Redact,
        Action::Block => kept::Action::Block,
    }
}

fn severity(severity: Severity) -> kept::Severity {
    match severity {
        Severity::None => kept::Severity::None,
        Severity::Low => kept::Severity::Low,
        Severity::Medium => kept::Severity::Medium,
        Severity::High => kept::Severity::High,
        Severity::Critical => kept::Severity::Critical,
    }
}
