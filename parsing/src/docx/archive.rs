//! The archive that a Word document is, read with counted bytes.

use std::io::{Cursor, Read};

use zip::{ZipArchive, result::ZipError};

use super::broken;
use crate::{Limits, Unreadable, content::Content};

/// An archive and what may still be inflated of it.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: usize,
    most: usize,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Unreadable> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
        if zip.len() > limits.entries {
            return Err(Unreadable::TooManyParts(limits.entries));
        }
        Ok(Self {
            zip,
            left: limits.inflated_bytes,
            most: limits.inflated_bytes,
        })
    }

    /// One of its files, as text; none when it is not there.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, Unreadable> {
        let file = match self.zip.by_name(name) {
            Ok(file) => file,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(Unreadable::Encrypted(Content::Word.name()));
            }
            Err(_) => return Err(broken()),
        };
        // What the archive says about its size is not believed.
        let mut bytes = Vec::new();
        let most = u64::try_from(self.left).unwrap_or(u64::MAX);
        file.take(most.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| broken())?;
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or(Unreadable::TooLarge(self.most))?;
        let text = String::from_utf8(bytes).map_err(|_| broken())?;
        Ok(Some(text))
    }
}
