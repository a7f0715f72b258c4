//! Bytes to the texts that are to become vectors. What would change the vectors and cannot be honoured is refused by
//! name.

use serde_json::{Map, Value};

use super::{
    error::Error,
    request::{given, missing, object, text, unknown, wrong_type},
};
use crate::{
    actors::Embedder,
    http::completion::{self, MOST_TEXT},
};

/// Texts of one request.
const MOST_TEXTS: usize = 2_048;
/// The longest vector that can be asked for.
const MOST_DIMENSIONS: u64 = 16_384;
const NAMES: [&str; 5] = ["model", "input", "encoding_format", "dimensions", "user"];

/// The body of an embedding.
#[derive(Debug)]
pub(super) struct ToEmbed {
    pub(super) model: String,
    pub(super) encoding: Encoding,
    pub(super) dimensions: Option<u32>,
    input: Input,
}

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As numbers.
    Float,
    /// As the bytes of numbers of four bytes each, the smallest first.
    Base64,
}

/// What is to become vectors, and whether it is a list.
#[derive(Debug)]
enum Input {
    One(String),
    Texts(Vec<String>),
    /// What a model's own tokens say.
    Tokens(Vec<u32>),
    ListsOfTokens(Vec<Vec<u32>>),
}

impl ToEmbed {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = object(body)?;
        let ask = Self {
            model: text(&fields, "model")?,
            input: input(&fields)?,
            encoding: match given(&fields, "encoding_format") {
                None => Encoding::Float,
                Some(Value::String(format)) if format == "float" => Encoding::Float,
                Some(Value::String(format)) if format == "base64" => Encoding::Base64,
                Some(Value::String(other)) => {
                    let message = format!(
                        "Invalid value: '{other}'. Supported values are: 'float' and 'base64'."
                    );
                    return Err(Error::param("encoding_format", "invalid_value", message));
                }
                Some(other) => return Err(wrong_type("encoding_format", "a string", other)),
            },
            dimensions: dimensions(&fields)?,
        };
        match fields.keys().find(|name| !NAMES.contains(&name.as_str())) {
            None => Ok(ask),
            Some(name) => Err(unknown(name)),
        }
    }

    /// What a text of it is called.
    pub(super) fn places(&self) -> impl Fn(usize) -> String + use<> {
        let is_list = matches!(self.input, Input::Texts(_) | Input::ListsOfTokens(_));
        move |nth| match is_list {
            true => format!("input[{nth}]"),
            false => "input".to_owned(),
        }
    }

    /// The texts as people read them: moderation has to, too.
    pub(super) async fn texts(self, embedder: &Embedder) -> Result<Vec<String>, Error> {
        let place = self.places();
        let said = |(nth, tokens): (usize, Vec<u32>)| {
            embedder.text(&tokens).ok_or_else(|| {
                let why = "is made of tokens that this server cannot read: send texts";
                Error::unsupported(&place(nth), why)
            })
        };
        let texts = match self.input {
            Input::One(text) => vec![text],
            Input::Texts(texts) => texts,
            Input::Tokens(tokens) => vec![said((0, tokens))?],
            Input::ListsOfTokens(lists) => {
                let lists = lists.into_iter().enumerate();
                lists.map(said).collect::<Result<_, _>>()?
            }
        };
        if texts
            .iter()
            .map(|text| completion::size(text))
            .sum::<usize>()
            > MOST_TEXT
        {
            let message = "The texts of 'input' have more than 3 MiB together.";
            return Err(Error::too_large(message));
        }
        for (nth, text) in texts.iter().enumerate() {
            if text.contains('\0') {
                let message = format!("Invalid '{}': U+0000 is not allowed.", place(nth));
                return Err(Error::param(place(nth), "invalid_value", message));
            }
        }
        match embedder.too_long(&texts).await {
            None => Ok(texts),
            Some((nth, tokens, most)) => {
                let message = format!(
                    "Invalid '{}': it has {tokens} tokens, and this model reads {most}.",
                    place(nth)
                );
                Err(Error::param(place(nth), "context_length_exceeded", message))
            }
        }
    }
}

fn dimensions(fields: &Map<String, Value>) -> Result<Option<u32>, Error> {
    let Some(value) = given(fields, "dimensions") else {
        return Ok(None);
    };
    match value.as_u64() {
        Some(number @ 1..=MOST_DIMENSIONS) => Ok(u32::try_from(number).ok()),
        _ if value.is_number() => {
            let message =
                format!("Invalid 'dimensions': it must be an integer from 1 to {MOST_DIMENSIONS}.");
            Err(Error::param("dimensions", "invalid_value", message))
        }
        _ => Err(wrong_type("dimensions", "an integer", value)),
    }
}

fn input(fields: &Map<String, Value>) -> Result<Input, Error> {
    let list = match given(fields, "input") {
        None => return Err(missing("input")),
        Some(Value::String(text)) if text.is_empty() => return Err(empty("input", "a string")),
        Some(Value::String(text)) => return Ok(Input::One(text.clone())),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(wrong_type("input", "a string or an array", other)),
    };
    let places = || (0..list.len()).map(|nth| format!("input[{nth}]"));
    let first = list.first().ok_or_else(|| empty("input", "an array"))?;
    if first.is_number() {
        return tokens("input", list).map(Input::Tokens);
    }
    if list.len() > MOST_TEXTS {
        let message = format!("Invalid 'input': at most {MOST_TEXTS} texts are taken.");
        return Err(Error::param("input", "array_above_max_length", message));
    }
    if first.is_array() {
        let lists = places().zip(list).map(|(place, list)| match list {
            Value::Array(list) if list.is_empty() => Err(empty(&place, "an array")),
            Value::Array(list) => tokens(&place, list),
            other => Err(wrong_type(&place, "an array of integers", other)),
        });
        return lists.collect::<Result<_, _>>().map(Input::ListsOfTokens);
    }
    let texts = places().zip(list).map(|(place, text)| match text {
        Value::String(text) if text.is_empty() => Err(empty(&place, "a string")),
        Value::String(text) => Ok(text.clone()),
        other => Err(wrong_type(&place, "a string", other)),
    });
    texts.collect::<Result<_, _>>().map(Input::Texts)
}

fn tokens(place: &str, list: &[Value]) -> Result<Vec<u32>, Error> {
    let tokens = list.iter().enumerate().map(|(nth, token)| {
        let read = token.as_u64().and_then(|token| u32::try_from(token).ok());
        read.ok_or_else(|| wrong_type(&format!("{place}[{nth}]"), "a token", token))
    });
    tokens.collect()
}

fn empty(place: &str, what: &str) -> Error {
    let message = format!("Invalid '{place}': {what} with nothing in it.");
    let code = match what {
        "an array" => "empty_array",
        _ => "empty_string",
    };
    Error::param(place, code, message)
}
