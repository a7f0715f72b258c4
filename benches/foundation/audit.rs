//! The record proves itself: how fast it is verified, what the notary costs, and how long a past moment takes.

use std::time::{Duration, Instant};

use aggregates::{ThreadId, UserId};
use colloquy::{
    audit::{
        Moment, Trail,
        key::{NotaryKey, Trusted},
        origin,
        verify::verify,
    },
    shutdown::Shutdown,
    store::{Bell, Committer, DatabaseUrl, Store},
    subscribers::Notary,
};
use uuid::Uuid;

use crate::{
    Outcome,
    commits::{closed_loop, commit},
    disk::Disk,
    figures::{Rate, number, time, times},
    ground::{Ground, Kind},
    projector, runtime, server,
    table::Table,
};

/// Writers of the log that the notary follows.
const WRITERS: usize = 64;
/// Messages of the thread that is shown as it was: with their beginnings 10,000 events.
const MESSAGES: u64 = 6_668;
/// How often it is shown.
const TIMES: usize = 9;

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
        let mut rates = vec![];
        for with_notary in [false, true, false, true] {
            let database = ground.database(kind, Disk::Native)?;
            let length = ground.extent.cell;
            rates.push(runtime::all_cores()?.block_on(appended(&database, with_notary, length))?);
            ground.discard(&database, Disk::Native)?;
        }
        let without = (rates[0].per_second + rates[2].per_second) / 2.0;
        let with = (rates[1].per_second + rates[3].per_second) / 2.0;
        costs.row([
            kind.label().to_owned(),
            number(without),
            number(with),
            times(with, without),
        ]);

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
    Ok(format!("{verified}\n{costs}\n{moments}"))
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
