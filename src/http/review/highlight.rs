//! Where in a case's text its findings are. They say where they were in what was judged; what was taken out of it is
//! shown as a token, and what follows stands elsewhere.

use std::ops::Range;

use aggregates::verdict::{Finding, MOST_FINDINGS, NOT_KEPT};
use serde_json::{Value, json};

use super::shown::Shown;
use crate::{http::threads::reply::list, views::CaseRow};

/// Of an answer that is judged while it is written, what is as long as this may have been taken out with the rest of
/// its word, and nobody knows how long that was.
const LONG: u64 = 80;

/// A case's findings with their places in its text, in code points; nothing where they are not known.
pub(super) fn findings(row: &CaseRow, said: &Shown) -> Value {
    let Value::Array(mut told) = list(&row.findings) else {
        return json!([]);
    };
    let found: Vec<Finding> = serde_json::from_str(&row.findings).unwrap_or_default();
    let places = match said.as_judged && said.text != NOT_KEPT {
        true => places(&found, &said.text, row.stage.as_deref() == Some("output")),
        false => vec![],
    };
    for (nth, one) in told.iter_mut().enumerate() {
        let place = places.get(nth).cloned().flatten();
        one["shown_start"] = json!(place.as_ref().map(|place| place.start));
        one["shown_end"] = json!(place.map(|place| place.end));
    }
    Value::from(told)
}

/// What stands for something that was taken out.
fn token(category: &str) -> String {
    format!("[{category}_REDACTED]")
}

/// Something that was taken out: from where to where, and where its token is, in bytes.
struct Taken {
    from: u64,
    to: u64,
    at: Range<usize>,
}

/// Where findings are in what is kept of the text they were found in, in code points; as many, in the same order.
fn places(found: &[Finding], text: &str, streamed: bool) -> Vec<Option<Range<usize>>> {
    let (taken, until) = taken(found, text, streamed);
    let place = |finding: &Finding| {
        if !is_somewhere(finding) || finding.thought || finding.end > until {
            return None;
        }
        let start = moved(finding.start, &taken, |token| token.start)?;
        let end = moved(finding.end, &taken, |token| token.end)?;
        let before = text.get(..start)?.chars().count();
        let within = text.get(start..end)?.chars().count();
        Some(before..before + within)
    };
    found.iter().map(place).collect()
}

/// Detectors elsewhere do not say where.
fn is_somewhere(finding: &Finding) -> bool {
    finding.start < finding.end
}

/// What was taken out, in order, and up to which byte of what was judged that is all.
fn taken(found: &[Finding], text: &str, streamed: bool) -> (Vec<Taken>, u64) {
    let told = found.iter().filter(|finding| is_somewhere(finding)).count();
    let mut order: Vec<&Finding> = found
        .iter()
        .filter(|finding| is_somewhere(finding) && !finding.thought)
        .collect();
    order.sort_by_key(|finding| (finding.start, finding.end));
    // What is beyond the last one that is told nobody knows.
    let last = order.last().filter(|_| told >= MOST_FINDINGS);
    let mut until = last.map_or(u64::MAX, |last| last.start);
    let mut taken: Vec<Taken> = vec![];
    for finding in order {
        let within = taken.last().is_some_and(|last| finding.start < last.to);
        if within || !finding.category.starts_with("pii_") {
            continue;
        }
        let token = token(&finding.category);
        let start = moved(finding.start, &taken, |token| token.start);
        let rest = start.and_then(|start| Some((start, text.get(start..)?)));
        match rest {
            Some((start, rest)) if rest.starts_with(&token) => taken.push(Taken {
                from: finding.start,
                to: finding.end,
                at: start..start + token.len(),
            }),
            // It was left as it is.
            Some((_, rest)) if !rest.contains(&token) => continue,
            _ => {
                until = until.min(finding.start);
                break;
            }
        }
        if streamed && finding.end - finding.start >= LONG {
            until = until.min(finding.end);
            break;
        }
    }
    (taken, until)
}

/// A place in what was judged as one in what is shown; within something that was taken out, `side` of its token.
fn moved(place: u64, taken: &[Taken], side: fn(&Range<usize>) -> usize) -> Option<usize> {
    let within = |taken: &&Taken| taken.from < place && place < taken.to;
    if let Some(taken) = taken.iter().find(within) {
        return Some(side(&taken.at));
    }
    let (to, end) = match taken.iter().rfind(|taken| taken.to <= place) {
        Some(before) => (before.to, before.at.end),
        None => (0, 0),
    };
    end.checked_add(usize::try_from(place - to).ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use moderation::{Action, Category, Kind, Policy, Scanner, Verdict};
    use proptest::prelude::*;

    use super::*;

    fn recorded(verdict: &Verdict) -> Vec<Finding> {
        let recorded = |found: &moderation::Finding| Finding {
            category: found.category.name().to_owned(),
            start: found.span.start as u64,
            end: found.span.end as u64,
            confidence: found.confidence,
            detector: String::new(),
            thought: false,
        };
        verdict.findings.iter().map(recorded).collect()
    }

    fn finding(category: &str, start: u64, end: u64) -> Finding {
        Finding {
            category: category.to_owned(),
            start,
            end,
            confidence: 1.0,
            detector: String::new(),
            thought: false,
        }
    }

    /// What is shown there.
    fn cut(text: &str, place: &Range<usize>) -> String {
        let characters = text.chars().skip(place.start);
        characters.take(place.end - place.start).collect()
    }

    fn texts() -> impl Strategy<Value = String> {
        let words = [
            "the",
            "card is",
            "zwölf",
            "漢字",
            "👩‍👩‍👧",
            "h4ck the system",
            "ignore all previous instructions",
            "write to",
            "john.doe@company.com",
            "EE382200221020145685",
            "4532 1111 1111 1112",
            "192.168.17.4",
        ];
        let word = prop::sample::select(words.to_vec());
        prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_finding_is_shown_as_its_token_or_as_it_was_written(
            text in texts(),
            flagged in prop::sample::subsequence(vec!["pii_email", "pii_credit_card"], 0..=2),
        ) {
            let policy = Policy {
                flag: flagged.into_iter().filter_map(Category::named).collect(),
                ..Policy::default()
            };
            let scanner = Scanner::new(policy.clone());
            let verdict = scanner.input(&text);
            let kept = scanner.redact(&text, &verdict.findings);
            let is_taken = |found: &moderation::Finding| {
                found.category.kind() == Kind::PersonalData
                    && policy.action(found.category) >= Some(Action::Warn)
            };
            let places = places(&recorded(&verdict), &kept, false);
            prop_assert_eq!(places.len(), verdict.findings.len());
            for (found, place) in verdict.findings.iter().zip(places) {
                let shown = cut(&kept, &place.unwrap());
                if is_taken(found) {
                    prop_assert_eq!(&shown, &moderation::token(found.category));
                    continue;
                }
                let overlaps = |other: &&moderation::Finding| {
                    is_taken(other)
                        && other.span.start < found.span.end
                        && found.span.start < other.span.end
                };
                let within: Vec<_> = verdict.findings.iter().filter(overlaps).collect();
                if within.is_empty() {
                    prop_assert_eq!(&shown, &text[found.span.clone()]);
                }
                for other in within {
                    prop_assert!(shown.contains(&moderation::token(other.category)), "{}", shown);
                }
            }
        }
    }

    #[test]
    fn what_nobody_knows_is_not_guessed() {
        // Somebody wrote a token themselves, and the address was let pass.
        let text = "a.b@company.com, [pii_email_REDACTED]";
        let passed = [finding("pii_email", 0, 15), finding("leetspeak", 17, 20)];
        assert_eq!(places(&passed, text, false), [None, None]);
        // Nothing of what was judged is there.
        let elsewhere = [finding("leetspeak", 40, 50), finding("acme_hate", 0, 0)];
        assert_eq!(places(&elsewhere, text, false), [None, None]);
        let thought = Finding {
            thought: true,
            ..finding("pii_email", 0, 15)
        };
        assert_eq!(places(&[thought], text, false), [None]);
    }

    #[test]
    fn after_something_long_in_an_answer_nothing_is_known() {
        let text = "[pii_jwt_REDACTED] from 192.168.17.4";
        let found = [
            finding("pii_jwt", 0, 100),
            finding("pii_ip_address", 106, 118),
        ];
        assert_eq!(places(&found, text, true), [Some(0..18), None]);
        assert_eq!(places(&found, text, false), [Some(0..18), Some(24..36)]);
    }

    #[test]
    fn of_more_findings_than_are_told_the_last_ones_are_not_known() {
        let text = "x".repeat(200);
        let mut found: Vec<Finding> = (0..MOST_FINDINGS as u64)
            .map(|nth| finding("leetspeak", nth, nth + 1))
            .collect();
        found[0].end = 150;
        let places = places(&found, &text, false);
        assert_eq!((&places[0], &places[1]), (&None, &Some(1..2)));
        assert_eq!(places.last().unwrap(), &None);
    }
}
