//! What is known of models by their names: how much they read and write, and how they count.

use super::{Kind, ProviderConfig, Reading, Tokenizer};

/// How much a model reads and writes, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Read and written together.
    pub context_tokens: u64,
    /// Kept free for the answer.
    pub output_tokens: u64,
    /// How they are counted.
    pub tokenizer: Tokenizer,
}

impl Window {
    /// What there is for the prompt.
    #[must_use]
    pub fn prompt_tokens(&self) -> u64 {
        self.context_tokens.saturating_sub(self.output_tokens)
    }
}

/// Of a model that nobody knows.
const UNKNOWN: (u64, u64) = (8_192, 2_048);
/// Of an Ollama, whatever the model: it reads no more unless it is told to.
const OLLAMA: (u64, u64) = (4_096, 1_024);

/// What a model's name holds, its window and its longest answer; the first that fits counts.
const KNOWN: &[(&str, u64, u64)] = &[
    ("gpt-5", 400_000, 128_000),
    ("gpt-4.1", 1_047_576, 32_768),
    ("gpt-4o", 128_000, 16_384),
    ("gpt-4-turbo", 128_000, 4_096),
    ("gpt-4-32k", 32_768, 8_192),
    ("gpt-4", 8_192, 4_096),
    ("gpt-3.5-turbo", 16_385, 4_096),
    ("gpt-oss", 131_072, 32_768),
    ("o1-mini", 128_000, 65_536),
    ("o1", 200_000, 100_000),
    ("o3", 200_000, 100_000),
    ("o4-mini", 200_000, 100_000),
    ("claude-3-5", 200_000, 8_192),
    ("claude-3-7", 200_000, 64_000),
    ("claude-3", 200_000, 4_096),
    ("claude", 200_000, 32_000),
    ("gemini-1.5", 1_048_576, 8_192),
    ("gemini-2.0", 1_048_576, 8_192),
    ("gemini", 1_048_576, 65_536),
    ("grok-4", 256_000, 32_768),
    ("grok-3", 131_072, 32_768),
    ("llama-3.1", 131_072, 8_192),
    ("llama-3.3", 131_072, 32_768),
    ("llama-4", 131_072, 8_192),
    ("deepseek", 65_536, 8_192),
    ("nova", 300_000, 5_000),
];

/// Names that begin so are counted with this tokenizer; the first that fits counts.
const COUNTED: &[(&str, Tokenizer)] = &[
    ("gpt-4o", Tokenizer::O200k),
    ("gpt-4.1", Tokenizer::O200k),
    ("gpt-4.5", Tokenizer::O200k),
    ("gpt-5", Tokenizer::O200k),
    ("gpt-oss", Tokenizer::O200k),
    ("chatgpt-4o", Tokenizer::O200k),
    ("o1", Tokenizer::O200k),
    ("o3", Tokenizer::O200k),
    ("o4-mini", Tokenizer::O200k),
    ("gpt-4", Tokenizer::Cl100k),
    ("gpt-3.5", Tokenizer::Cl100k),
];

/// As the settings say; where they do not, as is known of the model; else little, so that nothing is too much.
pub(super) fn window(config: &ProviderConfig) -> Window {
    let name = config.model.to_lowercase();
    // Gateways put whose model it is before its name.
    let name = name.rsplit('/').next().unwrap_or_default();
    let known = || {
        // Amazon puts its own before the name: `us.anthropic.claude-…`.
        let mut known = KNOWN.iter();
        known.find(|(part, ..)| match config.kind {
            Kind::Bedrock => name.contains(part),
            _ => name.starts_with(part),
        })
    };
    let (context, output) = match config.kind {
        Kind::Ollama => OLLAMA,
        _ => known().map_or(UNKNOWN, |(_, context, output)| (*context, *output)),
    };
    let context_tokens = config.context_tokens.unwrap_or(context);
    // A quarter leaves most of a narrow window to the conversation.
    let output = output.min(context_tokens / 4).max(1);
    let mut counted = COUNTED.iter();
    Window {
        context_tokens,
        output_tokens: config
            .output_tokens
            .unwrap_or(output)
            .saturating_add(config.thinking_tokens.unwrap_or(0)),
        tokenizer: counted
            .find(|(start, _)| name.starts_with(start))
            .map_or(Tokenizer::Estimate, |(_, tokenizer)| *tokenizer),
    }
}

/// What those of OpenAI's models begin with that turn texts into vectors.
const OPENAI_VECTORS: [&str; 2] = ["text-embedding-3-", "text-embedding-ada-"];
/// The most tokens of a text that they read.
const OPENAI_VECTORS_READ: u64 = 8_192;
/// Models whose vectors have one length and no other.
const OF_ONE_LENGTH: [&str; 2] = ["text-embedding-ada-", "embedding-001"];

/// How a model that turns texts into vectors reads them, where that is known exactly.
pub(super) fn reading(model: &str) -> Option<Reading> {
    let name = bare(model);
    let known = OPENAI_VECTORS.iter().any(|start| name.starts_with(start));
    known.then_some(Reading {
        tokenizer: Tokenizer::Cl100k,
        most_tokens: OPENAI_VECTORS_READ,
    })
}

/// Whether it makes vectors of the length that one wants; of a model that nobody knows that is believed.
pub(super) fn takes_dimensions(model: &str) -> bool {
    let name = bare(model);
    !OF_ONE_LENGTH.iter().any(|start| name.starts_with(start))
}

/// Its name without whose it is, which gateways put before it.
fn bare(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or_default();
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, model: &str) -> Window {
        window(&ProviderConfig::new(kind, model))
    }

    #[test]
    fn a_known_model_reads_what_its_maker_says() {
        let four = of(Kind::OpenAi, "gpt-4o-mini");
        assert_eq!((four.context_tokens, four.output_tokens), (128_000, 16_384));
        assert_eq!(four.tokenizer, Tokenizer::O200k);
        assert_eq!(four, of(Kind::OpenRouter, "openai/gpt-4o-mini"));
        let claude = of(
            Kind::Bedrock,
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        );
        assert_eq!(claude, of(Kind::Anthropic, "claude-sonnet-4-5"));
        assert_eq!(claude.tokenizer, Tokenizer::Estimate);
        assert_eq!(of(Kind::OpenAi, "gpt-4").tokenizer, Tokenizer::Cl100k);
        assert_eq!(of(Kind::Custom, "o3-mini").tokenizer, Tokenizer::O200k);
    }

    #[test]
    fn little_is_expected_of_a_model_that_nobody_knows() {
        let unknown = of(Kind::Custom, "mine");
        assert_eq!(
            (unknown.context_tokens, unknown.prompt_tokens()),
            (8_192, 6_144)
        );
        assert_eq!(of(Kind::Ollama, "gpt-oss").context_tokens, 4_096);
    }

    #[test]
    fn of_models_that_make_vectors_is_known_what_their_makers_say() {
        let read = reading("openai/text-embedding-3-small");
        assert_eq!(read.map(|read| read.most_tokens), Some(8_192));
        // Google's, which is counted in another way.
        assert_eq!(reading("text-embedding-004"), None);
        assert!(takes_dimensions("text-embedding-3-large") && takes_dimensions("mine"));
        assert!(!takes_dimensions("text-embedding-ada-002"));
        assert!(!takes_dimensions("models/embedding-001"));
    }

    #[test]
    fn settings_say_it_better() {
        let window = window(&ProviderConfig {
            context_tokens: Some(2_000),
            ..ProviderConfig::new(Kind::OpenAi, "gpt-4o")
        });
        assert_eq!((window.context_tokens, window.output_tokens), (2_000, 500));
    }
}
