//! Cases that the fuzzer began with and kept (`scripts/fuzz`): some of each way through the code, and all that once went wrong.

mod each;
mod tried;

use std::path::Path;

#[test]
fn configs() {
    all("config", tried::config);
}

#[test]
fn folders() {
    all("folder", tried::folder);
}

fn all(target: &str, tried: fn(&[u8])) {
    each::each(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target), tried);
}
