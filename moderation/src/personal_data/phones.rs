//! Telephone numbers: international ones by their country code, national ones by form and context.

mod forms;
mod plans;
mod words;

use forms::{
    behind_letters, between, different, from_abroad, in_brackets, national, written_as_one_dials,
    year,
};
use plans::plan;
pub(super) use words::CONTEXT;

use super::{
    Candidate,
    numbers::{Group, fits, free_after, is_whole},
};
use crate::category::Category;

/// Looks for a number that begins with the group at `first`; `locals`: also for one that only its context tells.
pub(super) fn judge(
    text: &str,
    groups: &[Group],
    first: usize,
    locals: bool,
    found: &mut Vec<Candidate>,
) {
    let bytes = text.as_bytes();
    let start = groups[first].start;
    let before = start.checked_sub(1).map(|at| bytes[at]);
    if before == Some(b'+') {
        international(text, &groups[first..], found);
        return;
    }
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/')) {
        return;
    }
    if american(text, &groups[first..], found).is_none() && locals {
        local(text, groups, first, found);
    }
}

fn international(text: &str, groups: &[Group], found: &mut Vec<Candidate>) -> Option<()> {
    let bytes = text.as_bytes();
    let plus = groups[0].start - 1;
    if plus > 0 && (bytes[plus - 1].is_ascii_alphanumeric() || bytes[plus - 1] == b'+') {
        return None;
    }
    let end = planned(text, groups, 0)?;
    let estonian = text[groups[0].start..].starts_with("372");
    let category = if estonian {
        Category::PhoneEstonian
    } else {
        Category::PhoneE164
    };
    let opened = plus > 0 && bytes[plus - 1] == b'(' && text[plus..end].contains(')');
    let start = if opened { plus - 1 } else { plus };
    found.push(Candidate::new(category, start..end, 0.8, CONTEXT));
    Some(())
}

/// Where a number ends that begins with a country code, behind `skipped` digits of the first group.
fn planned(text: &str, groups: &[Group], skipped: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut digits = String::with_capacity(18);
    let mut best = None;
    for (at, group) in groups.iter().enumerate() {
        let start = group.start + if at == 0 { skipped } else { 0 };
        // "+41 (0)22 …": the zero is not dialled from abroad.
        let trunk = at > 0
            && &text[start..group.end] == "0"
            && bytes[start - 1] == b'('
            && bytes.get(group.end) == Some(&b')');
        if trunk {
            continue;
        }
        digits.push_str(&text[start..group.end]);
        let parted = at > 0 && between(text, groups, at).contains(['_', ':']);
        if digits.len() > 16 || parted {
            break;
        }
        let (fewest, most) = plan(&digits)?;
        if digits.len() > most {
            break;
        }
        if digits.len() >= fewest {
            best = ended(text, group.end).or(best);
        }
    }
    best
}

/// Where a number ends whose last digits end here, with its extension; `None` when something else goes on.
fn ended(text: &str, end: usize) -> Option<usize> {
    extension(text, end).or_else(|| free_after(text, end).then_some(end))
}

/// Where an extension ends that stands right behind a number: `x12`, ` ext. 12`.
fn extension(text: &str, end: usize) -> Option<usize> {
    const LEADS: [&str; 6] = ["extension ", "ext. ", "ext.", "ext ", "ext", "x"];
    let rest = text.get(end..)?;
    let rest = rest.strip_prefix(',').unwrap_or(rest);
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let lead = LEADS.iter().find(|lead| {
        rest.get(..lead.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(lead))
    })?;
    let rest = &rest[lead.len()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let end = text.len() - rest.len() + digits;
    ((1..=6).contains(&digits) && free_after(text, end)).then_some(end)
}

/// North American numbers: an area and an exchange that begin with 2 to 9.
fn american(text: &str, groups: &[Group], found: &mut Vec<Candidate>) -> Option<()> {
    let bytes = text.as_bytes();
    let country = usize::from(&text[groups[0].start..groups[0].end] == "1");
    let three = groups.get(country..country + 3)?;
    let lengths = three.iter().map(|group| group.end - group.start);
    if !lengths.eq([3, 3, 4]) {
        return None;
    }
    let end = ended(text, three[2].end)?;
    let area = three[0].start;
    // It may be dialled at home only.
    if bytes[area] == b'0' {
        return None;
    }
    let between = |one: usize, other: usize| {
        text.get(three[one].end..three[other].start)
            .unwrap_or_default()
    };
    let (left, right) = (between(0, 1), between(1, 2));
    let opened = area > 0 && bytes[area - 1] == b'(' && left.starts_with(')');
    let form = if opened {
        matches!(left, ")" | ") " | ")-" | ")\u{a0}")
    } else {
        left == right || matches!((left, right), (" " | "/", "-"))
    };
    if !form || !matches!(right, "-" | "." | " ") {
        return None;
    }
    let given = |at: usize| matches!(bytes[at], b'2'..=b'9');
    let bare = right == " " && !opened;
    let base = match (given(area), given(three[1].start)) {
        (true, true) if !bare => 0.65,
        (true, true) => 0.5,
        // Nobody has it, but many write it for one: "555-123-4567".
        (true, false) if !bare => 0.5,
        _ => 0.2,
    };
    let start = match (country, opened) {
        (1, _) => groups[0].start,
        (_, true) => area - 1,
        _ => area,
    };
    found.push(Candidate::new(
        Category::PhoneE164,
        start..end,
        base,
        CONTEXT,
    ));
    Some(())
}

/// Any other number of a telephone's length: by its form, or with words that say so.
fn local(text: &str, groups: &[Group], first: usize, found: &mut Vec<Candidate>) -> Option<()> {
    let run = &groups[first..];
    let mut digits = 0;
    let mut best = None;
    for (at, group) in run.iter().enumerate().take(6) {
        digits += group.end - group.start;
        let spaced = at == 0 || {
            matches!(
                between(text, run, at),
                " " | "-" | "." | "/" | ") " | ")" | ")-" | " (" | " / " | "\u{a0}"
            )
        };
        if !spaced || digits > 14 {
            break;
        }
        if digits >= 7
            && let Some(end) = ended(text, group.end)
        {
            best = Some((at, digits, end));
        }
    }
    let (last, digits, end) = best?;
    let number = &run[..=last];
    let dated = fits(
        text,
        number,
        &[&[4, 2, 2], &[2, 2, 4], &[1, 2, 4], &[2, 1, 4]],
        "-./",
    );
    // As social security numbers are written.
    let social = fits(text, number, &[&[3, 2, 4]], "-. ");
    let years = matches!(number, [one, other] if year(text, one) && year(text, other));
    let whole = is_whole(text, groups, first, first + last);
    // "1.2.840.113549.1" names an algorithm.
    let dots = (1..number.len())
        .filter(|at| between(text, number, *at) == ".")
        .count();
    let address = dots == 3 && !number.iter().all(|group| group.end - group.start == 2);
    let dotted = dots > 0 && (dots + 1 != number.len() || dots > 4 || address || !whole);
    if dated || years || social || dotted || digits == 14 && !from_abroad(text, number) {
        return None;
    }
    let bytes = text.as_bytes();
    if different(bytes, number) < 3 {
        return None;
    }
    let formed = whole && !behind_letters(bytes, run[0].start);
    let base = if formed && (from_abroad(text, number) || national(text, number)) {
        0.5
    } else if digits >= 9 && written_as_one_dials(text, number) {
        0.3
    } else {
        0.2
    };
    let opened = in_brackets(text, number);
    let start = run[0].start - usize::from(opened);
    found.push(Candidate::new(
        Category::PhoneE164,
        start..end,
        base,
        CONTEXT,
    ));
    Some(())
}
