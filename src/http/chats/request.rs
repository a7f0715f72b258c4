//! Bytes to fields: JSON or a form, names in either casing, and the faults that this dialect's clients know.

use std::{fmt::Display, str::FromStr};

use bytes::Bytes;
use http::{HeaderMap, header};
use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use super::error::Error;

/// The longest name, in characters.
const LONGEST_NAME: usize = 255;
/// The longest text or object that is kept where it is read with every list, in bytes.
const LONGEST_TEXT: usize = 64 << 10;
/// Tags of a document, or entries of a list, at most.
const MOST: usize = 100;

/// What a request says, by the names that are known where it goes, in snake_case.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: Map<String, Value>,
    /// Those that were written in camelCase.
    in_camel: Vec<String>,
    /// A name was written in camelCase.
    pub(super) camel: bool,
}

impl Fields {
    /// Reads a body. Other fields are nobody's business, and what is inside of values is the user's own.
    pub(super) fn read(headers: &HeaderMap, body: &Bytes, names: &[&str]) -> Result<Self, Error> {
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let essence = kind.split(';').next().unwrap_or("").trim();
        // What curl's -d sends is called a form, whatever it is.
        let as_json = body.trim_ascii_start().starts_with(b"{");
        let is_form = essence.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let mut sent = if is_form && !as_json {
            form(body)?
        } else if body.iter().all(u8::is_ascii_whitespace) {
            Map::new()
        } else {
            match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => fields,
                Ok(_) => return Err(Error::invalid("The request body must be a JSON object.")),
                Err(_) => return Err(Error::invalid("The request body is not valid JSON.")),
            }
        };
        let mut fields = Self::default();
        for name in names {
            let in_camel = camel(name);
            let other = (in_camel != *name)
                .then(|| sent.remove(&in_camel))
                .flatten();
            fields.camel |= other.is_some();
            let value = match sent.remove(*name) {
                None if other.is_some() => {
                    fields.in_camel.push((*name).to_owned());
                    other
                }
                value => value,
            };
            if let Some(value) = value {
                fields.values.insert((*name).to_owned(), value);
            }
        }
        Ok(fields)
    }

    /// A field's name as whoever sent it writes it.
    pub(super) fn written(&self, name: &str) -> String {
        match self.in_camel.iter().any(|known| known == name) {
            true => camel(name),
            false => name.to_owned(),
        }
    }

    /// A text, nothing (`null`), or no word about it.
    pub(super) fn text(&self, name: &str) -> Result<Option<Option<String>>, Error> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) if text.contains('\0') => {
                Err(unstorable(&self.written(name)))
            }
            Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
            Some(_) => Err(Error::invalid(format!(
                "{} must be a string",
                self.written(name)
            ))),
        }
    }

    /// A text that is not long, if there is one.
    pub(super) fn short(&self, name: &str) -> Result<Option<String>, Error> {
        let text = self.optional(name)?;
        text.map(|text| no_longer(&self.written(name), text))
            .transpose()
    }

    /// A text, if there is one.
    pub(super) fn optional(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.text(name)?.flatten())
    }

    /// The same, no longer than names are.
    pub(super) fn name(&self, name: &str) -> Result<Option<String>, Error> {
        let text = self.optional(name)?;
        text.map(|text| bounded(&self.written(name), text))
            .transpose()
    }

    /// A name, nothing, or no word about it.
    pub(super) fn changed_name(&self, name: &str) -> Result<Option<Option<String>>, Error> {
        let name_of = self.written(name);
        let bounded = |text: Option<String>| text.map(|text| bounded(&name_of, text)).transpose();
        self.text(name)?.map(bounded).transpose()
    }

    /// A text that must be there: anything else is as if it were not, and is told in camelCase, as clients know it.
    pub(super) fn required(&self, name: &str) -> Result<String, Error> {
        match self.values.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {
                Ok(self.optional(name)?.unwrap_or_default())
            }
            _ => Err(Error::invalid(format!("{} is required", camel(name)))),
        }
    }

    /// The same, no longer than names are.
    pub(super) fn required_name(&self, name: &str) -> Result<String, Error> {
        bounded(&self.written(name), self.required(name)?)
    }

    /// A text that is not to be empty where it is given: what it is to be, or no word about it.
    pub(super) fn replaced_name(&self, name: &str) -> Result<Option<String>, Error> {
        match self.values.get(name) {
            None => Ok(None),
            Some(_) => self.required_name(name).map(Some),
        }
    }

    /// The value as it was sent.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// A list of texts. A form and a command line may give it as one text, or as JSON.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        let fault = || {
            Error::invalid(format!(
                "{} must be a string or a list of strings",
                self.written(name)
            ))
        };
        let list = match self.values.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list.clone(),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(Value::Array(list)) => list,
                _ => vec![Value::String(text.clone())],
            },
            Some(_) => return Err(fault()),
        };
        if list.len() > MOST {
            let message = format!("{} must have at most {MOST} entries", self.written(name));
            return Err(Error::invalid(message));
        }
        let texts: Option<Vec<String>> = list
            .into_iter()
            .map(|value| match value {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect();
        texts.map(Some).ok_or_else(fault)
    }

    /// Yes or no; no where nothing is said. A form and a command line spell it out.
    pub(super) fn boolean(&self, name: &str) -> Result<bool, Error> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(Error::invalid(format!(
                "{} must be a boolean",
                self.written(name)
            ))),
        }
    }

    /// A number within these bounds, if there is one. A form and a command line spell it out.
    pub(super) fn number<N>(&self, name: &str, least: N, most: N) -> Result<Option<N>, Error>
    where
        N: Copy + Display + PartialOrd + FromStr,
    {
        let written = match self.values.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(_) => String::new(),
        };
        let number = written.parse::<N>().ok();
        match number.filter(|number| (least..=most).contains(number)) {
            None => Err(Error::invalid(format!(
                "{} must be a number from {least} to {most}",
                self.written(name)
            ))),
            number => Ok(number),
        }
    }

    /// A list of anything, if there is one. A form and a command line may give it as text.
    pub(super) fn values(&self, name: &str) -> Option<Vec<Value>> {
        match self.values.get(name)? {
            Value::Array(values) => Some(values.clone()),
            Value::String(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }

    /// An object as JSON text, nothing, or no word about it. A form and a command line may give it as text.
    pub(super) fn object(&self, name: &str) -> Result<Option<Option<String>>, Error> {
        let printed = |object: Map<String, Value>| {
            no_longer(&self.written(name), Value::Object(object).to_string())
        };
        let read = self.read_object(name)?;
        read.map(|object| object.map(printed).transpose())
            .transpose()
    }

    /// The same, with nothing but texts in it.
    pub(super) fn tags(&self, name: &str) -> Result<Option<Option<String>>, Error> {
        if let Some(Some(object)) = self.read_object(name)?
            && (object.len() > MOST || !object.values().all(Value::is_string))
        {
            let message = format!(
                "{} must be an object of at most {MOST} strings",
                self.written(name)
            );
            return Err(Error::invalid(message));
        }
        self.object(name)
    }

    fn read_object(&self, name: &str) -> Result<Option<Option<Map<String, Value>>>, Error> {
        let object = match self.values.get(name) {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(None)),
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
            Some(value) => value.clone(),
        };
        if holds_nul(&object) {
            return Err(unstorable(&self.written(name)));
        }
        match object {
            Value::Object(object) => Ok(Some(Some(object))),
            _ => Err(Error::invalid(format!(
                "{} must be an object",
                self.written(name)
            ))),
        }
    }
}

/// No database keeps it in a text.
fn unstorable(name: &str) -> Error {
    Error::invalid(format!("{name} must not contain the character U+0000"))
}

/// Whether U+0000 is somewhere in it, in a name or in a text.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn bounded(name: &str, text: String) -> Result<String, Error> {
    if text.chars().count() > LONGEST_NAME {
        let message = format!("{name} must have at most {LONGEST_NAME} characters");
        return Err(Error::invalid(message));
    }
    Ok(text)
}

fn no_longer(name: &str, text: String) -> Result<String, Error> {
    if text.len() > LONGEST_TEXT {
        let message = format!("{name} must have at most 64 KiB");
        return Err(Error::invalid(message));
    }
    Ok(text)
}

/// `ai_provider_id` as `aiProviderId`.
pub(super) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut whole = words.next().unwrap_or("").to_owned();
    for word in words {
        let mut letters = word.chars();
        whole.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        whole.extend(letters);
    }
    whole
}

/// `a=1&b=2&b=3`; what is named more than once is a list.
fn form(body: &Bytes) -> Result<Map<String, Value>, Error> {
    let decode = |text: &[u8]| {
        let spaced: Vec<u8> = text
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        match percent_decode(&spaced).decode_utf8() {
            Ok(text) => Ok(text.into_owned()),
            Err(_) => Err(Error::invalid("The request body is not valid UTF-8.")),
        }
    };
    let mut fields = Map::new();
    for pair in body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let (name, value) = (decode(name)?, Value::String(decode(value)?));
        let (name, listed) = match name.strip_suffix("[]") {
            Some(name) => (name.to_owned(), true),
            None => (name, false),
        };
        match fields.get_mut(&name) {
            Some(Value::Array(values)) => values.push(value),
            Some(known) => *known = Value::Array(vec![known.take(), value]),
            None if listed => drop(fields.insert(name, Value::Array(vec![value]))),
            None => drop(fields.insert(name, value)),
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use http::HeaderValue;

    use super::*;

    const NAMES: [&str; 3] = ["ai_provider_id", "name", "policy_ids"];

    fn json(body: &'static str) -> Fields {
        Fields::read(
            &HeaderMap::new(),
            &Bytes::from_static(body.as_bytes()),
            &NAMES,
        )
        .unwrap()
    }

    #[test]
    fn a_name_is_read_in_either_casing_and_the_one_with_underscores_wins() {
        let fields = json(r#"{"aiProviderId":"a","policyIds":[],"other":1}"#);
        assert!(fields.camel);
        assert_eq!(fields.required("ai_provider_id").unwrap(), "a");
        let fields = json(r#"{"ai_provider_id":"a","aiProviderId":"b"}"#);
        assert_eq!(fields.required("ai_provider_id").unwrap(), "a");
        assert!(!json(r#"{"name":"a","aiProvider":"b"}"#).camel);
    }

    #[test]
    fn what_is_wrong_is_told_by_the_name_that_was_written() {
        let fields = json(r#"{"aiProviderId":7}"#);
        assert_eq!(fields.written("ai_provider_id"), "aiProviderId");
        let fields = json(r#"{"ai_provider_id":7,"policyIds":[]}"#);
        assert_eq!(fields.written("ai_provider_id"), "ai_provider_id");
        assert_eq!(fields.written("policy_ids"), "policyIds");
    }

    #[test]
    fn a_form_is_read_as_json_is() {
        let mut headers = HeaderMap::new();
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let body = Bytes::from_static(b"aiProviderId=a%20b+c&policy_ids=x&policy_ids=y&name");
        let fields = Fields::read(&headers, &body, &NAMES).unwrap();
        assert_eq!(fields.required("ai_provider_id").unwrap(), "a b c");
        assert_eq!(fields.list("policy_ids").unwrap().unwrap(), ["x", "y"]);
        assert_eq!(fields.optional("name").unwrap().unwrap(), "");
        let body = Bytes::from_static(b" {\"aiProviderId\":\"a&b=c\"}");
        let fields = Fields::read(&headers, &body, &NAMES).unwrap();
        assert_eq!(fields.required("ai_provider_id").unwrap(), "a&b=c");
    }

    #[test]
    fn a_list_may_be_one_text_or_json_in_a_text() {
        for body in [
            r#"{"policy_ids":["x"]}"#,
            r#"{"policy_ids":"x"}"#,
            r#"{"policy_ids":"[\"x\"]"}"#,
        ] {
            assert_eq!(json(body).list("policy_ids").unwrap().unwrap(), ["x"]);
        }
        assert!(json(r#"{"policy_ids":[1]}"#).list("policy_ids").is_err());
        assert!(json(r#"{"policy_ids":7}"#).list("policy_ids").is_err());
    }

    #[test]
    fn a_boolean_and_a_number_may_be_spelt_out() {
        let fields = |value: &str| {
            let body = Bytes::from(format!(r#"{{"name":{value}}}"#));
            Fields::read(&HeaderMap::new(), &body, &NAMES).unwrap()
        };
        assert!(fields("true").boolean("name").unwrap());
        assert!(fields(r#""true""#).boolean("name").unwrap());
        assert!(!fields(r#""false""#).boolean("name").unwrap());
        assert!(!fields("null").boolean("name").unwrap());
        assert!(fields("1").boolean("name").is_err());
        assert!(fields(r#""yes""#).boolean("name").is_err());
        let number = |value: &str| fields(value).number("name", 0.0, 2.0);
        assert_eq!(number("1.5").unwrap(), Some(1.5));
        assert_eq!(number(r#""1.5""#).unwrap(), Some(1.5));
        assert_eq!(number("null").unwrap(), None);
        for wrong in ["2.1", "-1", r#""NaN""#, r#""x""#, "[1]", "true"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
        let whole = |value: &str| fields(value).number("name", 1_u64, 9);
        assert_eq!(whole("3").unwrap(), Some(3));
        assert!(whole("3.5").is_err());
    }

    #[test]
    fn nothing_is_an_object_without_fields_and_anything_else_is_refused() {
        assert!(json("").values.is_empty());
        assert!(json(" \n").values.is_empty());
        for body in ["[]", "7", "{", "{\"a\":}", "\u{fffd}"] {
            let body = Bytes::from_static(body.as_bytes());
            assert!(Fields::read(&HeaderMap::new(), &body, &NAMES).is_err());
        }
    }
}
