//! Judges texts, and changes what is judged by: `colloquy moderation …`.

mod backtest;
mod policy;

use std::{
    io::{BufRead, BufWriter, IsTerminal, Write},
    path::PathBuf,
};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use moderation::{Policy, Scanner, Verdict};
use serde::Deserialize;

use super::{Failure, complain, workbench};
use crate::{config::Config, moderation::read_policy};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge every text on standard input: JSON lines {"id", "text"} in, one verdict a line out
    #[command(after_help = "By a policy of one's own; no server is needed:
  colloquy moderation scan --policy next.toml < texts.jsonl > verdicts.jsonl")]
    Scan {
        /// The policy (TOML); what it does not say is as usual
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Judge again, by another policy, what is on the record, and tell what it would change
    #[command(after_help = "First looked at, then put in force for all servers:
  colloquy moderation backtest --policy next.toml --as ada --reason 'A new policy'
  colloquy moderation backtest --policy next.toml --as ada --reason 'A new policy' --apply")]
    Backtest(backtest::Arguments),
    /// Show which policy is in force for all servers
    #[command(after_help = "Shown, and taken back:
  colloquy moderation policy
  colloquy moderation policy --withdraw --as ada")]
    Policy {
        /// Let every server go by its own again: its file's, or the one that comes along
        #[arg(long, requires = "by")]
        withdraw: bool,
        /// Who takes it back: an account's name
        #[arg(long = "as", value_name = "NAME")]
        by: Option<String>,
    },
}

pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Backtest(arguments) => {
            workbench::run(config, async |bench| backtest::run(bench, arguments).await)
        }
        Command::Policy { withdraw, by } => workbench::run(config, async |bench| match by {
            Some(by) if withdraw => policy::withdraw(bench, &by).await,
            _ => policy::show(bench).await,
        }),
        Command::Scan { policy } => {
            let policy = policy
                .as_deref()
                .map_or_else(|| Ok(Policy::default()), read_policy)?;
            let bar = ProgressBar::with_draw_target(None, target()).with_style(
                ProgressStyle::with_template("{spinner} {pos} texts, {per_sec}")?,
            );
            let bad = scan(
                &Scanner::new(policy),
                std::io::stdin().lock(),
                BufWriter::new(std::io::stdout().lock()),
                &bar,
            )?;
            bar.finish_and_clear();
            if bad > 0 {
                return Err(
                    format!("{bad} lines could not be read; the others were judged").into(),
                );
            }
            Ok(())
        }
    }
}

/// Standard output carries the verdicts, so progress is shown only when they go elsewhere and somebody watches.
fn target() -> ProgressDrawTarget {
    if std::io::stdout().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    }
}

#[derive(Deserialize)]
struct Line {
    id: serde_json::Value,
    text: String,
}

/// Judges every line and tells how many were none.
fn scan(
    scanner: &Scanner,
    input: impl BufRead,
    mut output: impl Write,
    bar: &ProgressBar,
) -> Result<usize, Failure> {
    let mut bad = 0;
    for (number, line) in input.split(b'\n').enumerate() {
        let line = line?;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(Line { id, text }) => {
                let verdict = scanner.input(&text);
                writeln!(output, "{}", answer(&id, &text, &verdict))?;
            }
            Err(error) => {
                bad += 1;
                bar.suspend(|| {
                    complain(&format!(
                        "line {} is no {{\"id\", \"text\"}}: {error}",
                        number + 1
                    ));
                });
            }
        }
        bar.inc(1);
    }
    output.flush()?;
    Ok(bad)
}

fn answer(id: &serde_json::Value, text: &str, verdict: &Verdict) -> serde_json::Value {
    let mut categories: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| finding.category)
        .collect();
    categories.sort_unstable();
    categories.dedup();
    let spans: Vec<_> = verdict
        .findings
        .iter()
        .zip(verdict.wire_spans(text))
        .map(|(finding, span)| {
            serde_json::json!({"start": span.start, "end": span.end, "category": finding.category})
        })
        .collect();
    serde_json::json!({
        "id": id,
        // As many digits as mean something.
        "score": (f64::from(verdict.score) * 1000.0).round() / 1000.0,
        "flagged": verdict.is_flagged(),
        "severity": verdict.severity,
        "action": verdict.action,
        "categories": categories,
        "spans": spans,
    })
}
