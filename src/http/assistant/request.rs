//! Bytes to what was meant: the fields of this dialect, with the faults its clients know.

use aggregates::thread::{Mood, TurnOptions};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::Error;
use crate::http::query::Query;

/// The longest message, in characters.
pub(super) const LONGEST_TEXT: usize = 1_000_000;
/// The longest message as JSON, in bytes: an event of the log holds little more, and a control character
/// takes six.
const LONGEST_JSON: usize = 4_100_000;
/// The longest name of a provider, in bytes.
const LONGEST_PROVIDER: usize = 200;
/// What of a fault is shown to whoever made it, in bytes of JSON: larger inputs are not sent back.
const LONGEST_INPUT: usize = 4096;

/// The body of a send.
#[derive(Debug)]
pub(super) struct Send {
    pub(super) text: String,
    pub(super) provider: String,
    pub(super) conversation_id: Option<String>,
    pub(super) options: TurnOptions,
    pub(super) stream: bool,
}

/// A JSON object; anything else, and bytes that are not JSON, are the client's 422.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Error::Invalid(vec![json!({
            "type": "json_invalid",
            "loc": ["body", error.column()],
            "msg": "JSON decode error",
            "input": {},
            "ctx": { "error": error.to_string() },
        })])
    })?;
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(Error::field(
            "model_attributes_type",
            &["body"],
            "Input should be a valid dictionary or object to extract fields from",
            shown(&other),
        )),
    }
}

impl Send {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = object(body)?;
        let mut faults = vec![];
        let text = required(&fields, "text", &mut faults);
        let provider = provider(&fields, &mut faults);
        let conversation_id = string(&fields, "conversation_id", &mut faults);
        let mood = string(&fields, "mood", &mut faults);
        let web = boolean(&fields, "web", &mut faults);
        let stream = boolean(&fields, "stream", &mut faults);
        let image = string(&fields, "image_base64", &mut faults);
        if image.is_some() {
            faults.push(fault(
                "value_error",
                "image_base64",
                "This server reads no images",
                &Value::Null,
            ));
        }
        if let Some(text) = &text {
            check_text(text, &mut faults);
        }
        match (text, faults.is_empty()) {
            (Some(text), true) => Ok(Self {
                text,
                provider: provider
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| "default".to_owned()),
                conversation_id: conversation_id.filter(|id| !id.is_empty()),
                options: TurnOptions {
                    mood: mood.as_deref().and_then(read_mood),
                    web,
                },
                stream,
            }),
            _ => Err(Error::Invalid(faults)),
        }
    }
}

fn check_text(text: &str, faults: &mut Vec<Value>) {
    if text.is_empty() {
        faults.push(fault(
            "string_too_short",
            "text",
            "String should have at least 1 character",
            &json!(""),
        ));
    } else if text.contains('\0') {
        faults.push(fault(
            "value_error",
            "text",
            "Text must not contain the character U+0000",
            &Value::Null,
        ));
    } else if text.len() > LONGEST_TEXT && text.chars().count() > LONGEST_TEXT {
        let message = format!("String should have at most {LONGEST_TEXT} characters");
        faults.push(fault("string_too_long", "text", &message, &Value::Null));
    } else if text.len() > LONGEST_JSON / 6 && json!(text).to_string().len() > LONGEST_JSON {
        let message = format!("String should have at most {LONGEST_JSON} bytes as JSON");
        faults.push(fault("string_too_long", "text", &message, &Value::Null));
    }
}

/// Any value but the three acts as normal; that is the contract's wish.
fn read_mood(mood: &str) -> Option<Mood> {
    match mood {
        "serious" => Some(Mood::Serious),
        "friendly" => Some(Mood::Friendly),
        _ => Some(Mood::Normal),
    }
}

/// A string that must be there.
pub(super) fn required(
    fields: &Map<String, Value>,
    name: &str,
    faults: &mut Vec<Value>,
) -> Option<String> {
    match fields.get(name) {
        None => {
            faults.push(fault("missing", name, "Field required", fields));
            None
        }
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => {
            faults.push(fault(
                "string_type",
                name,
                "Input should be a valid string",
                other,
            ));
            None
        }
    }
}

fn string(fields: &Map<String, Value>, name: &str, faults: &mut Vec<Value>) -> Option<String> {
    match fields.get(name) {
        None | Some(Value::Null) => None,
        Some(_) => required(fields, name, faults),
    }
}

/// Who is to answer; unlike what has no default, it cannot be `null`.
fn provider(fields: &Map<String, Value>, faults: &mut Vec<Value>) -> Option<String> {
    let name = fields
        .contains_key("provider")
        .then(|| required(fields, "provider", faults))??;
    if name.len() > LONGEST_PROVIDER {
        let message = format!("String should have at most {LONGEST_PROVIDER} characters");
        faults.push(fault("string_too_long", "provider", &message, &Value::Null));
    }
    Some(name)
}

/// Booleans as this API's clients may write them.
fn boolean(fields: &Map<String, Value>, name: &str, faults: &mut Vec<Value>) -> bool {
    let Some(value) = fields.get(name) else {
        return false;
    };
    let read = match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Some(false),
            Some(1.0) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => {
            let message = "Input should be a valid boolean";
            faults.push(fault("bool_type", name, message, value));
            return false;
        }
    };
    read.unwrap_or_else(|| {
        faults.push(fault(
            "bool_parsing",
            name,
            "Input should be a valid boolean, unable to interpret input",
            value,
        ));
        false
    })
}

fn fault(kind: &str, name: &str, message: &str, input: &impl Serialize) -> Value {
    json!({ "type": kind, "loc": ["body", name], "msg": message, "input": shown(input) })
}

/// The faulty input, unless it is too large to be worth sending back.
fn shown(input: &impl Serialize) -> Value {
    let mut room = [0; LONGEST_INPUT];
    match serde_json::to_writer(room.as_mut_slice(), input) {
        Ok(()) => serde_json::to_value(input).unwrap_or_default(),
        Err(_) => Value::Null,
    }
}

/// `limit` of a list: 1 to 100, 50 when absent.
pub(super) fn limit(query: &Query) -> Result<u32, Error> {
    let Some(written) = query.get("limit") else {
        return Ok(50);
    };
    let place = ["query", "limit"];
    let number = whole_number(written.trim()).ok_or_else(|| {
        Error::field(
            "int_parsing",
            &place,
            "Input should be a valid integer, unable to parse string as an integer",
            json!(written),
        )
    })?;
    match number {
        ..1 => Err(Error::field(
            "greater_than_equal",
            &place,
            "Input should be greater than or equal to 1",
            json!(written),
        )),
        101.. => Err(Error::field(
            "less_than_equal",
            &place,
            "Input should be less than or equal to 100",
            json!(written),
        )),
        number => Ok(u32::try_from(number).unwrap_or(100)),
    }
}

/// Numbers beyond all bounds are numbers, too.
fn whole_number(text: &str) -> Option<i64> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse().map_or_else(
        |error: std::num::ParseIntError| match error.kind() {
            PosOverflow => Some(i64::MAX),
            NegOverflow => Some(i64::MIN),
            _ => None,
        },
        Some,
    )
}

/// The channel that a list is limited to, if it is.
pub(super) fn channel(query: &Query) -> Result<Option<&str>, Error> {
    match query.get("channel") {
        None | Some("") => Ok(None),
        Some(channel) if channel.contains('\0') => Err(Error::field(
            "value_error",
            &["query", "channel"],
            "A channel must not contain the character U+0000",
            Value::Null,
        )),
        Some(channel) => Ok(Some(channel)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_no_event_can_hold_is_the_senders_fault() {
        let faults = |text: &str| {
            let mut faults = vec![];
            check_text(text, &mut faults);
            faults.len()
        };
        assert_eq!(faults(&"\u{1}".repeat(LONGEST_TEXT)), 1);
        assert_eq!(faults(&"😀".repeat(LONGEST_TEXT)), 0);
        assert_eq!(faults(&"x".repeat(LONGEST_TEXT + 1)), 1);
    }
}
