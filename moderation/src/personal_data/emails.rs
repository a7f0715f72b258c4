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
        || stands_for_one(trimmed, &lower)
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
    let authority = start > 0
        && (bytes[start - 1] == b'/' || (bytes[start - 1] == b':' && in_authority(bytes, start)));
    if top && labels && !nobody && !place && !authority {
        found.push(Candidate::new(Category::Email, start..end, 0.9, &[]));
    }
}

/// Whether this is what manuals write where one's own address goes.
fn stands_for_one(local: &str, domain: &str) -> bool {
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
        || your(&plain)
        || domain.split('.').next().is_some_and(your)
}

/// Whether the word before an offset has `://` in it.
fn in_authority(bytes: &[u8], end: usize) -> bool {
    bytes[end.saturating_sub(80)..end]
        .rsplit(u8::is_ascii_whitespace)
        .next()
        .is_some_and(|word| word.windows(3).any(|three| three == b"://"))
}
