//! Memory: the server at rest, a thread that is awake and silent, an open stream; and the binary.

use tokio::{sync::watch, task::JoinSet};

use crate::{
    Failure, Outcome,
    disk::Disk,
    figures::{bytes, number, time},
    ground::{Ground, Kind},
    load::{self, Connection},
    runtime,
    server::{Server, User},
    table::Table,
    upstream::{Script, Upstream},
};
use std::time::{Duration, Instant};

/// Threads that are woken.
const THREADS: usize = 20_000;
/// Streams that are open at once.
const STREAMS: usize = 10_000;
/// Replies that they follow.
const TURNS: usize = 100;
/// Replies that run at once, with a connection to the upstream and a client each.
const OWN_TURNS: usize = 2_000;
/// Requests under way while something is set up.
const AT_ONCE: usize = 64;
/// What was allocated for requests has been freed by then.
const REST: Duration = Duration::from_secs(1);

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let mut table = Table::new(["what", "figure", "how"]);
    table.row([
        "binary",
        &bytes(std::fs::metadata(&ground.binary)?.len() as f64),
        "release, stripped",
    ]);
    for kind in Kind::BOTH {
        let server = Server::fresh(ground, kind, Disk::Native, &[])?;
        std::thread::sleep(REST);
        table.row([
            "server at rest",
            &bytes(server.memory()?),
            &format!("resident, {}", kind.label()),
        ]);
        server.discard(ground)?;
    }
    idle_actors(ground, &mut table)?;
    streams(ground, &mut table)?;
    own_turns(ground, &mut table)?;
    Ok(table.to_string())
}

/// After as many sends to few threads, so that pools, caches and allocator have grown already.
fn idle_actors(ground: &mut Ground, table: &mut Table) -> Outcome {
    let threads = THREADS / ground.extent.smaller as usize;
    let server = Server::fresh(
        ground,
        Kind::Sqlite,
        Disk::Native,
        &[("PASSIVATE_AFTER", "86400")],
    )?;
    let user = server.user(ground)?;
    let sends = |names: &mut dyn Iterator<Item = usize>| {
        let requests = names
            .map(|name| load::send("/api/chat", &user, &load::conversation(&user, name)))
            .collect();
        load::once(server.address, requests, AT_ONCE)
    };
    sends(&mut (0..threads).map(|number| number % AT_ONCE))?;
    std::thread::sleep(REST);
    let before = server.memory()?;
    sends(&mut (0..threads).map(|number| AT_ONCE + number))?;
    std::thread::sleep(REST);
    let more = server.memory()? - before;
    table.row([
        "idle thread actor".to_owned(),
        bytes(more / threads as f64),
        format!(
            "{} threads woken by a send: {} more than after as many sends to {AT_ONCE} threads ({})",
            number(threads as f64),
            bytes(more),
            bytes(before)
        ),
    ]);
    server.discard(ground)
}

/// Many followers of few replies, which are then finished: everybody must see the end.
fn streams(ground: &mut Ground, table: &mut Table) -> Outcome {
    let streams = STREAMS / ground.extent.smaller as usize;
    let (release, upstreams) = (watch::Sender::new(false), runtime::beside()?);
    let upstream = upstreams.block_on(Upstream::start(Script::Held(release.subscribe())))?;
    let (server, user) = asking(ground, &upstream)?;
    let clients = runtime::one_thread()?;
    let post = |number| {
        load::send(
            "/api/chat/stream",
            &user,
            &load::conversation(&user, number),
        )
    };
    let first = clients.block_on(open(server.address, (0..TURNS).map(post).collect()))?;
    std::thread::sleep(REST);
    let before = server.memory()?;
    let resume = |number: usize| {
        let conversation = load::conversation(&user, number % TURNS);
        load::get(
            &format!("/api/chat/stream?conversation_id={conversation}"),
            &user.key,
        )
    };
    let began = Instant::now();
    let open = clients.block_on(open(server.address, (0..streams).map(resume).collect()))?;
    let opened = began.elapsed();
    std::thread::sleep(REST);
    let more = server.memory()? - before;

    let began = Instant::now();
    release.send_replace(true);
    let ended = clients.block_on(async {
        let mut tasks: JoinSet<Result<(), Failure>> = JoinSet::new();
        for mut connection in first.into_iter().chain(open) {
            tasks.spawn(async move { connection.until(b"event: done").await });
        }
        let mut ended = 0;
        while let Some(task) = tasks.join_next().await {
            task??;
            ended += 1;
        }
        Outcome::Ok(ended)
    })?;
    table.row([
        "open stream".to_owned(),
        bytes(more / streams as f64),
        format!(
            "{} resumed streams of {TURNS} held replies at once: {} more; opened in {}; all {} ended in {} after \
             the replies did",
            number(streams as f64),
            bytes(more),
            time(opened),
            number(f64::from(ended)),
            time(began.elapsed())
        ),
    ]);
    server.discard(ground)
}

/// Everything that a running reply holds: thread, turn, connection to the upstream, and its stream.
fn own_turns(ground: &mut Ground, table: &mut Table) -> Outcome {
    let turns = OWN_TURNS / ground.extent.smaller as usize;
    let (release, upstreams) = (watch::Sender::new(false), runtime::beside()?);
    let upstream = upstreams.block_on(Upstream::start(Script::Held(release.subscribe())))?;
    let (server, user) = asking(ground, &upstream)?;
    let clients = runtime::one_thread()?;
    std::thread::sleep(REST);
    let before = server.memory()?;
    let post = |number| {
        load::send(
            "/api/chat/stream",
            &user,
            &load::conversation(&user, number),
        )
    };
    let open = clients.block_on(open(server.address, (0..turns).map(post).collect()))?;
    std::thread::sleep(REST);
    let more = server.memory()? - before;
    table.row([
        "running reply with its stream".to_owned(),
        bytes(more / turns as f64),
        format!(
            "{} replies at once, each with its thread, its connection to the provider and a client: {} more",
            number(turns as f64),
            bytes(more)
        ),
    ]);
    release.send_replace(true);
    drop(open);
    drop(server);
    Ok(())
}

fn asking(ground: &mut Ground, upstream: &Upstream) -> Outcome<(Server, User)> {
    let settings = upstream.settings();
    let settings: Vec<_> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let server = Server::fresh(ground, Kind::Sqlite, Disk::Native, &settings)?;
    let user = server.user(ground)?;
    Ok((server, user))
}

/// Opens a stream for each request; it is open when the held delta has come.
async fn open(address: std::net::SocketAddr, requests: Vec<Vec<u8>>) -> Outcome<Vec<Connection>> {
    let mut tasks: JoinSet<Result<Connection, Failure>> = JoinSet::new();
    let mut open = vec![];
    for request in requests {
        if tasks.len() >= AT_ONCE
            && let Some(task) = tasks.join_next().await
        {
            open.push(task??);
        }
        tasks.spawn(async move {
            let mut connection = Connection::open(address).await?;
            connection.begin(&request).await?;
            connection.until(b"event: assistant").await?;
            Ok(connection)
        });
    }
    while let Some(task) = tasks.join_next().await {
        open.push(task??);
    }
    Ok(open)
}
