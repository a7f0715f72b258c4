//! A conversation of 100,000 messages beside one of 100: what does its length cost?

use std::time::{Duration, Instant};

use aggregates::{ThreadId, UserId, thread::Thread};
use colloquy::store::{DatabaseUrl, Store};
use cqrs_es::Aggregate;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Latencies, time, times},
    ground::{Ground, Kind},
    load::{self, Connection},
    past, runtime,
    server::{self, Server, Site, User},
    table::Table,
};

const SHORT: u64 = 100;
const LONG: u64 = 100_000;
/// Requests of one kind.
const TIMES: u32 = 300;
/// Cuts, and as many times everything is back.
const CUTS: u32 = 50;
const PAGE: u32 = 50;
/// How long the views may take to catch up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let long = LONG / u64::from(ground.extent.smaller);
    let mut table = Table::new([
        "what".to_owned(),
        "database".to_owned(),
        format!("{SHORT} messages, p50"),
        "p99".to_owned(),
        format!("{long} messages, p50"),
        "p99".to_owned(),
        "ratio of p50".to_owned(),
    ]);
    for kind in Kind::BOTH {
        eprintln!("  {}", kind.label());
        // The account has to exist before its past is written.
        let settings = [("PASSIVATE_AFTER", "1")];
        let server = Server::fresh(ground, kind, Disk::Native, &settings)?;
        let user = server.user(ground)?;
        let site = server.stop()?;
        let owner: UserId = user.id.parse()?;
        for (number, messages) in [(0, SHORT), (1, long)] {
            past::long_conversation(
                &site.database,
                owner,
                &load::conversation(&user, number),
                messages,
            )?;
        }
        let database = site.database.clone();
        let (short, site) = figures(ground, site, &user, 0)?;
        let (figures_long, site) = figures(ground, site, &user, 1)?;
        for ((what, short), (_, long)) in short.iter().zip(&figures_long) {
            table.row([
                (*what).to_owned(),
                kind.label().to_owned(),
                time(short.quantile(0.5)),
                time(short.quantile(0.99)),
                time(long.quantile(0.5)),
                time(long.quantile(0.99)),
                times(
                    long.quantile(0.5).as_secs_f64(),
                    short.quantile(0.5).as_secs_f64(),
                ),
            ]);
        }
        drop(site);
        ground.discard(&database, Disk::Native)?;
    }
    Ok(table.to_string())
}

type Figures = Vec<(&'static str, Latencies)>;

/// All figures of one conversation, by a server that has just started.
fn figures(ground: &Ground, site: Site, user: &User, number: usize) -> Outcome<(Figures, Site)> {
    let (database, name) = (site.database.clone(), load::conversation(user, number));
    let server = site.start(ground)?;
    let send = load::send("/api/chat", user, &name);
    let page = load::get(
        &format!("/api/chat/messages?conversation_id={name}&limit={PAGE}"),
        &user.key,
    );
    let mut figures = runtime::one_thread()?.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        // The views may still be reading the past.
        let began = Instant::now();
        while load::find(connection.ask(&page).await?.body, br#""role""#).is_none() {
            if began.elapsed() > PATIENCE {
                return Err("the views do not catch up".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let waking = repeat(&mut connection, &send, 1).await?;
        let awake = repeat(&mut connection, &send, TIMES).await?;
        let page = repeat(&mut connection, &page, TIMES).await?;
        let (cut, whole) = cuts(&mut connection, user, &name).await?;
        rest(&mut connection).await?;
        let again = repeat(&mut connection, &send, 1).await?;
        Outcome::Ok(vec![
            ("waking, send and echo (once; the log alone)", waking),
            ("waking, send and echo (once; after a rest)", again),
            ("send and echo, actor awake", awake),
            ("last page of 50 over HTTP", page),
            ("truncate to 10 messages", cut),
            ("restore all of them", whole),
        ])
    })?;
    let site = server.stop()?;
    figures.extend(pages_of_the_log(&database, &name)?);
    Ok((figures, site))
}

/// Truncating all but ten messages, and restoring them, again and again.
async fn cuts(
    connection: &mut Connection,
    user: &User,
    name: &str,
) -> Outcome<(Latencies, Latencies)> {
    let of = |what: &str, body: &str| {
        load::post(
            &format!("/api/chat/conversations/{name}/{what}"),
            &user.key,
            body,
        )
    };
    let (truncate, restore) = (of("truncate", r#"{"keep_count":10}"#), of("restore", ""));
    let (mut cut, mut whole) = (Latencies::new()?, Latencies::new()?);
    for _ in 0..CUTS {
        cut.add(&repeat(connection, &truncate, 1).await?)?;
        whole.add(&repeat(connection, &restore, 1).await?)?;
    }
    Ok((cut, whole))
}

/// Waits until no actor is awake; a resting one leaves a snapshot behind.
async fn rest(connection: &mut Connection) -> Outcome {
    let (metrics, began) = (load::get("/metrics", "none"), Instant::now());
    while load::find(
        connection.ask(&metrics).await?.body,
        b"colloquy_actors_live 0\n",
    )
    .is_none()
    {
        if began.elapsed() > PATIENCE {
            return Err("the actor does not rest".into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn repeat(connection: &mut Connection, request: &[u8], times: u32) -> Outcome<Latencies> {
    let mut latencies = Latencies::new()?;
    for _ in 0..times {
        let began = Instant::now();
        load::expect_ok(&connection.ask(request).await?)?;
        latencies.record(began.elapsed());
    }
    Ok(latencies)
}

/// The dialect shows only the last page; the log's own pages are read in this process.
fn pages_of_the_log(database: &DatabaseUrl, name: &str) -> Outcome<Figures> {
    let id = ThreadId::named(name).to_string();
    runtime::all_cores()?.block_on(async {
        let store = Store::open(&server::beside(database)).await?;
        let (mut first, mut last) = (Latencies::new()?, Latencies::new()?);
        for _ in 0..TIMES {
            let began = Instant::now();
            store.read_stream(Thread::TYPE, &id, 0, PAGE).await?;
            first.record(began.elapsed());
            let began = Instant::now();
            store.read_back(Thread::TYPE, &id, u64::MAX, PAGE).await?;
            last.record(began.elapsed());
        }
        store.close().await;
        Ok(vec![
            ("first 50 events of the log", first),
            ("last 50 events of the log", last),
        ])
    })
}
