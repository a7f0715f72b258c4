//! How fast is the foundation? One command, one table for each question.
//!
//! Figures are worth something beside one another, in one run on a machine that does nothing else; none of
//! them is asserted. See `README.md` one directory up.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tables and progress are what it is for"
)]

mod aegra;
mod audit;
mod cluster;
mod cold_start;
mod commits;
mod completions;
mod disk;
mod documents;
mod feed;
mod figures;
mod first_delta;
mod ground;
mod hot_thread;
mod judging;
mod lists;
mod load;
mod long_thread;
mod machine;
mod memory;
mod past;
mod pgbench;
mod policies;
mod process;
mod projector;
mod review;
mod runtime;
mod search;
mod sends;
mod server;
mod stock;
mod table;
mod upstream;

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};

use crate::{
    disk::Disk,
    ground::{Extent, Ground},
};

/// Why a question has no answer: a sentence.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
/// What may fail.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Measures Colloquy's foundation beside what it stands on, and prints Markdown tables.
///
/// Needs PostgreSQL's server programs, a C compiler and, for `aegra` and `completions`, Python with a network at the first run.
#[derive(Debug, Parser)]
#[command(name = "cargo bench --bench foundation --")]
struct Options {
    /// What to measure; everything when nothing is named
    questions: Vec<Question>,
    /// Small and short: to see that it works, not to be quoted
    #[arg(long)]
    quick: bool,
    /// How long one cell of a table is measured, in seconds [default: 3, with --quick 1]
    #[arg(long)]
    seconds: Option<u64>,
    /// Where to keep databases meanwhile; what is measured is this directory's disk [default: the system's]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The server to measure, for instance another version [default: the one built with the harness]
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// One part of `commits`, in a process of its own
    #[arg(long, hide = true)]
    worker: Option<String>,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Question {
    /// Commits/s at the committer, beside pgbench and the stock crates' execute
    Commits,
    /// HTTP sends with their echo reply per second, beside pgbench
    Sends,
    /// What we add to a provider's first delta, and to every delta
    FirstDelta,
    /// 32 clients writing to one conversation
    HotThread,
    /// Durable turns/s beside Aegra
    Aegra,
    /// Server at rest, idle actor, open stream, binary
    Memory,
    /// 100,000 messages beside 100
    LongThread,
    /// Making views anew, and reading the log beside COPY
    Projector,
    /// From start to listening, with 1,000,000 events
    ColdStart,
    /// Words among 1,000,000 messages, lists of 100,000 conversations, cuts of 100,000 messages
    Search,
    /// Asking policies of 100 statements, and checking an API key
    Policies,
    /// Passages among 100,000 of 1,000 sessions, and a PDF of 100 pages
    Documents,
    /// What judging a message costs, with a second policy beside the first
    Moderation,
    /// Pages, next, claims and decisions of 20,000 open cases among 1,000,000 messages
    Review,
    /// Stateless completions, beside the provider itself, LiteLLM's proxy and TensorZero's gateway
    Completions,
    /// Pages of threads, 1,000,000 of them beside 1,000
    Lists,
    /// Verifying the log, what the notary and sealing cost, a thread as it was, and the feed
    Audit,
}

impl Question {
    fn title(self) -> &'static str {
        match self {
            Self::Commits => "Commits at the committer",
            Self::Sends => "HTTP sends with their echo reply",
            Self::FirstDelta => "The first delta, and every delta",
            Self::HotThread => "One hot thread",
            Self::Aegra => "Durable turns beside Aegra",
            Self::Memory => "Memory",
            Self::LongThread => "A long thread",
            Self::Projector => "The projector",
            Self::ColdStart => "Cold start",
            Self::Search => "Search, lists and cuts",
            Self::Policies => "Policies and keys",
            Self::Documents => "Documents",
            Self::Moderation => "Judging a message",
            Self::Review => "The moderators' queue",
            Self::Completions => "Completions",
            Self::Lists => "Lists of threads",
            Self::Audit => "Proof, past moments, and the feed",
        }
    }

    fn ask(self, ground: &mut Ground) -> Outcome<String> {
        match self {
            Self::Commits => commits::run(ground),
            Self::Sends => sends::run(ground),
            Self::FirstDelta => first_delta::run(ground),
            Self::HotThread => hot_thread::run(ground),
            Self::Aegra => aegra::run(ground),
            Self::Memory => memory::run(ground),
            Self::LongThread => long_thread::run(ground),
            Self::Projector => projector::run(ground),
            Self::ColdStart => cold_start::run(ground),
            Self::Search => search::run(ground),
            Self::Policies => policies::run(ground),
            Self::Documents => documents::run(ground),
            Self::Moderation => judging::run(ground),
            Self::Review => review::run(ground),
            Self::Completions => completions::run(ground),
            Self::Lists => lists::run(ground),
            Self::Audit => audit::run(ground),
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.worker {
        Some(work) => commits::worker(work).map(|()| true),
        None => measure(&options),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Asks all questions; whether every one had an answer.
fn measure(options: &Options) -> Outcome<bool> {
    let extent = Extent {
        cell: Duration::from_secs(options.seconds.unwrap_or(if options.quick { 1 } else { 3 })),
        clients: if options.quick {
            &[1, 64]
        } else {
            &[1, 16, 64, 256]
        },
        smaller: if options.quick { 10 } else { 1 },
    };
    // 10,000 streams need as many files, here and in the servers we start.
    rlimit::increase_nofile_limit(65_536)?;
    let _ = upstream::now();
    let built = PathBuf::from(env!("CARGO_BIN_EXE_colloquy"));
    let mut ground = Ground::new(
        options.binary.clone().unwrap_or(built),
        extent,
        &options.dir.clone().unwrap_or_else(std::env::temp_dir),
    )?;
    let dir = ground.dir().to_owned();
    for fact in machine::facts(&dir, ground.cluster(Disk::Native)?)? {
        println!("- {fact}");
    }
    let named = &options.questions;
    let mut all_answered = true;
    for question in Question::value_variants() {
        if !named.is_empty() && !named.contains(question) {
            continue;
        }
        let (title, began) = (question.title(), Instant::now());
        eprintln!("{title}");
        println!("\n## {title}\n");
        match question.ask(&mut ground) {
            Ok(tables) => print!("{tables}"),
            Err(error) => {
                all_answered = false;
                println!("Not measured: {error}");
            }
        }
        eprintln!("  took {:.0} s", began.elapsed().as_secs_f64());
    }
    Ok(all_answered)
}
