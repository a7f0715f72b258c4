//! The server's key: 32 random bytes from which everything that must be unforgeable is derived.
//!
//! Several nodes of one PostgreSQL database need the same key, so there it is a setting. A server with SQLite keeps it
//! in `keys/server.key` in its data directory and makes it at the first start, unless a setting gives it.

use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use uuid::Uuid;

use super::directory::make_private;

/// The file.
const NAME: &str = "server.key";

/// The server's key. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKey([u8; 32]);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum ServerKeyError {
    /// The file can neither be read nor made.
    #[error("the key {path} can neither be read nor made: {error}")]
    File {
        /// Where it would be.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file holds something else.
    #[error(
        "{0} does not hold a key (64 hex digits); put the right one back, or remove the file to get a new one"
    )]
    NotAKey(PathBuf),
    /// There may be more servers, and no setting says which key they share.
    #[error(
        "all servers of one PostgreSQL database need the same key, so it has to be set; one is made with: openssl rand \
         -hex 32. Where a server ran without it, its key is what {0} holds: set that, or logins end and secrets of \
         providers and webhooks have to be set anew"
    )]
    NotGiven(PathBuf),
    /// The servers seal with a key that this command was not given.
    #[error(
        "this command writes what is sealed, and who works on one PostgreSQL database seals with the same key: set the one \
         that the servers have (before the first server, one is made with: openssl rand -hex 32)"
    )]
    NotShared,
    /// The system has no randomness.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(#[from] getrandom::Error),
}

impl ServerKeyError {
    pub(super) fn not_given(data_dir: &Path) -> Self {
        Self::NotGiven(data_dir.join("keys").join(NAME))
    }
}

impl ServerKey {
    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to derive from.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hex digits or base64 (either alphabet, padded or not) of 32 bytes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        from_hex(text).or_else(|| from_base64(text)).map(Self)
    }

    /// The key in this data directory; made when it is missing.
    pub(super) fn kept_in(data_dir: &Path) -> Result<Self, ServerKeyError> {
        let text = kept(data_dir, NAME, || {
            let mut key = [0; 32];
            getrandom::fill(&mut key)?;
            Ok(key.iter().map(|byte| format!("{byte:02x}")).collect())
        })?;
        Self::parse(&text).ok_or_else(|| ServerKeyError::NotAKey(data_dir.join("keys").join(NAME)))
    }
}

/// The text of a file in the directory of the keys; what `fresh` gives, when it is missing.
pub(super) fn kept(
    data_dir: &Path,
    name: &str,
    fresh: impl FnOnce() -> Result<String, ServerKeyError>,
) -> Result<String, ServerKeyError> {
    let dir = data_dir.join("keys");
    let path = dir.join(name);
    let failed = |error| ServerKeyError::File {
        path: path.clone(),
        error,
    };
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let fresh = fresh()?;
    make(&dir, &path, &fresh).map_err(failed)?;
    // Another process may have been faster: what lies there counts.
    fs::read_to_string(&path).map_err(failed)
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Writes the key beside its place and links it there, so that it appears whole or not at all and never
/// replaces one that is there.
fn make(dir: &Path, path: &Path, key: &str) -> io::Result<()> {
    make_private(dir)?;
    let beside = path.with_extension(format!("key.{}", Uuid::now_v7()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::File::open(dir)?.sync_all(),
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

fn from_base64(text: &str) -> Option<[u8; 32]> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [base64::alphabet::STANDARD, base64::alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())?
        .try_into()
        .ok()
}
