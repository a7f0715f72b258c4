//! Images as people send them, made into what models are shown: a JPEG of at most 1024 pixels a side.
//!
//! What comes in may be anything, made by anybody. It is looked at before it is decoded, decoded within bounds of
//! memory and time, a few at a time, and only the pixels go on: no name, place or camera that a file tells of.

mod jpeg;
mod webp;

use std::io::Cursor;

use image::{ImageFormat, ImageReader};

use crate::blocking::{Blocking, Undone};

/// What the images are that come out.
pub const MIME: &str = "image/jpeg";
/// The most bytes that an image may have.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// The most pixels. Decoded they take up to 360 MB, with a progressive JPEG's coefficients beside its pixels.
pub const MOST_PIXELS: u64 = 40_000_000;

/// What may come in, by the names that clients have for it.
const ACCEPTED: &[(&str, ImageFormat)] = &[
    ("image/png", ImageFormat::Png),
    ("image/jpeg", ImageFormat::Jpeg),
    ("image/webp", ImageFormat::WebP),
    ("image/gif", ImageFormat::Gif),
];

/// Images that are decoded at the same time.
const AT_ONCE: usize = 2;
/// Who waits or decodes at most, each with its image in memory.
const IN_THE_QUEUE: usize = 16;

/// Why there is no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Broken, cut off, or of another sort than it seems.
    #[error("the image cannot be decoded")]
    Undecodable,
    /// More than [`MOST_PIXELS`], or more memory than that many should take.
    #[error("an image has at most {} megapixels", MOST_PIXELS / 1_000_000)]
    TooLarge,
    /// Too many wait already.
    #[error("too many images at once; try again in a moment")]
    Busy,
    /// The server is being shut down.
    #[error("the server is ending")]
    Ending,
}

/// Whether images of this type are accepted.
#[must_use]
pub fn is_accepted(mime: &str) -> bool {
    let mut accepted = ACCEPTED.iter();
    accepted.any(|(name, _)| mime.eq_ignore_ascii_case(name))
}

/// Whether these bytes begin like an image that is accepted, whatever they are said to be.
#[must_use]
pub fn looks_accepted(bytes: &[u8]) -> bool {
    format(bytes).is_some()
}

/// Width and height as an image of an accepted type says them itself, before anything is decoded.
#[must_use]
pub fn sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let reader = ImageReader::with_format(Cursor::new(bytes), format(bytes)?);
    reader.into_dimensions().ok()
}

/// What [`Images::shrink`] does, here and now: for a process that may take its time, and may end.
///
/// # Errors
/// When it is no image, or is too large.
pub fn shrink(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
    jpeg::shrink(bytes)
}

fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let guessed = image::guess_format(bytes).ok()?;
    let mut accepted = ACCEPTED.iter();
    accepted
        .any(|(_, format)| *format == guessed)
        .then_some(guessed)
}

/// Makes images what models are shown.
#[derive(Clone)]
pub struct Images(Blocking);

impl Default for Images {
    fn default() -> Self {
        Self(Blocking::new(AT_ONCE, IN_THE_QUEUE))
    }
}

impl Images {
    /// The image as a JPEG of at most 1024 pixels a side: upright as its camera was held, on white where it is
    /// transparent, its first frame where it moves.
    ///
    /// # Errors
    /// When it is no image, is too large, too many wait, or the server is ending.
    pub async fn shrink(&self, bytes: Vec<u8>) -> Result<Vec<u8>, ImageError> {
        let shrunk = self.0.run(move || jpeg::shrink(&bytes)).await;
        shrunk.map_err(|undone| match undone {
            Undone::Busy => ImageError::Busy,
            Undone::Ending => ImageError::Ending,
            // A decoder that stumbles over an image must not take its sender's request with it.
            Undone::Panicked => ImageError::Undecodable,
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_told_by_its_name_and_by_its_bytes() {
        assert!(is_accepted("image/png") && is_accepted("Image/JPEG"));
        assert!(!is_accepted("image/svg+xml") && !is_accepted("image/jpg") && !is_accepted(""));
        assert!(looks_accepted(b"GIF89a") && looks_accepted(b"\xff\xd8\xff\xe0"));
        assert!(!looks_accepted(
            b"<svg xmlns='http://www.w3.org/2000/svg'/>"
        ));
        assert!(!looks_accepted(b"BM\0\0") && !looks_accepted(b"II*\0") && !looks_accepted(b""));
    }

    #[tokio::test]
    async fn a_flood_of_images_has_an_end() {
        let images = Images(Blocking::new(1, 0));
        assert_eq!(images.shrink(vec![]).await, Err(ImageError::Busy));
    }
}
