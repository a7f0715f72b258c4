//! Counts tokens: exactly where the model's tokenizer is public, by an upper estimate elsewhere.
//!
//! A budget rests on it, so the estimate errs on the side of too many. Each character has a weight by its
//! script, calibrated against ten public vocabularies (o200k, cl100k, r50k's successors of Llama 3, Qwen 2,
//! DeepSeek 3, Mistral 3, Kimi K2, GLM 4, MiniMax 2) with articles of the Universal Declaration of Human
//! Rights in 16 languages, code, JSON, digits and emoji: it is 1.0 to 1.7 times what the most wasteful of
//! them needs (2.7 for Indic scripts). Rows of rare ideographs are beyond it.

use super::{Request, Round};

/// Tokens that a picture of 1024 pixels costs with the most expensive of the families. Contexts in the record were
/// chosen with it: with another number they need another rule.
const IMAGE: u64 = 1_600;
/// What stands around each message.
const FRAME: u64 = 4;

/// How a model's text becomes tokens. The vocabularies are loaded when they are first used, and stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tokenizer {
    /// OpenAI's, since GPT-4o.
    O200k,
    /// OpenAI's of GPT-4 and GPT-3.5.
    Cl100k,
    /// By the weights of characters, see the module.
    Estimate,
    /// A quarter of the characters: how budgets of the rule `recent-1` were counted.
    Quarter,
}

const NAMES: &[(&str, Tokenizer)] = &[
    ("o200k_base", Tokenizer::O200k),
    ("cl100k_base", Tokenizer::Cl100k),
    ("estimate-1", Tokenizer::Estimate),
    ("quarter", Tokenizer::Quarter),
];

impl Tokenizer {
    /// Its stable name, for the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut names = NAMES.iter();
        let found = names.find(|(_, tokenizer)| *tokenizer == self);
        found.map_or("", |(name, _)| name)
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut names = NAMES.iter();
        names
            .find(|(known, _)| *known == name)
            .map(|(_, tokenizer)| *tokenizer)
    }

    /// The tokens of a text.
    #[must_use]
    pub fn count(self, text: &str) -> u64 {
        let exact = match self {
            Self::O200k | Self::Cl100k => tiktoken::get_encoding(self.name()),
            Self::Estimate => None,
            Self::Quarter => return text.chars().count() as u64 / 4,
        };
        exact.map_or_else(|| tokens(text), |encoding| encoding.count(text) as u64)
    }

    /// What these tokens say; `None`: nobody can tell. A character of which a part is missing is U+FFFD.
    #[must_use]
    pub fn text(self, tokens: &[u32]) -> Option<String> {
        let encoding = match self {
            Self::O200k | Self::Cl100k => tiktoken::get_encoding(self.name()),
            Self::Estimate | Self::Quarter => None,
        }?;
        let mut bytes = vec![];
        for token in tokens {
            // One that there is not would be left out in silence.
            let said = encoding.decode(&[*token]);
            if said.is_empty() {
                return None;
            }
            bytes.extend(said);
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The tokens of a message with so many images.
    #[must_use]
    pub fn cost(self, text: &str, images: usize) -> u64 {
        self.count(text) + FRAME + IMAGE * images as u64
    }

    /// Whether counting is dear enough to keep it off the threads that serve others.
    #[must_use]
    pub fn is_slow(self) -> bool {
        matches!(self, Self::O200k | Self::Cl100k)
    }
}

/// A count that grows with its text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Estimate {
    hundredths: u64,
    last: Option<char>,
}

impl Estimate {
    pub(super) fn add(&mut self, text: &str) {
        for character in text.chars() {
            self.hundredths += weight(character, self.last.unwrap_or(' '));
            self.last = Some(character);
        }
    }

    pub(super) fn tokens(self) -> u64 {
        self.hundredths.div_ceil(100)
    }
}

/// About as many tokens as `text` has, rather more than less, whatever the model.
#[must_use]
pub fn tokens(text: &str) -> u64 {
    let mut estimate = Estimate::default();
    estimate.add(text);
    estimate.tokens()
}

/// About as many tokens as the model reads.
#[must_use]
pub fn prompt_tokens(request: &Request) -> u64 {
    let messages = request.messages.iter();
    let messages =
        messages.map(|message| Tokenizer::Estimate.cost(&message.text, message.images.len()));
    let system = request.system.as_deref();
    let tools = request.tools.iter();
    let tools = tools.map(|tool| tokens(tool.description) + tokens(tool.parameters) + FRAME);
    messages.sum::<u64>()
        + system.map_or(0, |text| tokens(text) + FRAME)
        + tools.sum::<u64>()
        + request.rounds.iter().map(round_tokens).sum::<u64>()
}

fn round_tokens(round: &Round) -> u64 {
    let calls = round.calls.iter();
    let calls = calls.map(|(call, told)| tokens(&call.arguments) + tokens(told) + 2 * FRAME);
    tokens(&round.text) + calls.sum::<u64>()
}

/// A character's share of a token after `last`, in hundredths.
fn weight(character: char, last: char) -> u64 {
    match character {
        'a'..='z' if last.is_ascii_digit() => 80,
        'a'..='z' if last.is_ascii_uppercase() => 72,
        'a'..='z' => 42,
        'A'..='Z' if last.is_ascii_lowercase() || last.is_ascii_digit() => 100,
        'A'..='Z' => 60,
        '0'..='9' => 106,
        ' ' if last.is_ascii_whitespace() => 30,
        ' ' => 5,
        '\0'..='\x7f' => 90,
        // Latin with accents.
        '\u{80}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => 130,
        // Cyrillic.
        '\u{400}'..='\u{52f}' => 80,
        // Greek, Hebrew, Arabic.
        '\u{370}'..='\u{3ff}' | '\u{590}'..='\u{6ff}' => 125,
        // Thai.
        '\u{e00}'..='\u{e7f}' => 130,
        // Kana, and the punctuation of East Asia.
        '\u{3000}'..='\u{30ff}' | '\u{ff00}'..='\u{ffef}' => 120,
        // Ideographs in use, Hangul.
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => 160,
        // At worst a token a byte, and a tenth for the caution.
        other => 110 * other.len_utf8() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Message;

    /// Texts of many scripts, and how many tokens the most wasteful vocabulary makes of each.
    const MEASURED: &[(&str, u64)] = &[
        (
            "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geiste der Brüderlichkeit begegnen. Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person.",
            70,
        ),
        (
            "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi. Mọi con người đều được tạo hóa ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu.",
            103,
        ),
        (
            "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",
            68,
        ),
        (
            "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
            74,
        ),
        (
            "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης.",
            172,
        ),
        (
            "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו ברוח של אחווה.",
            129,
        ),
        (
            "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
            86,
        ),
        (
            "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。人人有权享有生命、自由和人身安全。",
            69,
        ),
        (
            "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。",
            93,
        ),
        (
            "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.",
            85,
        ),
        ("😀🎉🚀👩‍👩‍👧‍👦🏳️‍🌈🤷🏽‍♀️✨🔥🫠🦖🇩🇪🧑🏿‍🚀", 93),
        (
            "3.14159265358979323846264338327950288419716939937510 2024-11-21 07:34:20 1,234,567.89 0xDEADBEEF 192.168.178.254",
            109,
        ),
        (
            "fn main() {\n    let x: Vec<u8> = (0..10).map(|n| n * 2).collect();\n    if x.len() > 3 && !x.is_empty() { println!(\"{:?}\", x); }\n}\n",
            55,
        ),
        (
            "SGVsbG8gV29ybGQhIFRoaXMgaXMgYSB0ZXN0IG9mIGJhc2U2NA8f9zQ1xYpKw7LmVtTqRbNcEjHgUdXs0yAiOoPlkZaWrfBvMnQ==",
            83,
        ),
    ];

    #[test]
    fn an_estimate_is_no_less_than_any_vocabulary_needs_and_not_thrice_as_much() {
        for (text, most) in MEASURED {
            let estimated = tokens(text);
            assert!(
                (*most..=3 * most).contains(&estimated),
                "{estimated} for {most}: {text}"
            );
            for exact in [Tokenizer::O200k, Tokenizer::Cl100k] {
                assert!(exact.count(text) <= estimated, "{exact:?}: {text}");
            }
        }
    }

    #[test]
    fn a_known_tokenizer_counts_as_its_model_does() {
        // From OpenAI's own cookbook on counting tokens.
        let text = "お誕生日おめでとう";
        assert_eq!(Tokenizer::O200k.count(text), 8);
        assert_eq!(Tokenizer::Cl100k.count(text), 9);
        assert_eq!(Tokenizer::O200k.count("antidisestablishmentarianism"), 6);
        assert_eq!(Tokenizer::O200k.count(""), 0);
    }

    #[test]
    fn a_text_counts_the_same_in_pieces() {
        let text = "Grüß Gott! How can I help you today? 東京 12";
        let mut pieces = Estimate::default();
        for piece in text.split_inclusive(' ') {
            pieces.add(piece);
        }
        assert_eq!(pieces.tokens(), tokens(text));
        assert_eq!(tokens(""), 0);
    }

    #[test]
    fn a_prompt_is_all_that_the_model_reads() {
        let request = Request {
            system: Some("Be brief.".into()),
            messages: vec![Message::user("Hello"), Message::assistant("Hi.")],
            ..Request::default()
        };
        let parts = ["Be brief.", "Hello", "Hi."].map(|text| tokens(text) + FRAME);
        assert_eq!(prompt_tokens(&request), parts.iter().sum::<u64>());
    }

    #[test]
    fn a_tokenizer_is_found_by_its_name() {
        for (name, tokenizer) in NAMES {
            assert_eq!(tokenizer.name(), *name);
            assert_eq!(Tokenizer::named(name), Some(*tokenizer));
        }
        assert_eq!(Tokenizer::named("p50k_base"), None);
    }
}
