//! Wallets of cryptocurrencies: base58check as most have it, bech32 and bech32m, Ethereum's and Monero's form.

use sha2::{Digest, Sha256};

use super::Candidate;
use crate::category::Category;

pub(super) const CONTEXT: &[&str] = &[
    "wallet", "bitcoin", "btc", "ethereum", "eth", "crypto", "donation", "address",
];

const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// What addresses in bech32 begin with: Bitcoin, its test chain, Litecoin.
const SEGWIT: &[&str] = &["bc", "tb", "ltc"];

/// Looks at a word of letters and digits.
pub(super) fn judge(text: &str, start: usize, end: usize, found: &mut Vec<Candidate>) {
    let word = &text[start..end];
    let lead = word.as_bytes();
    let base = match word.len() {
        25..=35 if base58check(word) => 0.9,
        42..=64 if SEGWIT.iter().any(|chain| bech32(word, chain)) => 0.9,
        42 if word.starts_with("0x") && word[2..].bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            0.6
        }
        // Monero's checksum is another hash; hardly anything else is as long and without 0, I, O and l.
        95 if matches!(lead[0], b'4' | b'8') && lead.iter().all(|byte| BASE58.contains(byte)) => {
            0.8
        }
        _ => return,
    };
    found.push(Candidate::new(
        Category::CryptoWallet,
        start..end,
        base,
        CONTEXT,
    ));
}

fn base58check(word: &str) -> bool {
    let mut number = [0_u8; 25];
    for byte in word.bytes() {
        let Some(digit) = BASE58.iter().position(|letter| *letter == byte) else {
            return false;
        };
        let mut carry = digit;
        for place in number.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = u8::try_from(carry % 256).unwrap_or_default();
            carry /= 256;
        }
        if carry > 0 {
            return false;
        }
    }
    let (payload, check) = number.split_at(21);
    let hash = Sha256::digest(Sha256::digest(payload));
    hash.starts_with(check)
}

fn bech32(word: &str, chain: &str) -> bool {
    let Some(data) = word
        .get(..chain.len())
        .filter(|begin| begin.eq_ignore_ascii_case(chain))
        .and_then(|_| word[chain.len()..].strip_prefix('1'))
    else {
        return false;
    };
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let step = |check: u32, value: u32| {
        let top = check >> 25;
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(
                (check & 0x01ff_ffff) << 5 ^ value,
                |check, (_, generator)| check ^ generator,
            )
    };
    // The chain in front: its letters' high bits, nothing, their low bits.
    let high = chain.bytes().map(|byte| u32::from(byte >> 5));
    let low = chain.bytes().map(|byte| u32::from(byte & 31));
    let mut check = high.chain([0]).chain(low).fold(1, step);
    for byte in data.to_ascii_lowercase().bytes() {
        let Some(value) = ALPHABET.iter().position(|letter| *letter == byte) else {
            return false;
        };
        check = step(check, u32::try_from(value).unwrap_or_default());
    }
    matches!(check, 1 | 0x2bc8_30a3)
}
