//! Clients as others wrote them, unmodified, against the real binary.
//!
//! They come from PyPI and npm: `tests/run` makes a place for each and runs these tests. Elsewhere they are passed
//! over, and said to be.

mod openai;
mod openapi;
mod soat;
mod waldur;

use std::path::PathBuf;

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

/// Where all of them are.
fn tools() -> PathBuf {
    std::env::var_os("COLLOQUY_TEST_CLIENTS")
        .map_or_else(|| PathBuf::from("target/tools"), PathBuf::from)
}
