//! What we add to a provider: time to the first delta, and how long each delta is on its way.
//!
//! 64 streams at once, 100 deltas a second each. Every delta carries the time at which the upstream let it
//! go; clients, upstream and stamps share one clock.

use std::{net::SocketAddr, time::Duration};

use tokio::task::JoinSet;

use crate::{
    Failure, Outcome,
    disk::Disk,
    figures::{Latencies, added, time},
    ground::{Ground, Kind},
    load::{self, Connection, find},
    runtime,
    server::Server,
    table::Table,
    upstream::{self, Script, Upstream},
};

const STREAMS: usize = 64;
const RHYTHM: Duration = Duration::from_millis(10);
/// Deltas of one stream: half a second.
const DELTAS: u32 = 50;
/// Streams that each client follows, one after another; the first one does not count.
const ROUNDS: u32 = 12;

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut table = Table::new([
        "through",
        "disk",
        "first delta p50",
        "p99",
        "added p50",
        "added p99",
        "delta on its way p50",
        "p99",
        "deltas/s",
    ]);
    let rounds = (ROUNDS / ground.extent.smaller).max(3);
    let direct = measure(
        rounds,
        |upstream| {
            let requests = (0..STREAMS).map(|_| upstream::request()).collect();
            Ok((upstream.address, requests, ()))
        },
        b"[DONE]",
    )?;
    table.row(direct.row("nothing", "–", None));
    for disk in Disk::BOTH {
        for kind in Kind::BOTH {
            eprintln!("  {}, {}", kind.label(), disk.label());
            let seen = measure(
                rounds,
                |upstream| {
                    let settings = upstream.settings();
                    let settings: Vec<_> = settings
                        .iter()
                        .map(|(name, value)| (*name, value.as_str()))
                        .collect();
                    let server = Server::fresh(ground, kind, disk, &settings)?;
                    let user = server.user(ground)?;
                    let send = |client| {
                        load::send(
                            "/api/chat/stream",
                            &user,
                            &load::conversation(&user, client),
                        )
                    };
                    Ok((server.address, (0..STREAMS).map(send).collect(), server))
                },
                b"event: done",
            )?;
            table.row(seen.row(kind.label(), disk.label(), Some(&direct)));
        }
    }
    Ok(table.to_string())
}

/// What clients saw.
struct Seen {
    first: Latencies,
    each: Latencies,
    per_second: f64,
}

impl Seen {
    fn new() -> Outcome<Self> {
        Ok(Self {
            first: Latencies::new()?,
            each: Latencies::new()?,
            per_second: 0.0,
        })
    }

    fn row(&self, through: &str, disk: &str, base: Option<&Self>) -> Vec<String> {
        let first = |quantile| self.first.quantile(quantile);
        let over = |quantile| {
            base.map_or("–".to_owned(), |base| {
                added(first(quantile), base.first.quantile(quantile))
            })
        };
        vec![
            through.to_owned(),
            disk.to_owned(),
            time(first(0.5)),
            time(first(0.99)),
            over(0.5),
            over(0.99),
            time(self.each.quantile(0.5)),
            time(self.each.quantile(0.99)),
            crate::figures::number(self.per_second),
        ]
    }
}

/// Starts an upstream, and what is to be asked (kept until the end), and follows its streams.
fn measure<T>(
    rounds: u32,
    whom: impl FnOnce(&Upstream) -> Outcome<(SocketAddr, Vec<Vec<u8>>, T)>,
    end: &'static [u8],
) -> Outcome<Seen> {
    // The upstream has a thread of its own: it must answer while a server starts.
    let upstreams = runtime::beside()?;
    let script = Script::Paced {
        deltas: DELTAS,
        every: RHYTHM,
    };
    let upstream = upstreams.block_on(Upstream::start(script))?;
    let (address, requests, kept) = whom(&upstream)?;
    let seen = runtime::one_thread()?.block_on(async {
        let mut tasks: JoinSet<Result<Seen, Failure>> = JoinSet::new();
        for (client, request) in requests.into_iter().enumerate() {
            tasks.spawn(async move {
                let mut seen = Seen::new()?;
                // Spread over a stream's length: otherwise all of them would begin in the same moment,
                // again and again.
                let share = client as f64 / STREAMS as f64;
                tokio::time::sleep((RHYTHM * DELTAS).mul_f64(share)).await;
                for round in 0..=rounds {
                    follow(address, &request, end, (round > 0).then_some(&mut seen)).await?;
                }
                Ok(seen)
            });
        }
        let began = std::time::Instant::now();
        let mut all = Seen::new()?;
        while let Some(task) = tasks.join_next().await {
            let seen = task??;
            all.first.add(&seen.first)?;
            all.each.add(&seen.each)?;
        }
        let share = f64::from(rounds) / f64::from(rounds + 1);
        all.per_second = all.each.count() as f64 / (began.elapsed().as_secs_f64() * share);
        Outcome::Ok(all)
    })?;
    drop(kept);
    Ok(seen)
}

async fn follow(
    address: SocketAddr,
    request: &[u8],
    end: &[u8],
    mut seen: Option<&mut Seen>,
) -> Outcome {
    let mut connection = Connection::open(address).await?;
    let began = upstream::now();
    connection.begin(request).await?;
    let mut deltas = 0;
    loop {
        let buffer = connection.more().await?;
        let arrived = upstream::now();
        if find(buffer, b"event: error").is_some()
            || (deltas == 0 && !buffer.starts_with(b"HTTP/1.1 200"))
        {
            return Err(format!("no stream: {}", String::from_utf8_lossy(buffer)).into());
        }
        // What follows the end repeats the whole text.
        let over = find(buffer, end);
        if let Some(over) = over {
            buffer.truncate(over);
        }
        for stamp in upstream::stamps(buffer) {
            if let Some(seen) = seen.as_mut() {
                if deltas == 0 {
                    seen.first.record(Duration::from_micros(arrived - began));
                }
                seen.each
                    .record(Duration::from_micros(arrived.saturating_sub(stamp)));
            }
            deltas += 1;
        }
        if over.is_some() {
            return match deltas {
                DELTAS => Ok(()),
                _ => Err(format!("{deltas} of {DELTAS} deltas came").into()),
            };
        }
    }
}
