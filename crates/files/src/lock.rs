//! An exclusive lock on a file, which the system releases even when the process is killed.
//!
//! The file itself stays behind: removing it would let two processes each lock a file of the same name.

use std::fs::{File, OpenOptions};
use std::path::Path;

use fs4::{FileExt, TryLockError};

use crate::FileError;

/// Held from [`acquire`](Lock::acquire) or [`wait`](Lock::wait) until dropped. Advisory: it binds only those who ask.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock or fails at once: for run folders, which two processes must not share.
    pub fn acquire(path: &Path) -> Result<Self, FileError> {
        let file = open(path)?;
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(FileError::Locked { path: path.to_path_buf() }),
            Err(TryLockError::Error(source)) => Err(FileError::io("lock", path)(source)),
        }
    }

    /// Waits as long as another holds the lock: for caches, where the other's work is about to be of use.
    pub fn wait(path: &Path) -> Result<Self, FileError> {
        let file = open(path)?;
        FileExt::lock(&file).map_err(FileError::io("lock", path))?;
        Ok(Self { _file: file })
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    options.map_err(FileError::io("open the lock", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        let first = Lock::acquire(&path).expect("nobody holds it");
        let error = Lock::acquire(&path).expect_err("it is held");
        assert!(error.to_string().contains("is locked by another process"), "{error}");
        drop(first);
        Lock::acquire(&path).expect("it was let go");
    }

    #[test]
    fn waiting_lasts_as_long_as_the_lock_is_held() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        let first = Lock::acquire(&path).expect("nobody holds it");
        let (sender, receiver) = mpsc::channel();
        let waiting = std::thread::spawn(move || sender.send(Lock::wait(&path).is_ok()));
        assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err(), "the lock is still held");
        drop(first);
        assert_eq!(receiver.recv_timeout(Duration::from_secs(20)), Ok(true));
        waiting.join().expect("the waiter ends").expect("the receiver lives");
    }
}
