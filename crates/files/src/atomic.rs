//! A file appears whole or not at all, whatever happens in between.

use std::fs;
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::FileError;

/// What the name of everything unfinished starts with.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// Writes the file or leaves what was there before, after a crash too: the bytes reach the disk before the name does.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut temporary = temporary_file(path)?;
    temporary.write_all(bytes).map_err(FileError::io("write", path))?;
    persist(temporary, path)
}

/// An empty temporary file beside `path`, removed on drop unless persisted.
pub(crate) fn temporary_file(path: &Path) -> Result<NamedTempFile, FileError> {
    let (parent, _) = parent_and_name(path)?;
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY);
    readable_by_others(&mut builder, 0o666);
    builder.tempfile_in(parent).map_err(FileError::io("write", path))
}

/// Gives the temporary file its name once its bytes are on the disk.
pub(crate) fn persist(temporary: NamedTempFile, path: &Path) -> Result<(), FileError> {
    temporary.as_file().sync_all().map_err(FileError::io("write", path))?;
    temporary.persist(path).map_err(|refused| FileError::io("write", path)(refused.error))?;
    sync_folder(parent_and_name(path)?.0)
}

/// Renames, so that the new name survives a crash.
pub fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(FileError::io("put into place", to))?;
    sync_folder(parent_and_name(to)?.0)
}

/// The folder that holds `path`, and the name of `path` therein.
pub(crate) fn parent_and_name(path: &Path) -> Result<(&Path, String), FileError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(FileError::io("write", path)(Error::from(ErrorKind::InvalidInput)));
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok((parent, name.to_string_lossy().into_owned()))
}

/// On Unix a name is on the disk only once its folder is; elsewhere folders cannot be synchronized.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(FileError::io("write", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Temporary files are private by default, but these become ordinary ones: the user's umask shall decide.
pub(crate) fn readable_by_others(builder: &mut Builder<'_, '_>, mode: u32) {
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = (builder, mode);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder exists");
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        write_atomically(&path, b"old and long").expect("writable");
        write_atomically(&path, b"new").expect("writable");
        assert_eq!(fs::read(&path).expect("the file exists"), b"new");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_failed_write_names_the_path_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("file"), b"").expect("writable");
        let path = folder.path().join("file").join("inner");
        let error = write_atomically(&path, b"bytes").expect_err("a file holds no files").to_string();
        assert!(error.contains("inner; a part of the path is a file, where a folder is expected"), "{error}");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_folder_in_the_way_stays_and_no_temporary_file_does() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("file");
        fs::create_dir(&path).expect("writable");
        write_atomically(&path, b"bytes").expect_err("a folder is in the way");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_an_ordinary_file_lets_them_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mode = |name: &str| fs::metadata(folder.path().join(name)).expect("it exists").permissions().mode();
        fs::write(folder.path().join("ordinary"), b"").expect("writable");
        write_atomically(&folder.path().join("atomic"), b"").expect("writable");
        assert_eq!(mode("atomic"), mode("ordinary"));
    }
}
