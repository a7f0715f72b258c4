//! Conversations that took place elsewhere, as other programs export them, made into what happens in a thread.
//!
//! A file is read conversation by conversation ([`file`]), each by its own program's shape ([`chatgpt`], [`open_webui`],
//! [`librechat`]) into a tree of messages, and the tree is told from the beginning ([`tree`]): what another branch says, and
//! then, after a step back, what is to be seen.

mod chatgpt;
pub mod file;
mod librechat;
mod open_webui;
mod outline;
mod tree;

use std::borrow::Cow;

use serde_json::{Value, value::RawValue};
use uuid::Uuid;

use crate::actors::Past;

/// The longest conversation, in bytes of its JSON.
const LONGEST: usize = 64 << 20;
/// The namespace of conversations that have no id; random, fixed for ever.
const NAMELESS: Uuid = Uuid::from_u128(0x1f0c_77a4_92b6_4a35_9c1e_6d8f_30e2_b457);

/// Whose export it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `conversations.json` of ChatGPT's data export.
    ChatGpt,
    /// Open WebUI's "Export Chats".
    OpenWebUi,
    /// One conversation as LibreChat exports it (JSON).
    LibreChat,
}

/// A conversation that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What it is called in the file; without one, its number there.
    pub id: Option<String>,
    /// A sentence that says nothing of what is in it.
    pub reason: String,
}

/// Reads a conversation; without a format, by what it looks like.
///
/// # Errors
/// When it is none, or too long, or hangs together in no way.
pub fn read(raw: &RawValue, format: Option<Format>) -> Result<Past, Unread> {
    let text = raw.get();
    let failed = |id: Option<&str>, reason: &str| Unread {
        id: id.map(str::to_owned),
        reason: reason.to_owned(),
    };
    if text.len() > LONGEST {
        return Err(failed(None, "it has more than 64 MiB"));
    }
    if !text.starts_with('{') {
        return Err(failed(None, "it is not an object"));
    }
    let text = &*readable(text);
    let outline: outline::Outline<'_> = serde_json::from_str(text)
        .map_err(|_| failed(None, "it has none of the shapes that are known"))?;
    let format = format.or_else(|| outline.format()).ok_or_else(|| {
        failed(
            outline.id().as_deref(),
            "it has neither the messages of ChatGPT (`mapping`), nor of Open WebUI (`chat`), nor of LibreChat \
             (`messages`)",
        )
    })?;
    let id = outline.id();
    let read = match format {
        Format::LibreChat => librechat::read(&outline),
        Format::ChatGpt | Format::OpenWebUi => match serde_json::from_str::<Value>(text) {
            Err(_) => Err("it is nested too deeply, or is not JSON"),
            Ok(value) if format == Format::ChatGpt => chatgpt::read(&value),
            Ok(value) => open_webui::read(&value),
        },
    };
    let told = read.and_then(|read| {
        let left_out = read.nodes.iter().map(|node| node.left_out).sum();
        let steps = tree::tell(read.nodes, read.current.as_deref())?;
        Ok(Past {
            source: format.name(),
            id: id
                .clone()
                .unwrap_or_else(|| Uuid::new_v5(&NAMELESS, text.as_bytes()).to_string()),
            name: read.title,
            began_at: read.began_at,
            changed_at: read.changed_at,
            archived: read.archived,
            steps,
            left_out,
        })
    });
    told.map_err(|reason| failed(id.as_deref(), reason))
}

impl Format {
    /// Its name on the command line and in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatGpt => "chatgpt",
            Self::OpenWebUi => "open-webui",
            Self::LibreChat => "librechat",
        }
    }
}

/// A conversation as it was read.
#[derive(Default)]
struct Read {
    title: Option<String>,
    began_at: Option<i64>,
    changed_at: Option<i64>,
    archived: bool,
    nodes: Vec<tree::Node>,
    /// The message that is to be seen last.
    current: Option<String>,
}

/// JSON without halves of letters, which JavaScript writes (`\ud83d`) where it has cut a text within one: what no text can
/// hold is replaced.
fn readable(json: &str) -> Cow<'_, str> {
    let unit = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut readable = String::new();
    let (mut at, mut kept) = (0, 0);
    // A backslash stands within texts only, and begins an escape there.
    while let Some(next) = json.get(at..).and_then(|rest| rest.find('\\')) {
        at += next;
        match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
            (Some(0xd800..=0xdfff), _) => {
                readable.push_str(&json[kept..at]);
                readable.push_str("\\ufffd");
                at += 6;
                kept = at;
            }
            // A backslash itself, too, behind which nothing begins.
            _ => at += 2,
        }
    }
    match kept {
        0 => Cow::Borrowed(json),
        _ => Cow::Owned(readable + &json[kept..]),
    }
}

/// A text that says something.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// A time in seconds or milliseconds since 1970, or as RFC 3339 has it; in microseconds.
fn time(value: &Value) -> Option<i64> {
    if let Some(text) = value.as_str() {
        let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
        return Some(time.timestamp_micros());
    }
    let seconds = value.as_f64()?;
    // In seconds that would be the year 5138.
    let seconds = match seconds > 1e11 {
        true => seconds / 1e3,
        false => seconds,
    };
    let micros = (seconds * 1e6).round();
    (micros.is_finite() && (0.0..1e17).contains(&micros)).then_some(micros as i64)
}

/// What stands in the place of something that is not kept.
fn left_out(what: &str) -> String {
    format!("[left out: {what}]")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_in_every_way_they_are_written() {
        for value in [
            json!(1_700_000_000),
            json!(1_700_000_000.0),
            json!(1_700_000_000_000_i64),
            json!("2023-11-14T22:13:20.000Z"),
        ] {
            assert_eq!(time(&value), Some(1_700_000_000_000_000), "{value}");
        }
        for value in [
            json!(null),
            json!("yesterday"),
            json!(-5),
            json!({}),
            json!(1e300),
        ] {
            assert_eq!(time(&value), None, "{value}");
        }
    }

    #[test]
    fn half_a_letter_is_replaced_and_whole_ones_stay() {
        for (json, meant) in [
            (r#""cut \ud83d""#, "cut \u{fffd}"),
            (r#""\uD83Dcut\uDE80""#, "\u{fffd}cut\u{fffd}"),
            (r#""\ud83d\ud83d\ude80""#, "\u{fffd}🚀"),
            (r#""\ude80\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\u00e9""#, "\u{fffd}é"),
            (r#""whole \ud83d\ude80, 🚀""#, "whole 🚀, 🚀"),
            (r#""written \\ud83d""#, r"written \ud83d"),
            (r#""and \\\ud83d""#, "and \\\u{fffd}"),
            (r#""\"é\n""#, "\"é\n"),
        ] {
            let read: String = serde_json::from_str(&readable(json)).unwrap();
            assert_eq!(read, meant, "{json}");
        }
        let untouched = r#"{"a":"\ud83d\ude80 \\ud83d"}"#;
        assert!(matches!(readable(untouched), Cow::Borrowed(_)));
    }

    #[test]
    fn a_conversation_with_half_a_letter_is_read() {
        let json = r#"{ "id": "c4", "title": "cut \ud83d", "current_node": "u", "mapping": { "u": { "id": "u",
            "parent": null, "message": { "author": { "role": "user" }, "content": { "content_type": "text",
            "parts": ["so \ud83d"] } } } } }"#;
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        let past = super::read(&raw, None).unwrap();
        assert_eq!(past.name.as_deref(), Some("cut \u{fffd}"));
        assert_eq!(past.steps.len(), 1);
    }

    #[test]
    fn what_is_no_conversation_is_told_with_its_id() {
        let read = |json: Value| {
            let raw = serde_json::value::to_raw_value(&json).unwrap();
            super::read(&raw, None).unwrap_err()
        };
        assert_eq!(read(json!([1])).reason, "it is not an object");
        assert_eq!(read(json!(7)).id, None);
        let corrupted = read(json!({ "id": "c2", "title": "secret" }));
        assert_eq!(corrupted.id.as_deref(), Some("c2"));
        assert!(corrupted.reason.contains("`mapping`"), "{corrupted:?}");
        assert!(!corrupted.reason.contains("secret"));
        let empty = read(json!({ "id": "c3", "mapping": {} }));
        assert_eq!(empty.reason, "it holds no messages");
    }
}
