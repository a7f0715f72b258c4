//! A PostgreSQL of our own: default durability, a temporary directory, a free port.

use std::{
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    disk::{Disk, SlowFsync},
    process::{self, Running},
};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// Its only settings that are not the defaults: where it listens, and room for 256 clients at once.
const MAX_CONNECTIONS: &str = "max_connections=400";

/// A running cluster; dropping it ends it.
pub(crate) struct Cluster {
    port: u16,
    programs: PathBuf,
    server: Running,
    databases: u32,
}

impl Cluster {
    /// Makes a cluster in `dir` and starts it on this disk.
    pub(crate) fn start(dir: &Path, disk: Disk, slow: &SlowFsync) -> Outcome<Self> {
        let programs = programs()?;
        let data = dir.join(format!("postgres-{disk:?}").to_lowercase());
        std::fs::create_dir(&data)?;
        let account = Account::find()?;
        if let Some(account) = &account {
            chown(&data, Some(account.user), Some(account.group))?;
        }
        let mut init = account
            .as_ref()
            .map_or_else(process::bound_to_us, Account::command);
        init.arg(programs.join("initdb")).arg("--pgdata").arg(&data);
        init.args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        process::output(init.current_dir(dir))?;

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(dir.join(format!("postgres-{disk:?}.log")))?;
        let mut server = account
            .as_ref()
            .map_or_else(process::bound_to_us, Account::command);
        server.arg(programs.join("postgres")).arg("-D").arg(&data);
        server.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", "unix_socket_directories=", "-c", MAX_CONNECTIONS]);
        slow.put_under(&mut server, disk);
        let server = server
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut cluster = Self {
            port,
            programs,
            server: Running(server.spawn()?),
            databases: 0,
        };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// A new database; its URL.
    pub(crate) fn create(&mut self, name: &str) -> Outcome<String> {
        self.databases += 1;
        let name = format!("{name}_{}", self.databases);
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!(
            "postgres://postgres@127.0.0.1:{}/{name}",
            self.port
        ))
    }

    /// Drops a database that [`Self::create`] made.
    pub(crate) fn remove(&self, url: &str) -> Outcome {
        let name = url.rsplit('/').next().unwrap_or_default();
        self.sql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )?;
        Ok(())
    }

    /// Runs SQL; what it printed.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> Outcome<String> {
        let mut psql = self.program("psql");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
            "-c",
            sql,
        ]);
        process::output(&mut psql)
    }

    /// One of its client programs, told where the cluster is.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-U",
            "postgres",
        ]);
        command
    }

    fn wait_until_ready(&mut self) -> Outcome {
        let began = Instant::now();
        while process::output(self.program("pg_isready").arg("-q")).is_err() {
            if self.server.0.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                return Err("the private PostgreSQL does not start".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Quickly: its data goes with it. Its own processes end only when it tells them to.
        let _ = self.server.end("QUIT");
    }
}

/// PostgreSQL refuses to run as root: then it runs as somebody else.
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    fn find() -> Outcome<Option<Self>> {
        let id = |flag: &str, who: Option<&str>| -> Outcome<u32> {
            Ok(process::output(Command::new("id").arg(flag).args(who))?
                .trim()
                .parse()?)
        };
        if id("-u", None)? != 0 {
            return Ok(None);
        }
        let who = if id("-u", Some("postgres")).is_ok() {
            "postgres"
        } else {
            "nobody"
        };
        Ok(Some(Self {
            user: id("-u", Some(who))?,
            group: id("-g", Some(who))?,
        }))
    }

    fn command(&self) -> Command {
        let mut command = process::bound_to_us();
        command.arg(format!("--reuid={}", self.user));
        command
            .arg(format!("--regid={}", self.group))
            .arg("--clear-groups");
        command
    }
}

/// Where PostgreSQL's programs are: Debian keeps the server's off the path.
fn programs() -> Outcome<PathBuf> {
    if let Ok(dir) = process::output(Command::new("pg_config").arg("--bindir")) {
        let dir = PathBuf::from(dir.trim());
        if dir.join("postgres").exists() {
            return Ok(dir);
        }
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|dir| dir.join("postgres").exists())
        .collect();
    found.sort();
    found
        .pop()
        .ok_or_else(|| "PostgreSQL's server programs are not installed (Debian: postgresql)".into())
}
