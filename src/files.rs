//! Files that only their owner reads, that are there whole or not at all, and that are known by their hashes.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// A new file that only its owner reads, in the place of whatever was there.
///
/// # Errors
/// When it cannot be made.
pub fn private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = private(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// A file's length, and its SHA-256 in hexadecimal digits. `read` is told of every piece.
///
/// # Errors
/// When it cannot be read.
pub fn digest(path: &Path, read: impl FnMut(u64)) -> io::Result<(u64, String)> {
    through(&mut File::open(path)?, &mut io::sink(), read)
}

/// A copy that only its owner reads, on the disk when this returns, and the [`digest`] of what was copied.
///
/// # Errors
/// When one cannot be read or the other not be written.
pub fn copy(from: &Path, to: &Path, read: impl FnMut(u64)) -> io::Result<(u64, String)> {
    let mut copy = private(to)?;
    let digest = through(&mut File::open(from)?, &mut copy, read)?;
    copy.sync_all()?;
    Ok(digest)
}

fn through(
    from: &mut impl Read,
    to: &mut impl Write,
    mut read: impl FnMut(u64),
) -> io::Result<(u64, String)> {
    let (mut hasher, mut length) = (Sha256::new(), 0);
    let mut buffer = vec![0; PIECE];
    loop {
        let piece = from.read(&mut buffer)?;
        if piece == 0 {
            let digest = hasher.finalize();
            let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            return Ok((length, hex));
        }
        hasher.update(&buffer[..piece]);
        to.write_all(&buffer[..piece])?;
        length += piece as u64;
        read(piece as u64);
    }
}

/// Cuts off what stands behind the last line's end: a line that was being written when the file was copied.
///
/// # Errors
/// When it cannot be read or written.
pub fn cut_torn_line(path: &Path) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut end = file.metadata()?.len();
    let mut buffer = vec![0; PIECE];
    while end > 0 {
        let from = end.saturating_sub(PIECE as u64);
        let length = usize::try_from(end - from).unwrap_or(PIECE);
        file.seek(io::SeekFrom::Start(from))?;
        file.read_exact(&mut buffer[..length])?;
        let line = buffer[..length].iter().rposition(|byte| *byte == b'\n');
        if let Some(last) = line {
            file.set_len(from + last as u64 + 1)?;
            return file.sync_all();
        }
        end = from;
    }
    file.set_len(0)?;
    file.sync_all()
}

/// What stands in a directory is on the disk when this returns.
///
/// # Errors
/// When that fails.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_copy_is_private_and_known_by_what_was_copied() {
        let place = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| place.path().join(name));
        fs::write(&from, vec![7; 3 * PIECE + 1]).unwrap();
        let mut read = 0;
        let copied = copy(&from, &to, |piece| read += piece).unwrap();
        assert_eq!(copied, digest(&from, |_| {}).unwrap());
        assert_eq!((copied.0, read), (3 * PIECE as u64 + 1, copied.0));
        assert_eq!(fs::read(&from).unwrap(), fs::read(&to).unwrap());
        let mode = fs::metadata(&to).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }

    #[test]
    fn a_torn_line_goes_and_whole_ones_stay() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lines");
        let long = "x".repeat(3 * PIECE);
        for (before, after) in [
            (String::new(), ""),
            ("a\nb\n".to_owned(), "a\nb\n"),
            ("a\nb".to_owned(), "a\n"),
            (format!("a\n{long}"), "a\n"),
            (long.clone(), ""),
        ] {
            fs::write(&path, before).unwrap();
            cut_torn_line(&path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), after);
        }
    }
}
