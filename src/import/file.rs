//! Files of conversations: JSON, the zip that they are downloaded as, or a directory of several.
//!
//! A file is a list of conversations, or one. Of a list one conversation is in memory at a time.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// Why a file was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is something else.
    #[error(
        "{0} is not an export of conversations: JSON of ChatGPT, Open WebUI or LibreChat, or ChatGPT's zip"
    )]
    Strange(PathBuf),
    /// There is nothing of the kind in it.
    #[error("there are no conversations*.json in {0}")]
    Empty(PathBuf),
    /// It breaks off, or is damaged.
    #[error("{path} cannot be read behind its conversation {read}: {error}")]
    Broken {
        /// Which.
        path: PathBuf,
        /// Conversations before that.
        read: u64,
        /// Why not. Says where, not what.
        error: String,
    },
}

/// The files that a path means, in their order: itself, or a directory's `conversations*.json`, or else all its `*.json`.
///
/// # Errors
/// When it cannot be read, or there are none.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let failed = |error| FileError::Unreadable {
        path: path.to_owned(),
        error,
    };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = vec![];
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.is_file() && file.extension().is_some_and(|ending| ending == "json") {
            files.push(file);
        }
    }
    if files.iter().any(|file| is_conversations(&name(file))) {
        files.retain(|file| is_conversations(&name(file)));
    }
    files.sort();
    match files.is_empty() {
        true => Err(FileError::Empty(path.to_owned())),
        false => Ok(files),
    }
}

/// Gives every conversation of a file to `take`, until that says `false`; how many there were. `read` counts the bytes.
///
/// # Errors
/// When the file cannot be read to its end; what was given before that stays given.
pub fn each(
    path: &Path,
    read: &Arc<AtomicU64>,
    mut take: impl FnMut(Box<RawValue>) -> bool,
) -> Result<u64, FileError> {
    let failed = |error| FileError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let file = Counted {
        file: File::open(path).map_err(failed)?,
        read: Arc::clone(read),
    };
    let mut file = BufReader::new(file);
    if file.fill_buf().map_err(failed)?.starts_with(b"PK") {
        drop(file);
        return zipped(path, read, &mut take);
    }
    conversations(path, file, &mut take)
}

fn zipped(
    path: &Path,
    read: &Arc<AtomicU64>,
    take: &mut dyn FnMut(Box<RawValue>) -> bool,
) -> Result<u64, FileError> {
    let failed = |error: zip::result::ZipError| FileError::Unreadable {
        path: path.to_owned(),
        error: error.into(),
    };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    let size = file.metadata().map_or(0, |file| file.len());
    let mut archive = zip::ZipArchive::new(file).map_err(failed)?;
    let mut names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(|inside| inside.into_owned())
        .filter(|inside| is_conversations(&name(Path::new(inside))))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err(FileError::Empty(path.to_owned()));
    }
    let mut count = 0;
    for inside in names {
        let file = archive.by_name(&inside).map_err(failed)?;
        count += conversations(&path.join(&inside), BufReader::new(file), take)?;
    }
    // What else is in it is passed over.
    read.fetch_max(size, Ordering::Relaxed);
    Ok(count)
}

fn conversations(
    path: &Path,
    mut file: impl BufRead,
    take: &mut dyn FnMut(Box<RawValue>) -> bool,
) -> Result<u64, FileError> {
    let unreadable = |error| FileError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let first = first_letter(&mut file).map_err(unreadable)?;
    let mut count = 0;
    let mut json = serde_json::Deserializer::from_reader(file);
    let read = match first {
        Some(b'[') => Each {
            take,
            count: &mut count,
        }
        .deserialize(&mut json),
        Some(b'{') => Box::<RawValue>::deserialize(&mut json).map(|one| {
            count = 1;
            take(one);
        }),
        _ => return Err(FileError::Strange(path.to_owned())),
    };
    match read.and_then(|()| json.end()) {
        Ok(()) => Ok(count),
        // Told by `take`.
        Err(error) if error.to_string().starts_with(ENOUGH) => Ok(count),
        Err(error) => Err(FileError::Broken {
            path: path.to_owned(),
            read: count,
            error: error.to_string(),
        }),
    }
}

/// What is behind a byte order mark and white space.
fn first_letter(file: &mut impl BufRead) -> io::Result<Option<u8>> {
    if file.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        file.consume(3);
    }
    loop {
        let Some(letter) = file.fill_buf()?.first().copied() else {
            return Ok(None);
        };
        if !letter.is_ascii_whitespace() {
            return Ok(Some(letter));
        }
        file.consume(1);
    }
}

const ENOUGH: &str = "nobody takes more";

/// Visits a list without keeping it.
struct Each<'e> {
    take: &'e mut dyn FnMut(Box<RawValue>) -> bool,
    count: &'e mut u64,
}

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of conversations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(one) = list.next_element::<Box<RawValue>>()? {
            *self.count += 1;
            if !(self.take)(one) {
                return Err(serde::de::Error::custom(ENOUGH));
            }
        }
        Ok(())
    }
}

/// Tells how much was read.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// `conversations.json`, `conversations-000.json`.
fn is_conversations(name: &str) -> bool {
    name.starts_with("conversations") && name.ends_with(".json")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::io::Write;

    use super::*;

    fn read(path: &Path) -> (Vec<String>, Result<u64, FileError>) {
        let mut given = vec![];
        let count = Arc::default();
        let ended = each(path, &count, |one| {
            given.push(one.get().to_owned());
            true
        });
        (given, ended)
    }

    #[test]
    fn a_list_and_a_single_conversation_are_read_and_a_broken_list_as_far_as_it_goes() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.json");
        let of = |text: &str| {
            fs::write(&path, text).unwrap();
            read(&path)
        };
        assert_eq!(of("\u{feff} [1, {\"a\": [2]}]\n").0, ["1", "{\"a\": [2]}"]);
        assert_eq!(of(" {\"a\":1}").0, ["{\"a\":1}"]);
        assert_eq!(of("[]").1.unwrap(), 0);
        let (given, ended) = of("[{\"a\":1}, {\"b\":");
        assert_eq!(given, ["{\"a\":1}"]);
        assert!(matches!(ended, Err(FileError::Broken { read: 1, .. })));
        for strange in ["", "hello", "\"x\"", "<html>"] {
            assert!(
                matches!(of(strange).1, Err(FileError::Strange(_))),
                "{strange}"
            );
        }
        assert!(matches!(of("[1] 2").1, Err(FileError::Broken { .. })));
        assert!(matches!(
            of("PK nothing of the kind").1,
            Err(FileError::Unreadable { .. })
        ));
    }

    #[test]
    fn nobody_is_given_more_than_wanted() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.json");
        fs::write(&path, "[1, 2, 3]").unwrap();
        let mut given = 0;
        let ended = each(&path, &Arc::default(), |_| {
            given += 1;
            given < 2
        });
        assert_eq!((given, ended.unwrap()), (2, 2));
    }

    #[test]
    fn a_directory_is_its_conversations_and_a_zip_is_what_is_in_it() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("export");
        fs::create_dir(&dir).unwrap();
        assert!(matches!(files(&dir), Err(FileError::Empty(_))));
        for name in ["b.json", "a.json", "chat.html"] {
            fs::write(dir.join(name), "[]").unwrap();
        }
        assert_eq!(
            files(&dir).unwrap(),
            [dir.join("a.json"), dir.join("b.json")]
        );
        let parts = ["conversations-000.json", "conversations-001.json"].map(|name| dir.join(name));
        for part in &parts {
            fs::write(part, "[]").unwrap();
        }
        assert_eq!(files(&dir).unwrap(), parts);

        let path = place.path().join("export.zip");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        for (name, text) in [
            ("user.json", "{}"),
            ("conversations-001.json", "[3]"),
            ("conversations-000.json", "[1, 2]"),
        ] {
            zip.start_file(name, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        assert_eq!(read(&path).0, ["1", "2", "3"]);
    }
}
