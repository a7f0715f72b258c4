//! Letters that look like others.
//!
//! From Unicode's confusables, as far as small letters go: capitals are made small before, so a capital's likeness
//! (Ν, Ρ, Н) is looked up by its small letter.

/// What a Cyrillic, Greek, Armenian, Cherokee or phonetic letter looks like.
pub(super) fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' | 'α' | 'ɑ' | 'ა' => 'a',
        'в' | 'β' | 'ʙ' | 'ь' => 'b',
        'с' | 'ϲ' | 'ç' | 'ᴄ' => 'c',
        'ԁ' | 'ɗ' | 'ժ' | 'ᴅ' => 'd',
        'е' | 'ε' | 'ҽ' | 'є' | 'э' | 'ᴇ' | 'ə' => 'e',
        'ғ' | 'ƒ' | 'ք' => 'f',
        'ɡ' | 'ց' | 'ԍ' | 'ɢ' => 'g',
        'н' | 'һ' | 'η' | 'հ' | 'ʜ' | 'ћ' => 'h',
        'і' | 'ι' | 'ı' | 'ɩ' | 'ӏ' | 'ɪ' | 'ї' => 'i',
        'ј' | 'ϳ' | 'ʝ' | 'ᴊ' => 'j',
        'к' | 'κ' | 'ᴋ' | 'қ' => 'k',
        'ʟ' | 'ł' | 'լ' => 'l',
        'м' | 'μ' | 'ᴍ' | 'ϻ' => 'm',
        'п' | 'ν' | 'ո' | 'ռ' | 'ɴ' => 'n',
        'о' | 'ο' | 'σ' | 'օ' | 'ᴏ' | 'ø' | 'ө' => 'o',
        'р' | 'ρ' | 'ᴘ' | 'þ' => 'p',
        'ԛ' | 'զ' | 'գ' => 'q',
        'г' | 'ʀ' | 'ɾ' | 'я' => 'r',
        'ѕ' | 'ꜱ' | 'տ' => 's',
        'т' | 'τ' | 'ᴛ' | 'է' => 't',
        'υ' | 'ս' | 'ц' | 'ʋ' | 'ᴜ' => 'u',
        'ѵ' | 'ᴠ' | 'ѷ' => 'v',
        'ԝ' | 'ω' | 'ѡ' | 'ա' | 'ᴡ' | 'ш' => 'w',
        'х' | 'χ' | 'ҳ' => 'x',
        'у' | 'γ' | 'ү' | 'ყ' | 'ʏ' => 'y',
        'ᴢ' | 'ʐ' | 'ȥ' => 'z',
        _ => return None,
    })
}

/// Letters in boxes, circles and braille, small capitals: forms that NFKC leaves alone.
pub(super) fn styled(character: char) -> Option<char> {
    const BRAILLE: &[u8; 26] = &[
        1, 3, 9, 25, 17, 11, 27, 19, 10, 26, 5, 7, 13, 29, 21, 15, 31, 23, 14, 30, 37, 39, 58, 45,
        61, 53,
    ];
    const SMALL_CAPITALS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘ\u{0}ʀꜱᴛᴜᴠᴡ\u{0}ʏᴢ";
    #[rustfmt::skip]
    const TURNED: &[(char, char)] = &[
        ('ɐ', 'a'), ('ɔ', 'c'), ('ǝ', 'e'), ('ɟ', 'f'), ('ƃ', 'g'), ('ɥ', 'h'), ('ᴉ', 'i'), ('ɾ', 'j'), ('ʞ', 'k'),
        ('ɯ', 'm'), ('ɹ', 'r'), ('ʇ', 't'), ('ʌ', 'v'), ('ʍ', 'w'), ('ʎ', 'y'),
    ];
    let code = u32::from(character);
    let letter = |place: u32| {
        u8::try_from(place)
            .ok()
            .map(|place| char::from(b'a' + place))
    };
    match code {
        0x1f130..=0x1f149 => letter(code - 0x1f130),
        0x1f150..=0x1f169 => letter(code - 0x1f150),
        0x1f170..=0x1f189 => letter(code - 0x1f170),
        0x1f1e6..=0x1f1ff => letter(code - 0x1f1e6),
        0x2800 => Some(' '),
        0x2801..=0x283f => BRAILLE
            .iter()
            .position(|dots| u32::from(*dots) == code - 0x2800)
            .and_then(|place| letter(u32::try_from(place).ok()?)),
        0x1d00..=0x1d7f | 0x262..=0x29f | 0xa730..=0xa731 => SMALL_CAPITALS
            .chars()
            .position(|capital| capital == character)
            .and_then(|place| letter(u32::try_from(place).ok()?))
            .or_else(|| {
                TURNED
                    .iter()
                    .find(|(turned, _)| *turned == character)
                    .map(|(_, letter)| *letter)
            }),
        0x180..=0x2ff => TURNED
            .iter()
            .find(|(turned, _)| *turned == character)
            .map(|(_, letter)| *letter),
        _ => None,
    }
}
