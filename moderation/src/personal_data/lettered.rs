//! National numbers with letters in them: a form, an own checksum, words around.

use super::{
    Candidate,
    checksums::{iso_11_10, month_day, pair},
};
use crate::category::Category as C;

/// One kind of number. In `mask`, `l` is a letter, `d` a digit, `a` either; other characters are themselves.
struct Shape {
    category: C,
    mask: &'static str,
    /// What may stand between its characters.
    separators: &'static str,
    check: fn(&[u8], &str) -> bool,
    base: f32,
    context: &'static [&'static str],
}

// A table: one kind a line.
#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    Shape { category: C::ItalyCodiceFiscale, mask: "llllllaalaalaaal", separators: " ", check: codice_fiscale, base: 0.7, context: &["codice fiscale", "codice fisc", "cod. fisc", "cod.fisc", "codfisc", "c.f.", "cf", "fiscal code", "italian tax"] },
    Shape { category: C::FinlandHetu, mask: "ddddddlddda", separators: "", check: hetu, base: 0.7, context: &["henkilötun", "hetu", "sosiaaliturvatunnus", "sotu", "personal identity", "finnish id"] },
    Shape { category: C::FinlandHetu, mask: "ddddddddda", separators: "-+", check: hetu, base: 0.7, context: &["henkilötun", "hetu", "sosiaaliturvatunnus", "sotu", "personal identity", "finnish id"] },
    Shape { category: C::FranceNir, mask: "ddddddldddddddd", separators: " ", check: corsican, base: 0.7, context: &["sécurité sociale", "securite sociale", "nir", "insee", "numéro de sécu", "numéro ss", "n° ss"] },
    Shape { category: C::SpainDni, mask: "ddddddddl", separators: "- ", check: dni, base: 0.6, context: DNI },
    Shape { category: C::SpainDni, mask: "dddddddl", separators: "-", check: dni, base: 0.35, context: DNI },
    Shape { category: C::SpainNie, mask: "ldddddddl", separators: "- ", check: nie, base: 0.65, context: &["nie", "extranjero", "extranjera", "foreigner"] },
    Shape { category: C::SingaporeNric, mask: "ldddddddl", separators: "", check: nric, base: 0.6, context: &["nric", "fin", "ic number", "ic no", "singapore"] },
    Shape { category: C::GermanyIdCard, mask: "laaaaaaad", separators: "", check: id_card, base: 0.3, context: AUSWEIS },
    Shape { category: C::GermanyIdCard, mask: "laaaaaaaad", separators: "", check: id_card_with_check, base: 0.3, context: AUSWEIS },
    // Before 2010.
    Shape { category: C::GermanyIdCard, mask: "Tdddddddd", separators: "", check: any, base: 0.3, context: AUSWEIS },
    Shape { category: C::GermanyHealthInsurance, mask: "lddddddddd", separators: "", check: health_insurance, base: 0.4, context: &["krankenversicher", "versichertennummer", "versicherten-nr", "kvnr", "kv-nummer", "egk", "krankenkasse", "gesundheitskarte", "health insurance"] },
    Shape { category: C::GermanySocialSecurity, mask: "ddddddddlddd", separators: " ", check: social_security, base: 0.6, context: &["rentenversicherung", "sozialversicherung", "svnr", "sv-nummer", "rvnr", "versicherungsnummer", "social security"] },
    Shape { category: C::IndiaPan, mask: "lllllddddl", separators: "", check: any, base: 0.35, context: PAN },
    Shape { category: C::IndiaPan, mask: "lllllddddl", separators: "", check: pan, base: 0.5, context: PAN },
    Shape { category: C::IndiaGstin, mask: "ddlllllddddlaZa", separators: "", check: gstin, base: 0.65, context: &["gst", "gstin"] },
    Shape { category: C::UsMbi, mask: "dladladlldd", separators: "-", check: mbi, base: 0.6, context: &["mbi", "medicare"] },
    Shape { category: C::UkNino, mask: "llddddddl", separators: " -", check: nino, base: 0.55, context: &["nino", "national insurance", "ni number", "ni no", "insurance number"] },
    Shape { category: C::EuVat, mask: "ATUdddddddd", separators: " ", check: any, base: 0.5, context: VAT },
    Shape { category: C::EuVat, mask: "DEddddddddd", separators: " .-", check: german_vat, base: 0.5, context: VAT },
    Shape { category: C::EuVat, mask: "NLdddddddddBdd", separators: " .", check: any, base: 0.5, context: VAT },
    Shape { category: C::EuVat, mask: "CYddddddddl", separators: " ", check: any, base: 0.4, context: VAT },
    Shape { category: C::EuVat, mask: "ESaddddddda", separators: " -", check: any, base: 0.3, context: VAT },
    Shape { category: C::EuVat, mask: "FRaaddddddddd", separators: " ", check: any, base: 0.3, context: VAT },
    Shape { category: C::EuVat, mask: "IEdadddddl", separators: " ", check: any, base: 0.15, context: VAT },
    Shape { category: C::EuVat, mask: "IEdadddddll", separators: " ", check: any, base: 0.15, context: VAT },
    Shape { category: C::EuVat, mask: "lldddddddd", separators: " .", check: eu_country, base: 0.15, context: VAT },
    Shape { category: C::EuVat, mask: "llddddddddd", separators: " .", check: eu_country, base: 0.15, context: VAT },
    Shape { category: C::EuVat, mask: "lldddddddddd", separators: " .", check: eu_country, base: 0.15, context: VAT },
    Shape { category: C::EuVat, mask: "llddddddddddd", separators: " .", check: eu_country, base: 0.15, context: VAT },
    Shape { category: C::EuVat, mask: "lldddddddddddd", separators: " .", check: eu_country, base: 0.15, context: VAT },
    Shape { category: C::Passport, mask: "lddddddd", separators: "", check: any, base: 0.1, context: PASSPORT },
    Shape { category: C::Passport, mask: "ldddddddd", separators: "", check: any, base: 0.1, context: PASSPORT },
    Shape { category: C::Passport, mask: "lldddddd", separators: "", check: any, base: 0.1, context: PASSPORT },
    Shape { category: C::Passport, mask: "llddddddd", separators: "", check: any, base: 0.1, context: PASSPORT },
    Shape { category: C::Passport, mask: "llldddddd", separators: "", check: any, base: 0.1, context: PASSPORT },
    Shape { category: C::Passport, mask: "laaaaaaaa", separators: "", check: serial, base: 0.1, context: PASSPORT },
    Shape { category: C::Passport, mask: "ddddddddd", separators: "", check: any, base: 0.1, context: PASSPORT },
];

const AUSWEIS: &[&str] = &[
    "ausweis",
    "personalausweis",
    "id card",
    "identity card",
    "perso",
];
const PAN: &[&str] = &["pan", "permanent account", "income tax"];
const DNI: &[&str] = &[
    "dni",
    "nif",
    "documento nacional",
    "documento de identidad",
    "spanish id",
];
const VAT: &[&str] = &[
    "vat",
    "ust-id",
    "ustid",
    "ust-idnr",
    "umsatzsteuer",
    "tva",
    "iva",
    "btw",
    "kmkr",
    "alv",
    "moms",
    "mwst",
    "nip",
    "dič",
    "pvm",
    "pvn",
    "áfa",
    "adószám",
    "ddv",
    "cvr",
    "mva",
    "αφμ",
];
const PASSPORT: &[&str] = &[
    "passport",
    "travel document",
    "reisepass",
    "pass nr",
    "passnummer",
    "passeport",
    "pasaporte",
    "passaporto",
    "paspoort",
    "passi",
    "paszport",
    "паспорт",
    "여권",
];

/// The words that speak for each kind.
pub(super) fn contexts() -> impl Iterator<Item = &'static [&'static str]> {
    SHAPES.iter().map(|shape| shape.context)
}

/// Looks for a number that begins at `start`, where a word begins.
pub(super) fn judge(text: &str, start: usize, found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let mut compact = [0_u8; 17];
    let mut ends = [0_usize; 17];
    let mut length = 0;
    let mut at = start;
    while length < 17 {
        match bytes.get(at) {
            Some(byte) if byte.is_ascii_alphanumeric() => {
                compact[length] = byte.to_ascii_uppercase();
                ends[length] = at + 1;
                length += 1;
            }
            Some(b' ' | b'-' | b'+' | b'.')
                if bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) => {}
            _ => break,
        }
        at += 1;
    }
    for shape in SHAPES {
        let size = shape.mask.len();
        if size > length || !matches(shape.mask.as_bytes(), &compact[..size]) {
            continue;
        }
        let end = ends[size - 1];
        let raw = text.get(start..end).unwrap_or_default();
        let separated = raw.chars().all(|character| {
            character.is_ascii_alphanumeric() || shape.separators.contains(character)
        });
        let free = !text[end..]
            .chars()
            .next()
            .is_some_and(|next| next.is_alphanumeric() || next == '_');
        if separated && free && (shape.check)(&compact[..size], raw) {
            found.push(Candidate::new(
                shape.category,
                start..end,
                shape.base,
                shape.context,
            ));
        }
    }
}

fn matches(mask: &[u8], compact: &[u8]) -> bool {
    mask.iter().zip(compact).all(|(mask, byte)| match mask {
        b'l' => byte.is_ascii_uppercase(),
        b'd' => byte.is_ascii_digit(),
        b'a' => true,
        mask => mask == byte,
    })
}

fn digits(compact: &[u8]) -> Vec<u8> {
    compact
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| byte - b'0')
        .collect()
}

fn number(compact: &[u8]) -> usize {
    digits(compact)
        .iter()
        .fold(0, |number, digit| number * 10 + usize::from(*digit))
}

fn any(_: &[u8], _: &str) -> bool {
    true
}

fn codice_fiscale(c: &[u8], _: &str) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    // Digits may be written as letters when two people's codes collide.
    let digit = |byte: u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte);
    if ![6, 7, 9, 10, 12, 13, 14].iter().all(|at| digit(c[*at])) || !b"ABCDEHLMPRST".contains(&c[8])
    {
        return false;
    }
    let sum: u32 = c[..15]
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            let value = if byte.is_ascii_digit() {
                byte - b'0'
            } else {
                byte - b'A'
            };
            if place % 2 == 0 {
                ODD[usize::from(value)]
            } else {
                u32::from(value)
            }
        })
        .sum();
    sum % 26 == u32::from(c[15] - b'A')
}

fn hetu(c: &[u8], raw: &str) -> bool {
    let sign = raw
        .as_bytes()
        .get(6)
        .copied()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let d = digits(&c[..c.len() - 1]);
    let Some(d) = d.get(..9) else {
        return false;
    };
    let rest = d
        .iter()
        .fold(0_usize, |number, digit| number * 10 + usize::from(*digit))
        % 31;
    b"-+ABCDEFYXWVU".contains(&sign)
        && raw.len() == 11
        && month_day(pair(d, 2), pair(d, 0))
        && b"0123456789ABCDEFHJKLMNPRSTUVWXY"[rest] == c[c.len() - 1]
}

/// A French number of somebody born on Corsica: its department has a letter, which counts as 19 or 18.
fn corsican(c: &[u8], _: &str) -> bool {
    let department = match (c[5], c[6]) {
        (b'2', b'A') => 19,
        (b'2', b'B') => 18,
        _ => return false,
    };
    let before = number(&c[..5]) * 100 + department;
    let whole = before * 1_000_000 + number(&c[7..13]);
    matches!(c[0], b'1' | b'2') && 97 - whole % 97 == number(&c[13..])
}

const DNI_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn dni(c: &[u8], raw: &str) -> bool {
    // "1993-1994 X" is none.
    raw.as_bytes()[..c.len() - 1].iter().all(u8::is_ascii_digit)
        && DNI_LETTERS[number(c) % 23] == c[c.len() - 1]
}

fn nie(c: &[u8], _: &str) -> bool {
    let Some(lead) = b"XYZ".iter().position(|letter| *letter == c[0]) else {
        return false;
    };
    DNI_LETTERS[(lead * 10_000_000 + number(&c[1..8])) % 23] == c[8]
}

fn nric(c: &[u8], _: &str) -> bool {
    let sum: usize = digits(c)
        .iter()
        .zip([2, 7, 6, 5, 4, 3, 2])
        .map(|(digit, weight)| usize::from(*digit) * weight)
        .sum();
    match c[0] {
        b'S' => b"JZIHGFEDCBA"[sum % 11] == c[8],
        b'T' => b"JZIHGFEDCBA"[(sum + 4) % 11] == c[8],
        b'F' => b"XWUTRQPNMLK"[sum % 11] == c[8],
        b'G' => b"XWUTRQPNMLK"[(sum + 4) % 11] == c[8],
        b'M' => b"KLJNPQRTUWX"[10 - (sum + 3) % 11] == c[8],
        _ => false,
    }
}

/// The digit of ICAO 9303 for these characters: weights 7, 3, 1; letters count from ten.
fn icao(c: &[u8]) -> u8 {
    let sum: u32 = c
        .iter()
        .zip([7, 3, 1].iter().cycle())
        .map(|(byte, weight)| {
            let value = if byte.is_ascii_digit() {
                byte - b'0'
            } else {
                byte - b'A' + 10
            };
            u32::from(value) * weight
        })
        .sum();
    b"0123456789"[(sum % 10) as usize]
}

/// What German identity cards and passports are numbered with: no vowels, and nothing that looks like another sign.
fn serial(c: &[u8], _: &str) -> bool {
    let digits = c.iter().filter(|byte| byte.is_ascii_digit()).count();
    c[..9]
        .iter()
        .all(|byte| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte))
        && digits >= 2
}

/// Eight characters and their digit, as some write it.
fn id_card(c: &[u8], raw: &str) -> bool {
    serial(c, raw) && icao(&c[..8]) == c[8]
}

/// All nine characters and their digit, as it stands in the lines for machines.
fn id_card_with_check(c: &[u8], raw: &str) -> bool {
    serial(c, raw) && icao(&c[..9]) == c[9]
}

/// The fourth letter says who it belongs to: a person, a company.
fn pan(c: &[u8], raw: &str) -> bool {
    b"PCHFATBLJG".contains(&c[3]) && raw.bytes().all(|byte| !byte.is_ascii_lowercase())
}

fn health_insurance(c: &[u8], _: &str) -> bool {
    let letter = c[0] - b'A' + 1;
    let mut d = vec![letter / 10, letter % 10];
    d.extend(digits(c));
    let sum: u32 = d[..10]
        .iter()
        .enumerate()
        .map(|(place, digit)| {
            let product = u32::from(*digit) * if place % 2 == 0 { 1 } else { 2 };
            product / 10 + product % 10
        })
        .sum();
    sum % 10 == u32::from(d[10])
}

fn social_security(c: &[u8], _: &str) -> bool {
    let letter = c[8] - b'A' + 1;
    let mut d = digits(&c[..8]);
    d.extend([letter / 10, letter % 10]);
    d.extend(digits(&c[9..]));
    let sum: u32 = d[..12]
        .iter()
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| {
            let product = u32::from(*digit) * weight;
            product / 10 + product % 10
        })
        .sum();
    let day = pair(&d, 2) % 50;
    (1..=31).contains(&day) && (1..=12).contains(&pair(&d, 4)) && sum % 10 == u32::from(d[12])
}

fn gstin(c: &[u8], _: &str) -> bool {
    (1..=37).contains(&number(&c[..2]))
}

/// No S, L, O, I, B, Z in a Medicare number, and none begins with 0.
fn mbi(c: &[u8], _: &str) -> bool {
    c[0] != b'0' && !c.iter().any(|byte| b"SLOIBZ".contains(byte))
}

fn nino(c: &[u8], _: &str) -> bool {
    !b"DFIQUV".contains(&c[0])
        && !b"DFIQUVO".contains(&c[1])
        && !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"]
            .iter()
            .any(|no| no.as_bytes() == &c[..2])
        && (b'A'..=b'D').contains(&c[8])
}

fn german_vat(c: &[u8], _: &str) -> bool {
    iso_11_10(&digits(c))
}

fn eu_country(c: &[u8], _: &str) -> bool {
    // Country and how many digits follow.
    #[rustfmt::skip]
    const COUNTRIES: &[(&str, &[usize])] = &[
        ("BE", &[10]), ("BG", &[9, 10]), ("CZ", &[8, 9, 10]), ("DK", &[8]), ("EE", &[9]), ("EL", &[9]), ("FI", &[8]),
        ("GB", &[9, 12]), ("HR", &[11]), ("HU", &[8]), ("IT", &[11]), ("LT", &[9, 12]), ("LU", &[8]), ("LV", &[11]),
        ("MT", &[8]), ("PL", &[10]), ("PT", &[9]), ("RO", &[8, 9, 10]), ("SE", &[12]), ("SI", &[8]), ("SK", &[10]),
    ];
    COUNTRIES.iter().any(|(country, lengths)| {
        c.starts_with(country.as_bytes()) && lengths.contains(&(c.len() - 2))
    })
}
