//! The families of providers as a test meets them: how each is configured, and what it puts on the wire.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use colloquy::providers::{Kind, ProviderConfig, Secret};
use serde_json::Value;

use super::KEY;
use crate::support::scripted::Reply;

mod known;
pub(crate) use known::*;

/// A family.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    pub(crate) kind: Kind,
    /// What comes after the server's address in `base_url`.
    base: &'static str,
    pub(crate) model: &'static str,
    framing: Framing,
    /// A recorded answer, and what it says.
    pub(crate) text: Recorded,
    /// The same of a model that thinks.
    pub(crate) reasoning: Recorded,
    /// The body of an error that says `slow down`.
    pub(crate) error: &'static str,
    /// A frame that says the text; one that ends the answer; one that tells the tokens read and written.
    says: fn(&str) -> (&'static str, Value),
    ends: fn() -> (&'static str, Value),
    tells: fn(u64, u64) -> (&'static str, Value),
}

/// An exchange as it was on the wire, and what it means.
#[derive(Clone, Copy)]
pub(crate) struct Recorded {
    wire: &'static str,
    pub(crate) reasoning: &'static str,
    pub(crate) text: &'static str,
    /// Tokens read and written.
    pub(crate) usage: (u64, u64),
}

#[derive(Clone, Copy)]
enum Framing {
    Events,
    Lines,
    Messages,
}

impl Framing {
    fn content_type(self) -> &'static str {
        match self {
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
            Self::Messages => "application/vnd.amazon.eventstream",
        }
    }

    fn frame(self, event: &str, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Events => [b"data: ", data, b"\n\n"].concat(),
            Self::Lines => [data, b"\n"].concat(),
            Self::Messages => message(event, data),
        }
    }
}

/// A message as Amazon's own library writes it.
pub(crate) fn message(event: &str, data: &[u8]) -> Vec<u8> {
    let text = |text: &str| HeaderValue::String(text.to_owned().into());
    let (kind, name) = match event.ends_with("Exception") {
        true => ("exception", ":exception-type"),
        false => ("event", ":event-type"),
    };
    let message = Message::new(data.to_vec())
        .add_header(Header::new(name, text(event)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text(kind)));
    let mut bytes = vec![];
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

impl Family {
    /// Its provider before the server at `url`.
    pub(crate) fn config(&self, url: &str) -> ProviderConfig {
        ProviderConfig {
            base_url: Some(format!("{url}{}", self.base)),
            api_key: Some(Secret::new(KEY)),
            ..ProviderConfig::new(self.kind, self.model)
        }
    }

    /// A recorded answer, frame by frame.
    pub(crate) fn replay(&self, recorded: Recorded) -> Reply {
        let wire = recorded.wire;
        let end = if wire.contains("\r\n\r\n") {
            "\r\n\r\n"
        } else {
            "\n\n"
        };
        let frames: Vec<Vec<u8>> = match self.framing {
            Framing::Events => wire.split_inclusive(end).map(Into::into).collect(),
            Framing::Lines => wire.split_inclusive('\n').map(Into::into).collect(),
            Framing::Messages => wire
                .lines()
                .filter_map(|line| line.split_once(' '))
                .map(|(event, data)| message(event, data.as_bytes()))
                .collect(),
        };
        Reply::pieces(self.framing.content_type(), frames)
    }

    /// Frames one by one.
    pub(crate) fn frames(&self, frames: impl IntoIterator<Item = Vec<u8>>) -> Reply {
        Reply::pieces(self.framing.content_type(), frames)
    }

    pub(crate) fn says(&self, text: &str) -> Vec<u8> {
        self.frame((self.says)(text))
    }

    pub(crate) fn ends(&self) -> Vec<u8> {
        self.frame((self.ends)())
    }

    pub(crate) fn tells(&self, read: u64, written: u64) -> Vec<u8> {
        self.frame((self.tells)(read, written))
    }

    /// A frame that is none.
    pub(crate) fn stutters(&self) -> Vec<u8> {
        self.framing
            .frame("contentBlockDelta", b"{\"delta\": oops}")
    }

    /// Bytes without a whole frame, for ever.
    pub(crate) fn never_frames(&self) -> (Vec<u8>, Vec<u8>) {
        match self.framing {
            Framing::Events => (b"data: ".to_vec(), vec![b'a'; 64 << 10]),
            Framing::Lines => (b"{\"".to_vec(), vec![b'a'; 64 << 10]),
            // A message that says it has half a gigabyte.
            Framing::Messages => (vec![0x20, 0, 0, 0], vec![0; 64 << 10]),
        }
    }

    pub(crate) fn frame(&self, (event, data): (&'static str, Value)) -> Vec<u8> {
        self.framing.frame(event, data.to_string().as_bytes())
    }
}
