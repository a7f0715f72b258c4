//! The anchor: a file outside the database to which every checkpoint is appended, and which is never rewritten.
//!
//! One JSON object a line: `{"size": …, "signed_at": …, "note": "…"}`. Who can change the database, and has the
//! notary's key, cannot make these lines fit; so the file belongs on another machine, or where it can only be
//! appended to (`chattr +a`).

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{config::make_private, store::SignedCheckpoint};

/// A line is shorter.
const LINE: u64 = 4_096;

/// A file that checkpoints are appended to.
#[derive(Clone, Debug)]
pub struct Anchor {
    path: PathBuf,
}

#[derive(Deserialize, Serialize)]
struct Line {
    size: u64,
    signed_at: i64,
    note: String,
}

impl Anchor {
    /// At this place; made with the first checkpoint.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends these, to a file that is made with its directory when it is missing. They are on the disk when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, checkpoints: &[SignedCheckpoint]) -> io::Result<()> {
        let mut lines = String::new();
        if self.is_torn()? {
            lines.push('\n');
        }
        lines.push_str(&as_lines(checkpoints)?);
        // The directory of the keys is not there where settings give all of them.
        if let Some(dir) = self.path.parent() {
            make_private(dir)?;
        }
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.path)?;
        file.write_all(lines.as_bytes())?;
        file.sync_data()
    }

    /// The last whole line; `None` when there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last(&self) -> io::Result<Option<SignedCheckpoint>> {
        let Some(mut file) = self.open()? else {
            return Ok(None);
        };
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(4 * LINE)))?;
        let mut end = vec![];
        file.read_to_end(&mut end)?;
        let lines = end.split(|byte| *byte == b'\n').rev();
        Ok(lines.filter_map(parse).next())
    }

    /// All lines, in their order; a line that is none, as a crash leaves one, is `Err` with its number.
    ///
    /// # Errors
    /// When there is no file, or it cannot be read.
    pub fn lines(
        &self,
    ) -> io::Result<impl Iterator<Item = Result<SignedCheckpoint, u64>> + Send + use<>> {
        let lines = BufReader::new(File::open(&self.path)?).split(b'\n');
        let lines = (1..).zip(lines).filter_map(|(number, line)| {
            let line = line.unwrap_or_default();
            (!line.is_empty()).then(|| parse(&line).ok_or(number))
        });
        Ok(lines)
    }

    /// Whether the last line has no end.
    fn is_torn(&self) -> io::Result<bool> {
        let Some(mut file) = self.open()? else {
            return Ok(false);
        };
        if file.seek(SeekFrom::End(0))? == 0 {
            return Ok(false);
        }
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last != [b'\n'])
    }

    fn open(&self) -> io::Result<Option<File>> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The lines that these are in an anchor file.
///
/// # Errors
/// Never, of what the notary signs.
pub fn as_lines(checkpoints: &[SignedCheckpoint]) -> serde_json::Result<String> {
    let mut lines = String::new();
    for checkpoint in checkpoints {
        let SignedCheckpoint {
            size,
            signed_at,
            note,
        } = checkpoint.clone();
        let line = Line {
            size,
            signed_at,
            note,
        };
        lines.push_str(&serde_json::to_string(&line)?);
        lines.push('\n');
    }
    Ok(lines)
}

fn parse(line: &[u8]) -> Option<SignedCheckpoint> {
    let Line {
        size,
        signed_at,
        note,
    } = serde_json::from_slice(line).ok()?;
    Some(SignedCheckpoint {
        size,
        signed_at,
        note,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn checkpoint(size: u64) -> SignedCheckpoint {
        SignedCheckpoint {
            size,
            signed_at: 1,
            note: format!("x\n{size}\n"),
        }
    }

    #[test]
    fn lines_are_appended_and_a_torn_one_costs_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let anchor = Anchor::at(dir.path().join("keys/anchor.jsonl"));
        assert_eq!(anchor.last().unwrap(), None);
        anchor.append(&[checkpoint(1), checkpoint(2)]).unwrap();
        assert_eq!(anchor.last().unwrap(), Some(checkpoint(2)));
        let mut file = OpenOptions::new().append(true).open(anchor.path()).unwrap();
        file.write_all(b"{\"size\":3,\"sig").unwrap();
        assert_eq!(anchor.last().unwrap(), Some(checkpoint(2)));
        anchor.append(&[checkpoint(4)]).unwrap();
        let lines: Vec<_> = anchor.lines().unwrap().collect();
        let expected = [
            Ok(checkpoint(1)),
            Ok(checkpoint(2)),
            Err(3),
            Ok(checkpoint(4)),
        ];
        assert_eq!(lines, expected);
    }
}
