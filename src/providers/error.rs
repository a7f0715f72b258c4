//! How a provider fails, in sentences for people. None holds a key or an address.

use std::time::Duration;

use thiserror::Error;

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProviderError {
    /// Nothing of this name is configured (any more).
    #[error("there is no provider named `{provider}`")]
    Unknown {
        /// The name asked for.
        provider: String,
    },
    /// It was set up in a way that nobody can ask. Nothing was sent.
    #[error("`{provider}` cannot be asked: {what}")]
    Misconfigured {
        /// Who.
        provider: String,
        /// What is wrong.
        what: String,
    },
    /// It wanted to look things up again and again.
    #[error("`{provider}` wanted to look things up more often than one answer may")]
    TooManyRounds {
        /// Who.
        provider: String,
    },
    /// What it wanted to look up could not be recorded, and what is not recorded is not done.
    #[error("what the model wanted to look up could not be recorded")]
    Unrecorded,
    /// No connection, or it broke before an answer began.
    #[error("`{provider}` cannot be reached: {cause}")]
    Unreachable {
        /// Who.
        provider: String,
        /// The system's words.
        cause: String,
    },
    /// An answer with an error status.
    #[error("`{provider}` answered {status}{}", with_colon(.message))]
    Refused {
        /// Who.
        provider: String,
        /// The HTTP status.
        status: u16,
        /// The provider's words, at most 300 characters; may be empty.
        message: String,
        /// When it asks to be tried again.
        retry_after: Option<Duration>,
    },
    /// A redirect; following it would carry the key to wherever it points.
    #[error(
        "`{provider}` answered {status}, a redirect, which is not followed: check its base_url"
    )]
    Redirected {
        /// Who.
        provider: String,
        /// The HTTP status.
        status: u16,
    },
    /// Connected, but nothing came.
    #[error("`{provider}` did not begin to answer within {} s", .limit.as_secs_f32())]
    FirstByteTimeout {
        /// Who.
        provider: String,
        /// How long we waited.
        limit: Duration,
    },
    /// The answer had begun, then nothing more came.
    #[error("`{provider}` sent nothing for {} s in the middle of its answer", .limit.as_secs_f32())]
    IdleTimeout {
        /// Who.
        provider: String,
        /// How long we waited.
        limit: Duration,
    },
    /// The answer ended without its end.
    #[error("`{provider}` broke off in the middle of its answer")]
    Cut {
        /// Who.
        provider: String,
    },
    /// The answer is not what this kind of provider sends.
    #[error("`{provider}` sent what is not an answer: {what}")]
    Malformed {
        /// Who.
        provider: String,
        /// What is wrong with it.
        what: String,
    },
    /// The answer is longer than any answer is.
    #[error("the answer of `{provider}` is larger than {limit} bytes")]
    TooLarge {
        /// Who.
        provider: String,
        /// The most that is taken.
        limit: usize,
    },
    /// The answer took longer than any answer does.
    #[error("`{provider}` did not come to an end with its answer")]
    TooSlow {
        /// Who.
        provider: String,
    },
    /// There is an image to look at, and nobody to see it. Nothing was sent.
    #[error("This provider reads no images.")]
    NoImages,
    /// The image to look at cannot be read any more. Nothing was sent.
    #[error("the image of this message cannot be read any more; send it again")]
    LostImage,
    /// The message alone is more than the model reads. Nothing was sent.
    #[error(
        "the message is too long for `{provider}`: it has about {tokens} tokens, and {limit} fit; shorten it, or ask a model that reads more"
    )]
    TooLong {
        /// Who.
        provider: String,
        /// What the message has.
        tokens: u64,
        /// What there is room for.
        limit: u64,
    },
    /// It does not turn texts into vectors. Nothing was sent.
    #[error("`{provider}` makes no embeddings")]
    NoEmbeddings {
        /// Who.
        provider: String,
    },
    /// It puts no texts in an order. Nothing was sent.
    #[error("`{provider}` reranks nothing: a provider of kind custom or gateway does")]
    NoReranking {
        /// Who.
        provider: String,
    },
    /// It cannot be asked for this. Nothing was sent.
    #[error("`{provider}` cannot be asked for `{parameter}`")]
    Lacks {
        /// Who.
        provider: String,
        /// The parameter, as OpenAI calls it.
        parameter: &'static str,
    },
    /// The provider said in its answer that it failed.
    #[error("`{provider}` failed{}", with_colon(.message))]
    Failed {
        /// Who.
        provider: String,
        /// The provider's words, at most 300 characters; may be empty.
        message: String,
    },
}

impl ProviderError {
    /// Whether the same provider may well answer when asked again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Cut { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// When the provider asks to be tried again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The HTTP status that it answered with.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Redirected { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the provider may have read the request, and charge for it, although no answer came of it.
    #[must_use]
    pub fn may_have_cost(&self) -> bool {
        match self {
            Self::FirstByteTimeout { .. }
            | Self::IdleTimeout { .. }
            | Self::Cut { .. }
            | Self::TooLarge { .. }
            | Self::TooSlow { .. }
            | Self::Failed { .. } => true,
            Self::Unknown { .. }
            | Self::Misconfigured { .. }
            | Self::TooManyRounds { .. }
            | Self::Unrecorded
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Redirected { .. }
            | Self::Malformed { .. }
            | Self::NoImages
            | Self::LostImage
            | Self::NoEmbeddings { .. }
            | Self::NoReranking { .. }
            | Self::Lacks { .. }
            | Self::TooLong { .. } => false,
        }
    }

    /// A word for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown",
            Self::Misconfigured { .. } => "misconfigured",
            Self::TooManyRounds { .. } => "rounds",
            Self::Unrecorded => "unrecorded",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { status: 429, .. } => "rate_limited",
            Self::Refused { status, .. } if *status >= 500 => "server_error",
            Self::Refused { .. } => "refused",
            Self::Redirected { .. } => "redirected",
            Self::FirstByteTimeout { .. } => "first_byte_timeout",
            Self::IdleTimeout { .. } => "idle_timeout",
            Self::Cut { .. } => "cut",
            Self::Malformed { .. } => "malformed",
            Self::TooLarge { .. } => "too_large",
            Self::TooSlow { .. } => "too_slow",
            Self::NoImages => "no_images",
            Self::LostImage => "lost_image",
            Self::NoEmbeddings { .. } => "no_embeddings",
            Self::NoReranking { .. } => "no_reranking",
            Self::TooLong { .. } => "too_long",
            Self::Lacks { .. } => "lacks",
            Self::Failed { .. } => "failed",
        }
    }
}

fn with_colon(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}
