//! The notary: the key it signs with, and the file and the address it leaves its checkpoints at.

use std::{fmt, path::PathBuf};

use reqwest::Url;

use super::{
    Config, Secret, ServerKeyError,
    reader::{Reader, http_url},
    server_key,
};

/// The word that takes a file away.
const OFF: &str = "off";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotarySettings {
    /// The key that signs, when a setting gives it.
    key: Option<Secret>,
    former_keys: Vec<String>,
    anchor: AnchorFile,
    anchor_url: Option<AnchorUrl>,
}

/// An address that checkpoints are told to.
#[derive(Clone, PartialEq, Eq)]
pub struct AnchorUrl {
    /// Which.
    pub url: Url,
    /// What it wants to see.
    pub key: Option<Secret>,
}

/// Of the address only the host: the rest can hold a password or a key.
impl fmt::Debug for AnchorUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnchorUrl")
            .field("url", &self.shown())
            .field("key", &self.key)
            .finish()
    }
}

impl AnchorUrl {
    /// The address for a log: without what may be a secret.
    #[must_use]
    pub fn shown(&self) -> String {
        format!(
            "{}{}",
            self.url.origin().ascii_serialization(),
            self.url.path()
        )
    }
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
            former_keys: read.list("notary.former_keys"),
            anchor: match read.text("notary.anchor") {
                None => AnchorFile::InTheDataDirectory,
                Some(word) if word == OFF => AnchorFile::Off,
                Some(path) => AnchorFile::At(path.into()),
            },
            anchor_url: anchor_url(read),
        }
    }
}

fn anchor_url(read: &mut Reader<'_>) -> Option<AnchorUrl> {
    let url = read.parsed("notary.anchor_url", http_url);
    let key = read.secret("notary.anchor_key");
    if key.is_some() && !read.has("notary.anchor_url") {
        read.fault(
            "notary.anchor_key",
            "this is of no use without notary.anchor_url",
        );
    }
    url.map(|url| AnchorUrl { url, key })
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

    /// Keys that signed before it, by their public parts: it goes on where they ended.
    #[must_use]
    pub fn former_notary_keys(&self) -> &[String] {
        &self.notary.former_keys
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

    /// Where checkpoints are told, besides; `None`: nowhere.
    #[must_use]
    pub fn anchor_url(&self) -> Option<&AnchorUrl> {
        self.notary.anchor_url.as_ref()
    }
}
