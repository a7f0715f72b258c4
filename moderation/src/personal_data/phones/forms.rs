//! Groups of digits in the form of a telephone number.

use std::ops::RangeInclusive;

use super::{super::numbers::Group, planned};

/// Whether four letters or digits stand before the number as they do in a bank account's: `ABNA 0417 1643 00`.
pub(super) fn behind_letters(bytes: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(5).and_then(|from| bytes.get(from..start)) else {
        return false;
    };
    let of_account = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    before[4] == b' ' && before[..4].iter().all(of_account)
}

/// How many different digits there are.
pub(super) fn different(bytes: &[u8], groups: &[Group]) -> usize {
    let has = |digit: &u8| {
        groups
            .iter()
            .any(|group| bytes[group.start..group.end].contains(digit))
    };
    (b'0'..=b'9').filter(has).count()
}

pub(super) fn year(text: &str, group: &Group) -> bool {
    let digits = &text[group.start..group.end];
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

fn size(group: &Group) -> usize {
    group.end - group.start
}

/// What is between a group and the one before it.
pub(super) fn between<'a>(text: &'a str, groups: &[Group], at: usize) -> &'a str {
    text.get(groups[at - 1].end..groups[at].start)
        .unwrap_or_default()
}

/// Whether the bracket before the number is about its area: `(06 1) 202 0763`, and not `(8 (912) 321-99-72)`.
pub(super) fn in_brackets(text: &str, groups: &[Group]) -> bool {
    let start = groups[0].start;
    let mut gaps = (1..groups.len()).map(|at| between(text, groups, at));
    start > 0
        && text.as_bytes()[start - 1] == b'('
        && gaps
            .find(|gap| gap.contains(['(', ')']))
            .is_some_and(|gap| gap.starts_with(')'))
}

/// Whether the number has a zero in front that is dialled at home only.
fn trunk(text: &str, groups: &[Group]) -> bool {
    let mut digits = groups
        .iter()
        .flat_map(|group| text[group.start..group.end].bytes());
    digits.next() == Some(b'0') && digits.next().is_some_and(|next| next != b'0')
}

/// Whether this is a country code and a number behind the `00` that many countries dial for abroad, in groups.
pub(super) fn from_abroad(text: &str, groups: &[Group]) -> bool {
    let first = &text[groups[0].start..groups[0].end];
    groups.len() >= 3
        && (3..=5).contains(&first.len())
        && first.starts_with("00")
        && !first.starts_with("000")
        && planned(text, groups, 2).is_some_and(|end| end >= groups[groups.len() - 1].end)
}

/// Whether groups of digits have a form that hardly anything but a national telephone number has: an area in brackets, or
/// a zero in front and the groups of one.
pub(super) fn national(text: &str, groups: &[Group]) -> bool {
    let digits: usize = groups.iter().map(size).sum();
    let opened = in_brackets(text, groups);
    let alike = |from: usize, signs: &[&str]| {
        (from..groups.len()).all(|at| between(text, groups, at) == between(text, groups, from))
            && groups
                .get(from)
                .is_none_or(|_| signs.contains(&between(text, groups, from)))
    };
    let sizes = |from: usize, allowed: RangeInclusive<usize>| {
        groups[from..]
            .iter()
            .all(|group| allowed.contains(&size(group)))
    };
    // "8 (912) 512-72-54"
    if &text[groups[0].start..groups[0].end] == "8" && groups.len() >= 3 {
        return between(text, groups, 1) == " ("
            && matches!(between(text, groups, 2), ") " | ")")
            && digits == 11
            && alike(3, &["-", " "]);
    }
    if opened {
        return matches!(between(text, groups, 1), ") " | ")" | ")-")
            && (2..=5).contains(&size(&groups[0]))
            && !year(text, &groups[0])
            && (9..=11).contains(&digits)
            && sizes(1, 2..=8)
            && alike(2, &["-", " "])
            && (trunk(text, groups) || groups.len() == 3 && between(text, groups, 2) == "-");
    }
    if !trunk(text, groups) || !(2..=5).contains(&size(&groups[0])) {
        return false;
    }
    let counts_up = groups.windows(2).all(|two| {
        let value = |group: &Group| text[group.start..group.end].parse::<u32>().unwrap_or(0);
        value(&two[0]) + 1 == value(&two[1])
    });
    let pairs = groups.len() == 5 && sizes(0, 2..=2) && alike(1, &[".", "-", " "]) && !counts_up;
    // Nine digits in threes are many other numbers' form.
    let parted = groups.len() >= 3
        && ((10..=11).contains(&digits) && !(groups.len() == 5 && sizes(0, 2..=2))
            || digits == 9 && size(&groups[0]) == 2)
        && sizes(1, 2..=4)
        && matches!(between(text, groups, 1), " " | "-" | "/")
        && alike(2, &["-", " "]);
    let halved = groups.len() == 2
        && (10..=12).contains(&digits)
        && sizes(1, 6..=8)
        && matches!(between(text, groups, 1), " " | "-" | "/");
    pairs || parted || halved
}

/// Whether groups of digits look like what one dials: three groups or more with one sign between them, or a trunk prefix
/// in front. A number that only has the length does not.
pub(super) fn written_as_one_dials(text: &str, groups: &[Group]) -> bool {
    let bytes = text.as_bytes();
    let first = groups[0];
    match groups {
        [only] => trunk(text, groups) && size(only) <= 11,
        [area, _] => trunk(text, groups) && size(area) <= 5,
        _ => {
            let between = |at: usize| between(text, groups, at);
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
