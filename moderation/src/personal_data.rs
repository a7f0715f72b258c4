//! Personal data: candidates by their form, weighed by checksum and context, one finding per place.

mod cards;
mod checksums;
mod context;
mod emails;
mod iban;
mod lettered;
mod national;
mod network;
mod numbers;
mod phones;
mod wallets;

use std::ops::Range;

pub(crate) use context::AFTER;
use context::Context;
use numbers::Group;

use crate::{
    category::Category,
    normalize::{View, WIDEST, is_parted, legible},
    verdict::{Detector, Finding},
};

/// A run of words with fewer digits is nobody's number, and a streamed answer does not wait for what is around it.
pub(crate) const FEW_DIGITS: usize = 3;
/// From which confidence on a candidate is a finding.
const ENOUGH: f32 = 0.5;
/// From which on it is one although its groups are apart: some of them in a text, and all of them or in a table.
const ENOUGH_APART: f32 = 0.7;
const ENOUGH_IN_A_TABLE: f32 = 0.9;
/// What is lost in sums.
const ROUNDING: f32 = 0.001;

/// Something that has the form of personal data, and passes its checksum.
pub(crate) struct Candidate {
    category: Category,
    span: Range<usize>,
    base: f32,
    /// Words that speak for it.
    context: &'static [&'static str],
}

impl Candidate {
    pub(crate) fn new(
        category: Category,
        span: Range<usize>,
        base: f32,
        context: &'static [&'static str],
    ) -> Self {
        Self {
            category,
            span,
            base,
            context,
        }
    }

    /// What is found when the surroundings agree. `around` has those of the last candidate: many have the same place.
    fn weigh(self, text: &str, around: &mut Option<Context>) -> Option<Finding> {
        let sure = self.context.is_empty();
        let weight = if sure {
            0.0
        } else {
            let known = around.take().filter(|context| context.is_of(&self.span));
            let context = known.unwrap_or_else(|| Context::of(text, &self.span));
            around.insert(context).weight(self.context)
        };
        let confidence = (self.base + weight).clamp(0.0, 1.0);
        (confidence >= ENOUGH - ROUNDING).then_some(Finding {
            category: self.category,
            span: self.span,
            confidence,
            detector: Detector::PersonalData,
        })
    }
}

/// Everything personal in a text, as it is written and as it is seen, in order of place, without overlaps.
pub(crate) fn scan(text: &str) -> Vec<Finding> {
    let mut found = merge(read(text));
    if let Some(view) = legible(text) {
        let seen = read(&view.text).into_iter().filter_map(|finding| {
            let span = view.original(&finding.span, text);
            let parted = is_parted(&text[span.clone()], &view.text[finding.span.clone()]);
            (!parted || holds_together(text, &view, &finding, &span, &found))
                .then_some(Finding { span, ..finding })
        });
        let seen: Vec<Finding> = seen.collect();
        found.extend(seen);
        found = merge(found);
    }
    found
}

/// Whether groups that are some spaces, a tab or the end of a line apart are one number's, and no list: `found` in what is
/// read is surer than what was found in its place in the text as it is written, and so sure that it is none by accident.
fn holds_together(
    text: &str,
    view: &View,
    found: &Finding,
    place: &Range<usize>,
    written: &[Finding],
) -> bool {
    let (before, bytes, after) = (
        &view.text.as_bytes()[..found.span.start],
        &view.text.as_bytes()[found.span.clone()],
        &view.text.as_bytes()[found.span.end..],
    );
    let left = beside(before.iter().rev(), bytes.iter());
    let right = beside(after.iter(), bytes.iter().rev());
    let in_a_table = left.is_some() || right.is_some();
    let is_one_gap = |three: &[u8]| {
        let [one, two, three] = [three[0], three[1], three[2]];
        !one.is_ascii_whitespace() && two == b' ' && !three.is_ascii_whitespace()
    };
    let in_columns = !text.as_bytes()[place.clone()].windows(3).any(is_one_gap);
    let has_a_plus = bytes.starts_with(b"+") || bytes.starts_with(b"(+");
    let at_home = found.category == Category::PhoneE164 && !has_a_plus;
    if in_columns && in_a_table && (at_home || left == Some(true) || right == Some(true)) {
        return false;
    }
    let enough = if in_a_table || at_home || in_columns && !has_a_plus {
        ENOUGH_IN_A_TABLE
    } else {
        ENOUGH_APART
    };
    let first = written.partition_point(|other| other.span.end <= place.start);
    let mut others = written[first..]
        .iter()
        .take_while(|other| other.span.start < place.end);
    found.confidence >= enough - ROUNDING
        && others.all(|other| {
            place.start <= other.span.start
                && other.span.end <= place.end
                && other.confidence < found.confidence
        })
}

/// Whether one more group of digits stands beside a number, and then whether it is as long as the number's own group there.
fn beside<'a>(
    outside: impl Iterator<Item = &'a u8> + Clone,
    inside: impl Iterator<Item = &'a u8>,
) -> Option<bool> {
    let gap = outside.clone().take(WIDEST + 1);
    let gap = gap.take_while(|byte| byte.is_ascii_whitespace()).count();
    let next = outside.skip(gap).take(20);
    let digits = next.take_while(|byte| byte.is_ascii_digit()).count();
    let own = inside.take(20).take_while(|byte| byte.is_ascii_digit());
    (digits > 0).then(|| digits == own.count())
}

/// Everything personal in one reading of a text.
fn read(text: &str) -> Vec<Finding> {
    let mut candidates = Vec::new();
    crate::credentials::scan(text, &mut candidates);
    collect(text, &mut candidates);
    let mut around = None;
    candidates
        .into_iter()
        .filter_map(|candidate| candidate.weigh(text, &mut around))
        .collect()
}

/// One pass over the text: every word with a digit, every `@`.
fn collect(text: &str, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let mut groups: Vec<Group> = Vec::new();
    // How far words were looked at.
    let mut seen = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'@' {
            emails::judge(text, at, found);
        } else if byte == b':' && at >= seen {
            seen = colon(text, at, found).max(seen);
        } else if matches!(byte, b'-' | b'.') && at >= seen {
            seen = hardware(text, at, found).max(seen);
        } else if byte.is_ascii_digit() {
            let end = at
                + bytes[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
            if at >= seen {
                seen = word(text, at, seen, found);
            }
            if groups
                .last()
                .is_some_and(|last| !joined(bytes, last.end, at))
            {
                numbers::judge(text, &groups, found);
                groups.clear();
            }
            groups.push(Group { start: at, end });
            at = end;
            continue;
        }
        at += 1;
    }
    numbers::judge(text, &groups, found);
}

/// Whether what is between two groups of digits keeps them together.
fn joined(bytes: &[u8], end: usize, start: usize) -> bool {
    matches!(
        &bytes[end..start],
        [one] if b" -./_:+()".contains(one)
    ) || matches!(
        &bytes[end..start],
        [one, other] if b" -./)".contains(one) && b" -/(+)".contains(other) || (*one, *other) == (0xC2, 0xA0)
    ) || matches!(&bytes[end..start], b" (+" | b") (" | b")-(")
}

/// Looks at the word around a digit, and at a short one before it. Says how far it was read.
fn word(text: &str, at: usize, seen: usize, found: &mut Vec<Candidate>) -> usize {
    let bytes = text.as_bytes();
    let mut start = at;
    while start > seen && bytes[start - 1].is_ascii_alphanumeric() {
        start -= 1;
    }
    let end = at
        + bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
    let clean = start == 0 || bytes[start - 1] != b'_' && bytes[start - 1] < 0x80;
    let spaced = start == 0 || bytes[start - 1] < 0x80;
    if clean || spaced {
        iban::judge(text, start, found);
        if end - start <= 17 {
            lettered::judge(text, start, found);
        }
        wallets::judge(text, start, end, found);
    }
    // "DE 136 695 976", "YZ 61 48 68 B": letters apart from the digits they belong to.
    if start >= 2 && matches!(bytes[start - 1], b' ' | b'-' | b'.') {
        let letters = bytes[..start - 1]
            .iter()
            .rev()
            .take(4)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        let from = start - 1 - letters;
        if matches!(letters, 1..=3) && (from == 0 || !bytes[from - 1].is_ascii_alphanumeric()) {
            lettered::judge(text, from, found);
            iban::judge(text, from, found);
        }
    }
    let mut from = start;
    while from > seen
        && from > at.saturating_sub(40)
        && (bytes[from - 1].is_ascii_hexdigit() || bytes[from - 1] == b':')
    {
        from -= 1;
    }
    let apart = |from: usize| {
        from == 0 || !bytes[from - 1].is_ascii_alphanumeric() && !matches!(bytes[from - 1], b'.')
    };
    if apart(from) {
        network::judge(text, from, found);
    }
    if from != start && apart(start) && bytes[start - 1] != b':' {
        network::judge(text, start, found);
    }
    end.max(at + 1)
}

/// Looks at a word of letters that goes on with a colon: an address that begins without digits.
fn colon(text: &str, at: usize, found: &mut Vec<Candidate>) -> usize {
    let bytes = text.as_bytes();
    let letters = bytes[..at]
        .iter()
        .rev()
        .take(5)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let from = at - letters;
    let begins = from == 0 || !bytes[from - 1].is_ascii_alphanumeric() && bytes[from - 1] != b':';
    let goes_on = bytes
        .get(at + 1)
        .is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':');
    if letters > 4 || !begins || !goes_on {
        return at;
    }
    let before = found.len();
    network::judge(text, from, found);
    found.get(before).map_or(at, |address| address.span.end)
}

/// Looks at letters that go on with a hyphen or a dot: an address of hardware that begins without digits.
fn hardware(text: &str, at: usize, found: &mut Vec<Candidate>) -> usize {
    let bytes = text.as_bytes();
    let sign = bytes[at];
    let size = if sign == b'-' { 2 } else { 4 };
    if bytes.get(at + size + 1) != Some(&sign) {
        return at;
    }
    let Some(from) = at.checked_sub(size) else {
        return at;
    };
    let letters = bytes[from..at]
        .iter()
        .all(|byte| byte.is_ascii_hexdigit() && byte.is_ascii_alphabetic());
    let begins = from == 0 || !bytes[from - 1].is_ascii_alphanumeric() && bytes[from - 1] != sign;
    if !letters || !begins {
        return at;
    }
    let before = found.len();
    network::judge(text, from, found);
    found.get(before).map_or(at, |address| address.span.end)
}

/// Of overlapping findings one stays: the most exact category, over the range of all.
fn merge(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by_key(|finding| (finding.span.start, usize::MAX - finding.span.end));
    let mut merged: Vec<Finding> = Vec::with_capacity(found.len());
    for finding in found {
        match merged.last_mut() {
            Some(last) if finding.span.start < last.span.end => {
                let end = last.span.end.max(finding.span.end);
                let start = last.span.start;
                if stronger(&finding, last) {
                    *last = finding;
                }
                last.span = start..end;
            }
            _ => merged.push(finding),
        }
    }
    merged
}

/// Which of two overlapping findings names what is there: a form that leaves no doubt, then the longer one, then the one
/// that the words around speak for, then the more exact category.
fn stronger(one: &Finding, other: &Finding) -> bool {
    const NO_DOUBT: u8 = 60;
    let key = |finding: &Finding| {
        let rank = finding.category.rank();
        let certain = if rank >= NO_DOUBT { rank } else { 0 };
        (certain, finding.span.len(), finding.confidence, rank)
    };
    key(one) > key(other)
}
