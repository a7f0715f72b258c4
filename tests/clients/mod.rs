//! Clients as others wrote them, unmodified, against the real binary.
//!
//! They come from PyPI: `tests/run` makes a virtual environment for each and runs these tests. Elsewhere they
//! are passed over, and said to be.

mod openapi;
mod waldur;

use std::path::PathBuf;

/// A program of a client's environment.
fn program(client: &str, name: &str) -> PathBuf {
    let tools = std::env::var_os("COLLOQUY_TEST_CLIENTS")
        .map_or_else(|| PathBuf::from("target/tools"), PathBuf::from);
    let program = tools.join(client).join("bin").join(name);
    assert!(
        program.exists(),
        "{} is missing: run tests/run",
        program.display()
    );
    program
}
