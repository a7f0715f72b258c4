//! Letters with their places to words, lines and paragraphs, in the order in which they are drawn.

use hayro_interpret::kurbo::{Point, Vec2};

use crate::plain::is_nothing;

/// Gaps in parts of a letter's height: between words, and between columns of a table.
const WORD: f64 = 0.15;
const COLUMN: f64 = 2.0;
/// How far a letter may stand off its line: indices do.
const OFF: f64 = 0.5;
/// How far it may go back on it.
const BACK: f64 = 0.9;
/// Lines that are this much farther apart than the ones before, or than they are high, are of two paragraphs.
const FARTHER: f64 = 1.3;
const FAR: f64 = 2.2;
/// Letters that are this much higher begin or end a heading.
const HIGHER: f64 = 1.15;

/// A letter, or several that are drawn as one.
pub(super) struct Letter<'a> {
    pub(super) text: &'a str,
    /// Where it is drawn.
    pub(super) begin: Point,
    /// Where the next one is expected.
    pub(super) end: Point,
    /// The direction of the line.
    pub(super) along: Vec2,
    /// Its height.
    pub(super) size: f64,
}

/// Text in the making.
#[derive(Default)]
pub(super) struct Lines {
    text: String,
    last: Option<Last>,
    /// How far apart the last lines were.
    apart: Option<f64>,
}

struct Last {
    begin: Point,
    end: Point,
    size: f64,
    text: String,
}

impl Lines {
    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn add(&mut self, letter: &Letter<'_>) {
        let is_blank = letter.text.chars().all(char::is_whitespace);
        if !letter.begin.is_finite() || !letter.end.is_finite() || letter.size <= 0.0 {
            return;
        }
        if let Some(last) = &self.last {
            let size = letter.size.max(last.size);
            let again =
                (letter.begin - last.begin).hypot() < size * 0.1 && last.text == letter.text;
            if again && !is_blank {
                // Drawn twice, to look bold.
                return;
            }
            if is_blank {
                self.space(' ');
                return;
            }
            self.between(letter, size);
        }
        if is_blank {
            return;
        }
        for letter in letter.text.chars().filter(|letter| !is_nothing(*letter)) {
            match ligature(letter) {
                Some(letters) => self.text.push_str(letters),
                None => self.text.push(letter),
            }
        }
        self.last = Some(Last {
            begin: letter.begin,
            end: letter.end,
            size: letter.size,
            text: letter.text.to_owned(),
        });
    }

    /// What stands between the last letter and this one.
    fn between(&mut self, letter: &Letter<'_>, size: f64) {
        let Some(last) = &self.last else {
            return;
        };
        let along = letter.along / letter.along.hypot().max(f64::MIN_POSITIVE);
        let gap = letter.begin - last.end;
        let (forward, down) = (gap.dot(along), -gap.cross(along) * -1.0);
        if down.abs() < OFF * size && forward > -BACK * size {
            if forward > COLUMN * size {
                self.space('\t');
            } else if forward > WORD * size {
                self.space(' ');
            }
            return;
        }
        let apart = down.abs();
        let is_farther = self.apart.is_some_and(|before| apart > before * FARTHER);
        let is_higher = letter.size > last.size * HIGHER || last.size > letter.size * HIGHER;
        // Upwards is the next column, where a sentence may go on.
        let is_down = down > 0.0;
        let is_paragraph =
            is_higher || (is_down && apart > size && (is_farther || apart > FAR * size));
        if is_down && apart > OFF * size && !is_paragraph {
            self.apart = Some(apart);
        }
        self.line(is_paragraph, letter.text);
    }

    fn space(&mut self, space: char) {
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(space);
        }
    }

    fn line(&mut self, is_paragraph: bool, next: &str) {
        self.text.truncate(self.text.trim_end().len());
        if is_paragraph {
            self.apart = None;
            self.text.push_str("\n\n");
            return;
        }
        let goes_on = next.chars().next().is_some_and(char::is_lowercase);
        let word = self.text.strip_suffix(['-', '\u{ad}', '‐']);
        let is_cut = word.is_some_and(|word| word.ends_with(char::is_lowercase));
        if goes_on && is_cut {
            self.text.pop();
        } else {
            self.text.push('\n');
        }
    }

    pub(super) fn into_text(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

/// The letters that are joined in one of print.
fn ligature(letter: char) -> Option<&'static str> {
    Some(match letter {
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{fb05}' | '\u{fb06}' => "st",
        _ => return None,
    })
}
