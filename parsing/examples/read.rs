//! Reads a file and shows what was found, and how long it took:
//! `cargo run --release -p parsing --example read -- application/pdf FILE`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "it is run by hand"
)]

use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mime = arguments.next().unwrap();
    let bytes = std::fs::read(arguments.next().unwrap()).unwrap();
    let begin = Instant::now();
    match parsing::parse(&mime, &bytes, &parsing::Limits::default()) {
        Ok(pages) => {
            let took = begin.elapsed();
            for page in &pages {
                println!("--- {:?}\n{}", page.number, page.text);
            }
            println!("--- {} pages in {took:?}", pages.len());
        }
        Err(error) => println!("{error} ({:?})", begin.elapsed()),
    }
}
