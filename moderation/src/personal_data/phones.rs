//! Telephone numbers: international ones by their country code, national ones by form and context.

use super::{
    Candidate,
    numbers::{Group, fits, free_after},
};
use crate::category::Category;

pub(super) const CONTEXT: &[&str] = &[
    "phone",
    "tel",
    "mobile",
    "call",
    "cell",
    "fax",
    "sms",
    "whatsapp",
    "my number",
    "reach me",
    "ring",
    "dial",
    "telefon",
    "handy",
    "rufen",
    "helista",
    "puhelin",
    "soita",
    "téléphone",
    "telephone",
    "appelez",
    "portable",
    "teléfono",
    "llama",
    "móvil",
    "telefono",
    "chiama",
    "cellulare",
    "telefone",
    "ligue",
    "numer",
    "zadzwo",
    "тел",
    "телефон",
    "звони",
    "cn number",
    "電話",
    "电话",
    "전화",
    "contact",
];

/// Country codes with the fewest and most digits behind them, where they are well known.
#[rustfmt::skip]
const PLANS: &[(&str, usize, usize)] = &[
    ("1", 10, 10), ("7", 10, 10), ("20", 8, 10), ("27", 9, 9), ("30", 10, 10), ("31", 9, 10), ("32", 8, 9),
    ("33", 9, 9), ("34", 9, 9), ("36", 8, 9), ("39", 6, 11), ("40", 9, 9), ("41", 9, 9), ("43", 7, 13),
    ("44", 9, 10), ("45", 8, 8), ("46", 7, 10), ("47", 8, 8), ("48", 9, 9), ("49", 6, 12), ("51", 8, 9),
    ("52", 10, 10), ("54", 10, 11), ("55", 10, 11), ("56", 9, 9), ("57", 8, 10), ("58", 10, 10), ("60", 8, 10),
    ("61", 9, 9), ("62", 8, 12), ("63", 8, 10), ("64", 8, 10), ("65", 8, 8), ("66", 8, 9), ("81", 9, 10),
    ("82", 8, 10), ("84", 9, 10), ("86", 9, 11), ("90", 10, 10), ("91", 10, 10), ("92", 9, 10), ("93", 9, 9), ("94", 9, 9), ("95", 7, 10), ("98", 10, 10), ("53", 6, 8),
    ("351", 9, 9), ("352", 6, 11), ("353", 7, 9), ("358", 6, 11), ("359", 8, 9), ("370", 8, 8), ("371", 8, 8),
    ("372", 7, 8), ("375", 9, 9), ("380", 9, 9), ("420", 9, 9), ("421", 9, 9), ("852", 8, 8), ("886", 8, 9),
    ("971", 8, 9), ("972", 8, 9),
];

/// First digits of three-digit country codes.
fn three_digits(code: u32) -> bool {
    matches!(code, 210..=269 | 290..=299 | 350..=389 | 420..=423 | 500..=509 | 590..=599 | 670..=692 | 800 | 808
        | 850..=856 | 870 | 880..=888 | 960..=979 | 992..=998)
}

/// Looks for a number that begins at the first group; `locals`: also for one that only its context tells.
pub(super) fn judge(text: &str, groups: &[Group], locals: bool, found: &mut Vec<Candidate>) {
    let Some(first) = groups.first() else {
        return;
    };
    let bytes = text.as_bytes();
    let before = first.start.checked_sub(1).map(|at| bytes[at]);
    if before == Some(b'+') {
        international(text, groups, found);
        return;
    }
    if before.is_some_and(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'#' | b'=')
    }) {
        return;
    }
    if american(text, groups, found).is_none() && locals {
        local(text, groups, found);
    }
}

fn international(text: &str, groups: &[Group], found: &mut Vec<Candidate>) -> Option<()> {
    let bytes = text.as_bytes();
    let plus = groups[0].start - 1;
    if plus > 0 && (bytes[plus - 1].is_ascii_alphanumeric() || bytes[plus - 1] == b'+') {
        return None;
    }
    let mut digits = String::with_capacity(18);
    let mut best = None;
    for (at, group) in groups.iter().enumerate() {
        digits.push_str(&text[group.start..group.end]);
        if digits.len() > 16 {
            break;
        }
        let (fewest, most) = plan(&digits)?;
        if digits.len() > most {
            break;
        }
        if digits.len() >= fewest && free_after(text, group.end) {
            best = Some(at);
        }
    }
    let last = best?;
    let estonian = text[groups[0].start..].starts_with("372");
    let category = if estonian {
        Category::PhoneEstonian
    } else {
        Category::PhoneE164
    };
    let opened = plus > 0 && bytes[plus - 1] == b'(' && text[plus..groups[last].end].contains(')');
    let start = if opened { plus - 1 } else { plus };
    found.push(Candidate::new(
        category,
        start..groups[last].end,
        0.8,
        CONTEXT,
    ));
    Some(())
}

/// The fewest and most digits of a number that begins like this, country code included.
fn plan(digits: &str) -> Option<(usize, usize)> {
    if let Some((code, fewest, most)) = PLANS.iter().find(|(code, ..)| digits.starts_with(code)) {
        return Some((code.len() + fewest, code.len() + most));
    }
    let code = digits.get(..3).and_then(|code| code.parse().ok())?;
    three_digits(code).then_some((7, 15))
}

/// North American numbers: an area and an exchange that begin with 2 to 9.
fn american(text: &str, groups: &[Group], found: &mut Vec<Candidate>) -> Option<()> {
    let bytes = text.as_bytes();
    let country = usize::from(&text[groups[0].start..groups[0].end] == "1");
    let three = groups.get(country..country + 3)?;
    let lengths = three.iter().map(|group| group.end - group.start);
    if !lengths.eq([3, 3, 4]) || !free_after(text, three[2].end) {
        return None;
    }
    let area = three[0].start;
    let opened = area > 0 && bytes[area - 1] == b'(';
    let between = |one: usize, other: usize| {
        text.get(three[one].end..three[other].start)
            .unwrap_or_default()
    };
    let (left, right) = (between(0, 1), between(1, 2));
    let form = if opened {
        matches!(left, ")" | ") " | ")-" | ")\u{a0}") && matches!(right, "-" | " " | ".")
    } else {
        left == right && matches!(right, "-" | "." | " ")
    };
    if !form {
        return None;
    }
    let given = |at: usize| matches!(bytes[at], b'2'..=b'9');
    let base = if given(area) && given(three[1].start) {
        if right == " " && !opened { 0.5 } else { 0.65 }
    } else {
        0.2
    };
    let start = match (country, opened) {
        (1, _) => groups[0].start,
        (_, true) => area - 1,
        _ => area,
    };
    found.push(Candidate::new(
        Category::PhoneE164,
        start..three[2].end,
        base,
        CONTEXT,
    ));
    Some(())
}

/// Any other number of a telephone's length: only with words that say so.
fn local(text: &str, groups: &[Group], found: &mut Vec<Candidate>) -> Option<()> {
    let mut digits = 0;
    let mut best = None;
    for (at, group) in groups.iter().enumerate().take(6) {
        digits += group.end - group.start;
        let spaced = at == 0 || {
            let between = text
                .get(groups[at - 1].end..group.start)
                .unwrap_or_default();
            matches!(
                between,
                " " | "-" | "." | "/" | ") " | ")" | " / " | "\u{a0}"
            )
        };
        if !spaced || digits > 13 {
            break;
        }
        if digits >= 7 && free_after(text, group.end) {
            best = Some((at, digits));
        }
    }
    let (last, digits) = best?;
    let dated = fits(
        text,
        &groups[..=last],
        &[&[4, 2, 2], &[2, 2, 4], &[1, 2, 4], &[2, 1, 4]],
        "-./",
    );
    let years = matches!(&groups[..=last], [one, other] if year(text, one) && year(text, other));
    if dated || years {
        return None;
    }
    let formed = digits >= 9 && written_as_one_dials(text, &groups[..=last]);
    let base = if formed { 0.3 } else { 0.2 };
    let opened = groups[0].start > 0 && text.as_bytes()[groups[0].start - 1] == b'(';
    let start = groups[0].start - usize::from(opened);
    found.push(Candidate::new(
        Category::PhoneE164,
        start..groups[last].end,
        base,
        CONTEXT,
    ));
    Some(())
}

fn year(text: &str, group: &Group) -> bool {
    let digits = &text[group.start..group.end];
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// Whether groups of digits look like what one dials: three groups or more with one sign between them, or a trunk prefix
/// in front. A number that only has the length does not.
fn written_as_one_dials(text: &str, groups: &[Group]) -> bool {
    let bytes = text.as_bytes();
    let first = groups[0];
    let trunk =
        bytes[first.start] == b'0' && bytes.get(first.start + 1).is_some_and(|next| *next != b'0');
    let size = |group: &Group| group.end - group.start;
    let between = |at: usize| {
        text.get(groups[at - 1].end..groups[at].start)
            .unwrap_or_default()
    };
    match groups {
        [only] => trunk && size(only) <= 11,
        [area, _] => trunk && size(area) <= 5,
        _ => {
            let dotted = groups.len() == 4
                && groups.iter().all(|group| size(group) <= 3)
                && between(1) == ".";
            // "(0372) 51 80 42": a bracket is only behind the area.
            let alike = (3..groups.len()).all(|at| between(at) == between(2));
            let bracket = between(1).contains(')') || between(1).contains('/');
            let even = bracket || between(1) == between(2);
            let last = groups
                .last()
                .is_some_and(|group| (2..=5).contains(&size(group)));
            let same = (first.start..groups[groups.len() - 1].end)
                .map(|at| bytes[at])
                .filter(u8::is_ascii_digit)
                .all(|digit| digit == bytes[first.start]);
            !dotted && alike && even && last && !same
        }
    }
}
