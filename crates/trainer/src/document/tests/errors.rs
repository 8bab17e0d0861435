use std::{collections::BTreeMap, num::NonZeroUsize};

use serde::Deserialize;

use super::{super::nearest, Document, Folder, section_error, set};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its errors are of interest")]
struct Training {
    steps: Option<usize>,
    seed: Option<u8>,
    rate: Option<f64>,
    shuffle: Option<bool>,
    name: Option<String>,
    files: Option<Vec<String>>,
    betas: Option<(f64, f64)>,
    style: Option<Style>,
    optimizer: Option<Optimizer>,
    stages: Option<Vec<Stage>>,
    size: Option<Size>,
    told: Option<Told>,
    even: Option<Even>,
    nonzero: Option<NonZeroUsize>,
    tagged: Option<Tagged>,
    letter: Option<char>,
    stage: Option<Stage>,
    named: Option<BTreeMap<String, Stage>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    Gpt2,
    Llama,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its errors are of interest")]
enum Optimizer {
    None,
    Adamw { beta: f64 },
    Sgd(f64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its errors are of interest")]
struct Stage {
    length: usize,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its errors are of interest")]
enum Size {
    Count(usize),
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "give a count or `auto`")]
#[expect(dead_code, reason = "only its errors are of interest")]
enum Told {
    Count(usize),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "only its errors are of interest")]
enum Tagged {
    Cosine { warmup: u64 },
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "u64")]
struct Even;

impl TryFrom<u64> for Even {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        if number.is_multiple_of(2) { Ok(Self) } else { Err(format!("{number} is odd; give an even number")) }
    }
}

/// What stands in `[training]`, and the error after `a.toml:`.
const CASES: &[(&str, &str)] = &[
    ("stepps = 5", "2:1: unknown key `training.stepps`; did you mean `steps`?"),
    ("steps = \"many\"", "2:9: `training.steps` wants a whole number, not the string \"many\""),
    ("steps = 1.5", "2:9: `training.steps` wants a whole number, not 1.5"),
    ("steps = 1e3", "2:9: `training.steps` wants a whole number, not 1000.0"),
    ("steps = -5", "2:9: `training.steps` wants a whole number of at least 0, not -5"),
    ("steps = true", "2:9: `training.steps` wants a whole number, not true"),
    ("steps = []", "2:9: `training.steps` wants a whole number, not a list"),
    ("steps.x = 1", "2:1: `training.steps` wants a whole number, not a table"),
    ("steps = 2024-01-02", "2:9: `training.steps` wants a whole number, not the date 2024-01-02"),
    ("seed = 256", "2:8: `training.seed` wants a whole number from 0 to 255, not 256"),
    ("rate = 'fast'", "2:8: `training.rate` wants a number, not the string \"fast\""),
    ("shuffle = 1", "2:11: `training.shuffle` wants true or false, not 1"),
    ("name = 5", "2:8: `training.name` wants a string, not 5"),
    ("letter = 'ab'", "2:10: `training.letter` wants a character, not the string \"ab\""),
    ("files = 'a.txt'", "2:9: `training.files` wants a list, not the string \"a.txt\""),
    ("files = ['a.txt',\n 7]", "3:2: `training.files[1]` wants a string, not 7"),
    ("betas = [0.9]", "2:9: `training.betas` wants a list of 2, not of 1"),
    ("betas = [1, 2, 3]", "2:9: `training.betas` wants a list of 2, not of 3"),
    ("style = 'gtp2'", "2:9: `training.style` wants one of `gpt2`, `llama`, not \"gtp2\"; did you mean `gpt2`?"),
    ("style = 'bert-base'", "2:9: `training.style` wants one of `gpt2`, `llama`, not \"bert-base\""),
    ("style = 2", "2:9: `training.style` wants one of `gpt2`, `llama`, not 2"),
    ("style.gpt2.x = 1", "2:1: `training.style` wants only \"gpt2\", not a table"),
    ("optimizer.adamw.beta = 'x'", "2:24: `training.optimizer.adamw.beta` wants a number, not the string \"x\""),
    (
        "optimizer.adamw = {}",
        "`training.optimizer.adamw.beta` is missing; add it, or give `--set training.optimizer.adamw.beta=…`",
    ),
    (
        "optimizer.adam.beta = 1",
        "2:11: `training.optimizer` wants one of `none`, `adamw`, `sgd`, not \"adam\"; did you mean `adamw`?",
    ),
    ("optimizer = 'sgd'", "2:13: `training.optimizer` wants a table `{ sgd = … }`, not only \"sgd\""),
    (
        "optimizer = {}",
        "2:13: `training.optimizer` wants a table with exactly one of `none`, `adamw`, `sgd`, not 0 keys",
    ),
    ("optimizer.sgd = []", "2:17: `training.optimizer.sgd` wants a number, not a list"),
    ("stages = [{ length = 1 }, {}]", "2:27: `training.stages[1].length` is missing; add it"),
    ("stages = [{ length = 1, lenght = 2 }]", "2:25: unknown key `training.stages[0].lenght`; did you mean `length`?"),
    ("stage = 5", "2:9: `training.stage` wants a table, not 5"),
    ("stage = { q = 1 }", "2:11: unknown key `training.stage.q`; expected one of `length`"),
    (
        "named.\"a b\" = {}",
        "`training.named.\"a b\".length` is missing; add it, or give `--set training.named.\"a b\".length=…`",
    ),
    ("size = 'x'", "2:8: `training.size` wants something else, not the string \"x\""),
    ("told = 'x'", "2:8: `training.told`: give a count or `auto`"),
    ("even = 3", "2:8: `training.even`: 3 is odd; give an even number"),
    ("nonzero = 0", "2:11: `training.nonzero` wants a whole number other than 0, not 0"),
    ("tagged = { warmup = 1 }", "`training.tagged.type` is missing; add it, or give `--set training.tagged.type=…`"),
    (
        "tagged = { type = 'cosine', warmup = 'x' }",
        "2:10: `training.tagged` wants a whole number of at least 0, not the string \"x\"",
    ),
];

#[test]
fn sections_tell_place_kind_and_remedy() {
    for (line, expected) in CASES {
        let error = section_error::<Training>(&format!("[training]\n{line}"), "training");
        assert_eq!(error, placed(expected), "{line}");
    }
}

/// What is missing is in no line, so that a blank follows the file.
fn placed(expected: &str) -> String {
    if expected.starts_with('`') { format!("a.toml: {expected}") } else { format!("a.toml:{expected}") }
}

#[test]
fn overrides_meet_the_same_checks() {
    for (assignment, expected) in [
        ("training.stepps=5", "--set training.stepps=5: unknown key `training.stepps`; did you mean `steps`?"),
        (
            "training.steps=many",
            "--set training.steps=many: `training.steps` wants a whole number, not the string \"many\"",
        ),
        (
            "training.stage={}",
            "the command line: `training.stage.length` is missing; add it, or give `--set training.stage.length=…`",
        ),
        ("training=5", "--set training=5: `training` wants a table, not 5"),
    ] {
        assert_eq!(set(&[assignment]).section::<Training>("training").unwrap_err().to_string(), expected);
    }
    let mut document = Document::empty();
    document.set_flag("training.steps", "many", "--steps many");
    let expected = "--steps many: `training.steps` wants a whole number, not the string \"many\"";
    assert_eq!(document.section::<Training>("training").unwrap_err().to_string(), expected);
}

#[test]
fn what_is_missing_is_missing_from_the_main_file() {
    let folder = Folder::of(&[("base.toml", "[model]\nx = 1"), ("a.toml", "extends = 'base.toml'")]);
    let document = folder.read("a.toml").unwrap();
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its error is of interest")]
    struct Model {
        layers: usize,
    }
    for path in ["model", "decoder"] {
        let error = folder.shown(document.section::<Model>(path).unwrap_err());
        assert_eq!(error, format!("a.toml: `{path}.layers` is missing; add it, or give `--set {path}.layers=…`"));
    }
}

#[test]
fn a_value_where_a_table_should_be_is_not_passed_over() {
    let expected = "a.toml:1:12: `training` wants a table, not 5";
    assert_eq!(section_error::<Training>("training = 5", "training"), expected);
    assert_eq!(section_error::<Stage>("training = 5", "training.stage"), expected);
}

#[test]
fn only_known_keys() {
    let folder = Folder::of(&[("a.toml", "x = 1\n[training]\n[modle]\n")]);
    let document = folder.read("a.toml").unwrap();
    let error = |path: &str, known: &[&str]| folder.shown(document.only(path, known).unwrap_err());
    document.only("", &["training", "modle", "x"]).unwrap();
    document.only("absent", &[]).unwrap();
    assert_eq!(error("", &["x", "training", "model"]), "a.toml:3:2: unknown key `modle`; did you mean `model`?");
    assert_eq!(error("", &["training", "modle"]), "a.toml:1:1: unknown key `x`; expected one of `training`, `modle`");
    assert_eq!(error("", &[]), "a.toml:3:2: unknown key `modle`; none belongs here");
    assert_eq!(error("x", &[]), "a.toml:1:5: `x` wants a table, not 1");
}

#[test]
fn long_strings_and_line_breaks_stay_readable() {
    let long = format!("[training]\nsteps = \"\"\"{}\n{}\"\"\"", "a".repeat(50), "é".repeat(50));
    let expected = format!("\"{}\\n{}…\"", "a".repeat(50), "é".repeat(9));
    let error = section_error::<Training>(&long, "training");
    assert_eq!(error, format!("a.toml:2:9: `training.steps` wants a whole number, not the string {expected}"));
}

#[test]
fn the_nearest_word() {
    let words = ["steps", "seed", "learning_rate", "a", "gpt2"];
    for (word, expected) in [
        ("stpes", Some("steps")),
        ("Steps", Some("steps")),
        ("learning-rate", Some("learning_rate")),
        ("learnrate", Some("learning_rate")),
        ("gpt-2", Some("gpt2")),
        ("b", None),
        ("", None),
        ("layers", None),
    ] {
        assert_eq!(nearest(word, words), expected, "{word}");
    }
    assert_eq!(nearest(&"x".repeat(1 << 20), words), None);
}
