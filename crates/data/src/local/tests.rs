use super::*;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

fn read(folder: &Path, patterns: &[&str], validation: &[&str], split: &str) -> Result<Vec<String>, DataError> {
    let owned = |patterns: &[&str]| patterns.iter().map(|pattern| pattern.to_string()).collect::<Vec<_>>();
    documents(&owned(patterns), folder, &owned(validation), split)
}

/// The error's text, with the folder's name taken out.
fn error(folder: &Path, patterns: &[&str]) -> String {
    let error = read(folder, patterns, &[], "train").expect_err("the files are unfit");
    error.to_string().replace(&folder.display().to_string(), "FOLDER")
}

#[test]
fn files_are_sorted_documents_each_once() {
    let folder = folder(&[("b.txt", b"b"), ("a.txt", b"a"), ("c.md", b"c"), ("held.txt", b"h")]);
    let train = read(folder.path(), &["*.txt", "*.md", "b.txt"], &["held*"], "train").expect("read");
    assert_eq!(train, ["a", "b", "c"]);
    assert_eq!(read(folder.path(), &["*.txt"], &["held*"], "validation").expect("read"), ["h"]);
}

#[test]
fn a_few_files_give_the_last_tenth_of_their_characters() {
    let folder = folder(&[("a.txt", b"0123456789"), ("b.txt", b"abcdefghijABCDEFGHIJ")]);
    assert_eq!(read(folder.path(), &["*"], &[], "train").expect("read"), ["012345678", "abcdefghijABCDEFGH"]);
    assert_eq!(read(folder.path(), &["*"], &[], "validation").expect("read"), ["9", "IJ"]);
}

#[test]
fn ten_files_give_the_last_one() {
    let files: Vec<(String, Vec<u8>)> = (0..10_u8).map(|index| (format!("{index}.txt"), vec![b'a' + index])).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let folder = folder(&files);
    assert_eq!(read(folder.path(), &["*"], &[], "train").expect("read").concat(), "abcdefghi");
    assert_eq!(read(folder.path(), &["*"], &[], "validation").expect("read"), ["j"]);
}

#[test]
fn a_folder_whose_name_looks_like_a_pattern_is_no_pattern() {
    let outer = tempfile::tempdir().expect("a temporary folder");
    let inner = outer.path().join("[x]*");
    std::fs::create_dir(&inner).expect("made");
    std::fs::write(inner.join("a.txt"), "a").expect("written");
    assert_eq!(read(&inner, &["*.txt"], &["a.txt"], "validation").expect("read"), ["a"]);
}

#[test]
fn unfit_files_are_named() {
    let folder = folder(&[("bad.txt", b"good \xff"), ("empty.txt", b"")]);
    std::fs::create_dir(folder.path().join("sub")).expect("made");
    let error = |pattern: &str| error(folder.path(), &[pattern]);
    assert_eq!(error("*.md"), "no file matches `*.md` below FOLDER; patterns are relative to that folder");
    assert_eq!(
        error("bad.txt"),
        "FOLDER/bad.txt is not UTF-8 at byte 5; convert it, for example with `iconv -t UTF-8`, or leave it out of the patterns"
    );
    assert_eq!(error("empty*"), "FOLDER/empty.txt is empty; remove it or leave it out of the patterns");
    assert_eq!(
        error("sub"),
        "FOLDER/sub is a folder where a text file was expected; name its files, such as `FOLDER/sub/*.txt`"
    );
    assert_eq!(
        error("a***"),
        "`a***` is not a pattern of file names; see `*`, `**`, `?` and `[…]` in the documentation of patterns"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = folder(&[]);
    std::os::unix::fs::symlink(folder.path().join("loop"), folder.path().join("loop")).expect("linked");
    assert_eq!(
        error(folder.path(), &["lo*"]),
        "FOLDER/loop cannot be read; check that it exists and that you may read it"
    );
}

#[test]
fn other_splits_are_unknown() {
    let error = read(Path::new("."), &["*"], &[], "test").expect_err("no such split");
    assert_eq!(error.to_string(), "a set of files has no split `test`; its splits are `train` and `validation`");
}
