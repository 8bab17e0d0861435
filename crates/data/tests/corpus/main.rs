//! Cases that the fuzzer began with and kept (`scripts/fuzz`): some of each way through the code, and all that once went wrong.

#[path = "../../../hub/tests/corpus/each.rs"]
mod each;
mod tried;

use std::path::Path;

#[test]
fn tokenizers() {
    all("tokenizer", tried::tokenizer);
}

#[test]
fn models_of_pieces() {
    all("pieces", tried::pieces);
}

#[test]
fn vocabularies() {
    all("vocabulary", tried::vocabulary);
}

#[test]
fn templates() {
    all("template", tried::template);
}

#[test]
fn rows() {
    all("rows", tried::rows);
}

#[test]
fn columns() {
    all("parquet", tried::parquet);
}

fn all(target: &str, tried: fn(&[u8])) {
    each::each(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target), tried);
}
