//! What the families of providers speak: how each is asked, and what its frames say.
//!
//! A family is a file: `body` writes the request, `read` notes what one frame of the answer says; where it turns texts
//! into vectors, `to_embed` asks for them, and `embedded` reads them.

use aggregates::completion::Sampling;
use serde_json::Value;

use super::{Image, Kind, Message, Request, Role};

mod anthropic;
mod bedrock;
mod facts;
mod google;
mod ollama;
mod openai;
mod vectors;

pub(super) use facts::{Facts, FrameError, believed, named};
pub(super) use vectors::{Told, Vector};

/// Who speaks alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    OpenAi,
    Anthropic,
    Google,
    Ollama,
    Bedrock,
}

/// How the frames of an answer are told from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events.
    Events,
    /// JSON, line by line.
    Lines,
    /// Amazon's binary messages.
    Messages,
}

/// What every request of a provider asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) kind: Kind,
    /// The longest answer with its thoughts, for families that have to be told.
    pub(super) most_tokens: u64,
    /// The same, where the settings say so.
    pub(super) output_tokens: Option<u64>,
    /// How long it may think, for families that have to be asked to.
    pub(super) thinking_tokens: Option<u64>,
    /// The model's window, where the settings say so.
    pub(super) context_tokens: Option<u64>,
}

impl Family {
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Anthropic => Self::Anthropic,
            Kind::Google => Self::Google,
            Kind::Ollama => Self::Ollama,
            Kind::Bedrock => Self::Bedrock,
            Kind::Echo
            | Kind::OpenAi
            | Kind::Azure
            | Kind::OpenRouter
            | Kind::Groq
            | Kind::Xai
            | Kind::Custom
            | Kind::Gateway => Self::OpenAi,
        }
    }

    pub(super) fn framing(self) -> Framing {
        match self {
            Self::OpenAi | Self::Anthropic | Self::Google => Framing::Events,
            Self::Ollama => Framing::Lines,
            Self::Bedrock => Framing::Messages,
        }
    }

    /// The request as it goes over the wire.
    pub(super) fn body(self, asked: &Asked, request: &Request) -> Value {
        match self {
            Self::OpenAi => openai::body(asked, request),
            Self::Anthropic => anthropic::body(asked, request),
            Self::Google => google::body(asked, request),
            Self::Ollama => ollama::body(asked, request),
            Self::Bedrock => bedrock::body(asked, request),
        }
    }

    /// Which of these parameters has no place in its requests.
    pub(super) fn lacks(self, sampling: &Sampling) -> Option<&'static str> {
        match self {
            Self::OpenAi | Self::Google | Self::Ollama => None,
            Self::Anthropic | Self::Bedrock if sampling.seed.is_some() => Some("seed"),
            Self::Anthropic | Self::Bedrock if sampling.presence_penalty.is_some() => {
                Some("presence_penalty")
            }
            Self::Anthropic | Self::Bedrock => {
                sampling.frequency_penalty.map(|_| "frequency_penalty")
            }
        }
    }

    /// The most texts of one request for vectors: as many as it takes, and as fit into an answer.
    pub(super) fn most_texts(self) -> usize {
        match self {
            Self::Google => 100,
            _ => 512,
        }
    }

    /// The request for vectors of these texts.
    pub(super) fn to_embed(
        self,
        asked: &Asked,
        texts: &[String],
        dimensions: Option<u32>,
    ) -> Value {
        match self {
            Self::OpenAi => openai::to_embed(asked, texts, dimensions),
            Self::Google => google::to_embed(asked, texts, dimensions),
            Self::Ollama => ollama::to_embed(asked, texts, dimensions),
            // They have no place to send it to.
            Self::Anthropic | Self::Bedrock => Value::Null,
        }
    }

    /// What an answer with vectors says.
    pub(super) fn embedded(self, answer: &[u8]) -> Result<Told, serde_json::Error> {
        match self {
            Self::Google => google::embedded(answer),
            Self::Ollama => ollama::embedded(answer),
            Self::OpenAi | Self::Anthropic | Self::Bedrock => openai::embedded(answer),
        }
    }

    /// Notes what a frame says. `event` is its name, where frames have one.
    pub(super) fn read(self, event: &str, frame: &Value, facts: &mut Facts) {
        match self {
            Self::OpenAi => openai::read(frame, facts),
            Self::Anthropic => anthropic::read(frame, facts),
            Self::Google => google::read(frame, facts),
            Self::Ollama => ollama::read(frame, facts),
            Self::Bedrock => bedrock::read(event, frame, facts),
        }
    }
}

/// Writes what is said of the words into `place`, each under the family's own name; one without a name is left out.
fn choose(place: &mut Value, sampling: &Sampling, names: [&str; 7]) {
    let stop = &sampling.stop;
    let values = [
        sampling.temperature.map(Value::from),
        sampling.top_p.map(Value::from),
        sampling.max_tokens.map(Value::from),
        (!stop.is_empty()).then(|| Value::from(stop.clone())),
        sampling.seed.map(Value::from),
        sampling.presence_penalty.map(Value::from),
        sampling.frequency_penalty.map(Value::from),
    ];
    for (name, value) in names.into_iter().zip(values) {
        if let Some(value) = value.filter(|_| !name.is_empty()) {
            place[name] = value;
        }
    }
}

/// A message of one side, as families want it that let the sides take turns.
struct Said<'r> {
    role: Role,
    images: Vec<&'r Image>,
    texts: Vec<&'r str>,
}

/// The conversation with its sides taking turns, a person first: what one side said in a row is one
/// message. (A failed answer leaves two messages of a person beside each other.)
fn in_turns(messages: &[Message]) -> Vec<Said<'_>> {
    let mut said: Vec<Said<'_>> = vec![];
    for message in messages {
        let texts = Some(message.text.as_str()).filter(|text| !text.trim().is_empty());
        match said.last_mut() {
            None if message.role == Role::Assistant => {}
            _ if texts.is_none() && message.images.is_empty() => {}
            Some(last) if last.role == message.role => {
                last.texts.extend(texts);
                last.images.extend(&message.images);
            }
            _ => said.push(Said {
                role: message.role,
                images: message.images.iter().collect(),
                texts: texts.into_iter().collect(),
            }),
        }
    }
    said
}

/// The text at a JSON pointer.
fn text_at<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

/// The number at a JSON pointer.
fn count_at(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer)?.as_u64()
}
