//! The two disks of every durable figure: this machine's, and one whose fsync takes 2 ms longer.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{Outcome, process};

/// What a flush costs on top.
const DELAY: Duration = Duration::from_millis(2);
const SOURCE: &str = include_str!("slow_fsync.c");

/// How long a flush takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Disk {
    /// As long as on this machine.
    Native,
    /// [`DELAY`] longer.
    Slow,
}

impl Disk {
    pub(crate) const BOTH: [Self; 2] = [Self::Native, Self::Slow];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Slow => "+2 ms",
        }
    }
}

/// The preload library.
pub(crate) struct SlowFsync {
    library: PathBuf,
}

impl SlowFsync {
    /// Compiles it into `dir`.
    pub(crate) fn build(dir: &Path) -> Outcome<Self> {
        let (source, library) = (dir.join("slow_fsync.c"), dir.join("slow_fsync.so"));
        std::fs::write(&source, SOURCE)?;
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-shared", "-fPIC", "-o"]);
        process::output(compiler.arg(&library).arg(&source))?;
        Ok(Self { library })
    }

    /// Puts it under a program that is about to start, when the disk is to be slow.
    pub(crate) fn put_under(&self, command: &mut Command, disk: Disk) {
        if disk == Disk::Slow {
            command
                .env("LD_PRELOAD", &self.library)
                .env("SLOW_FSYNC_MICROS", DELAY.as_micros().to_string());
        }
    }
}
