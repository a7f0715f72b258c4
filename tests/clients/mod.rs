//! Clients as others wrote them, unmodified, against the real binary.
//!
//! They come from PyPI: `tests/run` makes a virtual environment for each and runs these tests. Elsewhere they
//! are passed over, and said to be.

mod waldur;

use std::path::PathBuf;

/// The Python of a client's environment.
fn python(client: &str) -> PathBuf {
    let tools = std::env::var_os("COLLOQUY_TEST_CLIENTS")
        .map_or_else(|| PathBuf::from("target/tools"), PathBuf::from);
    let python = tools.join(client).join("bin/python");
    assert!(
        python.exists(),
        "{} is missing: run tests/run",
        python.display()
    );
    python
}
