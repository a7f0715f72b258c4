//! From the bytes of a file to a small JPEG.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage,
    codecs::jpeg::JpegEncoder, error::ImageError as Fault, imageops::FilterType,
    metadata::Orientation,
};

use super::{ImageError, MOST_PIXELS, format, webp};

/// The longest side of what models are shown.
const LONGEST_SIDE: u32 = 1024;
/// Of the JPEG, in percent.
const QUALITY: u8 = 85;
/// No side is longer than this, however few pixels there are.
const MOST_A_SIDE: u32 = 65_535;
/// Bytes that a decoder may take for its pixels.
const MOST_MEMORY: u64 = MOST_PIXELS * 4;

/// See [`super::Images::shrink`].
pub(super) fn shrink(bytes: &[u8]) -> Result<Vec<u8>, ImageError> {
    let format = format(bytes).ok_or(ImageError::Undecodable)?;
    let (image, orientation) = decoded(bytes, format)?;
    let mut image = scaled(opaque(image));
    image.apply_orientation(orientation);
    let mut jpeg = vec![];
    image
        .into_rgb8()
        .write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))
        .map_err(|_| ImageError::Undecodable)?;
    Ok(jpeg)
}

/// The pixels, and how the camera was held.
fn decoded(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), ImageError> {
    if format == ImageFormat::WebP {
        webp::check(bytes)?;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_A_SIDE);
    limits.max_image_height = Some(MOST_A_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|fault| sorted(&fault))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(ImageError::TooLarge);
    }
    let pixels = limits.reserve(decoder.total_bytes());
    pixels
        .and_then(|()| decoder.set_limits(limits))
        .map_err(|fault| sorted(&fault))?;
    // A file that tells it wrong is still an image.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|fault| sorted(&fault))?;
    Ok((image, orientation))
}

fn sorted(fault: &Fault) -> ImageError {
    match fault {
        Fault::Limits(_) => ImageError::TooLarge,
        _ => ImageError::Undecodable,
    }
}

/// What can be seen through is on white. Before it is scaled: what nobody sees has a colour, too, and would bleed.
fn opaque(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut pixels: RgbaImage = image.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in &mut pixel.0[..3] {
            let mixed = (u16::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255;
            *channel = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        pixel[3] = u8::MAX;
    }
    pixels.into()
}

/// Smaller, if it is too large: in two steps where it is much too large, because the good way takes long.
fn scaled(image: DynamicImage) -> DynamicImage {
    let fits = |image: &DynamicImage, most| image.width() <= most && image.height() <= most;
    let mut image = image;
    if !fits(&image, 4 * LONGEST_SIDE) {
        image = image.thumbnail(2 * LONGEST_SIDE, 2 * LONGEST_SIDE);
    }
    if !fits(&image, LONGEST_SIDE) {
        image = image.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::CatmullRom);
    }
    image
}

#[cfg(test)]
mod tests;
