//! `colloquy audit show` and `colloquy audit replay`.

use std::io::{self, Write};

use aggregates::{CompletionId, ThreadId, UserId, case::SaidIn, reading::Looked};

use super::{Which, Why};
use crate::{
    audit::{
        self, EventFilter, Moment, Trail,
        as_of::ThreadAt,
        diff::diff,
        shown::{self, time},
    },
    cli::{
        Failure, Usage, finished,
        printable::{indented, json_line},
        say,
        workbench::Workbench,
    },
};

/// Events of one read.
const PAGE: u32 = 500;
/// Everything that has happened.
const NOW: Moment = Moment::Position(u64::MAX);

/// Whoever may see content, having said why.
async fn reader<'w>(bench: &Workbench, why: &'w Why) -> Result<Option<(UserId, &'w str)>, Failure> {
    match (&why.by, &why.reason) {
        (Some(by), Some(reason)) => Ok(Some((bench.accounts.find(by).await?, reason))),
        _ => Ok(None),
    }
}

pub(super) async fn show(
    bench: &Workbench,
    (which, completion): (&Which, Option<CompletionId>),
    types: Vec<String>,
    after: u64,
    why: &Why,
) -> Result<(), Failure> {
    // With spaces, and with nothing at all, as the feed takes them.
    let types: Vec<String> = types
        .iter()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    audit::check_types(&types)?;
    let reader = reader(bench, why).await?;
    let said_in = match completion {
        Some(completion) => Some(SaidIn::Completion(completion)),
        None => which.thread.map(SaidIn::Thread),
    };
    let filter = EventFilter {
        types,
        said_in,
        user: which.user(bench).await?,
        from: which.from,
        to: which.to,
    };
    let trail = Trail::new(bench.store.clone());
    let head = trail.head().await?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut position = after;
    while position < head {
        let page = trail.events(&filter, position, head, PAGE).await?;
        position = page.reached;
        let mut events = page.events;
        if let Some((by, reason)) = reader {
            let (threads, completions) = audit::written_in(events.iter());
            let (records, what) = (&bench.records, Looked::Messages);
            records
                .note_reading(by, what, &threads, Some(reason))
                .await?;
            records
                .note_reading_of(by, &completions, Some(reason))
                .await?;
            events = trail.with_content(events).await?;
        }
        for event in &events {
            let content = reader.is_some() && audit::is_written(event);
            if let Err(error) = writeln!(out, "{}", json_line(&shown::event(event, content))) {
                return finished(error);
            }
        }
    }
    let ended = writeln!(out, "{}", shown::end(position, false)).and_then(|()| out.flush());
    ended.or_else(finished)
}

pub(super) async fn replay(
    bench: &Workbench,
    thread: ThreadId,
    at: Option<Moment>,
    since: Option<Moment>,
    json: bool,
    why: &Why,
) -> Result<(), Failure> {
    let reader = reader(bench, why).await?;
    let trail = Trail::new(bench.store.clone());
    let id = thread.to_string();
    let moment = at.unwrap_or(NOW);
    if let Some(since) = since
        && !trail.are_in_order(since, moment).await?
    {
        return Err(Usage("--since must not be later than --at").into());
    }
    let [then] = trail.thread_at(&id, [moment]).await?;
    let then = then.ok_or("there was no such thread at this moment")?;
    let before = match since {
        Some(since) => trail
            .thread_at(&id, [since])
            .await?
            .into_iter()
            .next()
            .flatten(),
        None => None,
    };
    if let Some((by, reason)) = reader {
        let (records, what) = (&bench.records, Looked::Messages);
        records
            .note_reading(by, what, &[thread], Some(reason))
            .await?;
    }
    let changes = since.map(|_| diff(before.as_ref(), &then));
    if json {
        let mut shown = shown::thread(&id, &then, reader.is_some());
        if let Some(changes) = &changes {
            shown["changes"] = changes.iter().map(shown::change).collect();
        }
        say(&json_line(&shown))?;
        return Ok(());
    }
    match changes {
        Some(changes) => changes
            .iter()
            .try_for_each(|change| say(&change.sentence))?,
        None => {
            let kept = trail.kept(&id, &then).await?;
            tell(&id, &then, kept, reader.is_some())?;
        }
    }
    Ok(())
}

/// A thread for people.
fn tell(id: &str, at: &ThreadAt, kept: Option<String>, content: bool) -> io::Result<()> {
    let moment = time(at.recorded_at).unwrap_or_default();
    say(&format!(
        "thread {id} as it was at position {} ({moment})",
        at.position
    ))?;
    if let Some(erasure) = &at.erasure {
        let requested = erasure.requested;
        say(&format!(
            "its content was to be erased at position {requested}"
        ))?;
    }
    if let Some(kept) = kept {
        say(&kept)?;
    }
    if let Some(erased) = &at.erased_since {
        say(&erased.sentence())?;
    }
    if let Some(expiry) = &at.expiry {
        let before = time(expiry.before).unwrap_or_default();
        say(&format!("what was said before {before} has expired"))?;
    }
    for row in at.messages() {
        let mut line = format!(
            "\n[{}] {} {}, {}, {} characters",
            row.place,
            time(row.created).unwrap_or_default(),
            row.role.as_str(),
            row.status.as_str(),
            row.length
        );
        if !at.is_seen(row) {
            line.push_str(", not in its owner's history");
        }
        if row.expired {
            line.push_str(", expired");
        }
        if row.is_flagged {
            line.push_str(&format!(
                ", flagged ({}, {})",
                row.severity, row.action_taken
            ));
        }
        say(&line)?;
        if content && !row.text.is_empty() {
            say(&indented(&row.text))?;
        }
    }
    Ok(())
}
