//! The notary: the key it signs with, and the file it leaves its checkpoints in.

use std::path::PathBuf;

use super::{Config, Secret, ServerKeyError, reader::Reader, server_key};

/// The word that takes a file away.
const OFF: &str = "off";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotarySettings {
    /// The key that signs, when a setting gives it.
    key: Option<Secret>,
    anchor: AnchorFile,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum AnchorFile {
    InTheDataDirectory,
    At(PathBuf),
    Off,
}

impl NotarySettings {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        Self {
            key: read.secret("notary.key"),
            anchor: match read.text("notary.anchor") {
                None => AnchorFile::InTheDataDirectory,
                Some(word) if word == OFF => AnchorFile::Off,
                Some(path) => AnchorFile::At(path.into()),
            },
        }
    }
}

impl Config {
    /// The key that the notary signs with: the setting, or the file `keys/notary.key` in the data directory, where
    /// `fresh` is kept when it is missing.
    ///
    /// # Errors
    /// When the file can neither be read nor made.
    pub fn notary_key(
        &self,
        fresh: impl FnOnce() -> Result<String, ServerKeyError>,
    ) -> Result<Secret, ServerKeyError> {
        match &self.notary.key {
            Some(key) => Ok(key.clone()),
            None => server_key::kept(&self.data_dir, "notary.key", fresh).map(Secret::new),
        }
    }

    /// Where checkpoints are appended: the setting, or `keys/anchor.jsonl` in the data directory; `None`: nowhere.
    #[must_use]
    pub fn anchor(&self) -> Option<PathBuf> {
        match &self.notary.anchor {
            AnchorFile::InTheDataDirectory => Some(self.data_dir.join("keys/anchor.jsonl")),
            AnchorFile::At(path) => Some(path.clone()),
            AnchorFile::Off => None,
        }
    }
}
