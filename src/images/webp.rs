//! A look at a WebP before it is decoded: its decoder believes what chunks say of themselves, however large.
//!
//! <https://developers.google.com/speed/webp/docs/riff_container>

use super::{ImageError, MOST_PIXELS};

/// `RIFF`, a length, `WEBP`.
const HEADER: usize = 12;
/// A name and a length.
const CHUNK: usize = 8;
/// Where a frame is and how large, before the chunks of its pixels.
const FRAME: usize = 16;

/// Whether every chunk ends where the file does or before, and has no more pixels than any image may have.
pub(super) fn check(file: &[u8]) -> Result<(), ImageError> {
    let chunks = file.get(HEADER..).ok_or(ImageError::Undecodable)?;
    walk(chunks, &mut |name, content| match name {
        b"ANMF" => {
            let frame = content.get(FRAME..).ok_or(ImageError::Undecodable)?;
            walk(frame, &mut check_pixels)
        }
        _ => check_pixels(name, content),
    })
}

fn walk<'f>(
    mut rest: &'f [u8],
    each: &mut impl FnMut(&[u8], &'f [u8]) -> Result<(), ImageError>,
) -> Result<(), ImageError> {
    // A last byte that fills up is no chunk.
    while rest.len() >= CHUNK {
        let (name, after) = rest.split_at(4);
        let (length, after) = after.split_at(4);
        let length = length.try_into().map_or(0, u32::from_le_bytes) as usize;
        let content = after.get(..length).ok_or(ImageError::Undecodable)?;
        each(name, content)?;
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    Ok(())
}

/// Pixels have a size of their own, which need not be the file's.
fn check_pixels(name: &[u8], content: &[u8]) -> Result<(), ImageError> {
    let side = |bytes: &[u8]| u64::from(u16::from_le_bytes([bytes[0], bytes[1]]) & 0x3fff);
    let pixels = match (name, content) {
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, sides @ ..]) if sides.len() >= 4 => {
            side(sides) * side(&sides[2..])
        }
        (b"VP8L", [0x2f, a, b, c, d, ..]) => {
            let sides = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
            (1 + (sides & 0x3fff)) * (1 + (sides >> 14 & 0x3fff))
        }
        // Of the canvas the decoder knows.
        _ => 0,
    };
    match pixels <= MOST_PIXELS {
        true => Ok(()),
        false => Err(ImageError::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], length: u32, content: &[u8]) -> Vec<u8> {
        [name, &length.to_le_bytes()[..], content].concat()
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"RIFF\0\0\0\0WEBP".to_vec(), chunks.concat()].concat()
    }

    #[test]
    fn a_chunk_that_says_it_is_longer_than_the_file_is_not_believed() {
        let exif = |length| {
            file(&[
                chunk(b"VP8X", 10, &[0; 10]),
                chunk(b"EXIF", length, b"II*\0"),
            ])
        };
        assert_eq!(check(&exif(4)), Ok(()));
        for length in [5, 0x7fff_ffff, u32::MAX] {
            assert_eq!(check(&exif(length)), Err(ImageError::Undecodable));
        }
        assert_eq!(check(b"RIFF"), Err(ImageError::Undecodable));
    }

    #[test]
    fn pixels_count_wherever_they_are() {
        let lossy = |side: u16| {
            let side = side.to_le_bytes();
            let content = [&[0, 0, 0, 0x9d, 0x01, 0x2a], &side[..], &side[..]].concat();
            chunk(b"VP8 ", 10, &content)
        };
        let lossless = |side: u32| {
            let sides = (side - 1) | (side - 1) << 14;
            chunk(
                b"VP8L",
                6,
                &[&[0x2f], &sides.to_le_bytes()[..], &[0]].concat(),
            )
        };
        let frame = |pixels: Vec<u8>| {
            let content = [vec![0; FRAME], pixels].concat();
            chunk(b"ANMF", u32::try_from(content.len()).unwrap(), &content)
        };
        for (fits, pixels) in [
            (true, lossy(6_000)),
            (false, lossy(16_383)),
            (true, lossless(6_000)),
            (false, lossless(16_384)),
        ] {
            let expected = if fits {
                Ok(())
            } else {
                Err(ImageError::TooLarge)
            };
            assert_eq!(check(&file(std::slice::from_ref(&pixels))), expected);
            assert_eq!(check(&file(&[frame(pixels)])), expected);
        }
    }
}
