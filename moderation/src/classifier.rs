//! A small linear model over hashed words and letters, for what no rule foresees.
//!
//! Features of a clean text are its words, pairs of words, and all runs of three to five characters, hashed into 2^18
//! buckets with one weight of a byte each. A long text is read in overlapping windows, and the worst one counts.
//! `examples/train.rs` makes `weights.bin`; the shipped threshold is in the file.

use std::{ops::Range, sync::LazyLock};

/// How many weights there are.
pub const BUCKETS: usize = 1 << 18;
/// Half a window, in bytes: windows overlap by it.
const BLOCK: usize = 700;
/// The first bytes of a file of weights: what it is, and its version.
const MAGIC: &[u8; 8] = b"clqwgt01";

static SHIPPED: LazyLock<Option<Model>> =
    LazyLock::new(|| Model::from_bytes(include_bytes!("../weights.bin")));

/// The weights, and from which score on a text is suspicious.
#[derive(Clone, Debug)]
pub struct Model {
    weights: Vec<i8>,
    scale: f32,
    bias: f32,
    /// From which score on a text is suspicious.
    pub threshold: f32,
}

impl Model {
    /// A model of trained weights, rounded to a byte each.
    #[must_use]
    pub fn new(weights: &[f32], bias: f32, threshold: f32) -> Self {
        let most = weights
            .iter()
            .fold(1e-6_f32, |most, weight| most.max(weight.abs()));
        let scale = most / 127.0;
        Self {
            #[expect(clippy::cast_possible_truncation, reason = "between -127 and 127")]
            weights: weights
                .iter()
                .map(|weight| (weight / scale).round() as i8)
                .collect(),
            scale,
            bias,
            threshold,
        }
    }

    /// Reads a file of weights; `None` when it is none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (head, weights) = rest.split_at_checked(12)?;
        let number = |at: usize| Some(f32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        (weights.len() == BUCKETS).then_some(())?;
        Some(Self {
            weights: weights.iter().map(|byte| byte.cast_signed()).collect(),
            scale: number(0)?,
            bias: number(4)?,
            threshold: number(8)?,
        })
    }

    /// The file of weights.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for number in [self.scale, self.bias, self.threshold] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend(self.weights.iter().map(|weight| weight.cast_unsigned()));
        bytes
    }

    /// The score of a clean text's worst window, and where that is. Scores are log odds.
    #[must_use]
    pub fn score(&self, text: &str) -> (f32, Range<usize>) {
        let mut worst = (f32::NEG_INFINITY, 0..text.len());
        let mut last: Option<(i32, usize, usize)> = None;
        for block in blocks(text) {
            let (mut sum, mut count) = (0_i32, 0_usize);
            features(&text[block.clone()], |bucket| {
                sum += i32::from(self.weights[bucket]);
                count += 1;
            });
            let (both, number, start) = match last {
                Some((sum_before, count_before, start)) => {
                    (sum + sum_before, count + count_before, start)
                }
                None => (sum, count, block.start),
            };
            #[expect(clippy::cast_precision_loss, reason = "small sums")]
            let score = both as f32 * self.scale / (number.max(1) as f32).sqrt() + self.bias;
            if score > worst.0 {
                worst = (score, start..block.end);
            }
            last = Some((sum, count, block.start));
        }
        worst
    }
}

/// The weight of a clean text in the sense of the taxonomy, when it is suspicious, and where. By itself it flags.
pub(crate) fn judge(text: &str) -> Option<(f32, Range<usize>)> {
    let model = SHIPPED.as_ref()?;
    let (score, range) = model.score(text);
    // It has learned nothing innocent in most scripts but Latin.
    let foreign = text.as_bytes()[range.clone()]
        .iter()
        .filter(|byte| **byte >= 0x80)
        .count();
    // Lines of signs and tables of numbers are in no language.
    let count = |kind: fn(&u8) -> bool| {
        let bytes = text.as_bytes()[range.clone()].iter();
        bytes.filter(|byte| kind(byte)).count()
    };
    let letters = count(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    let visible = count(|byte| !byte.is_ascii_whitespace());
    (score >= model.threshold && foreign * 3 < range.len() && letters * 2 > visible)
        .then(|| ((0.4 + (score - model.threshold) * 0.08).min(0.6), range))
}

/// The parts of a text that windows are made of, two and two.
pub fn blocks(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let mut end = crate::nearby::floor(text, start + BLOCK);
        if text.len() - end < BLOCK / 4 {
            end = text.len();
        }
        let block = start..end;
        start = end;
        Some(block)
    })
}

/// The buckets of a block's features.
pub fn features(block: &str, mut take: impl FnMut(usize)) {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let bucket = |key: u64| (key.wrapping_mul(MIX) >> 46) as usize;
    // The last characters, a byte each; spaces and digits count once and alike.
    let mut last = u64::from(b' ');
    let (mut word, mut before) = (0_u64, 0_u64);
    let mut length = 1;
    for byte in block.bytes().chain([b' ']) {
        let byte = match byte {
            b'0'..=b'9' => b'0',
            byte if byte.is_ascii_whitespace() => b' ',
            byte => byte,
        };
        if byte == b' ' && last & 0xFF == u64::from(b' ') {
            continue;
        }
        last = last << 8 | u64::from(byte);
        length += 1;
        for size in 3..=5_u64 {
            if length >= size {
                take(bucket((last & ((1 << (size * 8)) - 1)) ^ size << 56));
            }
        }
        if byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'\'' {
            word = (word ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3) ^ word >> 29;
        } else if word != 0 {
            take(bucket(word ^ 6 << 56));
            if before != 0 {
                take(bucket(before.rotate_left(21) ^ word ^ 7 << 56));
            }
            before = word;
            word = 0;
        }
    }
}
