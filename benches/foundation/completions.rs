//! Stateless completions for OpenAI's clients: what we add to the provider, and how many a second, beside LiteLLM's proxy
//! and TensorZero's gateway in front of the same provider.
//!
//! Ours are recorded durably, question and answer, and both are judged; the others keep nothing and judge nothing.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    disk::Disk,
    figures::{Rate, added, number, time, times},
    ground::{Ground, Kind},
    load::{self, Connection},
    process::{self, Running},
    runtime,
    server::Server,
    table::Table,
    upstream::{Script, Upstream},
};

const CLIENTS: [usize; 3] = [1, 16, 64];
/// Deltas of a streamed answer; all of them leave the provider at once.
const DELTAS: u32 = 20;
const LITELLM: &str = "litellm[proxy]==1.100.0";
const TENSORZERO: &str = "tensorzero==2026.6.0";
const GATEWAY: &str = include_str!("tensorzero_gateway.py");
/// How long LiteLLM may take to start.
const PATIENCE: Duration = Duration::from_secs(90);

/// Whom to ask, and how.
struct Asked<'a> {
    address: SocketAddr,
    path: &'static str,
    model: &'static str,
    key: &'a str,
}

impl Asked<'_> {
    /// As the provider itself is.
    fn plainly(address: SocketAddr) -> Self {
        Self {
            address,
            path: "/v1/chat/completions",
            model: "scripted",
            key: "none",
        }
    }

    fn request(&self, streamed: bool) -> Vec<u8> {
        let text = "What is an append-only log good for? In a few words, please.";
        let body = format!(
            r#"{{"model":"{}","stream":{streamed},"messages":[{{"role":"user","content":"{text}"}}]}}"#,
            self.model
        );
        load::post(self.path, self.key, &body)
    }

    /// Whole answers and streamed ones, of so many clients.
    fn rates(&self, ground: &Ground) -> Outcome<Vec<(&'static str, usize, Rate)>> {
        let mut rates = vec![];
        for (how, streamed) in [("whole", false), ("streamed", true)] {
            for clients in CLIENTS {
                let requests = vec![self.request(streamed); clients];
                let rate = load::closed_loop(self.address, requests, ground.extent.cell)?;
                rates.push((how, clients, rate));
            }
        }
        Ok(rates)
    }
}

/// Prints the table.
pub(crate) fn run(ground: &mut Ground) -> Outcome<String> {
    // The provider has a thread of its own: it must answer while a server starts.
    let upstreams = runtime::beside()?;
    let script = Script::Paced {
        deltas: DELTAS,
        every: Duration::ZERO,
    };
    let upstream = upstreams.block_on(Upstream::start(script))?;
    let mut table = Table::new([
        "through",
        "answers",
        "clients",
        "completions/s",
        "p50",
        "p99",
        "added p50",
        "added p99",
        "beside LiteLLM",
        "beside TensorZero",
    ]);
    let direct = Asked::plainly(upstream.address).rates(ground)?;
    let proxy = {
        eprintln!("  LiteLLM");
        let (_running, address) = litellm(ground, &upstream)?;
        Asked::plainly(address).rates(ground)?
    };
    let gateway = {
        eprintln!("  TensorZero");
        let (_running, address) = tensorzero(ground, &upstream)?;
        let asked = Asked {
            path: "/openai/v1/chat/completions",
            model: "tensorzero::model_name::scripted",
            ..Asked::plainly(address)
        };
        asked.rates(ground)?
    };
    let mut rows = vec![
        ("nothing".to_owned(), direct.clone()),
        ("LiteLLM 1.100.0".to_owned(), proxy.clone()),
        ("TensorZero 2026.6.0".to_owned(), gateway.clone()),
    ];
    for kind in Kind::BOTH {
        eprintln!("  {}", kind.label());
        let settings = upstream.settings();
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let server = Server::fresh(ground, kind, Disk::Native, &settings)?;
        let key = server.user(ground)?.key;
        let asked = Asked {
            model: "upstream/scripted",
            key: &key,
            ..Asked::plainly(server.address)
        };
        let ours = asked.rates(ground)?;
        server.discard(ground)?;
        rows.push((format!("Colloquy, {}", kind.label()), ours));
    }
    for (through, rates) in rows {
        let beside = direct.iter().zip(&proxy).zip(&gateway);
        for ((how, clients, rate), (((_, _, base), (_, _, litellm)), (_, _, tensorzero))) in
            rates.into_iter().zip(beside)
        {
            table.row([
                through.clone(),
                how.to_owned(),
                clients.to_string(),
                number(rate.per_second),
                time(rate.p50),
                time(rate.p99),
                added(rate.p50, base.p50),
                added(rate.p99, base.p99),
                times(rate.per_second, litellm.per_second),
                times(rate.per_second, tensorzero.per_second),
            ]);
        }
    }
    Ok(table.to_string())
}

/// Starts the proxy as its documentation does, with one worker, without a database.
fn litellm(ground: &mut Ground, upstream: &Upstream) -> Outcome<(Running, SocketAddr)> {
    let venv = process::venv("bench-venv-litellm", &[LITELLM])?;
    let place = ground.place("litellm")?;
    let config = format!(
        "model_list:\n  - model_name: scripted\n    litellm_params:\n      model: openai/scripted\n      \
         api_base: http://{}/v1\n      api_key: none\n",
        upstream.address
    );
    std::fs::write(place.join("config.yaml"), config)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let log = std::fs::File::create(place.join("log"))?;
    let mut proxy = process::bound_to_us();
    proxy
        .arg(venv.join("bin/litellm"))
        .arg("--config")
        .arg(place.join("config.yaml"))
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        // Prices come from the package, not from the network.
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env("LITELLM_LOG", "ERROR")
        .current_dir(&place)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    let mut proxy = Running(proxy.spawn()?);
    wait_until_ready(&mut proxy, address, &place)?;
    Ok((proxy, address))
}

fn wait_until_ready(proxy: &mut Running, address: SocketAddr, place: &Path) -> Outcome {
    let began = Instant::now();
    loop {
        let answers = runtime::one_thread()?.block_on(async {
            let mut connection = Connection::open(address).await?;
            let asked = Asked::plainly(address).request(false);
            load::expect_ok(&connection.ask(&asked).await?)
        });
        match answers {
            Ok(()) => return Ok(()),
            Err(error) if proxy.0.try_wait()?.is_some() || began.elapsed() > PATIENCE => {
                return Err(format!("LiteLLM does not start: {error}; {}", logged(place)).into());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// Starts the gateway that TensorZero's Python package holds, without a database.
fn tensorzero(ground: &mut Ground, upstream: &Upstream) -> Outcome<(Running, SocketAddr)> {
    let venv = process::venv("bench-venv-tensorzero", &[TENSORZERO])?;
    let place = ground.place("tensorzero")?;
    let config = format!(
        "[gateway]\nobservability.enabled = false\ndisable_pseudonymous_usage_analytics = true\n\
         [models.scripted]\nrouting = [\"upstream\"]\n\
         [models.scripted.providers.upstream]\ntype = \"openai\"\nmodel_name = \"scripted\"\n\
         api_base = \"http://{}/v1/\"\napi_key_location = \"none\"\n",
        upstream.address
    );
    std::fs::write(place.join("tensorzero.toml"), config)?;
    std::fs::write(place.join("gateway.py"), GATEWAY)?;
    let mut gateway = process::bound_to_us();
    gateway
        .arg(venv.join("bin/python"))
        .arg(place.join("gateway.py"))
        .arg(place.join("tensorzero.toml"))
        .current_dir(&place)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(place.join("log"))?);
    let mut gateway = Running(gateway.spawn()?);
    let output = gateway.0.stdout.as_mut().ok_or("no output")?;
    let address: Option<SocketAddr> = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
    match address {
        Some(address) => Ok((gateway, address)),
        None => Err(format!("TensorZero does not start: {}", logged(&place)).into()),
    }
}

/// The last lines of what a program has said there, the latest first.
fn logged(place: &Path) -> String {
    let log = std::fs::read_to_string(place.join("log")).unwrap_or_default();
    let log: Vec<_> = log.lines().rev().take(5).collect();
    log.join(" | ")
}
