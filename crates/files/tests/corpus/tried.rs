//! What is done with foreign bytes, by the fuzzer and by the tests of what it kept.

use std::fs;
use std::path::Path;

use attentive_files::{Limits, Members, unpack};

const LIMITS: Limits = Limits { bytes: 1 << 20, bytes_of_one: 1 << 19, entries: 64, depth: 5, ratio: 200 };
/// Errors quote what a file holds, and stay readable.
const LONGEST: usize = 2000;

pub(crate) fn archive(bytes: &[u8]) {
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
    let (archive, into) = (home.path().join("archive"), home.path().join("into"));
    fs::write(&archive, bytes).expect("a temporary folder can be written to");
    match unpack(&archive, &into, &Members::All, &LIMITS, &mut |_| {}) {
        Ok(unpacked) => {
            assert!(unpacked.bytes <= LIMITS.bytes && unpacked.files <= LIMITS.entries);
            assert_eq!(links(&into), 0);
        }
        Err(error) => {
            assert!(error.to_string().len() <= LONGEST);
            assert!(!into.exists(), "a part of it was left");
        }
    }
    let mut names: Vec<_> =
        fs::read_dir(home.path()).expect("it is there").flatten().map(|entry| entry.file_name()).collect();
    names.retain(|name| !["archive", "into", ".into.lock"].iter().any(|own| name == own));
    assert!(names.is_empty(), "{names:?} beside the folder");
}

/// What is neither a file nor a folder.
fn links(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("it is there").flatten();
    let count = |path: &Path| match fs::symlink_metadata(path).expect("it is there") {
        found if found.is_dir() => links(path),
        found => usize::from(!found.is_file()),
    };
    entries.map(|entry| count(&entry.path())).sum()
}
