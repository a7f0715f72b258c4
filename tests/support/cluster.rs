//! A PostgreSQL of one test's own, which may be stopped and started.

use std::{
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// The cluster; stopped when the test ends.
pub(crate) struct Cluster {
    dir: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts one.
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let cluster = Self { dir, port };
        let data = cluster.data();
        if let Some(user) = other_user() {
            chown(cluster.dir.path(), Some(user), None).unwrap();
        }
        cluster.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "-A", "trust", "--no-sync"],
        );
        cluster.up();
        cluster
    }

    /// `pg_ctl start`
    pub(crate) fn up(&self) {
        let options = format!(
            "-p {} -k {} -h 127.0.0.1",
            self.port,
            self.dir.path().display()
        );
        let log = self.dir.path().join("log").display().to_string();
        self.run(
            "pg_ctl",
            &[
                "-D",
                &self.data(),
                "-l",
                &log,
                "-w",
                "-o",
                &options,
                "start",
            ],
        );
    }

    /// `pg_ctl stop -m immediate`: as a crash would.
    pub(crate) fn down(&self) {
        self.run(
            "pg_ctl",
            &["-D", &self.data(), "-m", "immediate", "-w", "stop"],
        );
    }

    /// Its database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.output(program, arguments);
        assert!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn output(&self, program: &str, arguments: &[&str]) -> Output {
        let program = binaries().join(program);
        // PostgreSQL does not run as root.
        let mut command = match other_user() {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command
                    .args([
                        format!("--reuid={user}"),
                        "--clear-groups".to_owned(),
                        "--".to_owned(),
                    ])
                    .arg(program);
                command
            }
            None => Command::new(program),
        };
        // The server inherits what it is given: a pipe would never end.
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .stdout(std::process::Stdio::null())
            .output()
            .unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.output(
            "pg_ctl",
            &["-D", &self.data(), "-m", "immediate", "-w", "stop"],
        );
    }
}

/// Somebody to run as when we are root.
fn other_user() -> Option<u32> {
    const NOBODY: u32 = 65534;
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    root.then_some(NOBODY)
}

/// Where Debian, and others, keep the server's programs.
fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = installed
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .max();
    newest.unwrap_or_else(|| {
        let output = Command::new("pg_config")
            .arg("--bindir")
            .output()
            .expect("PostgreSQL's programs are installed");
        Path::new(String::from_utf8(output.stdout).unwrap().trim()).to_owned()
    })
}
