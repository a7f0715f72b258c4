//! `image_url`: an image that comes with a message, whole, as a data URL (RFC 2397). Nothing is fetched: what a model was
//! shown would be known to nobody before somebody else was asked for it.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{given, missing, wrong_type};
use crate::{
    http::openai::error::Error,
    images::{self, ImageError},
};

/// Images of one request.
pub(super) const MOST_IMAGES: usize = 8;
/// How much a model shall see of it. All of them see the same here.
const DETAILS: [&str; 3] = ["auto", "low", "high"];

/// An image as it came; of what it holds only the beginning was looked at.
#[derive(Debug)]
pub(in crate::http::openai) struct Image {
    /// The place of the message that it comes with.
    pub(in crate::http::openai) message: usize,
    /// Where it stands in the request.
    pub(in crate::http::openai) place: String,
    pub(in crate::http::openai) bytes: Vec<u8>,
}

/// Where in the request the image of a part stands, and its bytes.
pub(super) fn bytes_of(part_place: &str, part: &Value) -> Result<(String, Vec<u8>), Error> {
    let place = format!("{part_place}.image_url");
    let fields = match &part["image_url"] {
        Value::Null => return Err(missing(&place)),
        Value::Object(fields) => fields,
        other => return Err(wrong_type(&place, "an object", other)),
    };
    let detail = given(fields, "detail");
    if detail.is_some_and(|detail| !DETAILS.iter().any(|known| detail == known)) {
        let place = format!("{place}.detail");
        let message = format!("Invalid '{place}': it must be 'auto', 'low' or 'high'.");
        return Err(Error::param(place, "invalid_value", message));
    }
    let place = format!("{place}.url");
    let url = match given(fields, "url") {
        None => return Err(missing(&place)),
        Some(Value::String(url)) => url,
        Some(other) => return Err(wrong_type(&place, "a string", other)),
    };
    let wrong = |code, what: &str| {
        let message = format!("Invalid '{place}': {what}.");
        Error::param(place.as_str(), code, message)
    };
    let Some((mime, data)) = data_of(url) else {
        let instead = "no address is fetched; send the image itself, as 'data:image/png;base64,…'";
        return Err(wrong("invalid_image_url", instead));
    };
    if !images::is_accepted(mime) {
        let known = "its type must be image/png, image/jpeg, image/webp or image/gif";
        return Err(wrong("unsupported_image_media_type", known));
    }
    let bytes = BASE64_STANDARD.decode(data);
    let bytes = bytes.map_err(|_| wrong("invalid_base64_image", "it is no standard base64"))?;
    if bytes.len() > images::MOST_BYTES {
        let most = format!("an image has at most {} MiB", images::MOST_BYTES >> 20);
        return Err(wrong("image_file_too_large", &most));
    }
    if !images::looks_accepted(&bytes) {
        let known = "this is no png, jpeg, webp or gif";
        return Err(wrong("invalid_image_format", known));
    }
    Ok((place, bytes))
}

/// What a data URL says that it holds, and its base64.
fn data_of(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_at_checked("data:".len())?;
    let (head, data) = rest.split_once(',')?;
    let (head, encoding) = head.rsplit_once(';')?;
    let is_data = scheme.eq_ignore_ascii_case("data:") && encoding.eq_ignore_ascii_case("base64");
    let mime = head.split_once(';').map_or(head, |(mime, _)| mime);
    is_data.then_some((mime, data))
}

impl Error {
    /// An image that is not what models are shown.
    pub(in crate::http::openai) fn image(place: &str, error: ImageError) -> Self {
        let (code, what) = match error {
            ImageError::Undecodable => (
                "image_parse_error",
                "this image cannot be decoded".to_owned(),
            ),
            ImageError::TooLarge => {
                let most = images::MOST_PIXELS / 1_000_000;
                let what = format!("an image has at most {most} megapixels");
                ("image_too_large", what)
            }
            ImageError::Busy | ImageError::Ending => {
                return Self::busy("The server cannot take images at the moment; try again.");
            }
        };
        Self::param(place, code, format!("Invalid '{place}': {what}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_url_says_what_it_holds() {
        for (url, held) in [
            ("data:image/png;base64,AA==", Some(("image/png", "AA=="))),
            ("DATA:Image/PNG;BASE64,AA==", Some(("Image/PNG", "AA=="))),
            (
                "data:image/png;name=a.png;base64,AA==",
                Some(("image/png", "AA==")),
            ),
            ("data:;base64,", Some(("", ""))),
            ("data:image/png,AA", None),
            ("data:image/png;base64", None),
            ("datä:image/png;base64,AA==", None),
            ("https://example.org/a;base64,AA==", None),
            ("", None),
        ] {
            assert_eq!(data_of(url), held, "{url}");
        }
    }
}
