//! Other programs: running one for its output, and never leaving one behind.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::Outcome;

/// How long a program may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs it to its end; what it printed.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{:?} cannot be run: {error}", command.get_program()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{:?} failed: {}", command.get_program(), said.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A Python environment with these packages; it is made when it is not there, which needs a network.
pub(crate) fn venv(name: &str, packages: &[&str]) -> Outcome<PathBuf> {
    // target/release/deps/foundation-…
    let harness = std::env::current_exe()?;
    let target = harness.ancestors().nth(3).ok_or("no target directory")?;
    let venv = target.join(name);
    // Written when all of them are there; not every package has a program to look for.
    let (installed, named) = (venv.join("installed"), packages.join(", "));
    if std::fs::read_to_string(&installed).unwrap_or_default() != named {
        eprintln!("  installing {named} in {}", venv.display());
        output(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        let mut pip = Command::new(venv.join("bin/pip"));
        output(pip.args(["install", "--quiet"]).args(packages))?;
        std::fs::write(installed, named)?;
    }
    Ok(venv)
}

/// A program that the kernel kills when this process ends, however that comes about.
pub(crate) fn bound_to_us() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    command
}

/// A running program; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends the signal and waits for the end.
    pub(crate) fn end(&mut self, signal: &str) -> Outcome {
        output(Command::new("kill").args(["-s", signal, &self.id().to_string()]))?;
        let began = Instant::now();
        while self.0.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                return Err("a program did not end when it was told to".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
