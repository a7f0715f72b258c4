//! Numbers: runs of digits in groups, and what they may be.

use super::{
    Candidate, cards,
    national::{
        aadhaar, abn, acn, brn, bsn, czech, czech_before_1954, estonian, frn, itin, medicare, nhs,
        nin, nir, npi, one_to_nine, organisation, partita_iva, personnummer, pesel, ph_tin, rrn,
        sin, south_africa, ssn, steuer_id, steuer_id_as_given, tfn, thailand, turkey,
    },
    phones,
};
use crate::category::Category as C;

/// One kind of number.
struct Shape {
    category: C,
    digits: usize,
    /// How it may be grouped; ungrouped is always possible.
    groups: &'static [&'static [usize]],
    /// What is between the groups, when there are some.
    separators: &'static str,
    check: fn(&[u8]) -> bool,
    /// The confidence without any context, in groups and without.
    grouped: f32,
    plain: f32,
    context: &'static [&'static str],
}

// A table: one kind a line.
#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    Shape { category: C::EstonianId, digits: 11, groups: &[], separators: "", check: estonian, grouped: 0.0, plain: 0.55, context: &["isikukood", "isikukoodi", "id-kood", "id code", "personal code", "personal identification code", "ik", "asmens kodas", "personal id", "estonian id"] },
    Shape { category: C::PolandPesel, digits: 11, groups: &[], separators: "", check: pesel, grouped: 0.0, plain: 0.5, context: &["pesel", "numer ewidencyjny", "polish id"] },
    Shape { category: C::GermanySteuerId, digits: 11, groups: &[&[2, 3, 3, 3]], separators: " ", check: steuer_id, grouped: 0.3, plain: 0.3, context: STEUER },
    Shape { category: C::GermanySteuerId, digits: 11, groups: &[&[2, 3, 3, 3]], separators: " ", check: steuer_id_as_given, grouped: 0.6, plain: 0.5, context: STEUER },
    Shape { category: C::TurkeyId, digits: 11, groups: &[], separators: "", check: turkey, grouped: 0.0, plain: 0.5, context: &["tc kimlik", "kimlik", "tckn", "turkish id", "turkish national id", "t.c."] },
    Shape { category: C::AustraliaAbn, digits: 11, groups: &[&[2, 3, 3, 3]], separators: " ", check: abn, grouped: 0.5, plain: 0.5, context: &["abn", "a.b.n", "australian business", "business number"] },
    Shape { category: C::ItalyVat, digits: 11, groups: &[&[8, 3]], separators: "_ ", check: partita_iva, grouped: 0.5, plain: 0.3, context: &["codice fiscale", "partita iva", "part. iva", "p.iva", "p. iva", "piva", "p.i.", "italian vat"] },
    Shape { category: C::NigeriaNin, digits: 11, groups: &[], separators: "", check: nin, grouped: 0.0, plain: 0.15, context: &["nin", "national identification number"] },
    Shape { category: C::CzechBirthNumber, digits: 10, groups: &[&[6, 4]], separators: "/", check: czech, grouped: 0.7, plain: 0.3, context: CZECH },
    Shape { category: C::CzechBirthNumber, digits: 9, groups: &[&[6, 3]], separators: "/", check: czech_before_1954, grouped: 0.3, plain: 0.1, context: CZECH },
    Shape { category: C::SwedenPersonnummer, digits: 10, groups: &[&[6, 4]], separators: "-+", check: personnummer, grouped: 0.6, plain: 0.3, context: SWEDISH },
    Shape { category: C::SwedenPersonnummer, digits: 12, groups: &[&[8, 4]], separators: "-+", check: personnummer, grouped: 0.7, plain: 0.5, context: SWEDISH },
    Shape { category: C::SwedenOrganisation, digits: 10, groups: &[&[6, 4]], separators: "-", check: organisation, grouped: 0.5, plain: 0.3, context: &["organisationsnum", "organisationsnr", "orgnr", "org.nr", "org nr", "org. nr", "company identity", "organisation number", "organization number"] },
    Shape { category: C::NetherlandsBsn, digits: 9, groups: &[&[4, 2, 3], &[3, 3, 3]], separators: " .-", check: bsn, grouped: 0.3, plain: 0.3, context: &["bsn", "burgerservicenummer", "burger service", "citizen service", "sofinummer", "sofi", "dutch id"] },
    Shape { category: C::FranceNir, digits: 15, groups: &[&[1, 2, 2, 2, 3, 3, 2], &[13, 2]], separators: " ", check: nir, grouped: 0.75, plain: 0.55, context: &["sécurité sociale", "securite sociale", "nir", "insee", "numéro de sécu", "numéro sécu", "n° sécu", "numéro ss", "n° ss", "french social"] },
    Shape { category: C::UsSsn, digits: 9, groups: &[&[3, 2, 4]], separators: "-", check: ssn, grouped: 0.6, plain: 0.15, context: SSN },
    Shape { category: C::UsSsn, digits: 9, groups: &[&[3, 2, 4], &[3, 6], &[5, 4]], separators: " -.", check: ssn, grouped: 0.3, plain: 0.0, context: SSN },
    // Many give it instead of their own, and some have to hear that it is seen.
    Shape { category: C::UsSsn, digits: 9, groups: &[&[3, 2, 4]], separators: " -.", check: one_to_nine, grouped: 0.15, plain: 0.15, context: SSN },
    Shape { category: C::UsItin, digits: 9, groups: &[&[3, 2, 4], &[3, 6]], separators: "- ", check: itin, grouped: 0.6, plain: 0.3, context: ITIN },
    // A postal code has the same form.
    Shape { category: C::UsItin, digits: 9, groups: &[&[5, 4]], separators: "- ", check: itin, grouped: 0.3, plain: 0.0, context: ITIN },
    Shape { category: C::UkNhs, digits: 10, groups: &[&[3, 3, 4]], separators: " -", check: nhs, grouped: 0.35, plain: 0.3, context: &["nhs", "national health", "health service"] },
    Shape { category: C::AustraliaAcn, digits: 9, groups: &[&[3, 3, 3]], separators: " ", check: acn, grouped: 0.35, plain: 0.3, context: &["acn", "a.c.n", "australian company"] },
    Shape { category: C::AustraliaTfn, digits: 9, groups: &[&[3, 3, 3]], separators: " ", check: tfn, grouped: 0.35, plain: 0.3, context: &["tfn", "t.f.n", "tax file"] },
    Shape { category: C::AustraliaMedicare, digits: 10, groups: &[&[4, 5, 1]], separators: " -", check: medicare, grouped: 0.6, plain: 0.3, context: &["medicare"] },
    Shape { category: C::CanadaSin, digits: 9, groups: &[&[3, 3, 3]], separators: " -", check: sin, grouped: 0.3, plain: 0.3, context: &["sin", "social insurance", "nas", "assurance sociale", "canadian"] },
    Shape { category: C::IndiaAadhaar, digits: 12, groups: &[&[4, 4, 4]], separators: " -:", check: aadhaar, grouped: 0.6, plain: 0.4, context: &["aadhaar", "aadhar", "adhaar", "uidai", "uid", "आधार"] },
    Shape { category: C::KoreaRrn, digits: 13, groups: &[&[6, 7]], separators: "-", check: rrn, grouped: 0.6, plain: 0.4, context: &["rrn", "resident registration", "주민등록", "주민번호", "korean"] },
    Shape { category: C::KoreaFrn, digits: 13, groups: &[&[6, 7]], separators: "-", check: frn, grouped: 0.6, plain: 0.35, context: &["frn", "foreigner registration", "alien registration", "외국인등록"] },
    Shape { category: C::KoreaBrn, digits: 10, groups: &[&[3, 2, 5]], separators: "- ", check: brn, grouped: 0.6, plain: 0.3, context: &["brn", "business registration", "사업자"] },
    Shape { category: C::SouthAfricaId, digits: 13, groups: &[&[6, 4, 2, 1], &[6, 4, 3], &[6, 7]], separators: " ", check: south_africa, grouped: 0.6, plain: 0.5, context: &["sa id", "rsa id", "south african", "south africa", "id number", "identity number"] },
    Shape { category: C::ThailandId, digits: 13, groups: &[&[1, 4, 5, 2, 1]], separators: "- ", check: thailand, grouped: 0.7, plain: 0.3, context: &["thai", "tnin", "citizen id", "บัตรประชาชน", "ประจำตัวประชาชน"] },
    Shape { category: C::UsNpi, digits: 10, groups: &[&[4, 3, 3]], separators: "- ", check: npi, grouped: 0.3, plain: 0.3, context: &["npi", "provider identifier", "provider number"] },
    Shape { category: C::PhilippinesTin, digits: 9, groups: &[&[3, 3, 3]], separators: "-", check: ph_tin, grouped: 0.3, plain: 0.3, context: &["tin", "tax id", "bir"] },
    Shape { category: C::PhilippinesTin, digits: 12, groups: &[&[3, 3, 3, 3]], separators: "-", check: ph_tin, grouped: 0.3, plain: 0.1, context: &["tin", "tax id", "bir"] },
];

const STEUER: &[&str] = &[
    "steuer",
    "idnr",
    "id-nr",
    "tin",
    "identifikationsnummer",
    "tax id",
    "tax number",
    "tax identification",
];

const CZECH: &[&str] = &[
    "rodné číslo",
    "rodne cislo",
    "rodného čísla",
    "rodným číslem",
    "rodné č",
    "r.č.",
    "rč",
    "birth number",
];

const SWEDISH: &[&str] = &[
    "personnum",
    "personnr",
    "pnr",
    "samordningsnum",
    "personal number",
    "personal identity",
    "swedish",
];

const ITIN: &[&str] = &["itin", "tax id", "taxpayer"];

const SSN: &[&str] = &[
    "ssn",
    "ssns",
    "social security",
    "soc sec",
    "social sec",
    "social number",
    "my social",
    "ss#",
    "ss #",
    "ssno",
];

/// The words that speak for each kind.
pub(super) fn contexts() -> impl Iterator<Item = &'static [&'static str]> {
    SHAPES
        .iter()
        .map(|shape| shape.context)
        .chain([cards::CONTEXT])
}

/// Groups of a number that may belong together.
const MOST_GROUPS: usize = 9;

/// A group of digits.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Looks at a run of digit groups, each separated from the next by at most two characters.
pub(super) fn judge(text: &str, groups: &[Group], found: &mut Vec<Candidate>) {
    let bytes = text.as_bytes();
    let mut digits: Vec<u8> = Vec::with_capacity(24);
    for first in 0..groups.len() {
        // A long list of numbers is none of somebody's.
        phones::judge(text, groups, first, groups.len() <= MOST_GROUPS + 6, found);
        if !free_before(bytes, groups[first].start) {
            continue;
        }
        digits.clear();
        for last in first..groups.len().min(first + MOST_GROUPS) {
            let group = groups[last];
            digits.extend(
                bytes[group.start..group.end]
                    .iter()
                    .take(20)
                    .map(|byte| byte - b'0'),
            );
            if digits.len() > 19 {
                break;
            }
            if digits.len() >= 9 && free_after(text, group.end) {
                let whole = is_whole(text, groups, first, last);
                number(text, &groups[first..=last], &digits, whole, found);
            }
        }
    }
}

/// Whether the groups from `first` to `last` are not some of a longer number's: it goes on in the same way on neither side.
pub(super) fn is_whole(text: &str, groups: &[Group], first: usize, last: usize) -> bool {
    if first == last {
        return true;
    }
    let ends = groups.get(last + 1).is_none_or(|next| {
        gap(text, groups[last], *next) != gap(text, groups[last - 1], groups[last])
    });
    let begins = first == 0
        || gap(text, groups[first - 1], groups[first])
            != gap(text, groups[first], groups[first + 1]);
    begins && ends
}

/// What is between two groups.
fn gap(text: &str, one: Group, other: Group) -> &str {
    text.get(one.end..other.start).unwrap_or_default()
}

/// Whether the word before a group is the head of a bank account: "RS35 2600 …" is no card.
fn behind_an_account(bytes: &[u8], start: usize) -> bool {
    let Some(head) = start.checked_sub(5).and_then(|from| bytes.get(from..start)) else {
        return false;
    };
    head[4] == b' '
        && head[..4].iter().all(u8::is_ascii_alphanumeric)
        && head[..4].iter().any(u8::is_ascii_digit)
        && head[..4].iter().any(u8::is_ascii_uppercase)
}

/// Looks at one number. `whole`: its groups are not some of a longer number's.
fn number(text: &str, groups: &[Group], digits: &[u8], whole: bool, found: &mut Vec<Candidate>) {
    let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
    if groups.len() > 1 && behind_an_account(text.as_bytes(), start) {
        return;
    }
    if let Some(base) = cards::judge(text, groups, digits, whole) {
        found.push(Candidate::new(
            C::CreditCard,
            start..end,
            base,
            cards::CONTEXT,
        ));
    }
    // "10000000000" passes somebody's checksum.
    if digits.ends_with(&[0; 6]) {
        return;
    }
    for shape in SHAPES
        .iter()
        .filter(|shape| shape.digits == digits.len() && whole)
    {
        let base = if groups.len() == 1 {
            shape.plain
        } else if fits(text, groups, shape.groups, shape.separators) {
            shape.grouped
        } else {
            continue;
        };
        if (shape.check)(digits) {
            found.push(Candidate::new(
                shape.category,
                start..end,
                base,
                shape.context,
            ));
        }
    }
}

/// Whether the groups have one of these patterns, with one and the same allowed separator between them.
pub(super) fn fits(text: &str, groups: &[Group], patterns: &[&[usize]], separators: &str) -> bool {
    let lengths = groups.iter().map(|group| group.end - group.start);
    if !patterns
        .iter()
        .any(|pattern| pattern.iter().copied().eq(lengths.clone()))
    {
        return false;
    }
    let mut between = groups
        .windows(2)
        .map(|two| text.get(two[0].end..two[1].start).unwrap_or_default());
    let Some(separator) = between.next() else {
        return true;
    };
    (separator == "\u{a0}" || separator.len() == 1)
        && separators.contains(if separator == "\u{a0}" {
            " "
        } else {
            separator
        })
        && between.all(|other| other == separator)
}

/// Whether nothing before an offset makes the number part of something longer.
pub(super) fn free_before(bytes: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(1).and_then(|at| bytes.get(at)) else {
        return true;
    };
    match before {
        b'_' => false,
        b'.' | b',' => start < 2 || !bytes[start - 2].is_ascii_digit(),
        // "code is199003052397" is a word that ran into the number; "x1990" is a name.
        byte if byte.is_ascii_alphabetic() => {
            start >= 2
                && bytes[start - 2..start] == *b"is"
                && (start < 3 || !bytes[start - 3].is_ascii_alphanumeric())
        }
        byte => !byte.is_ascii_digit(),
    }
}

/// Whether nothing after an offset makes it so.
pub(super) fn free_after(text: &str, end: usize) -> bool {
    let mut after = text.get(end..).unwrap_or_default().chars();
    match after.next() {
        None => true,
        Some('.' | ',') => !after.next().is_some_and(|next| next.is_ascii_digit()),
        Some('_' | '@') => false,
        Some(next) => !next.is_ascii_alphanumeric() || !next.is_ascii(),
    }
}
