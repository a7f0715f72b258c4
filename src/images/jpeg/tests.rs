//! Images of all sorts, and what only looks like one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use image::{
    Delay, Frame, ImageBuffer, LumaA, Rgb, RgbImage, Rgba, codecs::gif::GifEncoder,
    load_from_memory,
};

use super::*;

const RED: [u8; 3] = [230, 20, 20];
const BLUE: [u8; 3] = [20, 20, 230];

/// Red on the left, blue on the right.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        Rgb(if x < width / 2 { RED } else { BLUE })
    })
}

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(vec![]);
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// What comes out, decoded again.
fn seen(file: &[u8]) -> RgbImage {
    let jpeg = shrink(file).unwrap();
    assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);
    load_from_memory(&jpeg).unwrap().into_rgb8()
}

#[track_caller]
fn is_about(pixel: &Rgb<u8>, colour: [u8; 3]) {
    let near = pixel
        .0
        .iter()
        .zip(colour)
        .all(|(is, was)| is.abs_diff(was) < 25);
    assert!(near, "{pixel:?} for {colour:?}");
}

/// A JPEG whose camera was held like this.
fn held(orientation: u8) -> Vec<u8> {
    let jpeg = file(halves(64, 32), ImageFormat::Jpeg);
    let exif = [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0",
        &[orientation][..],
        b"\0\0\0\0\0\0",
    ]
    .concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

/// A PNG's header with these sides, and nothing behind it but a little of nothing.
fn announced(width: u32, height: u32) -> Vec<u8> {
    let mut png = file(halves(8, 8), ImageFormat::Png);
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

const FORMATS: [ImageFormat; 4] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::WebP,
    ImageFormat::Gif,
];

fn in_format(image: RgbImage, format: ImageFormat) -> Vec<u8> {
    match format {
        ImageFormat::Gif => file(DynamicImage::from(image).into_rgba8(), format),
        _ => file(image, format),
    }
}

#[test]
fn every_format_becomes_a_jpeg_of_at_most_1024_pixels_a_side() {
    for format in FORMATS {
        for (width, height, expected) in [(1200, 600, (1024, 512)), (400, 1200, (341, 1024))] {
            let image = seen(&in_format(halves(width, height), format));
            assert_eq!(image.dimensions(), expected, "{format:?}");
            is_about(image.get_pixel(expected.0 / 8, expected.1 / 2), RED);
            is_about(image.get_pixel(expected.0 * 7 / 8, expected.1 / 2), BLUE);
        }
        // A small one is not made larger.
        assert_eq!(seen(&in_format(halves(3, 2), format)).dimensions(), (3, 2));
    }
}

#[test]
fn a_large_image_is_scaled_in_two_steps_to_the_same_end() {
    for (width, height, expected) in [(4200, 420, (1024, 102)), (1024, 100, (1024, 100))] {
        let image = seen(&file(halves(width, height), ImageFormat::Jpeg));
        assert_eq!(image.dimensions(), expected);
        is_about(image.get_pixel(128, 50), RED);
        is_about(image.get_pixel(900, 50), BLUE);
    }
}

#[test]
fn the_same_image_always_becomes_the_same_bytes() {
    let png = file(halves(1300, 300), ImageFormat::Png);
    assert_eq!(shrink(&png), shrink(&png));
}

#[test]
fn a_picture_is_upright_and_tells_nothing_of_its_camera() {
    let top = |orientation| {
        let image = seen(&held(orientation));
        let (width, height) = image.dimensions();
        (
            width,
            height,
            *image.get_pixel(width / 2, 2),
            *image.get_pixel(2, height / 2),
        )
    };
    let (width, height, _, left) = top(1);
    assert_eq!((width, height), (64, 32));
    is_about(&left, RED);
    let (_, _, _, left) = top(3);
    is_about(&left, BLUE);
    let (width, height, upper, _) = top(6);
    assert_eq!((width, height), (32, 64));
    is_about(&upper, RED);
    let (_, _, upper, _) = top(8);
    is_about(&upper, BLUE);
    let jpeg = shrink(&held(6)).unwrap();
    assert!(!jpeg.windows(4).any(|bytes| bytes == b"Exif"));
}

#[test]
fn what_can_be_seen_through_is_on_white() {
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        // Black that nobody sees, in every second column: it must not darken what is beside it.
        let image = RgbaImage::from_fn(2048, 16, |x, _| {
            Rgba(if x % 2 == 0 { [255; 4] } else { [0, 0, 0, 0] })
        });
        is_about(seen(&file(image, format)).get_pixel(512, 4), [255; 3]);
    }
    let half = RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 128]));
    is_about(
        seen(&file(half, ImageFormat::Png)).get_pixel(8, 8),
        [127; 3],
    );
    let grey: ImageBuffer<LumaA<u16>, Vec<u16>> =
        ImageBuffer::from_pixel(16, 16, LumaA([0, 0x8000]));
    let grey = DynamicImage::ImageLumaA16(grey);
    is_about(
        seen(&file(grey, ImageFormat::Png)).get_pixel(8, 8),
        [127; 3],
    );
}

#[test]
fn of_what_moves_the_first_frame_is_seen() {
    let mut gif = vec![];
    let mut encoder = GifEncoder::new(&mut gif);
    for [red, green, blue] in [RED, BLUE, BLUE] {
        let image = RgbaImage::from_pixel(40, 30, Rgba([red, green, blue, 255]));
        let delay = Delay::from_numer_denom_ms(100, 1);
        encoder
            .encode_frame(Frame::from_parts(image, 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    let image = seen(&gif);
    assert_eq!(image.dimensions(), (40, 30));
    is_about(image.get_pixel(20, 15), RED);
}

#[test]
fn a_strip_of_any_length_has_a_width() {
    for (sides, expected) in [((20_000, 10), (1024, 1)), ((10, 20_000), (1, 1024))] {
        let strip = file(RgbImage::new(sides.0, sides.1), ImageFormat::Png);
        assert_eq!(seen(&strip).dimensions(), expected);
    }
}

#[test]
fn an_image_that_would_fill_the_memory_is_refused_before_it_does() {
    assert_eq!(
        shrink(&announced(20_000, 20_000)),
        Err(ImageError::TooLarge)
    );
    assert_eq!(shrink(&announced(100_000, 1)), Err(ImageError::TooLarge));
    assert_eq!(
        shrink(&announced(u32::MAX >> 1, u32::MAX >> 1)),
        Err(ImageError::TooLarge)
    );
    let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;";
    assert_eq!(shrink(gif), Err(ImageError::TooLarge));
    let mut jpeg = file(halves(16, 16), ImageFormat::Jpeg);
    let frame = jpeg
        .windows(2)
        .position(|bytes| bytes == b"\xff\xc0")
        .unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert_eq!(shrink(&jpeg), Err(ImageError::TooLarge));
    // The frame is larger than what it is in.
    let frame =
        b"GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;";
    assert_eq!(shrink(frame), Err(ImageError::TooLarge));
    // A real one: a few kilobytes that become 41 megapixels.
    let white = image::GrayImage::from_pixel(6_400, 6_400, image::Luma([255]));
    let bomb = file(white, ImageFormat::Png);
    assert!(bomb.len() < 1_000_000, "{}", bomb.len());
    assert_eq!(shrink(&bomb), Err(ImageError::TooLarge));
}

#[test]
fn what_is_no_image_is_none() {
    for bytes in [
        &b""[..],
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff",
    ] {
        assert_eq!(shrink(bytes), Err(ImageError::Undecodable), "{bytes:?}");
    }
    // The right beginning, another thing behind it.
    for format in FORMATS {
        let mut lying = in_format(halves(64, 64), format);
        lying.truncate(16);
        lying.extend(std::iter::repeat_n(b'x', 1000));
        assert!(shrink(&lying).is_err(), "{format:?}");
    }
}

#[test]
fn an_image_that_is_cut_off_or_damaged_anywhere_makes_nobody_stumble() {
    for format in FORMATS {
        let whole = in_format(halves(48, 40), format);
        for end in 0..whole.len() {
            if let Ok(jpeg) = shrink(&whole[..end]) {
                assert!(load_from_memory(&jpeg).is_ok());
            }
            let mut damaged = whole.clone();
            damaged[end] ^= 0xa5;
            let _ = shrink(&damaged);
        }
    }
    let png = file(halves(200, 200), ImageFormat::Png);
    assert_eq!(shrink(&png[..png.len() / 2]), Err(ImageError::Undecodable));
}

#[test]
fn a_second_header_makes_no_image_larger() {
    let jpeg = file(halves(32, 16), ImageFormat::Jpeg);
    let markers = (2..jpeg.len() - 1).filter(|at| jpeg[*at] == 0xff && jpeg[at + 1] > 0xbf);
    for at in markers {
        for frame in [0xc0, 0xc1, 0xc2] {
            let larger = [
                &[0xff, frame, 0, 17, 8, 0xff, 0xff, 0xff, 0xff, 3][..],
                b"\x01\x11\0\x02\x11\x01\x03\x11\x01",
            ];
            let twice = [&jpeg[..at], &larger.concat(), &jpeg[at..]].concat();
            if let Ok(jpeg) = shrink(&twice) {
                assert_eq!(load_from_memory(&jpeg).unwrap().width(), 32);
            }
        }
    }
}
