//! Bytes to what was meant: the fields of this dialect, with the faults its clients know.

mod fields;
mod image;
mod params;

use aggregates::thread::Mood;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::fields::{boolean, fault, string};
pub(super) use self::{
    fields::{object, required, shown},
    params::{archived, channel, limit},
};
use super::{error::Error, preferences::DEFAULT};

/// The longest message, in characters.
pub(super) const LONGEST_TEXT: usize = 1_000_000;
/// The longest message as JSON, in bytes: an event of the log holds little more, and a control character
/// takes six.
const LONGEST_JSON: usize = 4_100_000;
/// The longest name of a provider, in bytes.
const LONGEST_PROVIDER: usize = 200;

/// The body of a send.
pub(super) struct Send {
    pub(super) text: String,
    pub(super) provider: String,
    pub(super) conversation_id: Option<String>,
    /// For this turn only; the sender's own choice where nothing is said.
    pub(super) mood: Option<Mood>,
    pub(super) web: bool,
    pub(super) stream: bool,
    /// The bytes of a file that may be one.
    pub(super) image: Option<Vec<u8>>,
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
        let image = image::image(&fields, &mut faults);
        if let Some(text) = &text {
            check_text(text, &mut faults);
        }
        match (text, faults.is_empty()) {
            (Some(text), true) => Ok(Self {
                text,
                provider: provider
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| DEFAULT.to_owned()),
                conversation_id: conversation_id.filter(|id| !id.is_empty()),
                mood: mood.as_deref().map(read_mood),
                web,
                stream,
                image,
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
fn read_mood(mood: &str) -> Mood {
    match mood {
        "serious" => Mood::Serious,
        "friendly" => Mood::Friendly,
        _ => Mood::Normal,
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

/// `keep_count` of a truncation: none or a negative one is 0.
pub(super) fn keep_count(body: &[u8]) -> Result<u64, Error> {
    let count = fields::integer(&object(body)?, "keep_count")?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// `message_id` of a rewind.
pub(super) fn message_id(body: &[u8]) -> Result<Uuid, Error> {
    let fields = object(body)?;
    let mut faults = vec![];
    let id = required(&fields, "message_id", &mut faults).ok_or(Error::Invalid(faults))?;
    // What has not the form of an id is nobody's.
    id.parse()
        .map_err(|_| Error::not_found("There is no such message in this conversation"))
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
