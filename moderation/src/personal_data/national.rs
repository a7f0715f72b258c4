//! National numbers made of digits only: their checksums.

use super::checksums::{iso_11_10, luhn, modulo, month_day, pair, verhoeff, weighted};

fn same(digits: &[u8]) -> bool {
    digits.windows(2).all(|two| two[0] == two[1])
}

/// Estonian (and Lithuanian) personal code: century, date, two rounds of weights.
pub(super) fn estonian(d: &[u8]) -> bool {
    if !(1..=8).contains(&d[0]) || !month_day(pair(d, 3), pair(d, 5)) {
        return false;
    }
    let first = weighted(d, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(d, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
    let check = match (first, second) {
        (10, 10) => 0,
        (10, second) => second,
        (first, _) => first,
    };
    check == u32::from(d[10])
}

/// Polish PESEL: the month carries the century.
pub(super) fn pesel(d: &[u8]) -> bool {
    let month = pair(d, 2) % 20;
    month_day(month, pair(d, 4))
        && (10 - weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == u32::from(d[10])
}

/// German tax id.
pub(super) fn steuer_id(d: &[u8]) -> bool {
    d[0] != 0 && iso_11_10(d)
}

/// The same as it is given out: of its first ten digits one is there two or three times, and no other more than once.
pub(super) fn steuer_id_as_given(d: &[u8]) -> bool {
    let mut times = [0; 10];
    d[..10]
        .iter()
        .for_each(|digit| times[usize::from(*digit)] += 1);
    let more = |least: i32| times.iter().filter(|times| **times >= least).count();
    more(2) == 1 && more(4) == 0 && steuer_id(d)
}

/// Turkish national id.
pub(super) fn turkey(d: &[u8]) -> bool {
    let odd: i32 = [0, 2, 4, 6, 8].iter().map(|i| i32::from(d[*i])).sum();
    let even: i32 = [1, 3, 5, 7].iter().map(|i| i32::from(d[*i])).sum();
    let all: i32 = d[..10].iter().map(|d| i32::from(*d)).sum();
    d[0] != 0 && (odd * 7 - even).rem_euclid(10) == i32::from(d[9]) && all % 10 == i32::from(d[10])
}

/// Czech and Slovak birth number, ten digits: the last is the rest of the others by 11, and 0 for a rest of 10, as it was
/// given until 1985.
pub(super) fn czech(d: &[u8]) -> bool {
    czech_date(d) && modulo(&d[..9], 11) % 10 == u64::from(d[9])
}

/// The same of those who were born before 1954: nine digits, none of them for a check.
pub(super) fn czech_before_1954(d: &[u8]) -> bool {
    czech_date(d) && pair(d, 0) < 54 && d[6..].iter().any(|digit| *digit != 0)
}

/// Women's months have 50 more; 20 more when the day's numbers were all given out.
fn czech_date(d: &[u8]) -> bool {
    let month = match pair(d, 2) {
        month @ 71..=82 => month - 70,
        month @ 51..=62 => month - 50,
        month @ 21..=32 => month - 20,
        month => month,
    };
    month_day(month, pair(d, 4))
}

/// Dutch BSN: the eleven test.
pub(super) fn bsn(d: &[u8]) -> bool {
    let sum = i64::from(weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2])) - i64::from(d[8]);
    sum != 0 && sum % 11 == 0
}

/// Swedish personal number, ten or twelve digits: a date and Luhn over the last ten.
pub(super) fn personnummer(d: &[u8]) -> bool {
    let ten = &d[d.len() - 10..];
    let century = d.len() == 10 || matches!(pair(d, 0), 18..=20);
    let day = pair(ten, 4);
    let day = if day > 60 { day - 60 } else { day };
    century && month_day(pair(ten, 2), day) && luhn(ten)
}

/// Swedish organisation number: like a personal number, with a "month" of 20 or more.
pub(super) fn organisation(d: &[u8]) -> bool {
    pair(d, 2) >= 20 && d[0] != 0 && luhn(d)
}

/// French NIR, fifteen digits; Corsican letters are not digits and not seen here.
pub(super) fn nir(d: &[u8]) -> bool {
    let month = pair(d, 3);
    matches!(d[0], 1 | 2 | 3 | 4 | 7 | 8)
        && matches!(month, 1..=12 | 20..=42 | 50..=99)
        && 97 - modulo(&d[..13], 97) == u64::from(pair(d, 13))
}

/// UK NHS number.
pub(super) fn nhs(d: &[u8]) -> bool {
    let check = 11 - weighted(d, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    !same(d) && check % 11 == u32::from(d[9]) && check != 10
}

/// Australian business number.
pub(super) fn abn(d: &[u8]) -> bool {
    let mut digits = [0; 11];
    digits.copy_from_slice(d);
    if digits[0] == 0 {
        return false;
    }
    digits[0] -= 1;
    weighted(&digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_multiple_of(89)
}

/// Australian company number.
pub(super) fn acn(d: &[u8]) -> bool {
    !same(d) && (10 - weighted(d, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 == u32::from(d[8])
}

/// Australian tax file number.
pub(super) fn tfn(d: &[u8]) -> bool {
    !same(d) && weighted(d, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// Australian Medicare card.
pub(super) fn medicare(d: &[u8]) -> bool {
    (2..=6).contains(&d[0])
        && weighted(d, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == u32::from(d[8])
        && d[9] != 0
}

/// Canadian social insurance number.
pub(super) fn sin(d: &[u8]) -> bool {
    !matches!(d[0], 0 | 8) && !same(d) && luhn(d)
}

/// Indian Aadhaar. Three years in a row are none.
pub(super) fn aadhaar(d: &[u8]) -> bool {
    let years = d.chunks(4).all(|four| matches!(four[..2], [1, 9] | [2, 0]));
    d[0] > 1 && !years && !same(d) && verhoeff(d)
}

/// Korean resident number: a date, a century digit, a checksum (not given out since 2020, so it may fail).
pub(super) fn rrn(d: &[u8]) -> bool {
    (1..=4).contains(&d[6]) && month_day(pair(d, 2), pair(d, 4)) && {
        let sum = weighted(d, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
        (11 - sum % 11) % 10 == u32::from(d[12]) || pair(d, 7) <= 96
    }
}

/// Korean foreigner number: like a resident's, with 5 to 8 as the century.
pub(super) fn frn(d: &[u8]) -> bool {
    matches!(d[6], 5..=8) && month_day(pair(d, 2), pair(d, 4))
}

/// Korean business number.
pub(super) fn brn(d: &[u8]) -> bool {
    let sum = weighted(d, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + u32::from(d[8]) * 5 / 10;
    !same(d) && (10 - sum % 10) % 10 == u32::from(d[9])
}

/// South African id: a date, citizenship, Luhn.
pub(super) fn south_africa(d: &[u8]) -> bool {
    month_day(pair(d, 2), pair(d, 4)) && d[10] <= 2 && luhn(d)
}

/// Thai national id.
pub(super) fn thailand(d: &[u8]) -> bool {
    let sum = weighted(d, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    d[0] != 0 && !same(d) && (11 - sum % 11) % 10 == u32::from(d[12])
}

/// Italian VAT number.
pub(super) fn partita_iva(d: &[u8]) -> bool {
    !same(d) && luhn(d)
}

/// US national provider identifier: Luhn behind the prefix 80840.
pub(super) fn npi(d: &[u8]) -> bool {
    let mut digits = vec![8, 0, 8, 4, 0];
    digits.extend_from_slice(d);
    matches!(d[0], 1 | 2) && !same(&d[..9]) && luhn(&digits)
}

/// Philippine tax number.
pub(super) fn ph_tin(d: &[u8]) -> bool {
    let sum = weighted(d, &[9, 8, 7, 6, 5, 4, 3, 2]);
    !same(&d[..9]) && sum % 11 == u32::from(d[8])
}

/// Nigerian NIN: eleven digits of no known rule, so only its context tells.
pub(super) fn nin(d: &[u8]) -> bool {
    !same(d)
}

/// US social security number: areas, groups and serials that are given out.
pub(super) fn ssn(d: &[u8]) -> bool {
    const SAMPLES: [[u8; 9]; 2] = [[0, 7, 8, 0, 5, 1, 1, 2, 0], [2, 1, 9, 0, 9, 9, 9, 9, 9]];
    let area = u32::from(d[0]) * 100 + pair(d, 1);
    !matches!(area, 0 | 666 | 900..)
        && pair(d, 3) != 0
        && d[5..].iter().any(|d| *d != 0)
        && !SAMPLES.iter().any(|sample| sample == d)
        && !one_to_nine(d)
}

/// 123-45-6789, which nobody has.
pub(super) fn one_to_nine(d: &[u8]) -> bool {
    d == [1, 2, 3, 4, 5, 6, 7, 8, 9]
}

/// US individual taxpayer number; not one of those that are printed in advertisements.
pub(super) fn itin(d: &[u8]) -> bool {
    d[0] == 9
        && matches!(pair(d, 3), 50..=65 | 70..=88 | 90..=92 | 94..=99)
        && d[..8] != [9, 8, 7, 6, 5, 4, 3, 2]
}
