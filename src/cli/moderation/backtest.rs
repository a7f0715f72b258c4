//! `colloquy moderation backtest`: what another policy says of the texts on the record, beside what was said of them.

mod comparison;
mod report;
mod texts;

use std::path::PathBuf;

use aggregates::{ThreadId, case::SaidIn, reading::Looked};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use moderation::Policy;

use self::{
    comparison::Comparison,
    texts::{TYPES, Texts},
};
use crate::{
    audit::{EventFilter, Trail},
    cli::{
        Failure,
        audit::{reason, time},
        printable::json_line,
        say,
        workbench::Workbench,
    },
    moderation::{Rescan, policy_of},
};

/// Events of one read: they may hold long texts.
const PAGE: u32 = 100;

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The policy to be tried (TOML); what it does not say is as usual
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Only this thread
    #[arg(long)]
    thread: Option<ThreadId>,
    /// Not before this time, as in 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<i64>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<i64>,
    /// Examples of each sort of change
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=1000))]
    sample: u16,
    /// Who looks: an account's name
    #[arg(long = "as", value_name = "NAME")]
    by: String,
    /// Why; it stays in the trail of every thread of which something is shown
    #[arg(long, value_parser = reason)]
    reason: String,
    /// Put the policy in force then, at once and for all servers
    #[arg(long)]
    apply: bool,
    /// One JSON object instead of a text to be read
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(bench: &Workbench, arguments: Arguments) -> Result<(), Failure> {
    let by = bench.accounts.find(&arguments.by).await?;
    let text = std::fs::read_to_string(&arguments.policy)
        .map_err(|error| format!("the policy {}: {error}", arguments.policy.display()))?;
    let policy = policy_of(&text, &arguments.policy)?;
    if arguments.apply && policy.version == Policy::default().version {
        return Err(
            "a policy that is put in force needs a version of its own: verdicts are known by it"
                .into(),
        );
    }
    let rescan = Rescan::new(policy);
    let mut comparison = Comparison::new(usize::from(arguments.sample));
    let up_to = compare(bench, &arguments, &rescan, &mut comparison).await?;

    // First the note, then what it is about.
    let threads = comparison.threads();
    bench
        .records
        .note_reading(by, Looked::Messages, &threads, Some(&arguments.reason))
        .await?;
    let applied = match arguments.apply {
        false => None,
        true => {
            let version = rescan.version();
            let position = bench.house_policy.apply(version, &text, by).await?;
            if position > 0 {
                bench.have_it_seen().await?;
            }
            Some(position)
        }
    };
    match arguments.json {
        true => say(&json_line(&report::json(
            &comparison,
            &rescan,
            up_to,
            applied,
        )))?,
        false => report::lines(&comparison, &rescan, up_to, applied)
            .iter()
            .try_for_each(|line| say(line))?,
    }
    Ok(())
}

/// Judges everything that is there when it begins; the answer is up to which position that is.
async fn compare(
    bench: &Workbench,
    arguments: &Arguments,
    rescan: &Rescan,
    comparison: &mut Comparison,
) -> Result<u64, Failure> {
    let filter = EventFilter {
        types: TYPES.map(str::to_owned).to_vec(),
        said_in: arguments.thread.map(SaidIn::Thread),
        user: None,
        from: arguments.from,
        to: arguments.to,
    };
    let trail = Trail::new(bench.store.clone());
    let head = trail.head().await?;
    let bar = ProgressBar::with_draw_target(Some(head), ProgressDrawTarget::stderr()).with_style(
        ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} events, {per_sec}, {eta} left")?,
    );
    bar.set_message("judging");
    let mut texts = Texts::default();
    let mut position = 0;
    while position < head {
        let page = trail.events(&filter, position, head, PAGE).await?;
        position = page.reached;
        for event in trail.with_content(page.events).await? {
            for text in texts.take(&event) {
                comparison.add(rescan, &text);
            }
        }
        bar.set_position(position);
    }
    for text in texts.finish() {
        comparison.add(rescan, &text);
    }
    bar.finish_and_clear();
    Ok(head)
}
