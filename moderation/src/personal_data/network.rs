//! Addresses of machines: IPv4, IPv6, MAC.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Candidate, FEW_DIGITS};
use crate::category::Category;

pub(super) const CONTEXT: &[&str] = &[
    "ip",
    "address",
    "host",
    "server",
    "login",
    "from",
    "whitelist",
    "allow",
    "ping",
    "lease",
    "vm",
    "client",
    "connect",
    "ips",
    "gateway",
    "subnet",
    "route",
    "primary",
    "secondary",
    "dns",
    "network",
    "adress",
    "adresse",
    "aadress",
    "mapped",
];

/// Looks at a word of hexadecimal digits, dots, colons and hyphens that begins at `start`.
pub(super) fn judge(text: &str, start: usize, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'-');
    let length = bytes[start..]
        .iter()
        .take(48)
        .take_while(|byte| part(**byte))
        .count();
    let raw = &text[start..start + length];
    let word = raw.trim_end_matches(['.', '-']);
    let word = if word.ends_with("::") {
        word
    } else {
        word.trim_end_matches(':')
    };
    let end = start + word.len();
    if length >= 48
        || bytes
            .get(end)
            .is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_')
    {
        return;
    }
    // What is around it may not be known yet when it has to be judged.
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let context = if digits < FEW_DIGITS { &[] } else { CONTEXT };
    let mut push = |category, base| {
        found.push(Candidate::new(category, start..end, base, context));
    };
    if hardware(word) {
        push(Category::MacAddress, 0.8);
    } else if let Some(base) = version_4(bytes, start, word) {
        push(Category::IpAddress, base);
    } else if let Some(base) = version_6(word) {
        push(Category::IpAddress, base);
    } else if let Some((head, _)) = word.split_once(':') {
        // An address and a port.
        if head.matches('.').count() == 3
            && let Some(base) = version_4(bytes, start, head)
        {
            found.push(Candidate::new(
                Category::IpAddress,
                start..start + head.len(),
                base,
                CONTEXT,
            ));
        }
    }
}

fn version_4(bytes: &[u8], start: usize, word: &str) -> Option<f32> {
    let address: Ipv4Addr = word.parse().ok()?;
    if start > 0 && matches!(bytes[start - 1], b'.' | b'-' | b'_' | b'v' | b'V') {
        return None;
    }
    if address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || (word.ends_with(".0.0") && bytes.get(start + word.len()) != Some(&b'/'))
    {
        return None;
    }
    // Inside addresses are no person's; they count when the words around ask for it.
    Some(if address.is_private() { 0.3 } else { 0.8 })
}

fn version_6(word: &str) -> Option<f32> {
    if word.matches(':').count() < 2 {
        return None;
    }
    let address: Ipv6Addr = word.parse().ok()?;
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let size = word.bytes().filter(u8::is_ascii_hexdigit).count();
    if address.is_loopback() || address.is_unspecified() || digits == 0 {
        return None;
    }
    Some(if size >= 6 { 0.8 } else { 0.3 })
}

/// Six or eight pairs, or three or four fours; not what is sent to all or is nobody's.
fn hardware(word: &str) -> bool {
    let bytes = word.as_bytes();
    let parts = |size: usize, sign: u8| {
        bytes.iter().enumerate().all(|(at, byte)| {
            if at % (size + 1) == size {
                *byte == sign
            } else {
                byte.is_ascii_hexdigit()
            }
        })
    };
    let form = match bytes.len() {
        17 | 23 => parts(2, b':') || parts(2, b'-'),
        14 | 19 => parts(4, b'.'),
        _ => false,
    };
    let only = |digit: u8| {
        bytes
            .iter()
            .all(|byte| byte.eq_ignore_ascii_case(&digit) || b":-.".contains(byte))
    };
    form && !only(b'0') && !only(b'f')
}
