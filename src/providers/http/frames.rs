//! Cuts an answer's bytes into frames: server-sent events, lines, or Amazon's messages.

use std::io;

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use reqwest::Response;
use sse_stream::SseByteStream;
use tokio_util::{
    codec::{Decoder, FramedRead, LinesCodec, LinesCodecError},
    io::StreamReader,
};

use super::bounds::{self, Broken, Patience, SinceFrame};
use crate::providers::families::Framing;

/// The smallest message: lengths, checksums, nothing in it.
const EMPTY_MESSAGE: usize = 16;

/// A piece of an answer that is whole for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// What it calls itself, where frames have names.
    pub(super) event: String,
    pub(super) data: String,
}

/// The frames of an answer; nothing comes after an error.
pub(super) fn of(
    response: Response,
    framing: Framing,
    patience: Patience,
) -> BoxStream<'static, Result<Frame, Broken>> {
    let since_frame = SinceFrame::default();
    let bytes = bounds::bytes(response, patience, since_frame.clone());
    match framing {
        Framing::Events => {
            // An answer may end without the empty line that ends its last event.
            let bytes = bytes.chain(stream::iter([Ok(Bytes::from_static(b"\n\n"))]));
            let events = SseByteStream::new(bytes.boxed());
            events
                .inspect_ok(move |_| since_frame.reset())
                .map_ok(|event| Frame {
                    event: event.event.unwrap_or_default(),
                    data: event.data.unwrap_or_default(),
                })
                .map_err(|error| match error {
                    sse_stream::Error::Body(error) => inner(error),
                    _ => Broken::Malformed("text that is not UTF-8"),
                })
                .boxed()
        }
        Framing::Lines => {
            let codec = LinesCodec::new_with_max_length(bounds::frame_limit());
            FramedRead::new(reader(bytes), codec)
                .inspect_ok(move |_| since_frame.reset())
                .map_ok(|data| Frame {
                    data,
                    ..Frame::default()
                })
                .map_err(|error| match error {
                    LinesCodecError::MaxLineLengthExceeded => {
                        Broken::TooLarge(bounds::frame_limit())
                    }
                    LinesCodecError::Io(error) => of_io(error),
                })
                .boxed()
        }
        Framing::Messages => FramedRead::new(reader(bytes), Messages)
            .inspect_ok(move |_| since_frame.reset())
            .map_err(of_io)
            .and_then(async |message| frame(&message))
            .boxed(),
    }
}

fn reader(
    bytes: impl futures_util::Stream<Item = Result<Bytes, Broken>> + Send + 'static,
) -> StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes> {
    StreamReader::new(bytes.map_err(io::Error::other).boxed())
}

fn of_io(error: io::Error) -> Broken {
    match error.kind() {
        io::ErrorKind::Other => error
            .into_inner()
            .map_or(Broken::Malformed("something that cannot be read"), inner),
        io::ErrorKind::UnexpectedEof => Broken::Malformed("a message without its end"),
        _ => Broken::Malformed("text that is not UTF-8"),
    }
}

fn inner(error: Box<dyn std::error::Error + Send + Sync>) -> Broken {
    error.downcast::<Broken>().map_or(
        Broken::Malformed("something that cannot be read"),
        |broken| *broken,
    )
}

/// Amazon's `application/vnd.amazon.eventstream`.
struct Messages;

impl Decoder for Messages {
    type Item = Message;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Message>> {
        let Some(length) = bytes.first_chunk::<4>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > bounds::frame_limit() {
            return Err(io::Error::other(Broken::TooLarge(bounds::frame_limit())));
        }
        if length < EMPTY_MESSAGE {
            return Err(io::Error::other(Broken::Malformed(
                "a message of no length",
            )));
        }
        if bytes.len() < length {
            return Ok(None);
        }
        read_message_from(bytes.split_to(length).freeze())
            .map(Some)
            .map_err(|_| io::Error::other(Broken::Malformed("a message that is damaged")))
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Message>> {
        match self.decode(bytes)? {
            None if !bytes.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            message => Ok(message),
        }
    }
}

/// An exception's name ends in `Exception`, an event's does not.
fn frame(message: &Message) -> Result<Frame, Broken> {
    let header = |name: &str| {
        let mut headers = message.headers().iter();
        let header = headers.find(|header| header.name().as_str() == name)?;
        Some(header.value().as_string().ok()?.as_str().to_owned())
    };
    let event = header(":event-type").or_else(|| header(":exception-type"));
    let data = std::str::from_utf8(message.payload());
    Ok(Frame {
        event: event.or_else(|| header(":error-code")).unwrap_or_default(),
        data: data
            .map_err(|_| Broken::Malformed("text that is not UTF-8"))?
            .to_owned(),
    })
}
