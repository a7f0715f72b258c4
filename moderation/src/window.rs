//! A model's answer, judged while it streams.
//!
//! Text is released as soon as nothing that may still come can make it part of a finding; at most [`HELD`] characters
//! wait. What is released and found depends on the text alone, not on how it was cut into pieces.

use crate::{
    nearby::floor,
    normalize::{WIDEST, legible, seen_as},
    personal_data::{AFTER, FEW_DIGITS},
    scanner::Scanner,
    verdict::Finding,
};

/// How many characters are held back at most.
pub const HELD: usize = 256;
/// How many bytes before the next text are kept to read its context, as it is seen.
const CONTEXT: usize = 160;
/// How many are kept at most, whatever cannot be seen among them.
const MOST_CONTEXT: usize = 4 * CONTEXT;
/// How many bytes are held at least when others must leave before they are settled: a number and what follows it.
const TAIL: usize = 80;
/// How many bytes the number of a bank account may have, in groups of four.
const ACCOUNT: usize = 42;
/// What is in no token: the scripts that do not part their words are none either.
const ENDS: &str = "\"',;{}<>()";
/// How a private key begins.
const ARMOUR: &str = "-----BEGIN";

/// The window over one answer.
#[derive(Clone, Debug)]
pub struct Window {
    scanner: Scanner,
    /// Some text that was released, and all that is held.
    text: String,
    /// Where in `text` the held part begins.
    held: usize,
    /// Where `text` begins in the answer.
    offset: usize,
    /// Whether the last finding goes on as long as its word does.
    swallowing: bool,
    blocked: bool,
}

/// What may leave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Released {
    /// The text, redacted.
    pub text: String,
    /// What was found in it; spans are bytes of the answer as the model wrote it.
    pub findings: Vec<Finding>,
    /// Whether the answer ends here.
    pub blocked: bool,
}

impl Window {
    /// A window that nothing has gone through yet.
    #[must_use]
    pub fn new(scanner: Scanner) -> Self {
        Self {
            scanner,
            text: String::new(),
            held: 0,
            offset: 0,
            swallowing: false,
            blocked: false,
        }
    }

    /// Takes the next piece and gives what may leave.
    pub fn push(&mut self, mut piece: &str) -> Released {
        let mut released = Released::default();
        while !piece.is_empty() && !self.blocked {
            if self.swallowing {
                piece = self.swallow(piece);
                continue;
            }
            let room = HELD.saturating_sub(self.text[self.held..].chars().count());
            let cut = piece
                .char_indices()
                .nth(room)
                .map_or(piece.len(), |(at, _)| at);
            let (now, later) = piece.split_at(cut);
            self.text.push_str(now);
            piece = later;
            let settled = settled(&self.text, self.held);
            let full = self.text[self.held..].chars().count() >= HELD;
            self.release(settled, full, &mut released);
        }
        released.blocked = self.blocked;
        released
    }

    /// Gives what was held: the answer is over.
    #[must_use]
    pub fn finish(mut self) -> Released {
        let mut released = Released::default();
        if !self.blocked {
            self.release(self.text.len(), false, &mut released);
        }
        released.blocked = self.blocked;
        released
    }

    /// Gives what is settled; when nothing is and no more can be held, what has to leave all the same.
    fn release(&mut self, settled: usize, full: bool, released: &mut Released) {
        if settled == self.held && !full {
            return;
        }
        let mut findings = self.scanner.personal_data(&self.text);
        findings.retain(|finding| finding.span.start >= self.held);
        // Whatever was settled too early: a finding leaves as a whole. One that ends the answer takes its rest along.
        let settled = findings
            .iter()
            .find(|finding| finding.span.contains(&settled) && !self.scanner.blocks(finding))
            .map_or(settled, |finding| finding.span.start);
        let is_forced = full && settled == self.held;
        let until = if is_forced {
            forced(&self.text, self.held)
        } else {
            settled
        };
        if until == self.held {
            return;
        }
        findings.retain(|finding| finding.span.start < until);
        if let Some(blocking) = findings
            .iter()
            .position(|finding| self.scanner.blocks(finding))
        {
            findings.truncate(blocking + 1);
            self.blocked = true;
        }
        let until = match findings.last() {
            Some(last) if self.blocked => last.span.end,
            // What begins before a forced end leaves as a whole.
            Some(last) if is_forced => until.max(last.span.end),
            _ => until,
        };
        // A redaction that reaches the end of what had to leave takes the rest of its word along.
        let unseen = |rest: &str| rest.chars().all(|character| seen_as(character).is_none());
        let reaches_the_end = |last: &Finding| unseen(&self.text[last.span.end..]);
        self.swallowing = is_forced && findings.last().is_some_and(reaches_the_end);
        let mut own = findings.clone();
        for finding in &mut own {
            finding.span = finding.span.start - self.held..finding.span.end.min(until) - self.held;
        }
        released
            .text
            .push_str(&self.scanner.redact(&self.text[self.held..until], &own));
        released
            .findings
            .extend(findings.into_iter().map(|mut finding| {
                finding.span = finding.span.start + self.offset..finding.span.end + self.offset;
                finding
            }));
        self.advance(until);
    }

    /// Drops text that is read no more.
    fn advance(&mut self, until: usize) {
        let mut size = 0;
        let begins = self.text[..until].char_indices().rev().find(|(_, read)| {
            size += seen_as(*read).map_or(0, char::len_utf8);
            size >= CONTEXT
        });
        let least = floor(&self.text, until.saturating_sub(MOST_CONTEXT));
        let keep = begins.map_or(0, |(at, _)| at).max(least);
        self.text.drain(..keep);
        self.offset += keep;
        self.held = until - keep;
    }

    /// Leaves out what belongs to the last finding. Gives what follows.
    fn swallow<'a>(&mut self, piece: &'a str) -> &'a str {
        let ends = |seen: char| seen.is_whitespace() || !seen.is_ascii() || ENDS.contains(seen);
        let end = piece.find(|c: char| seen_as(c).is_some_and(ends));
        let (gone, rest) = piece.split_at(end.unwrap_or(piece.len()));
        self.swallowing = end.is_none();
        self.text.push_str(gone);
        self.advance(self.text.len());
        rest
    }
}

/// Numbers in a text, word by word.
struct Run {
    start: usize,
    end: usize,
    digits: usize,
    /// Where the number of a bank account may begin in it, whose groups need not have digits.
    account: Option<usize>,
}

/// A word without the signs before it, and what they part from it: `DE` of `(DE` and of `VAT:DE`. Detectors take letters
/// of other scripts for signs.
fn last_part(word: &str) -> &str {
    let mut parts = word.rsplit(|c: char| !c.is_ascii_alphanumeric());
    parts.next().unwrap_or_default()
}

/// Whether a number may go on behind it, as behind a country's letters and before an extension; not behind the end of
/// `somebody@company.com`.
fn is_short(word: &str) -> bool {
    let last = last_part(word);
    let capitals = || !last.bytes().any(|byte| byte.is_ascii_lowercase());
    let extension = || {
        let begin = word.trim_end_matches('.');
        begin.eq_ignore_ascii_case("ext") || begin.eq_ignore_ascii_case("extension")
    };
    word.len() <= 3 || matches!(last.len(), 1 | 2) || last.len() == 3 && capitals() || extension()
}

/// Where two letters and two digits begin a part of a word, as the numbers of bank accounts begin; the last such place.
fn account_in(word: &str) -> Option<usize> {
    let bytes = word.as_bytes();
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
    bytes
        .windows(4)
        .enumerate()
        .rfind(|(at, four)| {
            begins(*at)
                && four[..2].iter().all(u8::is_ascii_alphabetic)
                && four[2..].iter().all(u8::is_ascii_digit)
        })
        .map(|(at, _)| at)
}

/// Whether a word may be one of the later groups of an account's number, or some of them, joined by signs.
fn of_account(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

/// Where a text ends that must leave although nothing of it is settled: so far from its end that most of what is there
/// can be seen whole, and between two words if it has any.
fn forced(text: &str, from: usize) -> usize {
    let seen = legible(text)
        .map(|view| view.place(forced_in(&view.text, view.at(from)), text))
        .filter(|until| *until > from);
    // There may be too little that can be seen, but something has to leave.
    seen.unwrap_or_else(|| forced_in(text, from))
}

/// The same in one reading of the text.
fn forced_in(text: &str, from: usize) -> usize {
    let limit = floor(text, text.len().saturating_sub(TAIL)).max(from);
    let between = text[from..limit].rfind(char::is_whitespace);
    between.filter(|at| *at > 0).map_or(limit, |at| from + at)
}

/// From where on in `text` something may still become a finding, or a finding more or less. `from` is where what is
/// not settled yet begins. Numbers are looked for in the text as it is written and as it is seen, so both must be settled.
fn settled(text: &str, from: usize) -> usize {
    let written = settled_in(text, from);
    legible(text).map_or(written, |view| {
        let seen = settled_in(&view.text, view.at(from));
        written.min(view.place(seen, text))
    })
}

/// The same in one reading of the text.
fn settled_in(text: &str, from: usize) -> usize {
    let mut run: Option<Run> = None;
    // Whether the last word had a digit, and whether it was short.
    let (mut numeric, mut short) = (false, false);
    let mut at = from;
    loop {
        let rest = &text[at..];
        let gap = rest.len() - rest.trim_start_matches(char::is_whitespace).len();
        let space = &rest[..gap];
        let start = at + gap;
        let length = text[start..].find(char::is_whitespace);
        let Some(length) = length else {
            // The last word may go on.
            let joined = run.as_ref().filter(|run| run_goes_on(run, space, text));
            let open = joined.map_or(start, |run| run.start);
            let waiting = waiting(run.as_ref(), text);
            return armour(text, from, open.min(waiting));
        };
        let end = start + length;
        let word = &text[start..end];
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let near = space.len() <= 2 && !space.contains(['\n', '\t', '\r']);
        let in_account = run
            .as_ref()
            .is_some_and(|run| run.account.is_some_and(|from| run.end - from < ACCOUNT));
        let joins = near && (numeric || digits > 0 && short || in_account && of_account(word));
        // A number may stand before it, as in a list.
        let account = account_in(word).map(|at| start + at);
        match run.as_mut().filter(|_| joins) {
            Some(run) => {
                run.end = end;
                run.digits += digits;
                run.account = account.or(run.account);
            }
            None => {
                let waiting = waiting(run.as_ref(), text);
                if waiting < text.len() {
                    return armour(text, from, waiting);
                }
                run = Some(Run {
                    start,
                    end,
                    digits,
                    account,
                });
            }
        }
        (numeric, short) = (digits > 0, is_short(word));
        at = end;
    }
}

/// Whether the next word, of which not all is known, may belong to a run.
fn run_goes_on(run: &Run, space: &str, text: &str) -> bool {
    (run.digits > 0 || run.account.is_some()) && space.len() <= WIDEST
        || is_short(&text[run.start..run.end])
}

/// Where a run of numbers begins whose surroundings are not known yet.
fn waiting(run: Option<&Run>, text: &str) -> usize {
    run.filter(|run| {
        (run.digits >= FEW_DIGITS || run.account.is_some()) && run.end + AFTER + 4 > text.len()
    })
    .map_or(text.len(), |run| run.start)
}

/// A private key's first line is no number, but holds what follows.
fn armour(text: &str, from: usize, settled: usize) -> usize {
    let begun = text[from..settled].rfind(ARMOUR).map(|at| from + at);
    match begun {
        Some(at) if text.len() < at + 80 => at,
        _ => settled,
    }
}
