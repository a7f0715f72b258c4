//! The projector: how fast views are made from the log, and the log is read at all.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use colloquy::{
    projector,
    store::{DatabaseUrl, Store},
    views::Views,
};

use crate::{
    Outcome,
    disk::Disk,
    figures::{number, time, times},
    ground::{Ground, Kind},
    runtime, server,
    table::Table,
};

/// Events of one read.
const READ: u32 = 2_000;
/// What COPY is given: all that a reader of the log is given.
const ROWS: &str = "COPY (SELECT global_position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, \
                    event_version, payload, metadata FROM events ORDER BY global_position) TO STDOUT";

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut made = Table::new(["what", "database", "events", "took", "events/s"]);
    let mut read = Table::new([
        "replay of the log",
        "events/s",
        "COPY TO STDOUT rows/s",
        "ratio",
    ]);
    for kind in Kind::BOTH {
        eprintln!("  filling a log on {}", kind.label());
        let database = ground.big_log(kind)?;
        let events = ground.big() as f64;
        let figures = runtime::all_cores()?.block_on(async {
            let config = server::beside(&database);
            let store = Store::open(&config).await?;
            let replay = replay(&store).await?;
            eprintln!("  making views on {}", kind.label());
            let views = Views::open(&config, &store).await?;
            let mut figures = vec![];
            let (began, from) = (Instant::now(), views.position());
            projector::catch_up(&store, &views).await?;
            // Made before, when another question came first.
            if from == 0 {
                figures.push(("all views at once".to_owned(), began.elapsed()));
            }
            for name in ["transcript", "conversations", "search"] {
                let began = Instant::now();
                let report = projector::rebuild(&store, &views, name, |_| {}).await?;
                if report.different != 0 {
                    return Err(
                        format!("{name} was rebuilt with {} other rows", report.different).into(),
                    );
                }
                figures.push((
                    format!("rebuild of {name}, with comparison"),
                    began.elapsed(),
                ));
            }
            views.close().await;
            store.close().await;
            Outcome::Ok((replay, figures))
        })?;
        let (replay, figures) = figures;
        for (what, took) in figures {
            let rate = number(events / took.as_secs_f64());
            made.row([what, kind.label().into(), number(events), time(took), rate]);
        }
        let ours = events / replay.as_secs_f64();
        let copied = match &database {
            DatabaseUrl::Sqlite { .. } => None,
            DatabaseUrl::Postgres { url } => Some(events / copy(ground, url)?.as_secs_f64()),
        };
        read.row([
            kind.label().to_owned(),
            number(ours),
            copied.map_or("–".to_owned(), number),
            copied.map_or("–".to_owned(), |copied| times(ours, copied)),
        ]);
    }
    Ok(format!("{made}\n{read}"))
}

async fn replay(store: &Store) -> Outcome<Duration> {
    let (began, mut position) = (Instant::now(), 0);
    while let Some(last) = store.read_after(position, READ).await?.last() {
        position = last.position;
    }
    Ok(began.elapsed())
}

pub(crate) fn copy(ground: &mut Ground, url: &str) -> Outcome<Duration> {
    let database = url.rsplit('/').next().unwrap_or_default();
    let mut psql: Command = ground.cluster(Disk::Native)?.program("psql");
    psql.args(["-X", "-q", "-d", database, "-c", ROWS])
        .stdout(Stdio::null());
    let began = Instant::now();
    if !psql.status()?.success() {
        return Err("COPY failed".into());
    }
    Ok(began.elapsed())
}
