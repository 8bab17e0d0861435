use super::server::{Answer, Server};
use super::*;
use crate::{ArchiveError, Limits, Members};
use std::io::Write;

pub(super) const FILES: [(&str, &str); 3] = [("a/war.txt", "Well, Prince"), ("b/peace.txt", "We are"), ("note", "2")];

/// A gzip of a tar of [`FILES`].
pub(super) fn packed() -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut builder = tar::Builder::new(encoder);
    for (name, text) in FILES {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).expect("memory takes it");
    }
    let mut encoder = builder.into_inner().expect("memory takes it");
    encoder.flush().expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub(super) fn archive() -> Remote {
    let packed = packed();
    let (size, sha256) = (packed.len() as u64, crate::sha256(&packed));
    Remote { file: "novels.tar.gz".to_owned(), size, checksum: Checksum::Sha256(sha256), ..remote(&[]) }
}

pub(super) fn expect_files(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in FILES {
        let found = fs::read_to_string(folder.join(name)).ok();
        let expected = files.iter().find(|(listed, _)| *listed == name).map(|_| text);
        assert_eq!(found.as_deref(), expected, "{name}");
    }
}

fn unpack(home: &Home, remote: &Remote, members: &Members) -> Result<PathBuf, FetchError> {
    unpacked(remote, &home.fetching, members, &Limits::default(), &mut |_| ())
}

#[test]
fn an_archive_is_fetched_and_unpacked_once() {
    let server = Server::start(vec![Answer::whole(&packed())]);
    let (home, remote) = (Home::new(), Remote { addresses: vec![server.address.clone()], ..archive() });
    let folder = unpack(&home, &remote, &Members::All).expect("the server gives it");
    assert!(contains(&folder, "/cache/novels/novels.tar.gz.unpacked-"));
    expect_files(&folder, &FILES);
    fs::remove_file(home.cached("novels.tar.gz")).expect("it was fetched");
    assert_eq!(unpack(&home, &remote, &Members::All).expect("the folder is enough"), folder);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_archive_of_the_mirror_is_unpacked_into_the_cache() {
    let home = Home::offline().with_mirror("novels.tar.gz", &packed());
    let folder = unpack(&home, &archive(), &Members::All).expect("the mirror has it");
    assert!(folder.starts_with(&home.fetching.cache));
    expect_files(&folder, &FILES);
}

#[test]
fn other_members_have_a_folder_of_their_own() {
    let home = Home::offline().with_mirror("novels.tar.gz", &packed());
    let named = Members::Named(vec!["a".to_owned(), "note".to_owned()]);
    let some = unpack(&home, &archive(), &named).expect("the mirror has it");
    let all = unpack(&home, &archive(), &Members::All).expect("the mirror has it");
    expect_files(&some, &[FILES[0], FILES[2]]);
    expect_files(&all, &FILES);
    assert_ne!(some, all);
}

#[test]
fn a_damaged_folder_is_unpacked_again() {
    let home = Home::offline().with_mirror("novels.tar.gz", &packed());
    let folder = unpack(&home, &archive(), &Members::All).expect("the mirror has it");
    fs::remove_file(folder.join("note")).expect("it is there");
    assert_eq!(unpack(&home, &archive(), &Members::All).expect("the mirror has it"), folder);
    expect_files(&folder, &FILES);
}

#[test]
fn what_is_no_archive_is_an_error_of_its_own() {
    let home = Home::offline().with_mirror("opening.txt", CONTENT);
    let error = unpack(&home, &remote(&[]), &Members::All).expect_err("it is a text");
    assert!(matches!(error, FetchError::Archive(ArchiveError::Kind { .. })), "{error}");
    assert!(error.to_string().contains("/mirror/novels/opening.txt cannot be unpacked"), "{error}");
}

#[test]
fn a_checksum_that_is_a_path_leads_nowhere() {
    let home = Home::offline().with_mirror("novels.tar.gz", &packed());
    let hostile = Remote { checksum: Checksum::Sha256("../../../evil".to_owned()), ..archive() };
    let error = unpack(&home, &hostile, &Members::All).expect_err("it is no checksum");
    assert!(matches!(error, FetchError::Checksum { .. }), "{error}");
}

#[test]
fn progress_is_told_of_the_download_and_then_of_the_unpacking() {
    let server = Server::start(vec![Answer::whole(&packed())]);
    let (home, remote) = (Home::new(), Remote { addresses: vec![server.address.clone()], ..archive() });
    let mut told = Vec::new();
    let tell = &mut |transfer: Transfer| told.push(transfer);
    unpacked(&remote, &home.fetching, &Members::All, &Limits::default(), tell).expect("the server gives it");
    let finished = told.iter().filter(|transfer| transfer.done == transfer.total && transfer.total == remote.size);
    assert!(finished.count() >= 2 && told.iter().all(|transfer| transfer.file == "novels.tar.gz"), "{told:?}");
}
