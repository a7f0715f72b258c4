//! The fields of a body, with the faults this API's clients know.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::error::Error;

/// What of a fault is shown to whoever made it, in bytes of JSON: larger inputs are not sent back.
const LONGEST_INPUT: usize = 4096;

/// A JSON object; anything else, and bytes that are not JSON, are the client's 422.
pub(in super::super) fn object(body: &[u8]) -> Result<Map<String, Value>, Error> {
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

/// A string that must be there.
pub(in super::super) fn required(
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

pub(super) fn string(
    fields: &Map<String, Value>,
    name: &str,
    faults: &mut Vec<Value>,
) -> Option<String> {
    match fields.get(name) {
        None | Some(Value::Null) => None,
        Some(_) => required(fields, name, faults),
    }
}

/// A whole number, 0 when it is not there; numbers beyond all bounds are the bounds.
pub(in super::super) fn integer(fields: &Map<String, Value>, name: &str) -> Result<i64, Error> {
    let Some(value) = fields.get(name) else {
        return Ok(0);
    };
    let wrong = |kind, message| Err(Error::Invalid(vec![fault(kind, name, message, value)]));
    let number = match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => number,
            // Beyond all bounds, which a cast stops at.
            #[expect(clippy::cast_possible_truncation, reason = "it has no fraction")]
            (None, Some(number)) if number.fract() == 0.0 => number as i64,
            _ => {
                let message =
                    "Input should be a valid integer, got a number with a fractional part";
                return wrong("int_from_float", message);
            }
        },
        Value::String(text) => match whole_number(text.trim()) {
            Some(number) => number,
            None => {
                let message =
                    "Input should be a valid integer, unable to parse string as an integer";
                return wrong("int_parsing", message);
            }
        },
        _ => return wrong("int_type", "Input should be a valid integer"),
    };
    Ok(number)
}

/// Booleans as this API's clients may write them.
pub(super) fn boolean(fields: &Map<String, Value>, name: &str, faults: &mut Vec<Value>) -> bool {
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
        Value::String(text) => truth(text),
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

pub(super) fn truth(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Numbers beyond all bounds are numbers, too.
pub(super) fn whole_number(text: &str) -> Option<i64> {
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

pub(super) fn fault(kind: &str, name: &str, message: &str, input: &impl Serialize) -> Value {
    json!({ "type": kind, "loc": ["body", name], "msg": message, "input": shown(input) })
}

/// The faulty input, unless it is too large to be worth sending back.
pub(in super::super) fn shown(input: &impl Serialize) -> Value {
    let mut room = [0; LONGEST_INPUT];
    match serde_json::to_writer(room.as_mut_slice(), input) {
        Ok(()) => serde_json::to_value(input).unwrap_or_default(),
        Err(_) => Value::Null,
    }
}
