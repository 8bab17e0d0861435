//! The plan of the house, held by a test: arrows between crates point down, the crates of plain arrays know no tensor, and
//! `unsafe` stays where it is looked for. ARCHITECTURE.md says why.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What stands on what; a crate may use the floors below its own.
#[rustfmt::skip] // a line is a floor
const FLOORS: [&[&str]; 8] = [
    &["random"],
    &["files", "metrics", "pictures"],
    &["kernels", "data", "hub"],
    &["attention"],
    &["bert", "gpt", "seq2seq", "vit", "engine"],
    &["multimodal"],
    &["trainer"],
    &["cli"],
];

/// Beside the house: for tests alone.
const TESTS_ONLY: &str = "testkit";

/// These compute on plain arrays.
const WITHOUT_TENSORS: [&str; 5] = ["random", "files", "metrics", "pictures", "data"];

/// What `unsafe` stands before in code.
const UNCHECKED: [&str; 5] = ["{", "fn", "impl", "trait", "extern"];

const PREFIX: &str = "attentive-";

#[derive(Debug, PartialEq)]
enum Kind {
    Normal,
    Development,
    Build,
}

struct Dependency {
    name: String,
    kind: Kind,
}

type House = BTreeMap<String, Vec<Dependency>>;

#[test]
fn every_crate_is_on_one_floor() {
    let mut planned: Vec<&str> = FLOORS.concat();
    planned.push(TESTS_ONLY);
    planned.sort_unstable();
    let found: Vec<String> = house().into_keys().collect();
    assert_eq!(found, planned, "each folder of crates/ has one place in FLOORS");
}

#[test]
fn arrows_point_down() {
    for (from, to) in arrows(Kind::Normal).chain(arrows(Kind::Build)) {
        assert_ne!(to, TESTS_ONLY, "`{from}` may use `{TESTS_ONLY}` only as a dev-dependency");
        assert!(from == TESTS_ONLY || floor(&to) < floor(&from), "`{from}` must not use `{to}`: it stands no lower");
    }
}

/// A test may lean on any crate that does not need the tested one: on its own floor and those below, and on the kit.
#[test]
fn arrows_of_tests_point_down() {
    for (from, to) in arrows(Kind::Development).filter(|(_, to)| to != TESTS_ONLY) {
        assert!(floor(&to) <= floor(&from), "tests of `{from}` must not use `{to}`: it stands higher");
    }
}

/// The kit serves every crate, so it can use only what none of them would turn into a circle: the ground floor.
#[test]
fn the_test_kit_stands_on_the_ground() {
    for (_, to) in arrows(Kind::Normal).filter(|(from, _)| from == TESTS_ONLY) {
        assert_eq!(floor(&to), 0, "`{TESTS_ONLY}` must not use `{to}`");
    }
}

#[test]
fn plain_arrays_know_no_tensor() {
    let house = house();
    for name in WITHOUT_TENSORS {
        let tensors = house[name].iter().find(|needed| needed.name == "burn" || needed.name.starts_with("burn-"));
        assert!(tensors.is_none(), "`{name}` must not depend on burn");
    }
}

#[test]
fn unsafe_code_stays_in_kernels() {
    let kernels = root().join("crates/kernels");
    for path in sources(&root().join("crates")).into_iter().filter(|path| !path.starts_with(&kernels)) {
        let text = fs::read_to_string(&path).expect("a source file is readable text");
        let allowed = text.contains("#[expect(unsafe_code") || text.contains("#![expect(unsafe_code");
        let path = path.display();
        assert!(allowed || !is_unsafe(&text), "{path}: `unsafe` belongs in crates/kernels, or needs a stated reason");
    }
}

#[test]
fn unsafe_code_is_recognized() {
    for what in UNCHECKED {
        assert!(is_unsafe(&format!("pub {}  {what} x", "unsafe")), "before `{what}`");
    }
    assert!(is_unsafe(&["unsafe", "    {"].join("\n")), "a line may end in between");
    assert!(!is_unsafe("an unsafe habit; unsafe_code {"));
    assert!(!is_unsafe("// an unsafe fn would be wrong here"), "comments do not count");
}

/// Pairs of crates of this workspace, short names, user first.
fn arrows(kind: Kind) -> impl Iterator<Item = (String, String)> {
    let chosen = move |needed: &Dependency| needed.kind == kind;
    house().into_iter().flat_map(move |(from, needs)| {
        let inside = needs.into_iter().filter(&chosen).filter_map(|needed| short(&needed.name).map(str::to_owned));
        inside.map(|to| (from.clone(), to)).collect::<Vec<_>>()
    })
}

fn floor(name: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&name)).unwrap_or_else(|| panic!("`{name}` is on no floor"))
}

fn short(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)
}

/// The crates of this workspace by short name, as cargo sees them.
fn house() -> House {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]).current_dir(root());
    let output = cargo.output().expect("cargo runs this test, so it is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");
    items(&metadata, "packages").iter().map(room).collect()
}

fn room(package: &Value) -> (String, Vec<Dependency>) {
    let name = text(package, "name");
    let short = short(name).unwrap_or_else(|| panic!("`{name}` lacks the prefix `{PREFIX}`"));
    (short.to_owned(), items(package, "dependencies").iter().map(dependency).collect())
}

fn dependency(entry: &Value) -> Dependency {
    let kind = match entry["kind"].as_str() {
        None => Kind::Normal,
        Some("dev") => Kind::Development,
        Some("build") => Kind::Build,
        Some(other) => panic!("cargo knows a kind of dependency that this test does not: {other}"),
    };
    Dependency { name: text(entry, "name").to_owned(), kind }
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("cargo metadata has a list of {key}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("cargo metadata has a {key}"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("crates/cli lies in the workspace")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the workspace is readable");
    let paths = entries.map(|entry| entry.expect("its entries are too").path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| is_rust(path))
        .collect()
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Whether code outside line comments holds something that the compiler does not check.
fn is_unsafe(text: &str) -> bool {
    let code: Vec<&str> = text.lines().filter_map(|line| line.split("//").next()).flat_map(words).collect();
    code.windows(2).any(|pair| pair[0] == "unsafe" && UNCHECKED.contains(&pair[1]))
}

/// Words, and each sign as a word of its own.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.split_inclusive(move |letter| !inside(letter)).flat_map(move |piece| {
        let word = piece.trim_end_matches(|letter| !inside(letter));
        [word, piece[word.len()..].trim()].into_iter().filter(|word| !word.is_empty())
    })
}
