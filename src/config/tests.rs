//! The settings, tested: what a test may be given.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blobs;
mod edge;
mod example;
mod faults;
mod providers;
mod secrets;
mod sources;
mod web;
mod webhooks;

use std::fs;

use super::{Config, ConfigFaults, DatabaseUrl, Flags, TurnPolicy};

struct Given {
    dir: tempfile::TempDir,
    flags: Flags,
    environment: Vec<(String, String)>,
}

/// A file with this text.
fn file(text: &str) -> Given {
    let mut given = nothing();
    let path = given.dir.path().join("colloquy.toml");
    fs::write(&path, text).unwrap();
    given.flags.config = Some(path);
    given
}

fn nothing() -> Given {
    Given {
        dir: tempfile::tempdir().unwrap(),
        flags: Flags::default(),
        environment: Vec::new(),
    }
}

impl Given {
    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same for a server that is to start.
    fn serving(mut self) -> Self {
        self.flags.serves = true;
        self
    }

    fn load(&self) -> Result<Config, ConfigFaults> {
        Config::load(&self.flags, self.environment.clone())
    }

    fn config(&self) -> Config {
        self.load().unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn faults(&self) -> String {
        self.load().unwrap_err().to_string()
    }
}
