//! The auditors' feed: how fast it is read by whoever is far behind, and how far behind is who follows it while others write.
//!
//! An event is dated by the log when it is written, and read by a client of the same machine: between the two is
//! its commit, and then how long the feed takes to show it.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use aggregates::UserId;
use colloquy::{audit::Moment, clock, store::DatabaseUrl};
use serde_json::Value;
use tokio::time::{interval, timeout};
use uuid::Uuid;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, number, time},
    ground::{Ground, Kind},
    load::{self, Connection, expect_ok},
    past, runtime,
    server::{Server, Site, User},
    table::Table,
};

/// Events that somebody is behind.
const BEHIND: u64 = 250_000;
/// Events of one answer: as many as there may be.
const ANSWER: u64 = 100_000;
/// Events that are appended each second while somebody follows.
const APPENDED: u64 = 10_000;
/// Clients that send while somebody follows.
const CLIENTS: usize = 64;
/// Before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);
/// How much longer others write than is counted.
const LONGER: Duration = Duration::from_secs(1);
/// After so much silence everything has come.
const SILENCE: Duration = Duration::from_secs(2);
/// What stands before the time of an event.
const RECORDED: &str = "\"recorded_at\":\"";

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut behind = Table::new(["the feed from the beginning", "events", "took", "events/s"]);
    let mut followed = Table::new([
        "the feed followed beside",
        "database",
        "events/s written",
        "events/s read",
        "behind, p50",
        "p99",
    ]);
    let (cell, events) = (
        ground.extent.cell,
        BEHIND / u64::from(ground.extent.smaller),
    );
    for kind in Kind::BOTH {
        eprintln!("  filling a log for the feed on {}", kind.label());
        let database = ground.database(kind, Disk::Native)?;
        past::conversations(&database, events)?;
        past::make_views(&database)?;
        let server = Site::on(ground, database.clone(), Disk::Native, &[])?.start(ground)?;
        let user = server.user_as(ground, "admin")?;

        eprintln!("  reading the feed on {}", kind.label());
        let began = Instant::now();
        let all = runtime::one_thread()?.block_on(read_on(server.address, &user, 0))?;
        let took = began.elapsed();
        behind.row([
            kind.label().to_owned(),
            number(all as f64),
            time(took),
            number(all as f64 / took.as_secs_f64()),
        ]);

        let long = WARM_UP + cell + LONGER;
        let appended = follow(&server, &user, all, cell, || append(&database, long))?;
        let requests: Vec<Vec<u8>> = (0..CLIENTS)
            .map(|client| load::send("/api/chat", &user, &load::conversation(&user, client)))
            .collect();
        let address = server.address;
        let sent = follow(&server, &user, all + appended.all, cell, || {
            load::closed_loop(address, requests, cell + LONGER).map(drop)
        })?;
        for (what, seen) in [
            (
                format!("{} events/s appended", number(APPENDED as f64)),
                appended,
            ),
            (format!("sends of {CLIENTS} clients"), sent),
        ] {
            let rate = |events: u64| number(events as f64 / cell.as_secs_f64());
            followed.row([
                what,
                kind.label().to_owned(),
                rate(seen.written),
                rate(seen.behind.count()),
                time(seen.behind.quantile(0.5)),
                time(seen.behind.quantile(0.99)),
            ]);
        }
        server.discard(ground)?;
    }
    Ok(format!("{behind}\n{followed}"))
}

/// Reads the feed from here to its end, in answers that are as long as can be; where that is.
async fn read_on(address: SocketAddr, user: &User, mut after: u64) -> Outcome<u64> {
    let mut connection = Connection::open(address).await?;
    loop {
        let path = format!("/api/audit/events?after={after}&limit={ANSWER}");
        let answer = connection.ask(&load::get(&path, &user.key)).await?;
        expect_ok(&answer)?;
        // What stands between the lines is of HTTP.
        let end = &answer.body[answer.body.len().saturating_sub(200)..];
        let end = String::from_utf8_lossy(end);
        let end = end.lines().rfind(|line| line.starts_with("{\"next\""));
        let end: Value = serde_json::from_str(end.ok_or("the feed was broken off")?)?;
        after = end["next"].as_str().ok_or("the feed has no end")?.parse()?;
        if end["more"] == false {
            return Ok(after);
        }
    }
}

/// Appends so many events each second for so long, in a process beside the server.
fn append(database: &DatabaseUrl, long: Duration) -> Outcome {
    past::write(database, async move |writer| {
        let owner = UserId(Uuid::now_v7());
        let mut ticks = interval(Duration::from_nanos(
            1_000_000_000 * past::OF_ONE / APPENDED,
        ));
        let began = Instant::now();
        while began.elapsed() < long {
            ticks.tick().await;
            writer.conversation(owner).await?;
        }
        Ok(())
    })
}

/// What somebody saw who followed the feed.
struct Seen {
    /// Events that were written in the time that counts.
    written: u64,
    /// Those that came in it, and how late.
    behind: Latencies,
    all: u64,
}

/// Follows the feed from its end while others do this.
fn follow(
    server: &Server,
    user: &User,
    after: u64,
    cell: Duration,
    others: impl FnOnce() -> Outcome + Send,
) -> Outcome<Seen> {
    let here = runtime::one_thread()?;
    let seen = thread::scope(|scope| {
        let others = scope.spawn(others);
        let seen = here.block_on(listen(server.address, user, after, cell));
        others.join().map_err(|_| "those who write have failed")??;
        seen
    })?;
    let there = here.block_on(read_on(server.address, user, after))? - after;
    match seen.all == there {
        true => Ok(seen),
        false => Err(format!("{} of {there} events came", seen.all).into()),
    }
}

async fn listen(address: SocketAddr, user: &User, after: u64, cell: Duration) -> Outcome<Seen> {
    let request = format!(
        "GET /api/audit/events?after={after} HTTP/1.1\r\nhost: localhost\r\n\
         authorization: Bearer {}\r\naccept: text/event-stream\r\n\r\n",
        user.key
    );
    let mut connection = Connection::open(address).await?;
    connection.begin(request.as_bytes()).await?;
    let mut seen = Seen {
        written: 0,
        behind: Latencies::new()?,
        all: 0,
    };
    let (mut counts, mut began) = (None, false);
    // Until nothing comes any more, however late that is.
    while let Ok(more) = timeout(SILENCE, connection.more()).await {
        let buffer = more?;
        let now = clock::now_micros();
        if !began && !buffer.starts_with(b"HTTP/1.1 200") {
            return Err(format!("no feed: {}", String::from_utf8_lossy(buffer)).into());
        }
        began = true;
        for recorded in times(buffer)? {
            let counts = counts.get_or_insert_with(|| {
                let from = now + micros(WARM_UP);
                from..from + micros(cell)
            });
            seen.all += 1;
            seen.written += u64::from(counts.contains(&recorded));
            if counts.contains(&now) {
                let late = u64::try_from(now - recorded).unwrap_or(0);
                seen.behind.record(Duration::from_micros(late));
            }
        }
    }
    Ok(seen)
}

/// Takes the events out of what has come of the feed: when they were written. What may be the beginning of one stays.
fn times(buffer: &mut Vec<u8>) -> Outcome<Vec<i64>> {
    let end = buffer.windows(2).rposition(|pair| pair == b"\n\n");
    let Some(end) = end else { return Ok(vec![]) };
    let events = String::from_utf8_lossy(&buffer[..end]);
    let time = |rest: &str| match Moment::read(rest.split('"').next()?)? {
        Moment::Time(time) => Some(time),
        Moment::Position(_) => None,
    };
    let times = events.split(RECORDED).skip(1).map(time);
    let times: Option<Vec<i64>> = times.collect();
    let times = times.ok_or("an event without a time")?;
    buffer.drain(..end + 2);
    Ok(times)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
