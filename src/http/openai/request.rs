//! Bytes to what was meant. What would change the answer and cannot be honoured is refused by name, never ignored.

mod image;
mod messages;

use aggregates::completion::{Said, Sampling, Speaker};
use serde_json::{Map, Value};

pub(super) use self::image::Image;
use super::error::{Error, brief};

/// Texts that end an answer.
const MOST_STOPS: usize = 4;

/// What changes nothing in the answer, whatever it says.
const HARMLESS: [&str; 10] = [
    "user",
    "metadata",
    "store",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "parallel_tool_calls",
    "stream_options",
    "model",
];

/// Whether a value says the same as none.
type SaysNothing = fn(&Value) -> bool;

/// What cannot be honoured, unless it says nothing.
const UNSUPPORTED: [(&str, SaysNothing); 16] = [
    ("tools", is_empty),
    ("tool_choice", |value| value == "none"),
    ("functions", is_empty),
    ("function_call", |value| value == "none"),
    ("logprobs", |value| value == false),
    ("top_logprobs", |value| value == 0),
    ("logit_bias", is_empty),
    ("response_format", |value| value["type"] == "text"),
    ("modalities", |value| *value == serde_json::json!(["text"])),
    ("audio", |_| false),
    ("prediction", |_| false),
    ("reasoning_effort", |_| false),
    ("verbosity", |value| value == "medium"),
    ("web_search_options", |_| false),
    ("moderation", |_| false),
    ("n", |value| value == 1),
];

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// The body of a completion.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) model: String,
    pub(super) messages: Vec<Said>,
    /// What comes with them, not yet looked at.
    pub(super) images: Vec<Image>,
    pub(super) sampling: Sampling,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
}

impl Ask {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = object(body)?;
        let model = text(&fields, "model")?;
        let (messages, images) = messages::messages(&fields)?;
        for (name, says_nothing) in UNSUPPORTED {
            if given(&fields, name).is_some_and(|value| !says_nothing(value)) {
                return Err(Error::unsupported(name, "is not supported by this server"));
            }
        }
        let stream = boolean(&fields, "stream")?;
        let include_usage = match given(&fields, "stream_options") {
            None => false,
            Some(Value::Object(options)) if stream => boolean(options, "include_usage")?,
            Some(Value::Object(_)) => {
                let message =
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
                return Err(Error::param("stream_options", "invalid_value", message));
            }
            Some(other) => return Err(wrong_type("stream_options", "an object", other)),
        };
        let ask = Self {
            model,
            messages,
            images,
            sampling: sampling(&fields)?,
            stream,
            include_usage,
        };
        let known = ["messages", "stream"].iter().chain(&HARMLESS);
        let known = known.chain(UNSUPPORTED.iter().map(|(name, _)| name));
        let known: Vec<_> = known.chain(&SAMPLING).collect();
        match fields.keys().find(|name| !known.contains(&&name.as_str())) {
            None => Ok(ask),
            Some(name) => Err(unknown(name)),
        }
    }

    /// The place of what is to be answered: the last message of the user's.
    pub(super) fn asked(&self) -> Option<usize> {
        let is_users = |said: &Said| said.by == Speaker::User;
        self.messages.iter().rposition(is_users)
    }

    /// Whether an image comes with what is to be answered.
    pub(super) fn shows_something(&self) -> bool {
        let asked = self.asked();
        self.images.iter().any(|image| Some(image.message) == asked)
    }
}

pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::invalid("The body must be a JSON object.")),
        Err(error) => Err(Error::invalid(format!(
            "We could not parse the JSON body of your request: {error}."
        ))),
    }
}

/// A field that says something.
pub(super) fn given<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    fields.get(name).filter(|value| !value.is_null())
}

pub(super) fn text(fields: &Map<String, Value>, name: &str) -> Result<String, Error> {
    match given(fields, name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(wrong_type(name, "a string", other)),
        None => Err(missing(name)),
    }
}

fn boolean(fields: &Map<String, Value>, name: &str) -> Result<bool, Error> {
    match given(fields, name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(other) => Err(wrong_type(name, "a boolean", other)),
    }
}

const SAMPLING: [&str; 8] = [
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "seed",
    "presence_penalty",
    "frequency_penalty",
];

fn sampling(fields: &Map<String, Value>) -> Result<Sampling, Error> {
    let number = |name: &str, least: f64, most: f64| match given(fields, name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            Some(_) => Err(Error::param(
                name,
                "invalid_value",
                format!("Invalid '{name}': it must be between {least} and {most}."),
            )),
            None => Err(wrong_type(name, "a decimal", value)),
        },
    };
    let tokens = |name: &str| match given(fields, name) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(most @ 1..=10_000_000) => Ok(Some(most)),
            _ if value.is_number() => Err(Error::param(
                name,
                "invalid_value",
                format!("Invalid '{name}': it must be an integer of at least 1."),
            )),
            _ => Err(wrong_type(name, "an integer", value)),
        },
    };
    Ok(Sampling {
        temperature: number("temperature", 0.0, 2.0)?,
        top_p: number("top_p", 0.0, 1.0)?,
        max_tokens: match tokens("max_completion_tokens")? {
            None => tokens("max_tokens")?,
            most => most,
        },
        stop: stop(fields)?,
        seed: match given(fields, "seed") {
            None => None,
            Some(value) => match value.as_i64() {
                None => return Err(wrong_type("seed", "an integer", value)),
                seed => seed,
            },
        },
        presence_penalty: number("presence_penalty", -2.0, 2.0)?,
        frequency_penalty: number("frequency_penalty", -2.0, 2.0)?,
    })
}

fn stop(fields: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let wrong = || {
        let message = "Invalid 'stop': it must be one to 4 texts that are not empty.";
        Error::param("stop", "invalid_value", message)
    };
    let stops = match given(fields, "stop") {
        None => return Ok(vec![]),
        Some(Value::String(stop)) => vec![Value::String(stop.clone())],
        Some(Value::Array(stops)) if stops.len() <= MOST_STOPS => stops.clone(),
        Some(_) => return Err(wrong()),
    };
    let stops = stops.into_iter().map(|stop| match stop {
        Value::String(stop) if !stop.is_empty() && !stop.contains('\0') && stop.len() <= 1_000 => {
            Ok(stop)
        }
        _ => Err(wrong()),
    });
    stops.collect()
}

pub(super) fn unknown(name: &str) -> Error {
    let name = brief(name);
    let message = format!("Unrecognized request argument supplied: {name}");
    Error::param(name, "unknown_parameter", message)
}

pub(super) fn missing(name: &str) -> Error {
    let message = format!("Missing required parameter: '{name}'.");
    Error::param(name, "missing_required_parameter", message)
}

pub(super) fn wrong_type(name: &str, expected: &str, found: &Value) -> Error {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message =
        format!("Invalid type for '{name}': expected {expected}, but got {found} instead.");
    Error::param(name, "invalid_type", message)
}
