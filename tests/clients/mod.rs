//! Clients as others wrote them, unmodified, against the real binary.
//!
//! They come from PyPI and npm: `tests/run` makes a place for each and runs these tests. Elsewhere they are passed
//! over, and said to be.

mod curl;
mod mcp;
mod openai;
mod openapi;
mod soat;
mod waldur;

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// A program of a client's environment.
fn program(client: &str, name: &str) -> PathBuf {
    made(client, &["bin", name])
}

/// The packages of a client's environment.
fn packages(client: &str) -> PathBuf {
    made(client, &["node_modules"])
}

fn made(client: &str, path: &[&str]) -> PathBuf {
    let made = tools().join(client).join(path.join("/"));
    assert!(
        made.exists(),
        "{} is missing: run tests/run",
        made.display()
    );
    made
}

/// A program for Node, in a place with its packages: it finds them beside itself.
fn node(place: &Path, program: &str, client: &str) -> Command {
    let copy = place.join(program);
    std::fs::copy(Path::new("tests/clients").join(program), &copy).unwrap();
    let packages = std::fs::canonicalize(packages(client)).unwrap();
    std::os::unix::fs::symlink(packages, place.join("node_modules")).unwrap();
    let mut command = Command::new("node");
    command.arg(copy);
    command
}

/// Where all of them are.
fn tools() -> PathBuf {
    std::env::var_os("COLLOQUY_TEST_CLIENTS")
        .map_or_else(|| PathBuf::from("target/tools"), PathBuf::from)
}
