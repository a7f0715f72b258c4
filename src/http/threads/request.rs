//! Bytes to what was meant: JSON, forms and multipart bodies, and the fields of this dialect.

mod object;

use std::collections::BTreeSet;

use aggregates::{MessageId, ThreadId, UserId, quota::QuotaLimits};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use uuid::Uuid;

use self::object::Object;
use super::{error::Error, params::Params};

/// The longest message, in characters.
const LONGEST_INPUT: usize = 50_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 150;

/// A body's fields.
#[derive(Debug, Default)]
pub(in crate::http) struct BodyFields {
    fields: Map<String, Value>,
    /// The names of those texts that were written as numbers.
    numbers: BTreeSet<String>,
    /// A form cannot leave a field out of its page: there, an empty one is absent.
    form: bool,
}

/// Reads the body as what it says it is. What says nothing, or begins as JSON does, is JSON.
pub(in crate::http) async fn fields(
    headers: &HeaderMap,
    body: Bytes,
) -> Result<BodyFields, Refused> {
    read(headers, body).await.map_err(Refused)
}

/// Why a body has no fields; told by whoever the request turns out to be for.
#[derive(Debug)]
pub(in crate::http) struct Refused(pub(super) Error);

async fn read(headers: &HeaderMap, body: Bytes) -> Result<BodyFields, Error> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("multipart/form-data") {
        return multipart(kind, body).await;
    }
    let as_json = body.trim_ascii_start().starts_with(b"{");
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") && !as_json {
        let text = String::from_utf8_lossy(&body);
        let pairs = Params::parse(&text);
        let fields = pairs
            .pairs()
            .map(|(name, value)| (name.to_owned(), Value::from(value)));
        return Ok(BodyFields {
            fields: fields.collect(),
            form: true,
            ..BodyFields::default()
        });
    }
    json(&body)
}

fn json(body: &[u8]) -> Result<BodyFields, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(BodyFields::default());
    }
    let broken = |error: serde_json::Error| {
        let sentence = format!("JSON parse error - {error}");
        Error::detail(StatusCode::BAD_REQUEST, sentence)
    };
    if body.trim_ascii_start().starts_with(b"{") {
        let Object { fields, numbers } = serde_json::from_slice(body).map_err(broken)?;
        let form = false;
        return Ok(BodyFields {
            fields,
            numbers,
            form,
        });
    }
    let kind = match serde_json::from_slice::<Value>(body).map_err(broken)? {
        Value::Object(_) => "dict",
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Bool(_) => "bool",
        Value::Null => "NoneType",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
    };
    let sentence = format!("Invalid data. Expected a dictionary, but got {kind}.");
    Err(Error::field("non_field_errors", sentence))
}

async fn multipart(kind: &str, body: Bytes) -> Result<BodyFields, Error> {
    let broken = |error: multer::Error| {
        let sentence = format!("Multipart form parse error - {error}");
        Error::detail(StatusCode::BAD_REQUEST, sentence)
    };
    let boundary = multer::parse_boundary(kind).map_err(broken)?;
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Map::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        if let Some(name) = part.name().map(str::to_owned) {
            let value = part.text().await.map_err(broken)?;
            fields.insert(name, Value::String(value));
        }
    }
    Ok(BodyFields {
        fields,
        form: true,
        ..BodyFields::default()
    })
}

impl BodyFields {
    /// Whether there is such a field.
    pub(in crate::http) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The same as JSON, for those who compare bodies.
    pub(in crate::http) fn as_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.fields).unwrap_or_default()
    }

    /// A field that says something.
    pub(in crate::http) fn given(&self, name: &str) -> Option<&Value> {
        match self.fields.get(name)? {
            Value::Null => None,
            Value::String(text) if self.form && text.is_empty() => None,
            value => Some(value),
        }
    }

    /// A text: trimmed, not blank, at most so many characters.
    pub(in crate::http) fn text(
        &self,
        name: &'static str,
        longest: usize,
        faults: &mut Faults,
    ) -> Option<String> {
        let text = match self.fields.get(name) {
            None => return faults.add(name, "This field is required."),
            Some(Value::Null) => return faults.add(name, "This field may not be null."),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return faults.add(name, "Not a valid string."),
        };
        if text.is_empty() {
            return faults.add(name, "This field may not be blank.");
        }
        if text.contains('\0') {
            return faults.add(name, "Null characters are not allowed.");
        }
        if text.len() > longest && text.chars().count() > longest {
            let sentence = format!("Ensure this field has no more than {longest} characters.");
            return faults.add(name, sentence);
        }
        Some(text)
    }

    /// A whole number of tokens, or -1.
    fn tokens(&self, name: &'static str, faults: &mut Faults) -> Option<i64> {
        let number = match self.given(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if number >= -1 => Some(number),
            Some(_) => faults.add(name, "Ensure this value is greater than or equal to -1."),
            None => faults.add(name, "A valid integer is required."),
        }
    }

    fn uuid(&self, name: &'static str, faults: &mut Faults) -> Option<Uuid> {
        let written = self.given(name)?;
        // A number of 32 digits reads like one.
        let text = written.as_str().filter(|_| !self.numbers.contains(name));
        match text.and_then(|text| Uuid::try_parse(text.trim()).ok()) {
            Some(uuid) => Some(uuid),
            None => faults.add(name, "Must be a valid UUID."),
        }
    }
}

/// What is wrong with a body, in the order of its fields.
#[derive(Default)]
pub(in crate::http) struct Faults(Vec<(&'static str, String)>);

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults.0)
    }
}

impl Faults {
    /// Whether there are none.
    pub(in crate::http) fn none(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::http) fn add<T>(
        &mut self,
        name: &'static str,
        sentence: impl Into<String>,
    ) -> Option<T> {
        self.0.push((name, sentence.into()));
        None
    }
}

/// What is to be done in the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Say something.
    Send,
    /// Answer the last message again.
    Reload,
    /// Say this message again, differently.
    Edit(MessageId),
}

/// The body of a send.
#[derive(Debug)]
pub(super) struct Send {
    pub(super) input: String,
    pub(super) thread: Option<ThreadId>,
    pub(super) mode: Mode,
}

impl Send {
    pub(super) fn read(body: &BodyFields) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let input = body.text("input", LONGEST_INPUT, &mut faults);
        let thread = body.uuid("thread_uuid", &mut faults).map(ThreadId);
        let mode = match body.given("mode") {
            None => None,
            Some(Value::String(mode)) if mode == "reload" || mode == "edit" => Some(mode.as_str()),
            Some(other) => {
                let written = other.as_str().map_or(other.to_string(), str::to_owned);
                faults.add("mode", format!("\"{written}\" is not a valid choice."))
            }
        };
        let target = body.uuid("edit_message_uuid", &mut faults).map(MessageId);
        let (Some(input), true) = (input, faults.0.is_empty()) else {
            return Err(Error::Invalid(faults.0));
        };
        if mode.is_some() && thread.is_none() {
            return Err(Error::field(
                "mode",
                "mode requires thread_uuid to be provided.",
            ));
        }
        let mode = match (mode, target) {
            (Some("edit"), Some(target)) => Mode::Edit(target),
            (Some("edit"), None) => {
                return Err(Error::field(
                    "edit_message_uuid",
                    "edit_message_uuid is required when mode='edit'.",
                ));
            }
            (_, Some(_)) => {
                return Err(Error::field(
                    "edit_message_uuid",
                    "edit_message_uuid is only valid with mode='edit'.",
                ));
            }
            (Some(_), None) => Mode::Reload,
            (None, None) => Mode::Send,
        };
        Ok(Self {
            input,
            thread,
            mode,
        })
    }
}

/// The new name in a body, if it has one.
pub(super) fn name(body: &BodyFields) -> Result<Option<String>, Error> {
    if !body.has("name") {
        return Ok(None);
    }
    let mut faults = Faults::default();
    match body.text("name", LONGEST_NAME, &mut faults) {
        Some(name) => Ok(Some(name)),
        None => Err(Error::Invalid(faults.0)),
    }
}

/// Whose limits are to be what.
pub(super) fn quota(body: &BodyFields) -> Result<(UserId, QuotaLimits), Error> {
    let mut faults = Faults::default();
    let user = match body.fields.get("user_uuid") {
        None => faults.add("user_uuid", "This field is required."),
        Some(Value::Null) => faults.add("user_uuid", "This field may not be null."),
        Some(_) => body.uuid("user_uuid", &mut faults),
    };
    let limits = QuotaLimits {
        daily: body.tokens("daily_limit", &mut faults),
        weekly: body.tokens("weekly_limit", &mut faults),
        monthly: body.tokens("monthly_limit", &mut faults),
    };
    match (user, faults.0.is_empty()) {
        (Some(user), true) => Ok((UserId(user), limits)),
        (None, true) => Err(Error::field("user_uuid", "This field is required.")),
        (_, false) => Err(Error::Invalid(faults.0)),
    }
}
