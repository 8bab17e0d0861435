//! Texts that are compared with files of this folder to the letter. With `ATTENTIVE_REWRITE=1` the files are written anew, for
//! their changes to be read in a diff.

use std::{fs, path::Path};

/// # Panics
/// When the text differs from the file's, naming the first line that does.
pub(crate) fn assert_matches(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program").join(name);
    if std::env::var_os("ATTENTIVE_REWRITE").is_some() {
        fs::create_dir_all(path.parent().expect("it is below tests")).expect("the sources can be written to");
        return fs::write(&path, text).expect("the sources can be written to");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let lines = || (1..).zip(expected.lines().map(Some).chain([None]).zip(text.lines().map(Some).chain([None])));
    if let Some((line, (expected, found))) = lines().find(|(_, (expected, found))| expected != found) {
        let advice = "if the new one is right, run the test again with ATTENTIVE_REWRITE=1";
        panic!("{name}:{line}\nexpected {expected:?}\nfound    {found:?}\n{advice}");
    }
    assert_eq!(text, expected, "{name} differs in how its lines end");
}
