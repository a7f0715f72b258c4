//! Reads and proves the record: `colloquy audit …`.

mod export;
mod holds;
mod read;
mod retention;
mod verify;
mod views;

use std::path::PathBuf;

use aggregates::{CompletionId, HoldId, ProjectId, ThreadId, UserId, ids::is_short_id};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, say, workbench::Workbench};
use crate::{
    actors::Ordered,
    audit::{Moment, export::Selection, key::NotaryKey, origin},
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show events, one JSON object a line; without content unless a reason is given
    #[command(after_help = "What happened in a thread, and to a user in a month:
  colloquy audit show --thread $THREAD
  colloquy audit show --user $USER_ID --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z
What was said, too:
  colloquy audit show --type message.sent,reply.completed --as ada --reason 'Complaint 17/3'")]
    Show {
        #[command(flatten)]
        which: Which,
        /// Only this question with its answer, which belong to no thread, and who was shown them
        #[arg(long, conflicts_with = "thread")]
        completion: Option<CompletionId>,
        /// Only these types, with commas between them
        #[arg(long = "type", value_name = "TYPES", value_delimiter = ',')]
        types: Vec<String>,
        /// Only what comes after this position
        #[arg(long, value_name = "POSITION", default_value_t = 0, value_parser = position)]
        after: u64,
        #[command(flatten)]
        why: Why,
    },
    /// Show a thread as it was, or what changed in it
    #[command(
        after_help = "As it was at a position or a time, and what changed since:
  colloquy audit replay $THREAD --at 120
  colloquy audit replay $THREAD --since 2026-01-31T12:00:00Z --as ada --reason 'Complaint 17/3'"
    )]
    Replay {
        /// The thread
        thread: ThreadId,
        /// The moment: a position, or a time [default: now]
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        at: Option<Moment>,
        /// What changed since this moment
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        since: Option<Moment>,
        /// JSON instead of a text to be read
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        why: Why,
    },
    /// Write everything that people could read, as it was at a moment, to a directory: views.db, for SQLite. Begun again,
    /// it goes on
    #[command(after_help = "To be looked at with SQLite:
  colloquy audit views ./then --at 2026-01-31T12:00:00Z --as ada --reason 'Complaint 17/3'")]
    Views {
        /// The directory; made when it is missing
        dir: PathBuf,
        /// The moment: a position, or a time
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        at: Moment,
        /// Who wants it: an account's name
        #[arg(long = "as", value_name = "NAME")]
        by: String,
        /// Why; what people and models wrote lies there in clear
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// Write a part of the record to a directory, with its proofs; begun again, it goes on
    #[command(after_help = "For a court, and for another server (`colloquy import`):
  colloquy audit export ./complaint --thread $THREAD --as ada --reason 'Complaint 17/3'
  colloquy audit export ./all --with-keys --as ada --reason 'We move'")]
    Export {
        /// The directory; made when it is missing
        dir: PathBuf,
        #[command(flatten)]
        which: Which,
        /// Only this project, what was set up in it, and what its providers were asked
        #[arg(long, value_name = "ID")]
        project: Option<ProjectId>,
        /// Only the threads in which something was flagged, and what was done about it
        #[arg(long)]
        flagged: bool,
        /// Who exports: an account's name
        #[arg(long = "as", value_name = "NAME")]
        by: String,
        /// Why; with a reason, what people and models wrote in threads and completions is exported in clear, too. Names,
        /// settings and documents are not
        #[arg(long, value_parser = reason)]
        reason: Option<String>,
        /// All of it, with the keys of contents and what else a server needs to go on with it: `colloquy import` puts it
        /// into an empty one, of either database. Keep it as safe as the server
        #[arg(long, requires = "reason", conflicts_with_all = ["thread", "user", "project", "flagged", "from", "to"])]
        with_keys: bool,
    },
    /// Hash every event again, and compare with what the notary has signed; of an export also that nothing is missing,
    /// and that what is there to be read is as it was made
    #[command(
        after_help = "The server's record, with an anchor file that was kept elsewhere; and an export, where no server is:
  colloquy audit verify --anchor /witness/anchor.jsonl
  colloquy audit verify --export ./complaint --key $KEY"
    )]
    Verify {
        /// An export instead of the server's record: its directory; no server and no database needed
        #[arg(long, value_name = "DIR", conflicts_with = "anchor")]
        export: Option<PathBuf>,
        /// A public key to believe; beside the server's own, or of an export instead of the one it names
        #[arg(long, value_name = "NAME+ID+BASE64")]
        key: Vec<String>,
        /// The anchor file, or a copy of it that was kept elsewhere [default: the configured one]
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
    /// Let nothing of a thread, or of a user, be destroyed: erasures wait until every hold is released
    #[command(after_help = "Of a user, with everything that is theirs:
  colloquy audit hold --user $USER_ID --as ada --reason 'We are sued' --matter '17 O 3/26'")]
    Hold {
        #[command(flatten)]
        on: On,
        /// Who says so: an account's name
        #[arg(long = "as", value_name = "NAME")]
        by: String,
        /// Why; it stays on the record
        #[arg(long, value_parser = reason)]
        reason: String,
        /// The case that it is for
        #[arg(long, value_parser = matter)]
        matter: Option<String>,
    },
    /// Release a hold; what waited for it alone is destroyed by the server
    #[command(after_help = "By its id, which `audit holds` lists:
  colloquy audit release $HOLD --as ada --reason 'It is over'")]
    Release {
        /// The hold
        hold: HoldId,
        /// Who says so: an account's name
        #[arg(long = "as", value_name = "NAME")]
        by: String,
        /// Why; it stays on the record
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// List holds, and how many erasures wait for each
    #[command(after_help = "Those that were released, too:
  colloquy audit holds --all")]
    Holds {
        /// Those that are released, too
        #[arg(long)]
        all: bool,
    },
    /// Have a thread erased, whosever it is; the server destroys what was said, and writes the receipt
    #[command(after_help = "The receipt is an event (erasure.confirmed):
  colloquy audit erase --thread $THREAD --as ada --reason 'Ordered by the court'")]
    Erase {
        /// The thread
        #[arg(long)]
        thread: ThreadId,
        /// Who says so: an account's name
        #[arg(long = "as", value_name = "NAME")]
        by: String,
        /// Why; it stays on the record
        #[arg(long, value_parser = reason)]
        reason: String,
    },
    /// Tell what is older than content is kept, and what of it waits for holds; nothing is changed
    #[command(after_help = "Before retention.content_days is set:
  colloquy audit retention --days 365")]
    Retention {
        /// As if content were kept for so many days [default: the configured ones]
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
    },
    /// Make a notary's key for the setting notary.key, and show its public part
    #[command(
        after_help = "Where another one has signed before, its public part belongs into notary.former_keys:
  colloquy audit key
  colloquy audit keygen"
    )]
    Keygen,
    /// Show the public part of the server's key, for auditors
    #[command(
        after_help = "Given to auditors once, before they need it (audit verify --key):
  colloquy audit key > notary.pub"
    )]
    Key,
}

/// A part of the record.
#[derive(Args, Debug)]
pub(super) struct Which {
    /// Only this thread, and who was shown it
    #[arg(long)]
    thread: Option<ThreadId>,
    /// Only what concerns this user: an id
    #[arg(long, value_parser = named)]
    user: Option<Named>,
    /// Not before this time, as in 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<i64>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Option<i64>,
}

/// What is to be held.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct On {
    /// This thread
    #[arg(long)]
    thread: Option<ThreadId>,
    /// This user, with everything of theirs: an id
    #[arg(long, value_parser = named)]
    user: Option<Named>,
}

/// A user, by either of their ids.
#[derive(Clone, Debug)]
enum Named {
    Whole(UserId),
    /// Told by the account alone.
    Short(String),
}

impl Named {
    async fn find(&self, bench: &Workbench) -> Result<UserId, Failure> {
        let short = match self {
            Self::Whole(user) => return Ok(*user),
            Self::Short(short) => short,
        };
        let row = bench.views().await?.user_by_short(short).await?;
        let row = row.ok_or_else(|| format!("no account has the id {short}"))?;
        Ok(row.user.parse()?)
    }
}

impl Which {
    /// The user's id, if one was given.
    async fn user(&self, bench: &Workbench) -> Result<Option<String>, Failure> {
        Ok(match &self.user {
            Some(user) => Some(user.find(bench).await?.to_string()),
            None => None,
        })
    }
}

/// Who wants to see content, and why.
#[derive(Args, Debug)]
pub(super) struct Why {
    /// Why content is shown; it stays in the trail
    #[arg(long, requires = "by", value_parser = reason)]
    reason: Option<String>,
    /// Who looks: an account's name
    #[arg(long = "as", value_name = "NAME")]
    by: Option<String>,
}

/// Runs the command; some need no record.
pub(super) fn run(config: &Config, command: Command) -> Result<(), Failure> {
    match command {
        Command::Verify {
            export: Some(dir),
            key,
            ..
        } => verify::offline(&dir, &key),
        command => super::workbench::run(config, async |bench| on_record(bench, command).await),
    }
}

async fn on_record(bench: &Workbench, command: Command) -> Result<(), Failure> {
    let origin = origin(bench.store.log_id().await?);
    match command {
        Command::Show {
            which,
            completion,
            types,
            after,
            why,
        } => read::show(bench, (&which, completion), types, after, &why).await,
        Command::Replay {
            thread,
            at,
            since,
            json,
            why,
        } => read::replay(bench, thread, at, since, json, &why).await,
        Command::Export {
            dir,
            which,
            project,
            flagged,
            by,
            reason,
            with_keys,
        } => {
            let selection = Selection {
                thread: which.thread.map(|thread| thread.to_string()),
                user: which.user(bench).await?,
                project: project.map(|project| project.to_string()),
                flagged,
                from: which.from,
                to: which.to,
            };
            export::run(bench, &origin, &dir, selection, with_keys, (&by, reason)).await
        }
        Command::Views {
            dir,
            at,
            by,
            reason,
        } => views::run(bench, &dir, at, &by, reason).await,
        Command::Hold {
            on,
            by,
            reason,
            matter,
        } => holds::lay(bench, &on, &by, reason, matter).await,
        Command::Release { hold, by, reason } => holds::release(bench, hold, &by, reason).await,
        Command::Erase { thread, by, reason } => {
            let by = bench.accounts.find(&by).await?;
            let order = bench.erasures()?.order(thread, by, reason).await?;
            say(match order {
                Ordered::UnderWay => {
                    "It is on the record, and the server carries it out: `colloquy audit show --type erasure.confirmed` has its receipt"
                }
                Ordered::Held => {
                    "It waits until nothing holds the thread any more: `colloquy audit holds` lists what does"
                }
                Ordered::Nothing => "There was nothing left to erase",
            })?;
            Ok(())
        }
        Command::Holds { all } => holds::list(bench, all).await,
        Command::Retention { days } => retention::tell(bench, days).await,
        Command::Verify { key, anchor, .. } => verify::online(bench, origin, &key, anchor).await,
        Command::Keygen => {
            let key = NotaryKey::generate(&origin)?;
            say(&format!("key = \"{key}\""))?;
            say(&format!("public: {}", NotaryKey::parse(&key)?.public()))?;
            Ok(())
        }
        Command::Key => {
            say(bench.notary_key(&origin)?.public())?;
            Ok(())
        }
    }
}

fn bar(what: &'static str) -> Result<ProgressBar, Failure> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{msg} {wide_bar} {pos}/{len} events, {per_sec}, {eta} left",
    )?);
    bar.set_message(what);
    Ok(bar)
}

fn position(text: &str) -> Result<u64, String> {
    let position = text.parse();
    position.map_err(|_| "this is not a position: a whole number, from 0 on".to_owned())
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::read(text).ok_or_else(|| {
        "this is neither a position nor a time as in 2026-01-31T12:00:00Z".to_owned()
    })
}

fn named(text: &str) -> Result<Named, String> {
    match text.parse() {
        Ok(user) => Ok(Named::Whole(user)),
        Err(_) if is_short_id(text, "user_") => Ok(Named::Short(text.to_owned())),
        Err(_) => {
            Err("this is neither a UUID nor an account's id that begins with user_".to_owned())
        }
    }
}

pub(super) fn time(text: &str) -> Result<i64, String> {
    match Moment::read(text) {
        Some(Moment::Time(time)) => Ok(time),
        _ => Err("this is not a time as in 2026-01-31T12:00:00Z".to_owned()),
    }
}

pub(super) fn reason(text: &str) -> Result<String, String> {
    crate::audit::reason(text).ok_or_else(|| "a reason has 1 to 500 characters".to_owned())
}

fn matter(text: &str) -> Result<String, String> {
    crate::audit::matter(text).ok_or_else(|| "a matter has 1 to 200 characters".to_owned())
}
