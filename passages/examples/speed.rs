//! How long it takes to cut, index and rank 2,000 passages: `cargo run --release -p passages --example speed`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "it is run by hand, with a clock"
)]

use std::time::Instant;

use passages::{Page, best_sentences, chunks, indexed, question, rank};

fn main() {
    // Words of a dictionary of 5,000, the first ones often, as in a language.
    let mut state = 1u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let letters: Vec<char> = ('a'..='z').collect();
    let dictionary: Vec<String> = (0..5_000)
        .map(|_| {
            (0..3 + (next() * 8.0) as usize)
                .map(|_| letters[(next() * 26.0) as usize])
                .collect()
        })
        .collect();
    let mut text = String::new();
    while text.len() < 3_000_000 {
        text.push_str(&dictionary[(next().powi(3) * 5_000.0) as usize]);
        text.push_str(if next() < 0.08 { ". The " } else { " " });
    }
    let begin = Instant::now();
    let mut chunks = chunks(&[Page { number: None, text }]);
    chunks.truncate(2_000);
    println!(
        "cut {} chunks of 3 MB in {:?}",
        chunks.len(),
        begin.elapsed()
    );
    let begin = Instant::now();
    let passages: Vec<String> = chunks.iter().map(|chunk| indexed(&chunk.text)).collect();
    println!("indexed them in {:?}", begin.elapsed());
    let asked = dictionary[3..11].join(" ");
    let begin = Instant::now();
    let ranked = rank(&question(&asked), passages.iter().map(String::as_str));
    println!("ranked {} of them in {:?}", ranked.len(), begin.elapsed());
    let sources: Vec<&str> = ranked
        .iter()
        .take(5)
        .map(|(at, _)| chunks[*at].text.as_str())
        .collect();
    let begin = Instant::now();
    let quoted = best_sentences(&asked, &sources, 3);
    println!(
        "quoted {} sentences of 5 in {:?}",
        quoted.len(),
        begin.elapsed()
    );
}
