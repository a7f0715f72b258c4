//! Directories that are the server's alone: what people wrote lies there, and the keys it is sealed with.

use std::{fs, io, os::unix::fs::DirBuilderExt, path::Path};

/// Makes a directory, and those above it that are missing, for this user only; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_private(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_data_directory_is_closed_to_others_and_an_old_one_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let mode = |dir: &Path| fs::metadata(dir).unwrap().permissions().mode() & 0o777;
        let new = place.path().join("colloquy/data");
        make_private(&new).unwrap();
        assert_eq!((mode(&new), mode(new.parent().unwrap())), (0o700, 0o700));

        fs::set_permissions(&new, fs::Permissions::from_mode(0o750)).unwrap();
        make_private(&new).unwrap();
        assert_eq!(mode(&new), 0o750);
    }
}
