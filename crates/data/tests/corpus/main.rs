//! Cases that the fuzzer kept (`scripts/fuzz`): some of each way through the code, and all that once went wrong.

mod tried;

use std::{fs, path::Path};

#[test]
fn tokenizers() {
    each("tokenizer", tried::tokenizer);
}

#[test]
fn models_of_pieces() {
    each("pieces", tried::pieces);
}

#[test]
fn vocabularies() {
    each("vocabulary", tried::vocabulary);
}

#[test]
fn templates() {
    each("template", tried::template);
}

#[test]
fn rows() {
    each("rows", tried::rows);
}

#[test]
fn columns() {
    each("parquet", tried::parquet);
}

fn each(target: &str, tried: fn(&[u8])) {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let files = fs::read_dir(&cases).expect("the cases are there").map(|entry| entry.expect("it can be read").path());
    let count = files.inspect(|path| tried(&fs::read(path).expect("it can be read"))).count();
    assert!(count > 0, "{} is empty", cases.display());
}
