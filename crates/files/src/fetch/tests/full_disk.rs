//! A disk that fills, in a process of its own: a small file system in memory where root may mount one, and a limit on
//! the size of files everywhere.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::child::{command_by, told};
use super::server::{Answer, Server};
use super::{CONTENT, Fetching, Remote, remote};
use crate::{ArchiveError, FetchError, FileError, Limits, Members, fetch, unpack, write_atomically};

/// More than either disk holds.
const LARGE: usize = 400_000;

/// What a shell ends with when it could not prepare the disk.
const REFUSED: i32 = 77;

/// A namespace of its own, which takes the mount with it when it ends.
const SMALL_DISK: &str = r#"mount -t tmpfs -o size=200k none "$1" || exit 77; shift; exec "$@""#;

/// Signal 25 tells that a file is too large: whoever ignores it gets an error instead. Blocks have 512 bytes or, in some
/// shells, 1024.
const SMALL_FILES: &str = r#"trap "" 25; ulimit -f 200 || exit 77; shift; exec "$@""#;

#[test]
fn a_disk_that_fills_is_told_and_leaves_nothing_half() {
    expect_told(&["unshare", "--mount", "sh", "-c", SMALL_DISK, "sh"]);
}

#[test]
fn a_file_that_grows_too_large_is_told_and_leaves_nothing_half() {
    expect_told(&["sh", "-c", SMALL_FILES, "sh"]);
}

fn expect_told(shell: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = command_by(shell, "full_disk::fills_a_disk", folder.path()).output().expect("the shell is there");
    let complaint = String::from_utf8_lossy(&output.stderr);
    let refused = output.status.code() == Some(REFUSED) || complaint.starts_with("unshare:");
    if refused { skipped(&complaint) } else { assert!(output.status.success(), "{complaint}") }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(reason: &str) {
    eprintln!("skipped: this user may not prepare a small disk: {reason}");
}

/// The part of a child.
#[test]
fn fills_a_disk() {
    let Some((folder, _)) = told() else { return };
    let elsewhere = tempfile::tempdir_in("/dev/shm").expect("it has more room");
    write_fails(&folder);
    unpacking_fails(&folder, elsewhere.path());
    download_fails(&folder);
}

/// No zeros, which a file system might not store.
fn large() -> Vec<u8> {
    (0..LARGE).map(|index| (index % 251) as u8 + 1).collect()
}

fn expect_full(error: &FileError) {
    let text = error.to_string();
    assert!(
        text.contains("cannot write") && (text.contains("free some space") || text.contains("ulimit -f")),
        "{text}"
    );
}

fn write_fails(folder: &Path) {
    let path = folder.join("file");
    write_atomically(&path, b"old").expect("there is room");
    expect_full(&write_atomically(&path, &large()).expect_err("it does not fit"));
    assert_eq!(fs::read(&path).expect("it stays"), b"old");
    assert_eq!(names(folder), ["file"]);
}

/// The first file of the archive fits, the second does not: neither stays.
fn unpacking_fails(folder: &Path, elsewhere: &Path) {
    let archive = elsewhere.join("archive.tar.gz");
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in [("first", CONTENT), ("second", &large()[..])] {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, content).expect("memory takes it");
    }
    // Compressed, because elsewhere, too, files may not be large.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&builder.into_inner().expect("memory takes it")).expect("memory takes it");
    fs::write(&archive, encoder.finish().expect("memory takes it")).expect("there is room");
    let into = folder.join("whole");
    let result = unpack(&archive, &into, &Members::All, &Limits::default(), &mut |_| ());
    match result.expect_err("it does not fit") {
        ArchiveError::File(error) => expect_full(&error),
        other => panic!("{other}"),
    }
    assert_eq!(names(folder), [".whole.lock", "file"]);
}

/// What came stays, to be resumed when there is room.
fn download_fails(folder: &Path) {
    let content = large();
    let server = Server::start(vec![Answer::whole(&content)]);
    let remote = Remote {
        size: content.len() as u64,
        checksum: crate::Checksum::Sha256(crate::sha256(&content)),
        ..remote(std::slice::from_ref(&server.address))
    };
    let fetching = Fetching { cache: folder.join("cache"), mirror: None, offline: false, token: None };
    match fetch(&remote, &fetching, &mut |_| ()).expect_err("it does not fit") {
        FetchError::File(error) => expect_full(&error),
        other => panic!("{other}"),
    }
    let cached = folder.join("cache/novels");
    assert_eq!(names(&cached), [".opening.txt.lock", ".tmp-opening.txt.part"]);
    let part = fs::read(cached.join(".tmp-opening.txt.part")).expect("it is kept");
    assert!(!part.is_empty() && content.starts_with(&part));
    assert_eq!(server.requests().len(), 1, "no retry would help");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder exists").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
