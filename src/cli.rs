//! The command line. Every command is a file that does one thing and says how it went.

mod audit;
mod backup;
mod health;
mod import;
mod moderation;
mod parse;
mod printable;
mod projections;
mod restore;
mod serve;
mod token;
mod user;
mod workbench;

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use self::printable::printable;
use crate::config::{Config, Flags};

/// A chat backend that keeps the record: no message is lost, every answer resumes, every past moment can
/// be replayed.
///
/// Without a command it serves. Settings come from a TOML file, from the environment (`COLLOQUY_LISTEN`,
/// `COLLOQUY_DATA_DIR`, …) and from flags; a later one beats an earlier one.
#[derive(Debug, Parser)]
#[command(
    name = "colloquy",
    version,
    after_help = "A first start:
  colloquy serve                         serve on 127.0.0.1:8080, with SQLite in ./colloquy-data
  colloquy user add alice --role user    an account, also beside a running server
  colloquy token issue --user alice      an API key for it"
)]
struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args, Debug)]
struct SettingFlags {
    /// The configuration file (TOML); colloquy.example.toml shows every setting
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to serve HTTP; port 0 picks one [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDR")]
    listen: Option<String>,
    /// The server's files [default: ./colloquy-data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The log's database, postgres://… [default: SQLite in the data directory]
    #[arg(long = "database", global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C; running replies get some seconds to end (the default command)
    #[command(after_help = "With settings from a file, on all addresses:
  colloquy serve --config colloquy.toml --listen 0.0.0.0:8080
With the record in PostgreSQL; COLLOQUY_SERVER_KEY is the same for all who use it:
  colloquy serve --database postgres://colloquy@db/colloquy --data-dir ./node1")]
    Serve,
    /// Bring the database's schema up to date, and say so
    #[command(after_help = "Before a new version serves:
  colloquy migrate --database postgres://colloquy@db/colloquy")]
    Migrate,
    /// Accounts; they may be changed beside a running server
    #[command(
        subcommand,
        after_help = "An auditor, and another password later:
  colloquy user add ada --role auditor
  colloquy user passwd ada"
    )]
    User(user::Command),
    /// API keys; they may be changed beside a running server
    #[command(
        subcommand,
        after_help = "For a program that acts for alice:
  colloquy token issue --user alice --name backup-script"
    )]
    Token(token::Command),
    /// Ask the running server how it is; fails when it does not answer well
    #[command(
        after_help = "For a supervisor, with the settings that the server was started with:
  colloquy health --ready --config colloquy.toml"
    )]
    Health {
        /// Whether it reaches its database, too
        #[arg(long)]
        ready: bool,
    },
    /// What people read, made from the log
    #[command(
        subcommand,
        after_help = "How far each of them is, and one made anew:
  colloquy projections list
  colloquy projections rebuild transcript"
    )]
    Projections(projections::Command),
    /// Proof that the record is as it was written
    #[command(
        subcommand,
        after_help = "Is it as it was signed, and what happened in a thread?
  colloquy audit verify
  colloquy audit show --thread $THREAD
Who is shown what people wrote says why, and that stays in the trail:
  colloquy audit replay $THREAD --as ada --reason 'Complaint 17/3'"
    )]
    Audit(audit::Command),
    /// Copy everything of a server that cannot be made again to a directory, also while it runs, and verify the copy
    #[command(after_help = "Beside a running server; it keeps serving:
  colloquy backup /backups/2026-01-31
A directory is a backup once it has a manifest.json. Killed, it is begun again in the same directory. It holds keys as well
as what they open: keep it as safe as the server. With PostgreSQL it has keys only, and says how to dump the database.")]
    Backup {
        /// The directory; made when it is missing, otherwise empty
        dir: PathBuf,
    },
    /// Put a backup into an empty data directory, and verify it
    #[command(
        after_help = "On another machine, or beside what is left of the old one:
  colloquy restore /backups/2026-01-31 --data-dir ./restored
What was erased after the backup was made is in it again. Who has the audit feed of the time since can have that erased,
and what was held since kept:
  curl -s \"$SERVER/api/audit/events?type=erasure.requested,thread.held,user.held,thread.released,user.released\" -H \"Authorization: Bearer $TOKEN\" > erasures.jsonl
  colloquy restore /backups/2026-01-31 --data-dir ./restored --receipts erasures.jsonl"
    )]
    Restore {
        /// A directory that `colloquy backup` has made
        dir: PathBuf,
        /// Events of erasures and legal holds, one JSON object a line, as `colloquy audit show` and /api/audit/events write them
        #[arg(long, value_name = "FILE")]
        receipts: Option<PathBuf>,
    },
    /// Make what somebody said elsewhere conversations of their account here (ChatGPT, Open WebUI and LibreChat), or a whole
    /// export of another server the record of this one
    #[command(after_help = "Beside a running server, or without one:
  colloquy import conversations.json --as alice      ChatGPT's, as unpacked; also the zip, or a directory of parts
  colloquy import chat-export.json --as alice        Open WebUI's, or one conversation of LibreChat's
Branches are kept; the one that was seen is seen. Every text is judged as if it were said here. What was imported before is
passed over, so a command that was killed is given again. What cannot be read is told with its id; the rest goes on.

A server moves, also from one kind of database to the other, into an empty place where no server runs:
  colloquy audit export ./all --with-keys --as ada --reason 'we move'
  colloquy import ./all --data-dir ./moved
Every event keeps its position, time and bytes, which is proved before and after. Killed, it is given again.")]
    Import {
        /// A file, or a directory of them; or an export of this program
        path: PathBuf,
        /// Whose conversations they become: an account's name; not for an export of this program
        #[arg(long = "as", value_name = "NAME")]
        by: Option<String>,
        /// The public key of the server that made the export (colloquy audit key); otherwise the one it names is believed
        #[arg(long, value_name = "NAME+ID+BASE64")]
        key: Vec<String>,
        /// Whose export it is
        #[arg(long, value_enum, default_value_t = import::Format::Auto)]
        format: import::Format,
    },
    /// Verdicts on texts, and the policy that they go by
    #[command(
        subcommand,
        after_help = "A policy is tried on texts, then on the record:
  colloquy moderation scan --policy next.toml < texts.jsonl
  colloquy moderation backtest --policy next.toml --as ada --reason 'A new policy'"
    )]
    Moderation(moderation::Command),
    /// Cuts a document on standard input into passages; the server starts it for each document
    #[command(hide = true)]
    Parse {
        /// What the document is said to be, as `application/pdf`
        #[arg(long)]
        mime: String,
        /// A picture is made into one that models can be shown
        #[arg(long)]
        pictures: bool,
    },
}

impl Command {
    /// Whether it writes what is sealed. Those that only open it are told by the log whether they can.
    fn seals(&self) -> bool {
        matches!(
            self,
            Self::User(user::Command::Add { .. })
                | Self::Token(token::Command::Issue { .. })
                | Self::Import { .. }
        )
    }

    /// Whether it is about a record that is there: a new one would hide that another directory was meant.
    fn needs_a_record(&self) -> bool {
        match self {
            Self::User(command) => !matches!(command, user::Command::Add { .. }),
            Self::Token(command) => matches!(command, token::Command::Revoke { .. }),
            // An export is checked by itself.
            Self::Audit(audit::Command::Verify { export, .. }) => export.is_none(),
            Self::Audit(_) | Self::Projections(_) | Self::Backup { .. } => true,
            Self::Moderation(command) => !matches!(command, moderation::Command::Scan { .. }),
            Self::Serve
            | Self::Migrate
            | Self::Health { .. }
            | Self::Restore { .. }
            | Self::Import { .. }
            | Self::Parse { .. } => false,
        }
    }
}

/// Runs the command that the command line names.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            match error.is::<Usage>() {
                true => ExitCode::from(2),
                false => ExitCode::FAILURE,
            }
        }
    }
}

/// A sentence for the person at the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What was asked for makes no sense: it ends as a flag does that there is not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(&'static str);

fn run(cli: Cli) -> Result<(), Failure> {
    if let Some(Command::Parse { mime, pictures }) = &cli.command {
        return parse::run(mime, *pictures);
    }
    // Two TLS stacks could be chosen from; whoever is first decides for the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let command = cli.command.unwrap_or(Command::Serve);
    let flags = Flags {
        config: cli.settings.config,
        listen: cli.settings.listen,
        data_dir: cli.settings.data_dir,
        database_url: cli.settings.database_url,
        serves: matches!(command, Command::Serve),
        seals: command.seals(),
    };
    let config = Config::load(&flags, Config::environment())?;
    if command.needs_a_record() {
        workbench::find_record(&config)?;
    }
    match command {
        Command::Serve => serve::run(&config),
        Command::Health { ready } => health::run(&config, ready),
        Command::Migrate => workbench::run(&config, async |bench| {
            say(&format!(
                "the schema is up to date; the log ends at position {}",
                bench.store.head().await?
            ))?;
            Ok(())
        }),
        Command::User(command) => {
            workbench::run(&config, async |bench| user::run(bench, command).await)
        }
        Command::Token(command) => {
            workbench::run(&config, async |bench| token::run(bench, command).await)
        }
        Command::Audit(command) => audit::run(&config, command),
        Command::Moderation(command) => moderation::run(&config, command),
        Command::Backup { dir } => {
            workbench::run(&config, async |bench| backup::run(bench, &dir).await)
        }
        Command::Restore { dir, receipts } => {
            workbench::by_itself(&config, restore::run(&config, &dir, receipts.as_deref()))
        }
        Command::Import {
            path,
            by,
            key,
            format,
        } => import::run(&config, &path, by.as_deref(), format, &key),
        Command::Parse { mime, pictures } => parse::run(&mime, pictures),
        Command::Projections(command) => workbench::run(&config, async |bench| {
            projections::run(bench, command).await
        }),
    }
}

/// What the command was asked for.
fn say(line: &str) -> io::Result<()> {
    print(&printable(line)).or_else(finished)
}

/// A text that may be put to use again, as it is; at a terminal like any other.
fn hand_out(text: &str) -> io::Result<()> {
    match io::stdout().is_terminal() {
        true => say(text),
        false => print(text).or_else(finished),
    }
}

/// The same where everything has to arrive.
fn print(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush())
}

/// Whoever reads has seen enough: `| head` is no failure.
fn finished<E: From<io::Error>>(error: io::Error) -> Result<(), E> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        kind => Err(io::Error::new(
            kind,
            format!("the standard output cannot be written: {error}"),
        )
        .into()),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the person at the terminal is told here"
)]
fn complain(error: &dyn std::fmt::Display) {
    eprintln!("colloquy: {}", printable(&error.to_string()));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Stands for what a shell would put in the place of a `$NAME`.
    const ID: &str = "00000000-0000-7000-8000-000000000000";

    /// The commands that a help shows, each on a line of its own.
    fn examples(help: &str) -> Vec<Vec<String>> {
        let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
        lines
            .filter(|line| line.starts_with("colloquy "))
            .map(words)
            .collect()
    }

    /// Of a line, up to a redirection, or to what is said beside it; quotation marks are around whole words.
    fn words(line: &str) -> Vec<String> {
        let ends = ["  ", " < ", " > "];
        let end = ends.iter().filter_map(|end| line.find(end)).min();
        let line = &line[..end.unwrap_or(line.len())];
        let word = |word: &str| match word.starts_with('$') {
            true => ID.to_owned(),
            false => word.to_owned(),
        };
        let mut words = vec![];
        for (nth, part) in line.split('\'').enumerate() {
            match nth % 2 {
                0 => words.extend(part.split_whitespace().map(word)),
                _ => words.push(part.to_owned()),
            }
        }
        words
    }

    #[test]
    fn every_help_shows_how_its_command_is_given_and_that_is_understood() {
        let mut commands = vec![("colloquy".to_owned(), Cli::command())];
        while let Some((name, command)) = commands.pop() {
            let help = command.get_after_help().map(ToString::to_string);
            let examples = examples(&help.unwrap_or_default());
            let own = |words: &Vec<String>| words.join(" ").starts_with(&name);
            assert!(examples.iter().any(own), "{name} --help has no example");
            for words in &examples {
                let understood = Cli::try_parse_from(words);
                assert!(understood.is_ok(), "{words:?}: {understood:?}");
            }
            let below = command.get_subcommands().filter(|one| !one.is_hide_set());
            commands.extend(below.map(|one| (format!("{name} {}", one.get_name()), one.clone())));
        }
    }
}
