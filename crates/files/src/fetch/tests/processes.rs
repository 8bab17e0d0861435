use super::child::{command, expect_success, kill, start, told, wait_until};
use super::server::{Answer, Server};
use super::unpacking::{FILES, archive, expect_files};
use super::*;
use crate::{Limits, Members};

fn fetching(folder: &Path) -> Fetching {
    Fetching { cache: folder.join("cache"), mirror: None, offline: false, token: None }
}

fn cached(folder: &Path, name: &str) -> PathBuf {
    folder.join("cache/novels").join(name)
}

/// The part of a child: fetches the file.
#[test]
fn fetches() {
    let Some((folder, address)) = told() else { return };
    let path = fetch(&remote(&[address]), &fetching(&folder), &mut |_| ()).expect("the server gives it");
    assert_eq!(fs::read(path).expect("it exists"), CONTENT);
}

#[test]
fn two_processes_download_once() {
    let drip = Duration::from_millis(5);
    let server = Server::start(vec![Answer::whole(CONTENT).dripping(CONTENT.len() / 2, drip)]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fetches = || start(command("processes::fetches", folder.path(), &server.address));
    let first = fetches();
    wait_until("the first begins", || cached(folder.path(), ".tmp-opening.txt.part").exists());
    let second = fetches();
    expect_success(first);
    expect_success(second);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(fs::read(cached(folder.path(), "opening.txt")).expect("it exists"), CONTENT);
}

#[test]
fn a_download_whose_process_was_killed_is_resumed() {
    let half = CONTENT.len() / 2;
    let server = Server::start(vec![Answer::cut(CONTENT, half).then_silence(), Answer::rest(CONTENT, half)]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let part = cached(folder.path(), ".tmp-opening.txt.part");
    let first = start(command("processes::fetches", folder.path(), &server.address));
    wait_until("half is there", || fs::metadata(&part).is_ok_and(|part| part.len() == half as u64));
    kill(first);
    assert!(!cached(folder.path(), "opening.txt").exists());
    expect_success(start(command("processes::fetches", folder.path(), &server.address)));
    assert!(server.requests()[1].contains(&format!("range: bytes={half}-")), "{:?}", server.requests());
}

fn unpack(folder: &Path, progress: &mut dyn FnMut(Transfer)) -> PathBuf {
    let fetching = Fetching { offline: true, mirror: Some(folder.join("mirror")), ..fetching(folder) };
    unpacked(&archive(), &fetching, &Members::All, &Limits::default(), progress).expect("the mirror has it")
}

/// The part of a child: unpacks at its leisure.
#[test]
fn unpacks_slowly() {
    let Some((folder, _)) = told() else { return };
    let mut pause = Duration::from_secs(1);
    unpack(&folder, &mut |_| std::thread::sleep(std::mem::take(&mut pause)));
}

/// The part of a child: waits for another that unpacks.
#[test]
fn finds_it_unpacked() {
    let Some((folder, _)) = told() else { return };
    unpack(&folder, &mut |told| panic!("this was not to be unpacked again: {told:?}"));
}

fn with_an_archive() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mirror = folder.path().join("mirror/novels");
    fs::create_dir_all(&mirror).expect("writable");
    fs::write(mirror.join("novels.tar.gz"), super::unpacking::packed()).expect("writable");
    folder
}

/// Whether a folder in the making is there.
fn begun(folder: &Path) -> bool {
    let names = fs::read_dir(cached(folder, "")).into_iter().flatten();
    names.flatten().any(|name| name.file_name().to_string_lossy().starts_with(".tmp-novels.tar.gz.unpacked-"))
}

#[test]
fn two_processes_unpack_once() {
    let folder = with_an_archive();
    let first = start(command("processes::unpacks_slowly", folder.path(), ""));
    wait_until("the first begins", || begun(folder.path()));
    expect_success(start(command("processes::finds_it_unpacked", folder.path(), "")));
    expect_success(first);
}

#[test]
fn an_unpacking_whose_process_was_killed_leaves_nothing_that_looks_whole() {
    let folder = with_an_archive();
    let first = start(command("processes::unpacks_slowly", folder.path(), ""));
    wait_until("it begins", || begun(folder.path()));
    kill(first);
    let names = fs::read_dir(cached(folder.path(), "")).expect("it exists").flatten();
    let whole = |name: &str| name.starts_with("novels.tar.gz.unpacked-");
    assert!(!names.into_iter().any(|entry| whole(&entry.file_name().to_string_lossy())));
    expect_files(&unpack(folder.path(), &mut |_| ()), &FILES);
    assert!(!begun(folder.path()), "what was left is cleared away");
}
