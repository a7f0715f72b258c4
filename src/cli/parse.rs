//! `colloquy parse`: a document on standard input, its passages on standard output, one JSON line each. The server starts
//! it for each document, so that a hostile one ends nothing but this process.

use std::io::{BufWriter, Read, Write, stdin, stdout};

use base64::{Engine, prelude::BASE64_STANDARD};
use parsing::{Limits, Unreadable, parse};
use rlimit::{Resource, setrlimit};

use super::Failure;
use crate::{
    images::{self, ImageError, MOST_PIXELS},
    ingestion::{Line, MEMORY, MOST_CHUNKS, TIME, passages},
};

/// Bytes of a document: more than anybody may send.
const LONGEST: u64 = 64 << 20;
/// Pixels of a picture's longer side: nobody could read anything in what is left of a longer one.
const MOST_A_SIDE: u32 = 16_384;
const TOO_MANY: &str =
    "This document falls into more than 50,000 passages: split it, or leave out headings.";

pub(super) fn run(mime: &str, pictures: bool) -> Result<(), Failure> {
    let seconds = TIME.as_secs();
    setrlimit(Resource::AS, MEMORY, MEMORY)?;
    setrlimit(Resource::CPU, seconds, seconds)?;
    setrlimit(Resource::CORE, 0, 0)?;
    let mut bytes = vec![];
    stdin().take(LONGEST).read_to_end(&mut bytes)?;
    let mut out = BufWriter::new(stdout().lock());
    let mut say = |line: &Line| -> Result<(), Failure> {
        serde_json::to_writer(&mut out, line)?;
        Ok(out.write_all(b"\n")?)
    };
    match parse(mime, &bytes, &Limits::default()) {
        Ok(pages) => {
            drop(bytes);
            let chunks = passages(&pages);
            if chunks.len() > MOST_CHUNKS {
                say(&Line::Unreadable(TOO_MANY.to_owned()))?;
                return Ok(out.flush()?);
            }
            for chunk in chunks {
                say(&Line::Chunk(chunk))?;
            }
            let numbered = pages.iter().filter_map(|page| page.number).max();
            say(&Line::Pages(numbered.map(u64::from)))?;
        }
        Err(Unreadable::Image) if pictures => say(&picture(&bytes))?,
        Err(unreadable) => say(&Line::Unreadable(sentence(&unreadable)))?,
    }
    Ok(out.flush()?)
}

/// What models can be shown of it.
fn picture(bytes: &[u8]) -> Line {
    let is_longer = |(width, height): (u32, u32)| width.max(height) > MOST_A_SIDE;
    let shrunk = match images::sides(bytes) {
        Some(sides) if is_longer(sides) => Err(ImageError::TooLarge),
        _ => images::shrink(bytes),
    };
    match shrunk {
        Ok(jpeg) => Line::Picture(BASE64_STANDARD.encode(jpeg)),
        Err(ImageError::TooLarge) => Line::Unreadable(format!(
            "This picture is too large: at most {} megapixels and {MOST_A_SIDE} pixels a side are looked at: make it \
             smaller and upload it again.",
            MOST_PIXELS / 1_000_000
        )),
        Err(_) => Line::Unreadable(Unreadable::Broken("picture").to_string()),
    }
}

fn sentence(unreadable: &Unreadable) -> String {
    match unreadable {
        Unreadable::Image => {
            "Images can be read with a vision provider only, and none is configured: \
                              upload the text of this image instead."
                .to_owned()
        }
        other => other.to_string(),
    }
}
