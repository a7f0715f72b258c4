//! Bytes to what was meant. Names are read in either casing.

use serde_json::{Map, Value};

use super::error::Error;

/// The longest question, in characters.
const LONGEST_QUESTION: usize = 1_000_000;
/// The longest question as JSON, in bytes: an event of the log holds little more.
const LONGEST_JSON: usize = 4_100_000;
/// The longest name of a session, a file or an institution, in characters.
const LONGEST_NAME: usize = 200;
/// The longest text that needs no upload, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// The longest file of text, in bytes: of a document no more text is read.
const LONGEST_TEXT_FILE: u64 = 32 << 20;
/// The longest name of a charset, in bytes: more than any has.
const LONGEST_CHARSET: usize = 40;

/// An object.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// What is no JSON object has no fields: what is missed first is said then.
    pub(super) fn read(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_default())
    }

    /// The same where that would say something else than is wrong; nothing is an empty one.
    fn object(body: &[u8]) -> Result<Self, Error> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        let fields = serde_json::from_slice(body);
        fields
            .map(Self)
            .map_err(|_| Error::bad("The body must be a JSON object"))
    }

    fn value(&self, names: [&str; 2]) -> Option<&Value> {
        names.iter().find_map(|name| self.0.get(*name))
    }

    fn text(&self, names: [&str; 2]) -> Option<&str> {
        let text = self.value(names)?.as_str()?;
        (!text.trim().is_empty()).then_some(text)
    }

    fn is_true(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// A question.
pub(super) struct Question {
    pub(super) message: String,
    pub(super) session: String,
    pub(super) institution: Option<String>,
    pub(super) stream: bool,
    pub(super) sources: bool,
}

impl Question {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = Fields::read(body);
        let message = fields
            .text(["message", "message"])
            .ok_or_else(|| Error::unprocessable("message is required"))?;
        let session = fields
            .text(["sessionId", "session_id"])
            .ok_or_else(|| Error::unprocessable("sessionId is required"))?;
        check_message(message)?;
        check_session("sessionId", session).map_err(Error::unprocessable)?;
        let institution = institution(&fields.0).map_err(Error::unprocessable)?;
        Ok(Self {
            message: message.to_owned(),
            session: session.to_owned(),
            institution,
            stream: fields.is_true("stream"),
            sources: fields.is_true("sources"),
        })
    }
}

fn check_message(message: &str) -> Result<(), Error> {
    if message.contains('\0') {
        return Err(Error::unprocessable(
            "message must not contain the character U+0000",
        ));
    }
    let long = message.len() > LONGEST_QUESTION && message.chars().count() > LONGEST_QUESTION
        || message.len() > LONGEST_JSON / 6
            && Value::from(message).to_string().len() > LONGEST_JSON;
    match long {
        true => Err(Error::unprocessable(format!(
            "message must have at most {LONGEST_QUESTION} characters"
        ))),
        false => Ok(()),
    }
}

/// What people and programs call things.
fn check_name(field: &str, name: &str) -> Result<(), String> {
    if name.chars().count() > LONGEST_NAME {
        return Err(format!(
            "{field} must have at most {LONGEST_NAME} characters"
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(format!("{field} must not contain control characters"));
    }
    Ok(())
}

/// What a session may be called; paths have other things of some names.
fn check_session(field: &str, name: &str) -> Result<(), String> {
    match name {
        // Of a path the last two are nothing.
        "completions" | "history" | "." | ".." => Err(format!("{field} must not be \"{name}\"")),
        name => check_name(field, name),
    }
}

/// `institution`; none, null and blank are the same.
fn institution(fields: &Map<String, Value>) -> Result<Option<String>, String> {
    match fields.get("institution") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if name.trim().is_empty() => Ok(None),
        Some(Value::String(name)) => {
            check_name("institution", name)?;
            Ok(Some(name.clone()))
        }
        Some(_) => Err("institution must be a text".to_owned()),
    }
}

/// `label` of a session that is made: none is none.
pub(super) fn label(body: &[u8]) -> Result<Option<String>, Error> {
    let fields = Fields::object(body)?;
    match fields.0.get("label") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(label)) => {
            check_name("label", label).map_err(Error::bad)?;
            Ok(Some(label.clone()))
        }
        Some(_) => Err(Error::bad("label must be a text")),
    }
}

/// A document that is to be uploaded.
pub(super) struct Announcement {
    pub(super) filename: String,
    pub(super) mime: String,
    pub(super) size: u64,
}

impl Announcement {
    /// The size is looked at first, then the type, then the size for that type.
    pub(super) fn read(body: &[u8], largest: u64, types: &[&str]) -> Result<Self, Error> {
        let fields = Fields::object(body)?;
        let size = fields
            .value(["contentSize", "content_size"])
            .ok_or_else(|| Error::bad("contentSize is required"))?;
        let too_large = size.as_f64().is_some_and(|size| size > largest as f64);
        if too_large {
            return Err(Error::bad("Maximum file size limit exceed"));
        }
        let mime = fields.text(["contentType", "content_type"]);
        let mime = mime.ok_or_else(|| Error::bad("contentType is required"))?;
        let (announced, mime) = (mime, essence(mime));
        if !types.contains(&mime.as_str()) {
            let valid = types.join(", ");
            return Err(Error::bad(format!(
                "Invalid File Type | Valid Type Are: {valid}"
            )));
        }
        let size = size
            .as_u64()
            .filter(|size| *size > 0)
            .ok_or_else(|| Error::bad("contentSize must be a whole number of bytes, at least 1"))?;
        if matches!(mime.as_str(), "text/plain" | "text/markdown") && size > LONGEST_TEXT_FILE {
            return Err(Error::bad(format!(
                "A text file must have at most {LONGEST_TEXT_FILE} bytes: upload it in parts"
            )));
        }
        let filename = filename(&fields)?;
        Ok(Self {
            filename: filename.ok_or_else(|| Error::bad("filename is required"))?,
            mime: with_charset(mime, announced)?,
            size,
        })
    }
}

/// A media type without its parameters.
fn essence(mime: &str) -> String {
    let essence = mime.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// This type with the charset that it was announced with, where it is one of texts: without it, some cannot be read.
fn with_charset(mime: String, announced: &str) -> Result<String, Error> {
    let mut parameters = announced
        .split(';')
        .filter_map(|parameter| parameter.split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let Some((_, charset)) = charset.filter(|_| mime.starts_with("text/")) else {
        return Ok(mime);
    };
    let charset = charset.trim().trim_matches('"');
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:+".contains(letter);
    match (1..=LONGEST_CHARSET).contains(&charset.len()) && charset.chars().all(is_plain) {
        true => Ok(format!("{mime}; charset={charset}")),
        false => Err(Error::bad(
            "contentType must name a charset as in \"text/plain; charset=windows-1251\", or none",
        )),
    }
}

fn filename(fields: &Fields) -> Result<Option<String>, Error> {
    if matches!(fields.0.get("filename"), Some(value) if !value.is_string() && !value.is_null()) {
        return Err(Error::bad("filename must be a text"));
    }
    let name = fields.text(["filename", "filename"]);
    if let Some(name) = name {
        check_name("filename", name).map_err(Error::bad)?;
    }
    Ok(name.map(str::to_owned))
}

/// Where a document is to go.
pub(super) struct Destination {
    pub(super) session: String,
    pub(super) institution: Option<String>,
}

impl Destination {
    fn read(fields: &Fields) -> Result<Self, Error> {
        let session = fields
            .text(["session_id", "sessionId"])
            .ok_or_else(|| Error::bad("session_id is required"))?;
        check_session("session_id", session).map_err(Error::bad)?;
        let institution = match fields.0.get("tags") {
            None | Some(Value::Null) => None,
            Some(Value::Object(tags)) => institution(tags).map_err(Error::bad)?,
            Some(_) => {
                return Err(Error::bad(
                    "tags must be an object, as {\"institution\": \"...\"}",
                ));
            }
        };
        Ok(Self {
            session: session.to_owned(),
            institution,
        })
    }
}

/// An uploaded document that is to be looked through.
pub(super) struct Process {
    pub(super) key: uuid::Uuid,
    /// Another one than it was announced with.
    pub(super) filename: Option<String>,
    pub(super) destination: Destination,
}

impl Process {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = Fields::object(body)?;
        let key = fields
            .text(["key", "key"])
            .ok_or_else(|| Error::bad("key is required"))?;
        // What has not the form of a key is nobody's.
        let key = key
            .parse()
            .map_err(|_| Error::not_found("There is no such upload: ask for a new upload URL"))?;
        Ok(Self {
            key,
            filename: filename(&fields)?,
            destination: Destination::read(&fields)?,
        })
    }
}

/// A document that is a text.
pub(super) struct Text {
    pub(super) filename: String,
    pub(super) content: String,
    pub(super) destination: Destination,
}

impl Text {
    pub(super) fn read(body: &[u8]) -> Result<Self, Error> {
        let fields = Fields::object(body)?;
        let destination = Destination::read(&fields)?;
        let content = fields
            .text(["content", "content"])
            .ok_or_else(|| Error::bad("content is required"))?;
        if content.len() > LONGEST_TEXT {
            return Err(Error::bad(format!(
                "content must have at most {LONGEST_TEXT} bytes: upload it as a file instead"
            )));
        }
        let filename = filename(&fields)?;
        Ok(Self {
            filename: filename.ok_or_else(|| Error::bad("filename is required"))?,
            content: content.to_owned(),
            destination,
        })
    }
}
