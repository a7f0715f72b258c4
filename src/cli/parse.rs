//! `colloquy parse`: a document on standard input, its passages on standard output, one JSON line each. The server starts
//! it for each document, so that a hostile one ends nothing but this process.

use std::io::{BufWriter, Read, Write, stdin, stdout};

use aggregates::ingest::IngestedChunk;
use parsing::{Limits, Unreadable, parse};
use passages::chunks;
use rlimit::{Resource, setrlimit};

use super::Failure;
use crate::ingestion::{Line, MEMORY, MOST_CHUNKS, TIME};

/// Bytes of a document: more than anybody may send.
const LONGEST: u64 = 64 << 20;
const TOO_MANY: &str =
    "This document falls into more than 50,000 passages: split it, or leave out headings.";

pub(super) fn run(mime: &str) -> Result<(), Failure> {
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
            let chunks = chunks(&pages);
            if chunks.len() > MOST_CHUNKS {
                say(&Line::Unreadable(TOO_MANY.to_owned()))?;
                return Ok(out.flush()?);
            }
            for chunk in chunks {
                say(&Line::Chunk(IngestedChunk {
                    page: chunk.page,
                    heading: chunk.heading,
                    text: chunk.text,
                }))?;
            }
            let numbered = pages.iter().filter_map(|page| page.number).max();
            say(&Line::Pages(numbered.map(u64::from)))?;
        }
        Err(unreadable) => say(&Line::Unreadable(sentence(&unreadable)))?,
    }
    Ok(out.flush()?)
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
