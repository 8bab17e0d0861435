//! Cases that the fuzzer began with and kept (`scripts/fuzz`): some of each way through the code, and all that once went wrong.

#[path = "../../../hub/tests/corpus/each.rs"]
mod each;
mod tried;

use std::path::Path;

#[test]
fn pictures() {
    all("picture", tried::picture);
}

fn all(target: &str, tried: fn(&[u8])) {
    each::each(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target), tried);
}
