//! Payment cards: the scheme's first digits, its lengths, its grouping, Luhn.

use super::{
    checksums::luhn,
    numbers::{Group, fits},
};
use crate::normalize::WIDEST;

#[rustfmt::skip]
pub(super) const CONTEXT: &[&str] = &[
    "card", "cards", "cardno", "cardnumber", "payment method", "cc", "pan", "visa", "mastercard", "maestro", "amex", "american express", "diners", "discover",
    "jcb", "credit", "debit", "kaart", "kaard", "krediitkaar", "pangakaar", "deebetkaar", "karte", "kreditkarte", "bankkarte",
    "girocard", "carte", "tarjeta", "carta", "cartão", "cartao", "creditcard", "bankpas", "betaalpas", "kredietkaart",
    "kortti", "luottokort", "pankkikort", "maksukort", "kort", "kortet", "kortnummer", "kortnr", "bankkort", "kreditkort",
    "betalkort", "betalingskort", "karta", "karty", "kartę", "kartą", "kartu", "kreditní", "platební",
    "kártya", "kártyá", "bankkártya", "hitelkártya", "kortel", "kredītkart", "kredi", "kartım", "kartın",
    "карта", "карты", "карту", "картой", "карте", "картк", "κάρτα", "カード", "卡号", "信用卡", "银行卡", "카드",
];

/// Numbers that card schemes and payment services publish for tests.
const TEST_CARDS: [&[u8]; 4] = [
    b"4111111111111111",
    b"5500000000000004",
    b"378282246310005",
    b"4242424242424242",
];

const GROUPINGS: &[&[usize]] = &[
    &[4, 4, 4, 4],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4],
    &[4, 4, 4, 1],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 3],
];

/// How sure the first digits and the length alone make it.
#[derive(Clone, Copy, PartialEq)]
enum Issuer {
    /// A scheme's own numbers, of the length they have.
    Known,
    /// What debit cards begin with, and much else.
    Likely,
    /// What banks give out at all (ISO/IEC 7812 leaves 2 to 6 to travel, banks and trade).
    Any,
}

fn issuer(lead: u32, length: usize) -> Option<Issuer> {
    let known = match lead {
        1800 | 2131 | 3400..=3499 | 3700..=3799 => length == 15,
        2200..=2204 | 2221..=2720 | 5100..=5599 | 6060..=6099 | 6360..=6399 | 9792 => length == 16,
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => matches!(length, 14 | 16),
        3500..=3599 | 6011 | 6200..=6299 | 6440..=6599 => (16..=19).contains(&length),
        4000..=4999 => matches!(length, 13 | 16 | 19),
        5018..=5020 | 5038 | 5610 | 5612 | 5893 | 6304 | 6759 | 6761..=6763 => length == 16,
        _ => false,
    };
    if known {
        return Some(Issuer::Known);
    }
    match lead {
        // Maestro.
        604 | 5018 | 5020 | 5038 | 5600..=5899 | 6304 | 6390 | 6700..=6799 => {
            (12..=19).contains(&length).then_some(Issuer::Likely)
        }
        2000..=6999 => (12..=19).contains(&length).then_some(Issuer::Any),
        _ => None,
    }
}

/// The confidence that this is a card; `None` for what is none, or one that is published for tests. `whole`: its groups are
/// not some of a longer number's.
pub(super) fn judge(text: &str, groups: &[Group], digits: &[u8], whole: bool) -> Option<f32> {
    let lead = digits
        .iter()
        .take(4)
        .fold(0, |lead, digit| lead * 10 + u32::from(*digit));
    let issuer = issuer(lead, digits.len())?;
    let grouped = groups.len() > 1;
    let form =
        !grouped || (whole || issuer == Issuer::Known) && fits(text, groups, GROUPINGS, " -");
    if !form || !luhn(digits) || grouped && digits.len() == 12 && is_rest(text, groups) {
        return None;
    }
    let is_this = |test: &&[u8]| {
        test.iter()
            .map(|byte| byte - b'0')
            .eq(digits.iter().copied())
    };
    if TEST_CARDS.iter().any(is_this) {
        return None;
    }
    Some(match (issuer, digits.len()) {
        (Issuer::Known, 15 | 16) => 0.7,
        (Issuer::Known, 14) => 0.55,
        (Issuer::Known, _) if grouped => 0.55,
        (Issuer::Known, _) => 0.4,
        (Issuer::Likely, _) => 0.5,
        (Issuer::Any, _) => 0.15,
    })
}

/// Whether four more digits stand beside three groups of four, at whatever distance a group may have: those three are what is
/// left of a number that is none.
fn is_rest(text: &str, groups: &[Group]) -> bool {
    let (start, end) = (groups[0].start, groups[groups.len() - 1].end);
    four(text[..start].chars().rev()) || four(text[end..].chars())
}

/// Whether a gap and a group of four digits come next.
fn four(beside: impl Iterator<Item = char> + Clone) -> bool {
    let near = beside.clone().take(WIDEST + 1);
    let gap = near.take_while(|next| next.is_whitespace()).count();
    let digits = beside.skip(gap).take(5);
    (1..=WIDEST).contains(&gap) && digits.take_while(char::is_ascii_digit).count() == 4
}
