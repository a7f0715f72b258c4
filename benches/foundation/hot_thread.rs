//! One conversation that everybody writes to: what queued during a flush goes into the next one together.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    Failure, Outcome,
    disk::Disk,
    figures::{Latencies, Rate, number, times},
    ground::{Ground, Kind},
    load::{self, Connection},
    pgbench::Rows,
    runtime,
    server::Server,
    table::Table,
};

const CLIENTS: usize = 32;
/// How often all of them send at once.
const BURSTS: u32 = 100;

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut table = Table::new([
        "32 clients, one conversation",
        "disk",
        "database",
        "sends/s",
        "p50",
        "p99",
        "commits/s",
        "commits a flush",
        "pgbench rows/s, 1 client",
        "commits : rows",
    ]);
    for disk in Disk::BOTH {
        for kind in Kind::BOTH {
            eprintln!("  {}, {}", kind.label(), disk.label());
            let rows = ground.pgbench(disk, Rows::One, 1)?.per_second;
            for (how, hot) in [
                ("each waits for its reply", waiting(ground, kind, disk)?),
                (
                    "each waits until its message is durable, in bursts",
                    bursts(ground, kind, disk)?,
                ),
            ] {
                let mut row = vec![how.to_owned(), disk.label().into(), kind.label().into()];
                row.extend(hot.sends.cells());
                row.push(number(hot.commits));
                row.push(number(hot.at_once));
                row.push(number(rows));
                row.push(times(hot.commits, rows));
                table.row(row);
            }
        }
    }
    Ok(table.to_string())
}

struct Hot {
    sends: Rate,
    commits: f64,
    at_once: f64,
}

/// Clients read whole replies, which are written one after another.
fn waiting(ground: &mut Ground, kind: Kind, disk: Disk) -> Outcome<Hot> {
    let server = Server::fresh(ground, kind, disk, &[])?;
    let user = server.user(ground)?;
    let request = load::send("/api/chat", &user, &load::conversation(&user, 0));
    let (before, began) = (flushes(server.address)?, Instant::now());
    let sends = load::closed_loop(server.address, vec![request; CLIENTS], ground.extent.cell)?;
    let hot = Hot::since(before, began, server.address, sends)?;
    server.discard(ground)?;
    Ok(hot)
}

/// In bursts, because only so many messages may wait for their turn: everybody sends one at the same
/// moment and is done when its stream begins, because then its message is durable. The next burst comes
/// when all replies of this one are written.
fn bursts(ground: &mut Ground, kind: Kind, disk: Disk) -> Outcome<Hot> {
    let server = Server::fresh(ground, kind, disk, &[])?;
    let user = server.user(ground)?;
    let (address, conversation) = (server.address, load::conversation(&user, 0));
    let whole = load::send("/api/chat", &user, &conversation);
    let stream = load::send("/api/chat/stream", &user, &conversation);
    let bursts = (BURSTS / ground.extent.smaller).max(5);
    let mut flushed = (0.0, 0.0);
    let mut within = Duration::ZERO;
    let mut latencies = Latencies::new()?;
    for _ in 0..bursts {
        // Its reply is written after those of all messages before it.
        load::once(address, vec![whole.clone()], 1)?;
        let before = flushes(address)?;
        let (took, seen) = runtime::one_thread()?.block_on(burst(address, &stream))?;
        let after = flushes(address)?;
        flushed = (
            flushed.0 + after.0 - before.0,
            flushed.1 + after.1 - before.1,
        );
        within += took;
        latencies.add(&seen)?;
    }
    server.discard(ground)?;
    let sends = Rate::of(&latencies, within);
    // Replies that end meanwhile are commits too, but the clock was stopped before they were counted.
    Ok(Hot {
        sends,
        commits: sends.per_second,
        at_once: flushed.0 / flushed.1.max(1.0),
    })
}

/// How long until all messages were durable, and each.
async fn burst(address: SocketAddr, request: &[u8]) -> Outcome<(Duration, Latencies)> {
    let mut connections = vec![];
    for _ in 0..CLIENTS {
        connections.push((Connection::open(address).await?, request.to_vec()));
    }
    let began = Instant::now();
    let mut tasks: JoinSet<Result<Latencies, Failure>> = JoinSet::new();
    for (mut connection, request) in connections {
        tasks.spawn(async move {
            let mut latencies = Latencies::new()?;
            let began = Instant::now();
            connection.begin(&request).await?;
            connection.until(b"event: meta").await?;
            latencies.record(began.elapsed());
            Ok(latencies)
        });
    }
    let mut all = Latencies::new()?;
    while let Some(task) = tasks.join_next().await {
        all.add(&task??)?;
    }
    Ok((began.elapsed(), all))
}

impl Hot {
    fn since(
        before: (f64, f64),
        began: Instant,
        address: SocketAddr,
        sends: Rate,
    ) -> Outcome<Self> {
        let length = began.elapsed();
        let after = flushes(address)?;
        let (commits, flushes) = (after.0 - before.0, after.1 - before.1);
        let per_second = |count: f64| count / length.max(Duration::from_millis(1)).as_secs_f64();
        Ok(Self {
            sends,
            commits: per_second(commits),
            at_once: commits / flushes.max(1.0),
        })
    }
}

/// Commits and flushes of the committer until now, as the server counts them.
fn flushes(address: SocketAddr) -> Outcome<(f64, f64)> {
    let metrics = runtime::one_thread()?.block_on(async {
        let mut connection = Connection::open(address).await?;
        let answer = connection.ask(&load::get("/metrics", "none")).await?;
        load::expect_ok(&answer)?;
        Outcome::Ok(String::from_utf8_lossy(answer.body).into_owned())
    })?;
    let value = |name: &str| {
        metrics
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok())
    };
    let sum = value("colloquy_commit_batch_size_sum").unwrap_or(0.0);
    Ok((
        sum,
        value("colloquy_commit_batch_size_count").unwrap_or(0.0),
    ))
}
