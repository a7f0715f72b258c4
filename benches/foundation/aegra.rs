//! Durable turns beside Aegra, an open server of the LangGraph protocol on PostgreSQL.
//!
//! Both record a message and its reply, on the same cluster, for 64 clients with a thread each. Aegra runs
//! as its documentation starts it: one uvicorn process, the default pools.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::{
    Outcome,
    disk::Disk,
    figures::{Rate, times},
    ground::{Ground, Kind},
    load::{self, Connection},
    process::{self, Running},
    runtime,
    table::Table,
};

const CLIENTS: usize = 64;
const PACKAGES: [&str; 2] = ["aegra-api==0.6.0", "sqlalchemy[asyncio]<2.1"];
const GRAPH: &str = include_str!("aegra_graph.py");
const CONFIG: &str = r#"{"graphs": {"agent": "./graph.py:graph"}}"#;
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    let venv = process::venv("bench-venv", &PACKAGES)?;
    let mut table = Table::new([
        "64 clients, PostgreSQL",
        "disk",
        "turns/s",
        "p50",
        "p99",
        "Colloquy : Aegra",
    ]);
    for disk in Disk::BOTH {
        let aegra = measure(ground, disk, &venv)?;
        let ours = ground.sends(Kind::Postgres, disk, CLIENTS)?;
        for (who, rate, ratio) in [
            ("Aegra 0.6.0", aegra, String::new()),
            ("Colloquy", ours, times(ours.per_second, aegra.per_second)),
        ] {
            let mut row = vec![who.to_owned(), disk.label().to_owned()];
            row.extend(rate.cells());
            row.push(ratio);
            table.row(row);
        }
    }
    Ok(table.to_string())
}

fn measure(ground: &mut Ground, disk: Disk, venv: &Path) -> Outcome<Rate> {
    eprintln!("  Aegra, {}", disk.label());
    let place = ground.place("aegra")?;
    std::fs::write(place.join("graph.py"), GRAPH)?;
    std::fs::write(place.join("aegra.json"), CONFIG)?;
    let url = ground.cluster(disk)?.create("aegra")?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut server = process::bound_to_us();
    server
        .arg(venv.join("bin/uvicorn"))
        .arg("aegra_api.main:app");
    server.args([
        "--host",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--log-level",
        "error",
    ]);
    server
        .env("DATABASE_URL", &url)
        .env("AEGRA_CONFIG", place.join("aegra.json"));
    server
        .env("LOG_LEVEL", "ERROR")
        .env("ENV_MODE", "PRODUCTION")
        .env("AUTH_TYPE", "noop");
    let log = std::fs::File::create(place.join("log"))?;
    let server = server
        .current_dir(&place)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut server = Running(server.spawn()?);
    wait_until_ready(&mut server, address, &place)?;

    let requests: Vec<_> = (0..CLIENTS).map(|_| turn()).collect();
    // One turn of each first: the graph is loaded, the threads exist.
    load::once(address, requests.clone(), 1)?;
    let rate = load::closed_loop(
        address,
        requests,
        ground.extent.cell.max(Duration::from_secs(5)),
    )?;
    server.end("KILL")?;
    ground.cluster(disk)?.remove(&url)?;
    Ok(rate)
}

fn turn() -> Vec<u8> {
    let text = "What is an append-only log good for? In a few words, please.";
    let body = format!(
        r#"{{"assistant_id":"agent","input":{{"messages":[{{"role":"user","content":"{text}"}}]}}}}"#
    );
    load::post(
        &format!("/threads/{}/runs/wait", Uuid::new_v4()),
        "none",
        &body,
    )
}

fn wait_until_ready(server: &mut Running, address: SocketAddr, place: &Path) -> Outcome {
    let began = Instant::now();
    loop {
        let answers = runtime::one_thread()?.block_on(async {
            let mut connection = Connection::open(address).await?;
            let answer = connection.ask(&turn()).await?;
            load::expect_ok(&answer)?;
            match load::find(answer.body, b"You said") {
                Some(_) => Ok(()),
                None => Err(String::from_utf8_lossy(answer.body).into_owned().into()),
            }
        });
        match answers {
            Ok(()) => return Ok(()),
            Err(error) if server.0.try_wait()?.is_some() || began.elapsed() > PATIENCE => {
                let log = std::fs::read_to_string(place.join("log")).unwrap_or_default();
                let log: Vec<_> = log.lines().rev().take(5).collect();
                let error: crate::Failure = error;
                return Err(format!("Aegra does not start: {error}; {}", log.join(" | ")).into());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}
