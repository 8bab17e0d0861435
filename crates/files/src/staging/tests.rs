use super::*;
use crate::verify;

/// A published folder `whole` with the files `a` and `b`, below a temporary parent.
fn published() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let destination = parent.path().join("whole");
    publish(&destination, b"first");
    (parent, destination)
}

fn publish(destination: &Path, bytes: &[u8]) {
    let mut staging = Staging::new(destination).expect("the parent is writable");
    staging.write("b", bytes).expect("writable");
    staging.write_with("a", |file| (0..3).try_for_each(|_| file.write_all(b"piece"))).expect("writable");
    staging.publish().expect("the destination may be replaced");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder exists");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn complaint(folder: &Path) -> String {
    verify(folder).expect_err("the folder is damaged").to_string()
}

#[test]
fn a_published_folder_verifies() {
    let (parent, folder) = published();
    let manifest = verify(&folder).expect("nothing was touched");
    assert_eq!(manifest.files["a"], Entry { size: 15, sha256: crate::sha256(b"piecepiecepiece") });
    assert_eq!(manifest.files.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(names(&folder), ["a", "b", "manifest.json"]);
    assert_eq!(names(parent.path()), ["whole"]);
}

#[test]
fn publishing_again_replaces_the_whole_folder() {
    let (parent, folder) = published();
    fs::write(folder.join("stray"), b"").expect("writable");
    publish(&folder, b"second");
    assert_eq!(fs::read(folder.join("b")).expect("it exists"), b"second");
    assert_eq!(names(&folder), ["a", "b", "manifest.json"]);
    assert_eq!(names(parent.path()), ["whole"]);
}

#[test]
fn an_unpublished_folder_leaves_nothing() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut staging = Staging::new(&parent.path().join("whole")).expect("writable");
    staging.write("a", b"bytes").expect("writable");
    assert!(names(parent.path())[0].starts_with(".tmp-whole-"));
    drop(staging);
    assert!(names(parent.path()).is_empty());
}

#[test]
fn a_flipped_bit_is_named() {
    let (_parent, folder) = published();
    fs::write(folder.join("b"), b"girst").expect("writable");
    let text = complaint(&folder);
    assert!(text.contains("/whole/b was altered") && text.contains(&crate::sha256(b"first")), "{text}");
}

#[test]
fn a_truncated_file_is_named() {
    let (_parent, folder) = published();
    fs::write(folder.join("b"), b"fir").expect("writable");
    assert!(complaint(&folder).contains("/whole/b holds 3 bytes, expected 5"), "{}", complaint(&folder));
}

#[test]
fn a_missing_file_or_manifest_is_named() {
    let (_parent, folder) = published();
    fs::remove_file(folder.join("b")).expect("it exists");
    assert!(complaint(&folder).contains("/whole/b is missing"), "{}", complaint(&folder));
    fs::remove_file(folder.join("manifest.json")).expect("it exists");
    assert!(complaint(&folder).contains("/whole/manifest.json is missing"), "{}", complaint(&folder));
}

#[test]
fn a_manifest_that_is_no_manifest_or_points_elsewhere_is_refused() {
    let (_parent, folder) = published();
    fs::write(folder.join("manifest.json"), b"{").expect("writable");
    assert!(complaint(&folder).contains("is not a readable manifest"), "{}", complaint(&folder));
    fs::write(folder.join("manifest.json"), br#"{"../x": {"size": 0, "sha256": ""}}"#).expect("writable");
    assert!(complaint(&folder).contains("`../x` cannot name a file"), "{}", complaint(&folder));
}

#[test]
fn only_plain_names_are_written() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let mut staging = Staging::new(&parent.path().join("whole")).expect("writable");
    for name in ["", ".", "..", "../a", "a/b", "a/", "/a", "manifest.json"] {
        let error = staging.write(name, b"").expect_err("this is no plain name");
        assert!(matches!(error, FileError::Name { .. }), "{name}: {error}");
    }
    assert!(names(staging.path()).is_empty());
}

#[test]
fn a_failed_write_is_not_part_of_the_folder() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let folder = parent.path().join("whole");
    let mut staging = Staging::new(&folder).expect("writable");
    staging.write("a", b"whole").expect("writable");
    let failure = |file: &mut dyn Write| file.write_all(b"half").and(Err(io::Error::other("the source ran dry")));
    let error = staging.write_with("a", failure).expect_err("the closure failed").to_string();
    assert!(error.contains("cannot write") && error.contains("/whole/a"), "{error}");
    staging.publish().expect("writable");
    assert_eq!(names(&folder), ["manifest.json"]);
}

#[test]
fn a_file_is_neither_a_parent_nor_replaced() {
    let parent = tempfile::tempdir().expect("a temporary folder");
    let file = parent.path().join("file");
    fs::write(&file, b"kept").expect("writable");
    Staging::new(&file.join("whole")).expect_err("a file holds no folders");
    Staging::new(&file).expect("its parent is a folder").publish().expect_err("a file is no folder to replace");
    assert_eq!(names(parent.path()), ["file"]);
    assert_eq!(fs::read(&file).expect("it exists"), b"kept");
}

#[test]
fn sweeping_removes_leftovers_only() {
    let (parent, folder) = published();
    fs::create_dir(parent.path().join(".tmp-whole-x1")).expect("writable");
    fs::write(parent.path().join(".tmp-whole-x1").join("a"), b"").expect("writable");
    fs::write(parent.path().join(".tmp-file"), b"").expect("writable");
    sweep(parent.path()).expect("writable");
    assert_eq!(names(parent.path()), ["whole"]);
    verify(&folder).expect("it was not touched");
}

#[test]
fn a_kill_between_the_two_renames_loses_nothing() {
    let (parent, folder) = published();
    set_aside(&folder).expect("writable");
    assert!(!folder.exists());
    sweep(parent.path()).expect("writable");
    verify(&folder).expect("the former folder is back");

    set_aside(&folder).expect("writable");
    publish(&folder, b"second");
    assert_eq!(names(parent.path()), ["whole"]);
}
