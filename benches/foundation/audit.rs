//! The record proves itself: how fast it is verified, what the notary and sealing cost, how long a past moment takes, and
//! how far behind its feed is.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aggregates::{ThreadId, UserId, thread::Thread};
use colloquy::{
    audit::{
        Moment, Trail,
        key::{NotaryKey, Trusted},
        origin,
        verify::verify,
    },
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, DatabaseUrl, NewEvent, Store},
    subscribers::Notary,
};
use cqrs_es::Aggregate;
use uuid::Uuid;

use crate::{
    Outcome,
    commits::{closed_loop, commit},
    disk::Disk,
    feed,
    figures::{Rate, number, time, times},
    ground::{Ground, Kind},
    past::Conversation,
    projector, runtime, server,
    table::Table,
};

/// Writers of the log that the notary follows.
const WRITERS: usize = 64;
/// Messages of the thread that is shown as it was: with their beginnings 10,000 events.
const MESSAGES: u64 = 6_668;
/// How often it is shown.
const TIMES: usize = 9;
/// A sort of thing of which nothing is sealed.
const UNSEALED: &str = "unsealed";

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut verified = Table::new([
        "database",
        "events",
        "signing all at first, events/s",
        "verify, events/s",
        "COPY TO STDOUT rows/s",
        "verify : COPY",
    ]);
    let mut costs = Table::new([
        "64 writers",
        "commits/s without the notary",
        "with it",
        "ratio",
    ]);
    let mut sealing = Table::new([
        "64 writers of messages",
        "database",
        "commits/s without sealing",
        "with it",
        "ratio",
    ]);
    let mut moments = Table::new(["a thread of 10,000 events as it was", "median", "slowest"]);
    for kind in Kind::BOTH {
        eprintln!("  verifying on {}", kind.label());
        let database = ground.big_log(kind)?;
        let events = ground.big() as f64;
        let [signed, checked] = runtime::all_cores()?.block_on(proved(&database))?;
        let copied = match &database {
            DatabaseUrl::Sqlite { .. } => None,
            DatabaseUrl::Postgres { url } => {
                Some(events / projector::copy(ground, url)?.as_secs_f64())
            }
        };
        let rate = events / checked.as_secs_f64();
        verified.row([
            kind.label().to_owned(),
            number(events),
            number(events / signed.as_secs_f64()),
            number(rate),
            copied.map_or("–".to_owned(), number),
            copied.map_or("–".to_owned(), |copied| times(rate, copied)),
        ]);

        eprintln!("  appending on {}", kind.label());
        let [without, with] = in_turns(ground, kind, appended)?;
        costs.row([
            kind.label().to_owned(),
            number(without),
            number(with),
            times(with, without),
        ]);

        eprintln!("  sealing on {}", kind.label());
        for (what, goes_on) in [
            ("opening a conversation", false),
            ("in one of theirs", true),
        ] {
            let messages = async |database: &DatabaseUrl, sealed: bool, length: Duration| {
                said(database, goes_on, sealed, length).await
            };
            let [without, with] = in_turns(ground, kind, messages)?;
            sealing.row([
                what.to_owned(),
                kind.label().to_owned(),
                number(without),
                number(with),
                times(with, without),
            ]);
        }

        eprintln!("  a past moment on {}", kind.label());
        let database = ground.database(kind, Disk::Native)?;
        let owner = UserId(Uuid::now_v7());
        let name = format!("{owner}:web:long");
        crate::past::long_conversation(&database, owner, &name, MESSAGES)?;
        let took = runtime::all_cores()?.block_on(shown(&database, ThreadId::named(&name)))?;
        moments.row([
            kind.label().to_owned(),
            time(took[took.len() / 2]),
            time(took[took.len() - 1]),
        ]);
        ground.discard(&database, Disk::Native)?;
    }
    let feed = feed::run(ground)?;
    Ok(format!("{verified}\n{costs}\n{sealing}\n{moments}\n{feed}"))
}

/// Commits/s without something and with it, by turns, each time in an empty log.
fn in_turns(
    ground: &mut Ground,
    kind: Kind,
    work: impl AsyncFn(&DatabaseUrl, bool, Duration) -> Outcome<Rate>,
) -> Outcome<[f64; 2]> {
    let mut rates = [0.0; 2];
    for with in [false, true, false, true] {
        let database = ground.database(kind, Disk::Native)?;
        let length = ground.extent.cell;
        let rate = runtime::all_cores()?.block_on(work(&database, with, length))?;
        rates[usize::from(with)] += rate.per_second / 2.0;
        ground.discard(&database, Disk::Native)?;
    }
    Ok(rates)
}

fn notary(store: &Store, log: Uuid, key: &NotaryKey) -> Notary {
    Notary::new(store.clone(), log, Uuid::now_v7(), key.clone(), None)
}

/// How long signing all of a log took, and verifying it.
async fn proved(database: &DatabaseUrl) -> Outcome<[Duration; 2]> {
    let store = Store::open(&server::beside(database)).await?;
    let log = store.log_id().await?;
    let key = NotaryKey::parse(&NotaryKey::generate(&origin(log))?)?;
    let began = Instant::now();
    // It signs what there is, and ends.
    let ending = Shutdown::default();
    ending.begin();
    notary(&store, log, &key).run(ending).await;
    let signed = began.elapsed();
    let trusted = Trusted::new(origin(log), [key.public()])?;
    let began = Instant::now();
    let report = verify(&store, &trusted, None, |_| {}).await?;
    let checked = began.elapsed();
    store.close().await;
    match report.is_well() {
        true => Ok([signed, checked]),
        false => Err(report.to_string().into()),
    }
}

async fn appended(database: &DatabaseUrl, with_notary: bool, length: Duration) -> Outcome<Rate> {
    let store = Store::open(&server::beside(database)).await?;
    let shutdown = Shutdown::default();
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    if with_notary {
        let log = store.log_id().await?;
        let key = NotaryKey::parse(&NotaryKey::generate(&origin(log))?)?;
        shutdown.spawn(notary(&store, log, &key).run(shutdown.clone()));
    }
    let rate = {
        let committer = committer.clone();
        closed_loop(WRITERS, length, move || {
            let committer = committer.clone();
            async move { commit(&committer).await }
        })
        .await?
    };
    committer.close();
    shutdown.finish(Duration::from_secs(30)).await;
    store.close().await;
    Ok(rate)
}

/// Messages, one in each commit: to threads, or to something else of which nothing is sealed. Each writer has one of
/// its own, that goes on or is a new one each time, which brings a key along.
async fn said(
    database: &DatabaseUrl,
    goes_on: bool,
    sealed: bool,
    length: Duration,
) -> Outcome<Rate> {
    let store = Store::open(&server::beside(database)).await?;
    let shutdown = Shutdown::default();
    let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
    let [message, ..] = Conversation::new(UserId(Uuid::now_v7()), None).turn();
    let message = NewEvent::of(&message)?;
    let threads = Arc::new(Mutex::new(vec![]));
    let rate = {
        let committer = committer.clone();
        closed_loop(WRITERS, length, move || {
            let (committer, message, threads) =
                (committer.clone(), message.clone(), Arc::clone(&threads));
            async move {
                let known = threads.lock().map_err(|_| "a writer has failed")?.pop();
                let (thread, expected) = known.unwrap_or_else(|| (Uuid::now_v7(), 0));
                let commit = Commit {
                    command_id: Uuid::now_v7(),
                    fingerprint: None,
                    aggregate_type: if sealed { Thread::TYPE } else { UNSEALED },
                    aggregate_id: thread.to_string(),
                    expected,
                    epoch: 0,
                    events: vec![message],
                    metadata: "{}".to_owned(),
                    reserve: vec![],
                    release: vec![],
                    turns: vec![],
                };
                committer.commit(commit).await?;
                if goes_on {
                    let mut threads = threads.lock().map_err(|_| "a writer has failed")?;
                    threads.push((thread, expected + 1));
                }
                Ok(())
            }
        })
        .await?
    };
    committer.close();
    shutdown.finish(Duration::from_secs(30)).await;
    store.close().await;
    Ok(rate)
}

async fn shown(database: &DatabaseUrl, thread: ThreadId) -> Outcome<Vec<Duration>> {
    let store = Store::open(&server::beside(database)).await?;
    let trail = Trail::new(store.clone());
    let mut took = vec![];
    for _ in 0..TIMES {
        let began = Instant::now();
        let [at] = trail
            .thread_at(&thread.to_string(), [Moment::Position(u64::MAX)])
            .await?;
        took.push(began.elapsed());
        let messages = at.ok_or("the thread is not there")?.messages().len();
        if (messages as u64) < MESSAGES {
            return Err(format!("{messages} messages instead of {MESSAGES}").into());
        }
    }
    took.sort_unstable();
    store.close().await;
    Ok(took)
}
