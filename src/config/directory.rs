//! Directories that are the server's alone: what people wrote lies there, and the keys it is sealed with.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

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

/// Whether nobody but its owner may look into this directory.
///
/// # Errors
/// When it cannot be looked at.
pub fn is_private(dir: &Path) -> io::Result<bool> {
    Ok(fs::metadata(dir)?.permissions().mode() & 0o077 == 0)
}

/// Makes an empty file that nobody but its owner reads, if it is not there; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn create_private_file(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new();
    match file.write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a file that nobody but its owner reads, if it is not there; one that is there becomes such a file.
///
/// # Errors
/// When it cannot be made.
pub fn make_private_file(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new();
    let file = file.write(true).create(true).truncate(false).mode(0o600);
    let file = file.open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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

    #[test]
    fn a_new_file_is_closed_to_others_and_an_old_one_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("log.db");
        let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        create_private_file(&file).unwrap();
        assert_eq!(mode(), 0o600);

        fs::write(&file, "here").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        create_private_file(&file).unwrap();
        assert_eq!(mode(), 0o640);
        assert_eq!(fs::read_to_string(&file).unwrap(), "here");
        assert!(create_private_file(&place.path().join("nowhere/log.db")).is_err());
    }

    #[test]
    fn a_private_file_is_for_its_owner_alone_and_what_is_in_it_stays() {
        let place = tempfile::tempdir().unwrap();
        let chmod = |mode| {
            fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).unwrap();
            is_private(place.path()).unwrap()
        };
        assert_eq!([0o700, 0o750, 0o705].map(chmod), [true, false, false]);
        let file = place.path().join("views.db");
        for before in [None, Some(0o644)] {
            if let Some(mode) = before {
                fs::write(&file, "here").unwrap();
                fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            }
            make_private_file(&file).unwrap();
            assert_eq!(
                fs::metadata(&file).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "here");
    }
}
