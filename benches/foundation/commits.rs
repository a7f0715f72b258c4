//! Commits per second at the committer, beside pgbench and the stock crates.
//!
//! The committer and the stock crates run in a process of their own, so that the slow disk can be put
//! under SQLite as well.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use aggregates::{
    UserId,
    user::{Role, User, UserCommand, UserEvent},
};
use colloquy::{
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, DatabaseUrl, NewEvent, Store, StoreConfig},
};
use cqrs_es::{Aggregate, CqrsFramework, persist::PersistedEventStore};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    Failure, Outcome,
    disk::Disk,
    figures::{Latencies, Rate, number, times},
    ground::{Ground, Kind},
    pgbench::Rows,
    process, runtime, stock,
    table::Table,
};

/// Before anything counts.
const WARM_UP: Duration = Duration::from_millis(300);

/// Prints the tables.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut table = Table::new([
        "writers",
        "disk",
        "database",
        "committer/s",
        "p50",
        "p99",
        "stock execute/s",
        "p50",
        "p99",
        "committer : stock",
    ]);
    let mut beside = Table::new([
        "clients",
        "disk",
        "pgbench rows/s",
        "p50",
        "p99",
        "pgbench 64-row batches, rows/s",
        "p50",
        "p99",
        "committer on PostgreSQL : single rows",
        "on SQLite : single rows",
    ]);
    for disk in Disk::BOTH {
        let mut committed = vec![];
        for kind in Kind::BOTH {
            let ours = work(ground, kind, disk, Engine::Committer)?;
            let stock = work(ground, kind, disk, Engine::Stock)?;
            for (writers, (ours, stock)) in
                ground.extent.clients.iter().zip(ours.iter().zip(&stock))
            {
                let mut row = vec![
                    writers.to_string(),
                    disk.label().into(),
                    kind.label().into(),
                ];
                row.extend(ours.cells());
                row.extend(stock.cells());
                row.push(times(ours.per_second, stock.per_second));
                table.row(row);
            }
            committed.push(ours);
        }
        for (at, &clients) in ground.extent.clients.iter().enumerate() {
            let single = ground.pgbench(disk, Rows::One, clients)?;
            let batch = ground.pgbench(disk, Rows::Batch, clients)?;
            let mut row = vec![clients.to_string(), disk.label().to_owned()];
            row.extend(single.cells());
            row.extend(batch.cells());
            row.push(times(committed[1][at].per_second, single.per_second));
            row.push(times(committed[0][at].per_second, single.per_second));
            beside.row(row);
        }
    }
    Ok(format!("{table}\n{beside}"))
}

/// Who commits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Engine {
    /// Ours.
    Committer,
    /// The stock crates' `execute`.
    Stock,
}

/// What a working process is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Work {
    engine: Engine,
    /// SQLite's directory; else `url`.
    dir: Option<std::path::PathBuf>,
    url: Option<String>,
    writers: Vec<usize>,
    millis: u64,
}

impl Work {
    fn database(&self) -> Outcome<DatabaseUrl> {
        match (&self.dir, &self.url) {
            (Some(dir), _) => Ok(DatabaseUrl::Sqlite { dir: dir.clone() }),
            (None, Some(url)) => Ok(DatabaseUrl::Postgres { url: url.clone() }),
            (None, None) => Err("a working process needs a database".into()),
        }
    }
}

/// Has a process of its own measure it at all concurrencies.
fn work(ground: &mut Ground, kind: Kind, disk: Disk, engine: Engine) -> Outcome<Vec<Rate>> {
    eprintln!("  {engine:?} on {}, {}", kind.label(), disk.label());
    let database = ground.database(kind, disk)?;
    let (dir, url) = match database.clone() {
        DatabaseUrl::Sqlite { dir } => (Some(dir), None),
        DatabaseUrl::Postgres { url } => (None, Some(url)),
    };
    let work = Work {
        engine,
        dir,
        url,
        writers: ground.extent.clients.to_vec(),
        millis: u64::try_from(ground.extent.cell.as_millis())?,
    };
    let mut worker = Command::new(std::env::current_exe()?);
    worker.arg("--worker").arg(serde_json::to_string(&work)?);
    ground.slow.put_under(&mut worker, disk);
    let said = process::output(&mut worker)?;
    ground.discard(&database, disk)?;
    said.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

/// What the working process does: prints a line for each concurrency.
pub(crate) fn worker(work: &str) -> Outcome {
    let work: Work = serde_json::from_str(work)?;
    runtime::all_cores()?.block_on(async {
        let (database, length) = (work.database()?, Duration::from_millis(work.millis));
        match work.engine {
            Engine::Committer => {
                let (store, shutdown) = (
                    Store::open(&StoreConfig::new(database)).await?,
                    Shutdown::default(),
                );
                let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
                for &writers in &work.writers {
                    let committer = committer.clone();
                    let rate = closed_loop(writers, length, move || {
                        let committer = committer.clone();
                        async move { commit(&committer).await }
                    });
                    println!("{}", serde_json::to_string(&rate.await?)?);
                }
                committer.close();
                shutdown.finish(Duration::from_secs(10)).await;
                store.close().await;
            }
            Engine::Stock => {
                let most = work.writers.iter().copied().max().unwrap_or(1);
                match database {
                    DatabaseUrl::Sqlite { dir } => {
                        let events = stock::sqlite(&dir).await?;
                        execute_all(
                            &work.writers,
                            length,
                            CqrsFramework::new(events, vec![], ()),
                        )
                        .await?;
                    }
                    DatabaseUrl::Postgres { url } => {
                        let events = stock::postgres(&url, most).await?;
                        execute_all(
                            &work.writers,
                            length,
                            CqrsFramework::new(events, vec![], ()),
                        )
                        .await?;
                    }
                }
            }
        }
        Ok(())
    })
}

async fn execute_all<R>(
    writers: &[usize],
    length: Duration,
    stock: CqrsFramework<User, PersistedEventStore<R, User>>,
) -> Outcome
where
    R: cqrs_es::persist::PersistedEventRepository + 'static,
{
    let stock = Arc::new(stock);
    for &writers in writers {
        let stock = Arc::clone(&stock);
        let rate = closed_loop(writers, length, move || {
            let stock = Arc::clone(&stock);
            async move {
                let user = UserId(Uuid::now_v7());
                let command = UserCommand::Register {
                    user,
                    username: name(user.0.as_u128()),
                    role: Role::User,
                    credential: user.0,
                    generated: false,
                };
                Ok(stock.execute(&user.to_string(), command).await?)
            }
        });
        println!("{}", serde_json::to_string(&rate.await?)?);
    }
    Ok(())
}

pub(crate) async fn commit(committer: &Committer) -> Outcome {
    let id = Uuid::now_v7();
    let commit = Commit {
        command_id: id,
        fingerprint: None,
        aggregate_type: User::TYPE,
        aggregate_id: id.to_string(),
        expected: 0,
        epoch: 0,
        events: vec![NewEvent {
            event_type: "user.registered".to_owned(),
            event_version: "1".to_owned(),
            payload: payload(id.as_u128()),
        }],
        metadata: "{}".to_owned(),
        reserve: vec![],
        release: vec![],
        turns: vec![],
    };
    committer.commit(commit).await?;
    Ok(())
}

/// The event that everybody writes, about 200 bytes.
pub(crate) fn payload(number: u128) -> String {
    let id = Uuid::from_u128(number);
    let event = UserEvent::Registered {
        user: UserId(id),
        username: name(number),
        role: Role::User,
        credential: id,
        generated: false,
    };
    NewEvent::of(&event)
        .map(|event| event.payload)
        .unwrap_or_default()
}

fn name(number: u128) -> String {
    format!("somebody {number:039}")
}

/// `writers` tasks that do it again and again.
pub(crate) async fn closed_loop<W>(
    writers: usize,
    length: Duration,
    work: impl Fn() -> W + Clone + Send + 'static,
) -> Outcome<Rate>
where
    W: Future<Output = Outcome> + Send,
{
    let counts_from = Instant::now() + WARM_UP;
    let until = counts_from + length;
    let mut tasks: JoinSet<Result<Latencies, Failure>> = JoinSet::new();
    for _ in 0..writers {
        let work = work.clone();
        tasks.spawn(async move {
            let mut latencies = Latencies::new()?;
            loop {
                let began = Instant::now();
                work().await?;
                let ended = Instant::now();
                if ended >= until {
                    return Ok(latencies);
                }
                if ended >= counts_from {
                    latencies.record(ended - began);
                }
            }
        });
    }
    let mut all = Latencies::new()?;
    while let Some(task) = tasks.join_next().await {
        all.add(&task??)?;
    }
    if all.count() == 0 {
        return Err(format!(
            "{} writers did nothing in {length:?}",
            number(writers as f64)
        )
        .into());
    }
    Ok(Rate::of(&all, length))
}
