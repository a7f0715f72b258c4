//! The real server, as an operator runs it: the release binary, the default settings.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use colloquy::{
    config::ServerKey,
    store::{DatabaseUrl, StoreConfig},
};

use crate::{
    Outcome,
    disk::Disk,
    ground::{Ground, Kind},
    process::{self, Running},
};

const PASSWORD: &str = "correct horse battery staple";

/// How long it is looked at whether a server rests, …
const LOOK: Duration = Duration::from_secs(1);
/// … which it does with less than a tenth of a core, in the kernel's hundredths of a second, …
const RESTING: u64 = 10;
/// … and how long that may take to come.
const PATIENCE: Duration = Duration::from_secs(300);

/// What nodes of one database share, as bytes and as they are told; with SQLite a server makes its own.
const SERVER_KEY: ([u8; 32], &str) = (
    [7; 32],
    "0707070707070707070707070707070707070707070707070707070707070707",
);

/// What a store beside such a server is told.
pub(crate) fn beside(database: &DatabaseUrl) -> StoreConfig {
    StoreConfig {
        wrapping: match database {
            DatabaseUrl::Sqlite { .. } => None,
            DatabaseUrl::Postgres { .. } => Some(ServerKey::new(SERVER_KEY.0)),
        },
        ..StoreConfig::new(database.clone())
    }
}

/// Where a server lives, and what it is told.
pub(crate) struct Site {
    pub(crate) database: DatabaseUrl,
    data: PathBuf,
    disk: Disk,
    settings: Vec<(String, String)>,
}

impl Site {
    /// On an empty database; `settings` are variables without `COLLOQUY_`.
    pub(crate) fn new(
        ground: &mut Ground,
        kind: Kind,
        disk: Disk,
        settings: &[(&str, &str)],
    ) -> Outcome<Self> {
        let database = ground.database(kind, disk)?;
        Self::on(ground, database, disk, settings)
    }

    /// On a database that may be full.
    pub(crate) fn on(
        ground: &mut Ground,
        database: DatabaseUrl,
        disk: Disk,
        settings: &[(&str, &str)],
    ) -> Outcome<Self> {
        let data = match &database {
            DatabaseUrl::Sqlite { dir } => dir.clone(),
            DatabaseUrl::Postgres { .. } => ground.place("data")?,
        };
        let first = [
            ("ADMIN_USERNAME", "root"),
            ("ADMIN_PASSWORD", PASSWORD),
            ("LOG", "warn"),
            // One client stands for many here.
            ("LIMITS__REQUESTS_PER_USER", "0"),
            ("LIMITS__REQUESTS_PER_ADDRESS", "0"),
        ];
        let shared = match &database {
            DatabaseUrl::Sqlite { .. } => None,
            DatabaseUrl::Postgres { .. } => Some(("SERVER_KEY", SERVER_KEY.1)),
        };
        let settings = first
            .iter()
            .chain(&shared)
            .chain(settings)
            .map(|(name, value)| (format!("COLLOQUY_{name}"), (*value).to_owned()))
            .collect();
        Ok(Self {
            database,
            data,
            disk,
            settings,
        })
    }

    fn command(&self, ground: &Ground, mut command: Command) -> Command {
        command.arg("--data-dir").arg(&self.data);
        if let DatabaseUrl::Postgres { url } = &self.database {
            command.args(["--database", url]);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        ground.slow.put_under(&mut command, self.disk);
        command
    }

    /// Starts the server; it is ready when this returns.
    pub(crate) fn start(self, ground: &Ground) -> Outcome<Server> {
        let mut command = process::bound_to_us();
        command.arg(&ground.binary);
        let mut command = self.command(ground, command);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let began = Instant::now();
        let mut running = Running(command.spawn()?);
        let mut lines = BufReader::new(running.0.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Err("the server ended before it was ready".into());
            }
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.parse()?;
            }
        };
        Ok(Server {
            address,
            took: began.elapsed(),
            site: self,
            running,
            _output: lines,
        })
    }
}

/// A running server; dropping it kills it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// From its start until it was ready.
    pub(crate) took: Duration,
    site: Site,
    running: Running,
    /// Kept open, because the server may print more.
    _output: BufReader<std::process::ChildStdout>,
}

/// An account with an API key.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) key: String,
}

impl Server {
    /// Starts on an empty database.
    pub(crate) fn fresh(
        ground: &mut Ground,
        kind: Kind,
        disk: Disk,
        settings: &[(&str, &str)],
    ) -> Outcome<Self> {
        Site::new(ground, kind, disk, settings)?.start(ground)
    }

    /// A new account, made on the command line.
    pub(crate) fn user(&self, ground: &Ground) -> Outcome<User> {
        self.user_as(ground, "user")
    }

    /// The same with a role.
    pub(crate) fn user_as(&self, ground: &Ground, role: &str) -> Outcome<User> {
        let run = |arguments: &[&str], input: &str| -> Outcome<String> {
            let mut command = self.site.command(ground, Command::new(&ground.binary));
            command
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = command.spawn()?;
            child
                .stdin
                .take()
                .ok_or("no input")?
                .write_all(input.as_bytes())?;
            let output = child.wait_with_output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        };
        let add = [
            "user",
            "add",
            "somebody",
            "--role",
            role,
            "--password-stdin",
        ];
        let id = run(&add, &format!("{PASSWORD}\n"))?;
        let key = run(&["token", "issue", "--user", "somebody"], "")?;
        Ok(User { id, key })
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.running.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .ok_or("the kernel does not say how much memory the server has")?;
        Ok(kib.trim().parse::<f64>()? * 1024.0)
    }

    /// Waits until it rests. One that begins on a log which was written without it signs all of that first, and looks
    /// through all of it for what follows: as long as that takes it has the cores, and the disk, for itself.
    pub(crate) fn rest(&self) -> Outcome {
        let began = Instant::now();
        let mut before = self.worked()?;
        while began.elapsed() < PATIENCE {
            std::thread::sleep(LOOK);
            let now = self.worked()?;
            if now - before < RESTING {
                return Ok(());
            }
            before = now;
        }
        Err("the server does not come to rest".into())
    }

    /// For how long it had a core, in hundredths of a second.
    fn worked(&self) -> Outcome<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.running.id()))?;
        // Its name, in parentheses, may have spaces in it. Then come its state, and eleventh and twelfth its times.
        let (_, after) = stat
            .rsplit_once(')')
            .ok_or("the kernel's figures have another form")?;
        let times = after.split_whitespace().skip(11).take(2);
        let times: Vec<u64> = times.map(str::parse::<u64>).collect::<Result<_, _>>()?;
        Ok(times.iter().sum())
    }

    /// Ends it as an operator does; its site can be started again.
    pub(crate) fn stop(mut self) -> Outcome<Site> {
        self.running.end("TERM")?;
        Ok(self.site)
    }

    /// Ends it, and takes its database away.
    pub(crate) fn discard(self, ground: &mut Ground) -> Outcome {
        let disk = self.site.disk;
        let site = self.stop()?;
        ground.discard(&site.database, disk)
    }
}
