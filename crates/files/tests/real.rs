//! Published archives, where they are at hand: beside the checkout, or in `ATTENTIVE_MIRROR`. The counts are those of
//! Python's `zipfile` and `tarfile`.

use std::path::PathBuf;

use attentive_files::{Limits, Members, Unpacked, unpack};

fn find(archive: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).map(|folder| folder.join(archive)).find(|path| path.is_file());
    if found.is_none() {
        skipped(archive);
    }
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(archive: &str) {
    eprintln!("skipped: {archive} is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

fn expect(archive: &str, members: &Members, expected: Unpacked) {
    let Some(archive) = find(archive) else { return };
    // Thousands of small files wear out patience on a disk.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
    let into = folder.path().join("unpacked");
    let unpack = || unpack(&archive, &into, members, &Limits::default(), &mut |_| ()).expect("it is sound");
    assert_eq!(unpack(), expected);
    assert_eq!(unpack(), expected, "it is there already");
}

#[test]
fn sentence_pairs_are_unpacked() {
    expect("tatoeba-fra-eng/fra-eng.zip", &Members::All, Unpacked { files: 2, bytes: 10_010_956 });
}

#[test]
fn emoji_are_unpacked() {
    expect("emoji-noto/noto-emoji-72px-base.zip", &Members::All, Unpacked { files: 1618, bytes: 4_405_756 });
}

#[test]
fn ships_are_unpacked() {
    let ships = Members::Named(vec!["test/ship".to_owned()]);
    expect("cifar10-jpeg/test.tar.gz", &ships, Unpacked { files: 1000, bytes: 889227 });
}
