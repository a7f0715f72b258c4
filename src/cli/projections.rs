//! Looks at the projections and makes one anew: `colloquy projections …`.

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, say, workbench::Workbench};
use crate::projector;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// All projections: name, version, how far they are
    #[command(after_help = "Beside a running server, or without one:
  colloquy projections list")]
    List,
    /// Make one anew from the whole log, compare it with the one in use, and switch
    #[command(
        after_help = "Beside a running server; people read the old one meanwhile:
  colloquy projections rebuild transcript"
    )]
    Rebuild {
        /// Its name, as `list` shows it
        name: String,
    },
}

pub(super) async fn run(bench: &Workbench, command: Command) -> Result<(), Failure> {
    let views = bench.views().await?;
    match command {
        Command::List => {
            let head = bench.store.head().await?;
            for checkpoint in views.checkpoints().await? {
                say(&format!(
                    "{}  version {}  position {} of {head}",
                    checkpoint.name, checkpoint.version, checkpoint.position
                ))?;
            }
        }
        Command::Rebuild { name } => {
            let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
                "{msg} {wide_bar} {pos}/{len} events, {per_sec}, {eta} left",
            )?);
            bar.set_message(name.clone());
            let report = projector::rebuild(&bench.store, &views, &name, |progress| {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
            })
            .await?;
            bar.finish_and_clear();
            say(&report.to_string())?;
        }
    }
    Ok(())
}
