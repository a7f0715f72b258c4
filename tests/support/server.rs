//! The real binary, as an operator runs it.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use colloquy::{
    config::{Config, Flags},
    store::{Store, StoreConfig},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::{client::Client, databases::TestDatabase, meddling::Meddler, terminal};

/// Longer than any start should take, even beside other tests.
const PATIENCE: Duration = Duration::from_secs(60);
/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// What servers with PostgreSQL share, unless their settings name another one: see [`TestDatabase::beside`].
const SERVER_KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// A server process and its database, which outlives the process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// What it printed before it was ready.
    pub(crate) greeting: Vec<String>,
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    place: Place,
}

/// Where a server lives: what a restart needs.
struct Place {
    data: PathBuf,
    url: Option<String>,
    settings: Vec<(String, String)>,
    /// Where its log goes instead of the test's output.
    log: Option<PathBuf>,
    _database: Option<TestDatabase>,
    _dir: Option<TempDir>,
}

impl Server {
    /// Starts on a fresh database with an admin `root`; `settings` are environment variables without `COLLOQUY_`.
    pub(crate) async fn start(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("ADMIN_USERNAME", "root"), ("ADMIN_PASSWORD", PASSWORD)];
        all.extend_from_slice(settings);
        Self::start_bare(database, &all).await
    }

    /// The same, and what it logs can be read with [`Server::log`].
    pub(crate) async fn start_logged(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("ADMIN_USERNAME", "root"), ("ADMIN_PASSWORD", PASSWORD)];
        all.extend_from_slice(settings);
        let mut place = Place::of(database, &all);
        place.log = Some(place.data.join("test.log"));
        Self::launch(place).await
    }

    /// Starts on a fresh database with exactly these settings.
    pub(crate) async fn start_bare(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        Self::launch(Place::of(database, settings)).await
    }

    /// Starts with an admin `root` on a PostgreSQL that is somebody else's to keep.
    pub(crate) async fn start_at(url: String, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("ADMIN_USERNAME", "root"), ("ADMIN_PASSWORD", PASSWORD)];
        all.extend_from_slice(settings);
        Self::launch(Place::at(url, &all)).await
    }

    async fn launch(place: Place) -> Self {
        let mut command = place.command();
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(log) = &place.log {
            let file = std::fs::File::options().create(true).append(true).open(log);
            command.stderr(file.unwrap());
        }
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = vec![];
        let address = tokio::time::timeout(PATIENCE, async {
            loop {
                let line = output
                    .next_line()
                    .await
                    .unwrap()
                    .expect("the server ended before it was ready");
                let address = line.strip_prefix("listening on http");
                let address = address.map(|rest| rest.trim_start_matches('s'));
                if let Some(address) = address.and_then(|rest| rest.strip_prefix("://")) {
                    return address.parse().unwrap();
                }
                greeting.push(line);
            }
        })
        .await
        .expect("the server is ready in time");
        Self {
            address,
            greeting,
            child,
            output,
            place,
        }
    }

    /// `kill -9`, and no more.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again on what it left behind.
    pub(crate) async fn start_again(mut self) -> Self {
        let _ = self.child.kill().await;
        Self::launch(self.place).await
    }

    /// The same with some settings changed, or taken away.
    pub(crate) async fn start_again_with(mut self, changes: &[(&str, Option<&str>)]) -> Self {
        for (name, value) in changes {
            let name = format!("COLLOQUY_{name}");
            self.place.settings.retain(|(known, _)| *known != name);
            let setting = value.map(|value| (name, value.to_owned()));
            self.place.settings.extend(setting);
        }
        self.start_again().await
    }

    /// SIGTERM, and waits for the end; true when it ended well.
    pub(crate) async fn end(&mut self) -> bool {
        self.signal("-TERM").await;
        let status = tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap()
            .unwrap();
        while self.output.next_line().await.unwrap().is_some() {}
        status.success()
    }

    /// SIGHUP: what may change while it runs is read again.
    pub(crate) async fn hang_up(&self) {
        self.signal("-HUP").await;
    }

    async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([name, &pid]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Runs another command of the binary beside the server; its output.
    pub(crate) async fn command(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        self.command_in(&self.place.data, arguments, input).await
    }

    /// The same with its files elsewhere.
    pub(crate) async fn command_in(
        &self,
        data: &std::path::Path,
        arguments: &[&str],
        input: &str,
    ) -> Result<String, String> {
        let mut command = self.place.command_in(data);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .await
            .unwrap();
        let output = child.wait_with_output().await.unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap()),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// With what code a command ends that fails, and what it says.
    pub(crate) async fn command_fails(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.place.command().args(arguments).output().await.unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// What somebody at a terminal sees of such a command.
    pub(crate) async fn command_at_terminal(&self, arguments: &[&str]) -> String {
        terminal::seen(self.place.command().args(arguments)).await
    }

    /// Runs a command of the binary where no server runs yet.
    pub(crate) async fn command_on(
        database: &TestDatabase,
        settings: &[(&str, &str)],
        arguments: &[&str],
    ) -> Result<String, String> {
        let output = Self::spawn_on(database, settings, arguments)
            .wait_with_output()
            .await
            .unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap()),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// Starts one there, to be killed.
    pub(crate) fn spawn_on(
        database: &TestDatabase,
        settings: &[(&str, &str)],
        arguments: &[&str],
    ) -> Child {
        let place = match database {
            TestDatabase::Sqlite(dir) => Place {
                data: dir.path().to_owned(),
                url: None,
                settings: variables(settings),
                log: None,
                _database: None,
                _dir: None,
            },
            TestDatabase::Postgres { .. } => Place::at(database.url(), settings),
        };
        let mut command = place.command();
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.spawn().unwrap()
    }

    /// Another one with the same settings, on what is in this directory.
    pub(crate) async fn start_in(&self, dir: TempDir) -> Self {
        Self::launch(Place {
            data: dir.path().to_owned(),
            url: self.place.url.clone(),
            settings: self.place.settings.clone(),
            log: None,
            _database: None,
            _dir: Some(dir),
        })
        .await
    }

    /// Starts another command of the binary beside the server, to be killed.
    pub(crate) fn spawn(&self, arguments: &[String]) -> Child {
        self.spawn_in(&self.place.data, arguments)
    }

    /// The same with its files elsewhere.
    pub(crate) fn spawn_in(&self, data: &std::path::Path, arguments: &[String]) -> Child {
        let mut command = self.place.command_in(data);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command.spawn().unwrap()
    }

    /// A new user with an API key, made on the command line beside the running server.
    pub(crate) async fn user(&self, name: &str) -> Client {
        self.user_as(name, "user").await
    }

    /// The same with a role.
    pub(crate) async fn user_as(&self, name: &str, role: &str) -> Client {
        let password = format!("{PASSWORD}\n");
        let add = ["user", "add", name, "--role", role, "--password-stdin"];
        let id = self
            .command(&add, &password)
            .await
            .unwrap()
            .trim()
            .to_owned();
        let key = self
            .command(&["token", "issue", "--user", name], "")
            .await
            .unwrap()
            .trim()
            .to_owned();
        Client::new(self.address, id, key)
    }

    /// What it has logged up to now.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.place.log.as_ref().unwrap()).unwrap()
    }

    /// Its record, read beside it.
    pub(crate) async fn store(&self) -> Store {
        let flags = Flags {
            data_dir: Some(self.place.data.clone()),
            database_url: self.place.url.clone(),
            ..Flags::default()
        };
        let config = Config::load(&flags, self.place.settings.clone()).unwrap();
        Store::open(&StoreConfig::of(&config)).await.unwrap()
    }

    /// Somebody else at its views.
    pub(crate) async fn meddler(&self) -> Meddler {
        match &self.place.url {
            Some(url) => Meddler::at(url).await,
            None => Meddler::in_files(&self.place.data).await,
        }
    }

    /// Waits until the notary has signed something.
    pub(crate) async fn is_signed(&self) {
        let anchor = self.place.data.join("keys/anchor.jsonl");
        super::client::eventually(async || anchor.exists()).await;
    }

    /// Where its files are.
    pub(crate) fn data(&self) -> &std::path::Path {
        &self.place.data
    }
}

impl Place {
    fn of(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let (data, url, dir) = match &database {
            TestDatabase::Sqlite(dir) => (dir.path().to_owned(), None, None),
            TestDatabase::Postgres { .. } => {
                let dir = tempfile::tempdir().unwrap();
                (dir.path().to_owned(), Some(database.url()), Some(dir))
            }
        };
        Self {
            data,
            settings: match url {
                Some(_) => shared(settings),
                None => variables(settings),
            },
            url,
            log: None,
            _database: Some(database),
            _dir: dir,
        }
    }

    fn at(url: String, settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            data: dir.path().to_owned(),
            url: Some(url),
            settings: shared(settings),
            log: None,
            _database: None,
            _dir: Some(dir),
        }
    }

    fn command(&self) -> Command {
        self.command_in(&self.data)
    }

    fn command_in(&self, data: &std::path::Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
        command
            .env_clear()
            .env("COLLOQUY_LOG", "warn")
            .arg("--data-dir")
            .arg(data);
        for (name, value) in &self.settings {
            command.env(name, value);
        }
        if let Some(url) = &self.url {
            command.arg("--database").arg(url);
        }
        command
    }
}

/// The events of what `colloquy audit show` wrote, which ends as a feed does.
#[track_caller]
pub(crate) fn events_of(shown: &str) -> &str {
    let last = shown.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let (events, end) = shown.split_at(last);
    let end: serde_json::Value = serde_json::from_str(end).unwrap();
    assert_eq!(end["more"], false, "{end}");
    events
}

/// With PostgreSQL: the key comes first, so that the test's own counts.
fn shared(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    variables(&[&[("SERVER_KEY", SERVER_KEY)], settings].concat())
}

fn variables(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    let variable = |(name, value): &(&str, &str)| (format!("COLLOQUY_{name}"), (*value).to_owned());
    settings.iter().map(variable).collect()
}
