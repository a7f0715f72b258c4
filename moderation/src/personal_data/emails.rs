//! E-mail addresses.

use super::Candidate;
use crate::category::Category;

/// What is no top-level domain but a file.
const FILES: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "py", "rs", "html", "json",
    "xml", "yml", "yaml", "txt", "zip", "exe", "dll", "conf", "cfg", "ini", "log",
];

/// Domains that are nobody's.
const NOBODY: &[&str] = &["example.com"];
const NOBODYS_ENDS: &[&str] = &[
    "example",
    "invalid",
    "test",
    "localhost",
    "local",
    "internal",
];

/// What machines send from, by their letters.
const MACHINES: &[&str] = &[
    "noreply",
    "donotreply",
    "mailerdaemon",
    "alerts",
    "notification",
    "notifications",
    "bounces",
    "newsletter",
];

/// Looks at an `@`.
pub(super) fn judge(text: &str, at: usize, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let local = |byte: u8| {
        byte.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~".contains(&byte) || byte >= 0x80
    };
    let mut start = at;
    // 64 is the longest part before the @ there may be.
    while start > 0 && at - start < 64 && local(bytes[start - 1]) {
        start -= 1;
    }
    if start > 0 && local(bytes[start - 1]) && bytes[start - 1].is_ascii() {
        return;
    }
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let domain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || byte >= 0x80;
    let mut end = at + 1;
    while end < bytes.len() && end - at < 190 && domain(bytes[end]) {
        end += 1;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[start..at];
    // What encloses an address is not part of it: quotes, a scheme, a key.
    let cut = before
        .rfind(|c: char| "/='`{}|?&#$!*^~".contains(c) || (!c.is_ascii() && !c.is_alphanumeric()))
        .map_or(0, |cut| {
            cut + before[cut..].chars().next().map_or(1, char::len_utf8)
        });
    start += cut;
    start += glued(&text[start..at]);
    let trimmed = text[start..at].trim_start_matches(['.', '-', '+', '%']);
    start = at - trimmed.len();
    if trimmed.is_empty() || trimmed.ends_with('.') || trimmed.contains("..") {
        return;
    }
    let name = text[at + 1..end].trim_end_matches(['.', '-']);
    let name = name.split("..").next().unwrap_or_default();
    let name = &name[..name
        .find(|c: char| !c.is_ascii() && !c.is_alphanumeric())
        .unwrap_or(name.len())];
    let name = &name[..parted(name)];
    end = at + 1 + name.len();
    let Some((_, last)) = name.rsplit_once('.') else {
        return;
    };
    let top = last.chars().count() >= 2
        && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"));
    let labels = name
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let lower = name.to_ascii_lowercase();
    let nobody = NOBODY.contains(&lower.as_str())
        || nobodys(trimmed, &lower)
        || lower
            .rsplit('.')
            .next()
            .is_some_and(|end| NOBODYS_ENDS.contains(&end))
        || FILES.contains(&last.to_ascii_lowercase().as_str());
    // git@host:path and user:password@host are places, not people.
    let place = bytes.get(end) == Some(&b':')
        && bytes
            .get(end + 1)
            .is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, b'/' | b'~'))
        && !bytes.get(end + 1).is_some_and(u8::is_ascii_uppercase);
    if top && labels && !nobody && !place && !in_authority(bytes, start) {
        found.push(Candidate::new(Category::Email, start..end, 0.9, &[]));
    }
}

/// Whether nobody reads what is sent there: it is what manuals write where one's own address goes, or a machine's.
fn nobodys(local: &str, domain: &str) -> bool {
    let plain: String = local
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let your = |word: &str| {
        word.strip_prefix("your").is_some_and(|rest| {
            matches!(
                rest,
                "" | "name"
                    | "username"
                    | "email"
                    | "mail"
                    | "address"
                    | "id"
                    | "account"
                    | "domain"
                    | "company"
                    | "site"
                    | "host"
                    | "server"
                    | "organization"
            )
        })
    };
    matches!(plain.as_str(), "example" | "you" | "firstnamelastname")
        || MACHINES.contains(&plain.as_str())
        || your(&plain)
        || domain.split('.').next().is_some_and(your)
}

/// Whether a character is of a script that does not part its words.
fn runs_on(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// How much of a local part is a word that ran into it: 请写信给anna@firma.ee.
fn glued(local: &str) -> usize {
    let next = local.chars().skip(1);
    local
        .char_indices()
        .zip(next)
        .filter(|((_, one), next)| runs_on(*one) && next.is_ascii_alphanumeric())
        .last()
        .map_or(0, |((at, one), _)| at + one.len_utf8())
}

/// Where a domain ends that a word ran into: anna@firma.eeです.
fn parted(domain: &str) -> usize {
    let next = domain.chars().skip(1);
    domain
        .char_indices()
        .zip(next)
        .find(|((_, one), next)| one.is_ascii_alphanumeric() && runs_on(*next))
        .map_or(domain.len(), |((at, _), _)| at + 1)
}

/// Whether what begins at an offset is in the part of a link that names who asks: `https://token@host`.
fn in_authority(bytes: &[u8], start: usize) -> bool {
    let before = bytes[..start].iter().rev().take(255);
    let word = before
        .take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'<>/?#".contains(byte))
        .count();
    bytes[..start - word].ends_with(b"://")
}
