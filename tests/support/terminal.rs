//! A command as a person sees it who sits at a terminal.

use std::{ffi::OsStr, process::Stdio};

use tokio::process::Command;

/// Runs it at a terminal of 80 columns; all that it wrote there, with what moves the cursor.
pub(crate) async fn seen(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = |word: &OsStr| format!("'{}'", word.to_str().unwrap());
    let line: Vec<String> = words.map(quoted).collect();
    let line = format!("stty columns 80; {}", line.join(" "));
    let variables = command.get_envs();
    let output = Command::new("script")
        .env_clear()
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .envs(variables.filter_map(|(name, value)| Some((name, value?))))
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let seen = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{seen}");
    seen
}
