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
/// Messages that each client sends without waiting for the replies.
const MESSAGES: u32 = 100;

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
                    "each waits until its message is durable",
                    leaving(ground, kind, disk)?,
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

/// Clients leave as soon as the stream begins: their message is durable then, and its turn waits.
fn leaving(ground: &mut Ground, kind: Kind, disk: Disk) -> Outcome<Hot> {
    let server = Server::fresh(ground, kind, disk, &[])?;
    let user = server.user(ground)?;
    let address = server.address;
    let request = load::send("/api/chat/stream", &user, &load::conversation(&user, 0));
    let messages = (MESSAGES / ground.extent.smaller).max(10);
    let (before, began) = (flushes(address)?, Instant::now());
    let sends = runtime::one_thread()?.block_on(async {
        let mut tasks: JoinSet<Result<Latencies, Failure>> = JoinSet::new();
        for _ in 0..CLIENTS {
            let request = request.clone();
            tasks.spawn(async move {
                let mut latencies = Latencies::new()?;
                for _ in 0..messages {
                    let began = Instant::now();
                    let mut connection = Connection::open(address).await?;
                    connection.begin(&request).await?;
                    connection.until(b"event: meta").await?;
                    latencies.record(began.elapsed());
                }
                Ok(latencies)
            });
        }
        let mut all = Latencies::new()?;
        while let Some(task) = tasks.join_next().await {
            all.add(&task??)?;
        }
        Outcome::Ok(Rate::of(&all, began.elapsed()))
    })?;
    let hot = Hot::since(before, began, address, sends)?;
    // Its turns are still being written: there is no point in waiting for them.
    drop(server);
    Ok(hot)
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
