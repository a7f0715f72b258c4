//! Country codes, and how many digits are behind them.

/// Country codes with the fewest and most digits behind them, where they are well known.
#[rustfmt::skip]
const PLANS: &[(&str, usize, usize)] = &[
    ("1", 10, 10), ("7", 10, 10), ("20", 8, 10), ("27", 9, 9), ("30", 10, 10), ("31", 9, 10), ("32", 8, 9),
    ("33", 9, 9), ("34", 9, 9), ("36", 8, 9), ("39", 6, 11), ("40", 9, 9), ("41", 9, 9), ("43", 7, 13),
    ("44", 9, 10), ("45", 8, 8), ("46", 7, 10), ("47", 8, 8), ("48", 9, 9), ("49", 6, 12), ("51", 8, 9),
    ("52", 10, 10), ("54", 10, 11), ("55", 10, 11), ("56", 9, 9), ("57", 8, 10), ("58", 10, 10), ("60", 8, 10),
    ("61", 9, 9), ("62", 8, 12), ("63", 8, 10), ("64", 8, 10), ("65", 8, 8), ("66", 8, 9), ("81", 9, 10),
    ("82", 8, 10), ("84", 9, 10), ("86", 9, 11), ("90", 10, 10), ("91", 10, 10), ("92", 9, 10), ("93", 9, 9), ("94", 9, 9), ("95", 7, 10), ("98", 10, 10), ("53", 6, 8),
    ("351", 9, 9), ("352", 6, 11), ("353", 7, 9), ("358", 6, 11), ("359", 7, 9), ("370", 8, 8), ("371", 8, 8),
    ("372", 7, 8), ("375", 9, 9), ("380", 9, 9), ("420", 9, 9), ("421", 9, 9), ("852", 8, 8), ("886", 8, 9),
    ("971", 8, 9), ("972", 8, 9),
];

/// First digits of three-digit country codes.
fn three_digits(code: u32) -> bool {
    matches!(code, 210..=269 | 290..=299 | 350..=389 | 420..=423 | 500..=509 | 590..=599 | 670..=692 | 800 | 808
        | 850..=856 | 870 | 880..=888 | 960..=979 | 992..=998)
}

/// The fewest and most digits of a number that begins like this, country code included.
pub(super) fn plan(digits: &str) -> Option<(usize, usize)> {
    if let Some((code, fewest, most)) = PLANS.iter().find(|(code, ..)| digits.starts_with(code)) {
        return Some((code.len() + fewest, code.len() + most));
    }
    let code = digits.get(..3).and_then(|code| code.parse().ok())?;
    three_digits(code).then_some((7, 15))
}
