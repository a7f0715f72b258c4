//! One clean form of a text, with a way back to where everything came from.
//!
//! Lower case, NFKC, without accents, zero-width and control marks. Letters that only look Latin become Latin in words
//! that mix scripts, or that stand in Latin text; Russian and Greek text stays itself. Plain ASCII only gets smaller. How
//! wide a gap is says nothing, what kind of white space it is neither; only where lines end is kept.

mod lookalikes;

use std::{borrow::Cow, ops::Range};

use unicode_normalization::char::decompose_compatible;

/// How much white space parts the groups of a number and does not end it.
pub(crate) const WIDEST: usize = 4;

/// A clean text.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) text: String,
    /// For every byte of `text` the byte of the original it came from; empty when they are the same.
    origin: Vec<u32>,
}

/// What was in a text beside what can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden {
    /// Where zero-width characters stand inside of Latin words.
    pub(crate) inside_words: usize,
    /// What tag characters spell, and where the first is.
    pub(crate) tags: String,
    /// What variation selectors spell when each is a byte.
    pub(crate) selectors: Vec<u8>,
    /// Where the first hidden character is.
    pub(crate) first: Option<usize>,
    /// Whether zero-width characters stand behind the letter that was seen last.
    after_letter: bool,
}

impl View {
    /// A text that was built character by character, each with its place in the original.
    pub(crate) fn of(characters: impl IntoIterator<Item = (char, u32)>) -> Self {
        let mut view = Self::default();
        for (character, origin) in characters {
            view.text.push(character);
            view.origin.resize(view.text.len(), origin);
        }
        view
    }

    /// Where a range of this view is in the original.
    pub(crate) fn original(&self, range: &Range<usize>, original: &str) -> Range<usize> {
        if self.origin.is_empty() {
            return range.clone();
        }
        // What was read backwards begins where it ends.
        let places = self.origin.get(range.clone()).unwrap_or_default();
        let start = places
            .iter()
            .min()
            .map_or(original.len(), |at| *at as usize);
        let last = places
            .iter()
            .max()
            .map_or(original.len(), |at| *at as usize);
        let size = original
            .get(last..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        start..last + size
    }

    /// Where a place of this view, which is read forwards, is in the original.
    pub(crate) fn place(&self, at: usize, original: &str) -> usize {
        let place = self.origin.get(at);
        place.map_or(original.len(), |place| *place as usize)
    }

    /// Where what begins at a place of the original or behind it is in this view, which is read forwards.
    pub(crate) fn at(&self, place: usize) -> usize {
        self.origin
            .partition_point(|origin| (*origin as usize) < place)
    }

    /// The same with one space for every run of blanks, one line break for a run that ends a line, and two for one with an
    /// empty line in it. `None` when it is that already.
    pub(crate) fn folded(&self) -> Option<Self> {
        let bytes = self.text.as_bytes();
        let uneven = |one, two, three| {
            let odd = (one != b' ') & (one != b'\n');
            blank(one) & (odd | blank(two) & ((one != two) | (one == b' ') | (three == b'\n')))
        };
        let mark = |run: Range<usize>| {
            let breaks = bytes[run.clone()].iter().filter(|byte| **byte == b'\n');
            (run, [" ", "\n", "\n\n"][breaks.count().min(2)])
        };
        has_three(bytes, uneven).then(|| self.with(runs(bytes).map(mark)))
    }

    /// The same with these ranges replaced.
    fn with(&self, replaced: impl Iterator<Item = (Range<usize>, &'static str)>) -> Self {
        let mut with = Self::default();
        with.text.reserve(self.text.len());
        with.origin.reserve(self.text.len());
        let mut start = 0;
        // All bytes of a character come from where it begins.
        let mut place = |at: usize| {
            start = if self.text.is_char_boundary(at) {
                at
            } else {
                start
            };
            u32::try_from(start).unwrap_or(u32::MAX)
        };
        let mut done = 0;
        for (range, by) in replaced.chain([(self.text.len()..self.text.len(), "")]) {
            with.text.push_str(&self.text[done..range.start]);
            match self.origin.get(done..range.start) {
                Some(origins) => with.origin.extend_from_slice(origins),
                None => with.origin.extend((done..range.start).map(&mut place)),
            }
            let origin = self.origin.get(range.start).copied();
            let origin = origin.unwrap_or_else(|| place(range.start));
            with.text.push_str(by);
            with.origin.resize(with.text.len(), origin);
            done = range.end;
        }
        with
    }

    /// Its characters with their places in the original.
    pub(crate) fn characters(&self) -> impl DoubleEndedIterator<Item = (char, u32)> {
        self.text.char_indices().map(|(at, character)| {
            let origin = self.origin.get(at).copied();
            (
                character,
                origin.unwrap_or_else(|| u32::try_from(at).unwrap_or(u32::MAX)),
            )
        })
    }
}

/// White space as it is in a clean text.
fn blank(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(b'\t') < 5)
}

/// Whether any three bytes in a row are such. All are looked at, without a branch for any: that is faster by far.
fn has_three(bytes: &[u8], such: impl Fn(u8, u8, u8) -> bool) -> bool {
    bytes
        .windows(3)
        .fold(false, |has, three| has | such(three[0], three[1], three[2]))
}

/// Where there is white space.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|byte| blank(*byte))?;
        let length = bytes[start..].iter().take_while(|byte| blank(**byte));
        at = start + length.count();
        Some(start..at)
    })
}

/// The clean form, with its white space as it was written, and what was hidden.
pub(crate) fn normalize(text: &str) -> (View, Hidden) {
    if text.is_ascii() {
        let view = View {
            text: text.to_ascii_lowercase(),
            origin: Vec::new(),
        };
        return (view, Hidden::default());
    }
    let mut hidden = Hidden::default();
    let mut characters: Vec<(char, u32)> = Vec::with_capacity(text.len());
    let mut before = None;
    for (at, character) in text.char_indices() {
        let origin = u32::try_from(at).unwrap_or(u32::MAX);
        if !character.is_ascii() && invisible(character) {
            hidden.take(character, at, before);
        } else {
            hidden.pass(character);
            if character.is_ascii() {
                characters.push((character.to_ascii_lowercase(), origin));
            } else {
                unfold(character, |part| characters.push((part, origin)));
            }
        }
        before = Some(character);
    }
    latinise(&mut characters);
    (View::of(characters), hidden)
}

/// A text as numbers and keys are read in it: wide digits, letters and spaces are the usual ones, what cannot be seen is
/// not there, and what parts a number is one space however it was made. `None` when that is the text itself.
pub(crate) fn legible(text: &str) -> Option<View> {
    let is_plain = |character| seen_as(character) == Some(character);
    let seen = (!text.is_ascii() && !text.chars().all(is_plain)).then(|| visible(text));
    let read = seen.as_ref().map_or(text, |view| &view.text);
    let bytes = read.as_bytes();
    let may_part =
        |before, one, two| ends_group(before) & blank(one) & ((one != b' ') | blank(two));
    if !has_three(bytes, may_part) {
        return seen;
    }
    let parting = runs(bytes).filter(|run| parts_a_number(bytes, run));
    let parting: Vec<_> = parting.map(|run| (run, " ")).collect();
    if parting.is_empty() {
        return seen;
    }
    let written = || View {
        text: text.to_owned(),
        origin: Vec::new(),
    };
    Some(seen.unwrap_or_else(written).with(parting.into_iter()))
}

/// A text without what cannot be seen, with everything else as it is seen.
fn visible(text: &str) -> View {
    View::of(text.char_indices().filter_map(|(at, character)| {
        let origin = u32::try_from(at).unwrap_or(u32::MAX);
        seen_as(character).map(|seen| (seen, origin))
    }))
}

/// Whether a part of a text has gaps that a reading of it has closed.
pub(crate) fn is_parted(part: &str, read: &str) -> bool {
    !part.chars().filter_map(seen_as).eq(read.chars())
}

/// Whether a group of a number may end with this.
fn ends_group(byte: u8) -> bool {
    (byte.wrapping_sub(b'0') < 10) | (byte.wrapping_sub(b'A') < 26) | (byte == b')')
}

/// Whether white space is between two groups of digits and capitals, and more than a space: a tab, some spaces, the end of
/// a line.
fn parts_a_number(bytes: &[u8], run: &Range<usize>) -> bool {
    /// How much of the groups is looked at.
    const GROUP: usize = 4;
    let space = &bytes[run.clone()];
    if space == b" " || space.len() > WIDEST {
        return false;
    }
    let before = &bytes[run.start.saturating_sub(GROUP)..run.start];
    let before = before
        .rsplit(|byte| blank(*byte))
        .next()
        .unwrap_or_default();
    let after = &bytes[run.end..bytes.len().min(run.end + GROUP)];
    let after = after.split(|byte| blank(*byte)).next().unwrap_or_default();
    let of_number = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let of_group = |byte: &u8| of_number(byte) || byte.is_ascii_punctuation();
    let ends = before.last().is_some_and(|last| ends_group(*last));
    let begins = after
        .first()
        .is_some_and(|first| of_number(first) || *first == b'(');
    ends && begins
        && space.iter().filter(|byte| **byte == b'\n').count() < 2
        && before.iter().chain(after).all(of_group)
        && before.iter().chain(after).any(u8::is_ascii_digit)
}

/// What a character of a number or a key is seen as: the one of ASCII that NFKC makes of it, the digit of that value, or
/// else itself; `None` when it cannot be seen, or only marks what stands before it.
pub(crate) fn seen_as(character: char) -> Option<char> {
    if character.is_ascii() {
        return Some(character);
    }
    if invisible(character) || marks(character) {
        return None;
    }
    if character.is_whitespace() {
        return Some(' ');
    }
    // The letters of most scripts: next to none is one of ASCII in another shape, but they have digits.
    if matches!(character, '\u{c0}'..='\u{1fff}' | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
    {
        return Some(digit(character).unwrap_or(character));
    }
    let (mut parts, mut last) = (0, character);
    decompose_compatible(character, |part| {
        parts += 1;
        last = part;
    });
    let is_ascii = parts == 1 && last.is_ascii();
    Some(if is_ascii { last } else { character })
}

/// The decimal digit of another script: Arabic ones, those of India, Thai, Lao, Tibetan, Burmese, Khmer, Mongolian ones.
fn digit(character: char) -> Option<char> {
    let code = u32::from(character);
    let zero = match code {
        0x660..=0x669
        | 0x7c0..=0x7c9
        | 0xe50..=0xe59
        | 0xed0..=0xed9
        | 0xf20..=0xf29
        | 0x1040..=0x1049
        | 0x17e0..=0x17e9
        | 0x1810..=0x1819 => code & !0xf,
        0x6f0..=0x6f9 => 0x6f0,
        // Devanagari to Sinhala: each has its digits at the same place.
        0x966..=0xdef if (0x66..=0x6f).contains(&(code & 0x7f)) => (code & !0x7f) + 0x66,
        _ => return None,
    };
    char::from_digit(code - zero, 10)
}

/// Whether a character only strikes out, underlines or encloses the one before it.
fn marks(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20f0}')
}

/// The clean form alone: what the classifier reads.
#[must_use]
pub fn clean(text: &str) -> String {
    let (view, _) = normalize(text);
    view.folded().unwrap_or(view).text
}

/// A word of the lexicon in the form that texts get.
pub(crate) fn plain(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let mut plain = String::with_capacity(word.len());
    for character in word.chars() {
        unfold(character, |part| plain.push(part));
    }
    Cow::Owned(plain)
}

/// NFKC in small letters, without marks over Latin, Greek and Cyrillic ones.
fn unfold(character: char, mut push: impl FnMut(char)) {
    if matches!(character, '’' | '‘' | 'ʼ') {
        push('\'');
        return;
    }
    if character.is_whitespace() {
        push(' ');
        return;
    }
    if let Some(letter) = lookalikes::styled(character) {
        push(letter);
        return;
    }
    // Whole syllables and ideographs stay.
    if matches!(character, '\u{ac00}'..='\u{d7a3}' | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
    {
        push(character);
        return;
    }
    decompose_compatible(character, |part| {
        if !matches!(part, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
        {
            part.to_lowercase()
                .filter(|lower| !matches!(lower, '\u{300}'..='\u{36f}'))
                .for_each(&mut push);
        }
    });
}

/// Whether a character has no shape of its own.
fn invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

impl Hidden {
    /// Takes an invisible character, and what stands right before it.
    fn take(&mut self, character: char, at: usize, before: Option<char>) {
        let code = u32::from(character);
        match code {
            0xe0020..=0xe007e => self.tags.extend(char::from_u32(code - 0xe0000)),
            0xfe00..=0xfe0f => self.selectors.extend(u8::try_from(code - 0xfe00)),
            0xe0100..=0xe01ef => self.selectors.extend(u8::try_from(code - 0xe0100 + 16)),
            _ => {
                let after_letter = before.is_some_and(|before| before.is_ascii_alphabetic());
                self.after_letter |= after_letter && character != '\u{ad}';
            }
        }
        self.first.get_or_insert(at);
    }

    /// Passes a character that can be seen: a word goes on behind what was hidden in it.
    fn pass(&mut self, character: char) {
        self.inside_words += usize::from(self.after_letter && character.is_ascii_alphabetic());
        self.after_letter = false;
    }
}

/// Turns letters that only look Latin into what they look like, word by word.
fn latinise(characters: &mut [(char, u32)]) {
    let latin = characters
        .iter()
        .filter(|(c, _)| c.is_ascii_alphabetic())
        .count();
    let others = characters
        .iter()
        .filter(|(c, _)| !c.is_ascii() && c.is_alphabetic())
        .count();
    let mut start = 0;
    while start < characters.len() {
        let length = characters[start..]
            .iter()
            .take_while(|(c, _)| c.is_alphabetic())
            .count();
        let word = &mut characters[start..start + length];
        let mixed = word.iter().any(|(c, _)| c.is_ascii());
        let foreign = word.iter().any(|(c, _)| !c.is_ascii());
        let all_alike = || {
            word.iter()
                .all(|(c, _)| c.is_ascii() || lookalikes::latin(*c).is_some())
        };
        if foreign && (mixed || latin > others && length > 1 && all_alike()) {
            for (character, _) in word {
                *character = lookalikes::latin(*character).unwrap_or(*character);
            }
        }
        start += length.max(1);
    }
}
