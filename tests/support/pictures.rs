//! Pictures as people send them.

use std::io::Cursor;

use base64::{Engine, prelude::BASE64_STANDARD};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

/// Red on the left, blue on the right, with something in each pixel that makes it one of a kind.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| {
        let own = (x * 31 + y * 17) as u8 % 32;
        Rgb(if x < width / 2 {
            [220 + own, own, 10]
        } else {
            [10, own, 220 + own]
        })
    });
    let image = match format {
        ImageFormat::Gif => DynamicImage::from(pixels).into_rgba8().into(),
        _ => DynamicImage::from(pixels),
    };
    let mut file = Cursor::new(vec![]);
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// As a body carries it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// And back.
pub(crate) fn decoded(base64: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(base64).unwrap()
}

/// The body of a send with a picture.
pub(crate) fn showing(conversation: &str, text: &str, picture: &[u8]) -> Value {
    json!({ "text": text, "conversation_id": conversation, "image_base64": base64(picture) })
}

/// A PNG that says it has these sides, with a little of nothing behind that.
pub(crate) fn announcing(width: u32, height: u32) -> Vec<u8> {
    let mut png = picture(8, 8, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ (sum & 1).wrapping_neg() & 0xedb8_8320
        })
    })
}
