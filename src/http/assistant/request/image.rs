//! `image_base64` and `image_mime`: an image that comes with a message.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use super::fields::{fault, required, string};
use crate::{
    http::assistant::error::Error,
    images::{self, ImageError},
};

/// The field of the image itself.
const IMAGE: &str = "image_base64";
/// The field that says what it is.
const MIME: &str = "image_mime";

/// The image's bytes, when there is one; of what they hold only the beginning was looked at.
pub(super) fn image(fields: &Map<String, Value>, faults: &mut Vec<Value>) -> Option<Vec<u8>> {
    let mime = string(fields, MIME, faults);
    if mime.is_some_and(|mime| !mime.is_empty() && !images::is_accepted(&mime)) {
        let message = "Input should be 'image/png', 'image/jpeg', 'image/webp' or 'image/gif'";
        faults.push(fault("enum", MIME, message, &fields.get(MIME)));
    }
    let written = match fields.get(IMAGE) {
        None | Some(Value::Null) => return None,
        // Not copied: it may be 15 MiB.
        Some(Value::String(written)) if written.is_empty() => return None,
        Some(Value::String(written)) => written,
        Some(_) => {
            required(fields, IMAGE, faults);
            return None;
        }
    };
    let mut wrong = |kind, message: &str| {
        faults.push(fault(kind, IMAGE, message, &Value::Null));
        None
    };
    let Ok(bytes) = BASE64_STANDARD.decode(written) else {
        return wrong("base64_decode", "Base64 decoding error");
    };
    if bytes.len() > images::MOST_BYTES {
        let message = format!("Image should have at most {} bytes", images::MOST_BYTES);
        return wrong("too_long", &message);
    }
    if !images::looks_accepted(&bytes) {
        return wrong("value_error", "Image should be a png, jpeg, webp or gif");
    }
    Some(bytes)
}

impl From<ImageError> for Error {
    fn from(error: ImageError) -> Self {
        let wrong =
            |message: &str| Self::field("value_error", &["body", IMAGE], message, Value::Null);
        match error {
            ImageError::Undecodable => wrong("Image cannot be decoded"),
            ImageError::TooLarge => {
                let most = images::MOST_PIXELS / 1_000_000;
                wrong(&format!("Image should have at most {most} megapixels"))
            }
            ImageError::Busy | ImageError::Ending => {
                Self::Busy("The server cannot take images at the moment; try again".into())
            }
        }
    }
}
