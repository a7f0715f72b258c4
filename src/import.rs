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
