//! Injection: rules over the clean text and over every other way to read it, weighed by what surrounds them.

mod framing;
mod lexicon;
mod markers;
mod matcher;
mod rules;
mod scrambled;
mod signs;
mod together;

use std::{cell::LazyCell, collections::BTreeMap, ops::Range};

use lexicon::Class;
use markers::Marker;
use matcher::Word;
use signs::Sign;
use together::Seen;

use crate::{
    category::Category,
    classifier,
    normalize::{View, normalize},
    policy::Policy,
    verdict::{Detector, Finding},
    views::{self, payloads::Encoding},
};

/// How deep payloads are decoded inside of payloads.
const DEPTH: usize = 2;
/// Below this a rule is no finding: its surroundings took it back.
const FAINT: f32 = 0.3;
/// A reading that hides what it says weighs more.
const HIDDEN: f32 = 0.05;

/// The score of a text, and what made it.
pub(crate) fn scan(text: &str, policy: &Policy) -> (f32, Vec<Finding>) {
    let mut scan = Scan {
        policy,
        findings: Vec::new(),
        budget: text.len() * 2,
        signs: Vec::new(),
    };
    scan.level(text, None, 0, true);
    let mut findings = scan.findings;
    findings.retain(|finding| !policy.ignore.contains(&finding.category));
    strongest(&mut findings);
    // What is only to be flagged makes nothing else worse, and nothing makes it worse.
    let flagged = |finding: &&Finding| policy.flag.contains(&finding.category);
    let most = policy.thresholds.high - 0.01;
    let score = score(findings.iter().filter(|finding| !flagged(finding)))
        .max(score(findings.iter().filter(flagged)).min(most));
    for finding in &mut findings {
        if policy.flag.contains(&finding.category) {
            finding.confidence = finding.confidence.min(most);
        }
    }
    (score, findings)
}

/// The weight of the strongest finding, and something for every other category.
fn score<'a>(findings: impl Iterator<Item = &'a Finding>) -> f32 {
    let (mut categories, mut most) = (0, 0.0_f32);
    for finding in findings {
        categories += 1;
        most = most.max(finding.confidence);
    }
    let extra = match categories {
        0 | 1 => 0.0,
        2 => 0.1,
        3 => 0.15,
        _ => 0.2,
    };
    (most + extra).min(1.0)
}

/// Of each category the strongest finding stays.
fn strongest(findings: &mut Vec<Finding>) {
    findings.sort_by(|one, other| {
        (one.category.cmp(&other.category)).then(other.confidence.total_cmp(&one.confidence))
    });
    findings.dedup_by_key(|finding| finding.category);
}

struct Scan<'a> {
    policy: &'a Policy,
    findings: Vec<Finding>,
    /// How many decoded bytes may still be read.
    budget: usize,
    /// Signs of words that are apart, in the text that is being read.
    signs: Vec<Seen>,
}

impl Scan<'_> {
    /// Reads a text in every way. `place` is where it stands in the original when it was decoded from it; `plain` says
    /// that who wrote it could be read, so that its surroundings count.
    fn level(&mut self, text: &str, place: Option<&Range<usize>>, depth: usize, plain: bool) {
        let (spaced, hidden) = normalize(text);
        let folded = spaced.folded();
        let view = folded.as_ref().unwrap_or(&spaced);
        let detectors = self.policy.detectors;
        let whole = place.cloned().unwrap_or(0..text.len());
        if detectors.injection {
            let read = matcher::read(&view.text, false);
            self.rules(text, view, &read.words, place, None, plain);
            let mut signs = read.signs;
            signs.append(&mut self.signs);
            if headed(&view.text) {
                let sign = Sign::Document;
                signs.push(Seen {
                    sign,
                    start: 0,
                    end: 1,
                });
            }
            signs.sort_by_key(|sign| sign.end);
            for (category, weight, range) in together::mixtures(&signs) {
                let span = place
                    .cloned()
                    .unwrap_or_else(|| view.original(&range, text));
                self.find(category, weight, span, Detector::Rules);
            }
            if let Some(first) = hidden.first {
                let at = place.cloned().unwrap_or(
                    first..first + text[first..].chars().next().map_or(0, char::len_utf8),
                );
                self.hidden(&hidden, &at, depth);
            }
            self.readings(text, view, &spaced, &read.markers, place);
            if depth < DEPTH {
                self.payloads(text, &spaced.text, place, depth);
            }
        }
        if detectors.classifier
            && let Some((weight, range)) = classifier::judge(&view.text)
        {
            let span = place
                .cloned()
                .unwrap_or_else(|| view.original(&range, text));
            self.find(
                Category::Suspicious,
                weight,
                if depth > 0 { whole } else { span },
                Detector::Classifier,
            );
        }
    }

    fn find(&mut self, category: Category, weight: f32, span: Range<usize>, detector: Detector) {
        self.findings.push(Finding {
            category,
            span,
            confidence: weight.min(1.0),
            detector,
        });
    }

    /// Applies the rules to one reading. Says whether one held.
    fn rules(
        &mut self,
        text: &str,
        view: &View,
        words: &[Word],
        place: Option<&Range<usize>>,
        disguise: Option<Category>,
        plain: bool,
    ) -> bool {
        let mut held = false;
        // Another reading counts where it differs from the text itself.
        let mut words = words.to_vec();
        if disguise.is_some() {
            for word in &mut words {
                let range = word.start..word.end;
                let raw = text.get(view.original(&range, text)).unwrap_or_default();
                word.disguised |= !is_written(raw, &view.text[range]);
            }
        }
        if disguise.is_some() && !words.iter().any(|word| word.disguised) {
            return false;
        }
        let words = &words;
        let questions = LazyCell::new(|| framing::questions(&view.text));
        // What weighs most in each category so far: what weighs no more changes nothing.
        let mut most = BTreeMap::new();
        let signs = matcher::made(&view.text, words, |hit| {
            let most = most.entry(hit.rule.category).or_insert(0.0_f32);
            if hit.rule.weight <= *most || disguise.is_some() && !hit.disguised {
                return;
            }
            let end = word_end(&view.text, hit.range.end);
            let span = view.original(&(hit.range.start..end), text);
            let raw = text.get(span.clone()).unwrap_or_default();
            if hit.rule.verb_last && raw.is_ascii() && disguise.is_none() {
                return;
            }
            // Dan is a name, too.
            let named = hit.rule.category == Category::Jailbreak && raw.contains("Dan");
            let mut behind = raw.split_whitespace().skip(1);
            if disguise.is_none() && named && !behind.any(|word| word.starts_with("mode")) {
                return;
            }
            let about = if plain && disguise.is_none() {
                framing::about(&view.text, &hit, words, &questions)
            } else {
                0.0
            };
            let weight = hit.rule.weight - about;
            if weight < FAINT || weight <= *most {
                return;
            }
            *most = weight;
            held = true;
            let span = place.cloned().unwrap_or(span);
            let hiding = disguise.is_some() || place.is_some();
            let weight = if hiding { weight + HIDDEN } else { weight };
            self.find(hit.rule.category, weight, span.clone(), Detector::Rules);
            if let Some(disguise) = disguise {
                self.find(disguise, hit.rule.weight.min(0.7), span, Detector::Rules);
            }
        });
        if disguise.is_none() {
            self.signs.extend(signs);
        }
        held
    }

    /// Zero-width characters inside of words, tags and selectors that spell something.
    fn hidden(&mut self, hidden: &crate::normalize::Hidden, at: &Range<usize>, depth: usize) {
        if hidden.inside_words >= 3 {
            self.find(Category::InvisibleChars, 0.85, at.clone(), Detector::Rules);
        }
        // Flags of regions spell five or six tags.
        if hidden.tags.len() > 8 {
            self.find(Category::UnicodeTags, 0.95, at.clone(), Detector::Rules);
            self.decoded(&hidden.tags, at, depth, false);
        }
        if hidden.selectors.len() > 8
            && let Ok(text) = std::str::from_utf8(&hidden.selectors)
            && text.bytes().filter(u8::is_ascii_alphabetic).count() * 2 > text.len()
        {
            self.find(Category::InvisibleChars, 0.85, at.clone(), Detector::Rules);
            self.decoded(text, at, depth, false);
        }
    }

    /// Other readings of the same letters. `spaced` has its white space as it was written.
    fn readings(
        &mut self,
        text: &str,
        view: &View,
        spaced: &View,
        markers: &[Marker],
        place: Option<&Range<usize>>,
    ) {
        if let Some(leet) = views::unleeted(view) {
            let read = matcher::read(&leet.text, false);
            let words = &read.words;
            if !self.rules(text, &leet, words, place, Some(Category::Leetspeak), false) {
                self.leet_threat(text, view, &leet, words);
            }
            let shifted = read.markers.iter().find_map(|marker| match marker {
                Marker::Shifted(by) if !markers.contains(marker) => Some(26 - by),
                _ => None,
            });
            if let Some(back) = shifted {
                let clear = views::lettered(&leet, |letter| markers::shifted(letter, back));
                let words = matcher::read(&clear.text, false).words;
                self.rules(
                    text,
                    &clear,
                    &words,
                    place,
                    Some(Category::CipherEncoding),
                    false,
                );
            }
        }
        if let Some(joined) = views::joined(spaced) {
            let mut words = matcher::read(&joined.text, true).words;
            words.iter_mut().for_each(|word| word.disguised = true);
            self.rules(
                text,
                &joined,
                &words,
                place,
                Some(Category::EncodingTrick),
                false,
            );
        }
        let mended = [
            views::unscrambled(view, scrambled::right),
            views::unmasked(view, scrambled::unmasked),
        ];
        for right in mended.into_iter().flatten() {
            let words = matcher::read(&right.text, false).words;
            self.rules(
                text,
                &right,
                &words,
                place,
                Some(Category::EncodingTrick),
                false,
            );
        }
        for marker in markers {
            let (readings, disguise) = match marker {
                Marker::Shifted(by) => {
                    let back = 26 - by;
                    (
                        vec![views::lettered(view, |letter| {
                            markers::shifted(letter, back)
                        })],
                        Category::CipherEncoding,
                    )
                }
                Marker::Mirrored => (
                    vec![views::lettered(view, markers::mirrored)],
                    Category::CipherEncoding,
                ),
                Marker::PigLatin => (
                    vec![views::pig_latin(view, scrambled::matters)],
                    Category::CipherEncoding,
                ),
                Marker::Doubled => (vec![views::halved(view)], Category::EncodingTrick),
                Marker::Turned => (vec![views::turned(view)], Category::ReverseEncoding),
                Marker::Reversed => (
                    vec![views::reversed(view), views::words_reversed(view)],
                    Category::ReverseEncoding,
                ),
            };
            for reading in readings {
                let words = matcher::read(&reading.text, false).words;
                let held = self.rules(text, &reading, &words, place, Some(disguise), false);
                if !held
                    && self.policy.detectors.classifier
                    && let Some((weight, _)) = classifier::judge(&reading.text)
                {
                    let span = place.cloned().unwrap_or(0..text.len());
                    self.find(
                        Category::Suspicious,
                        weight,
                        span.clone(),
                        Detector::Classifier,
                    );
                    self.find(disguise, 0.5, span, Detector::Rules);
                }
            }
        }
    }

    /// "h4ck the system": a break-in, written so that no filter reads it.
    fn leet_threat(&mut self, text: &str, view: &View, leet: &View, words: &[Word]) {
        let words: Vec<&Word> = words
            .iter()
            .filter(|word| matches!(word.class, Class::Hack | Class::Target))
            .collect();
        let threat = words.windows(2).find(|two| {
            two[0].class == Class::Hack
                && two[1].class == Class::Target
                && two[1].start.saturating_sub(two[0].end) <= 4
                && view.text.get(two[0].start..two[0].end)
                    != leet.text.get(two[0].start..two[0].end)
        });
        if let Some(two) = threat {
            let span = leet.original(&(two[0].start..two[1].end), text);
            self.find(Category::Leetspeak, 0.65, span, Detector::Rules);
        }
    }

    fn payloads(&mut self, text: &str, lower: &str, place: Option<&Range<usize>>, depth: usize) {
        for payload in views::payloads::payloads(text, lower) {
            let (category, weight) = match payload.encoding {
                Encoding::Base64 => (Category::Base64Payload, 0.4),
                Encoding::Codes => (Category::HexEncoding, 0.75),
                Encoding::Escapes | Encoding::Spelled => (Category::EncodingTrick, 0.7),
            };
            let at = place.cloned().unwrap_or(payload.range.clone());
            let before = self.findings.len();
            // Escapes leave readable text as it is.
            let plain = payload.encoding == Encoding::Escapes;
            self.decoded(&payload.text, &at, depth, plain);
            if self.findings.len() > before {
                self.find(category, weight, at, Detector::Rules);
            }
        }
    }

    fn decoded(&mut self, text: &str, at: &Range<usize>, depth: usize, plain: bool) {
        if text.len() > self.budget {
            return;
        }
        self.budget -= text.len();
        self.level(text, Some(at), depth + 1, plain);
    }
}

/// Whether a text has these words, in large letters or small ones.
fn is_written(raw: &str, words: &str) -> bool {
    let same = |one: &str, other: &str| {
        if one.is_ascii() {
            one.eq_ignore_ascii_case(other)
        } else {
            one.to_lowercase() == other
        }
    };
    let mut written = raw.split_whitespace();
    same(raw, words)
        || words.contains([' ', '\n'])
            && words
                .split_whitespace()
                .all(|word| written.next().is_some_and(|raw| same(raw, word)))
            && written.next().is_none()
}

/// Whether a text begins like a document: with a name and a colon, or with the marks of a page, a record or a program.
fn headed(text: &str) -> bool {
    /// How far a name goes.
    const NAME: usize = 30;
    let text = text.trim_start();
    let name = text.bytes().take(NAME).position(|byte| byte == b':');
    name.is_some() || text.starts_with(['{', '<', '#', '[']) || text.starts_with("//")
}

/// Where the word ends that goes on at an offset.
fn word_end(text: &str, at: usize) -> usize {
    /// Longer ones are cut.
    const LONGEST: usize = 24;
    let inside = text[..at]
        .chars()
        .next_back()
        .is_some_and(char::is_alphanumeric);
    let rest = text[at..].chars().take(LONGEST);
    let size: usize = rest
        // Scripts further on write no spaces.
        .take_while(|character| inside && *character < '\u{590}' && character.is_alphanumeric())
        .map(char::len_utf8)
        .sum();
    at + size
}
