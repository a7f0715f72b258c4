//! How well are passages found? Questions, the documents that answer them, and four ways to look for these.
//!
//! Figures are worth something beside one another, in one run; none of them is asserted. See the benchmarks' README.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it is run by hand, reads files, asks a server, has a clock, and prints a table"
)]

mod collection;
mod embeddings;
mod figures;
mod finders;
#[path = "../../../benches/foundation/table.rs"]
mod table;

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    collection::Collection,
    embeddings::Embeddings,
    figures::Figures,
    finders::{Bm25, Finder, Hybrid, Lexical, Vectors},
    table::Table,
};

/// Why there are no figures: a sentence.
pub(crate) type Failure = Box<dyn std::error::Error>;
/// What may fail.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

const USAGE: &str = "\
cargo bench -p passages --bench retrieval -- FOLDER [EMBEDDINGS]

FOLDER has corpus.jsonl, queries.jsonl and qrels/test.tsv, as BEIR has them; faqs.py makes one.
EMBEDDINGS is where vectors are made, for example http://127.0.0.1:8040/v1/embeddings; see serve_embeddings.py.";

/// How many of both rankings are fused: as the server does it, and as many as others do.
const FUSED: [usize; 2] = [15, 100];

fn main() -> ExitCode {
    // Cargo adds --bench.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let (folder, url) = match arguments.as_slice() {
        [folder] if !folder.starts_with('-') => (folder, None),
        [folder, url] => (folder, Some(url)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match measure(&PathBuf::from(folder), url.map(String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(folder: &std::path::Path, url: Option<&str>) -> Outcome {
    let collection = Collection::read(folder)?;
    if collection.questions.is_empty() {
        return Err(format!("no question of {} has an answer in it", folder.display()).into());
    }
    println!(
        "{} documents in {} passages, {} questions, {:.1} relevant documents for each.\n",
        collection.documents,
        collection.passages.len(),
        collection.questions.len(),
        collection.relevant_for_each(),
    );
    let mut table = Table::new([
        "found by",
        "nDCG@10",
        "recall@5",
        "recall@15",
        "questions better : worse than bm25",
        "indexing",
        "a question",
    ]);
    let (bm25, took) = timed(|| Ok(Bm25::new(&collection.passages)))?;
    let beside = asked(&collection, &bm25)?;
    let (lexical, lexical_took) = timed(|| Ok(Lexical::new(&collection.passages)))?;
    let ours = asked(&collection, &lexical)?;
    table.row(ours.row("passages::rank", Some(&beside), lexical_took));
    table.row(beside.row("the bm25 crate", None, took));
    if let Some(url) = url {
        eprintln!(
            "asking {url} for the vectors of {} passages",
            collection.passages.len()
        );
        let embeddings = Embeddings::at(url);
        let (vectors, took) = timed(|| Vectors::new(embeddings, &collection.passages))?;
        let near = asked(&collection, &vectors)?;
        table.row(near.row("vectors", Some(&beside), took));
        for first in FUSED {
            let (lexical, vectors) = (&lexical, &vectors);
            let hybrid = Hybrid {
                lexical,
                vectors,
                first,
            };
            let both = asked(&collection, &hybrid)?;
            let name = format!("passages::fuse of the first {first} of both");
            table.row(both.row(&name, Some(&beside), lexical_took + took));
        }
    }
    print!("{table}");
    Ok(())
}

/// Asks every question.
fn asked(collection: &Collection, finder: &dyn Finder) -> Outcome<Figures> {
    let mut figures = Figures::default();
    for question in &collection.questions {
        let (passages, took) = timed(|| finder.find(&question.text))?;
        figures.add(
            &collection.documents_of(&passages),
            &question.relevant,
            took,
        );
    }
    Ok(figures)
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Duration)> {
    let begin = Instant::now();
    let done = work()?;
    Ok((done, begin.elapsed()))
}
