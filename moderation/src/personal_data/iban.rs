//! Bank accounts: country, length, ISO 7064 mod 97.

use super::Candidate;
use crate::category::Category;

pub(super) const CONTEXT: &[&str] = &[
    "iban", "account", "konto", "bank", "compte", "cuenta", "conto", "rekening", "tili",
];

/// How long an account number is in each country that has them.
const LENGTHS: &str = "AD24 AE23 AL28 AO25 AT20 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28 BR29 BY28 CF27 CG27 CH21 CI28 CM27 CR22 CV25 \
    CY28 CZ24 DE22 DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GA27 GB22 GE22 GI23 GL18 GQ27 GR27 GT28 \
    GW25 HN28 HR21 HU28 IE22 IL23 IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MA28 \
    MC27 MD24 ME22 MG27 MK19 ML28 MN20 MR27 MT31 MU30 MZ25 NE28 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 \
    RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25 SV28 TD27 TG28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 \
    YE30";

/// Looks for an account number that begins at `start`, where a word begins.
pub(super) fn judge(text: &str, start: usize, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let Some([one, two, three, four]) = bytes.get(start..start + 4) else {
        return;
    };
    if !(one.is_ascii_alphabetic() && two.is_ascii_alphabetic() && three.is_ascii_digit()) {
        return;
    }
    let country = [one.to_ascii_uppercase(), two.to_ascii_uppercase()];
    let Some(length) = length(country) else {
        return;
    };
    if !(four.is_ascii_digit() || *four == b' ') {
        return;
    }
    let (mut seen, mut at, mut rest) = (0, start, Vec::with_capacity(length));
    while seen < length {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                rest.push(byte.to_ascii_uppercase());
                seen += 1;
            }
            Some(b' ' | b'-' | b'.')
                if bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => {}
            Some(0xC2) if bytes.get(at + 1) == Some(&0xA0) => at += 1,
            _ => return,
        }
        at += 1;
    }
    let free = !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    rest.rotate_left(4);
    if !free
        || remainder(&rest) != 1
        || rest.iter().filter(|byte| byte.is_ascii_digit()).count() < 6
    {
        return;
    }
    let category = if &country == b"EE" {
        Category::IbanEstonian
    } else {
        Category::IbanGeneral
    };
    found.push(Candidate::new(category, start..at, 0.9, CONTEXT));
}

fn length(country: [u8; 2]) -> Option<usize> {
    LENGTHS
        .split_ascii_whitespace()
        .find(|entry| entry.as_bytes().starts_with(&country))
        .and_then(|entry| entry[2..].parse().ok())
}

fn remainder(characters: &[u8]) -> u32 {
    characters.iter().fold(0, |rest, byte| {
        if byte.is_ascii_digit() {
            (rest * 10 + u32::from(byte - b'0')) % 97
        } else {
            (rest * 100 + u32::from(byte - b'A') + 10) % 97
        }
    })
}
