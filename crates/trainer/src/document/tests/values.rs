use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf};

use serde::Deserialize;

use super::{Document, Folder};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Everything {
    count: usize,
    negative: i32,
    rate: f64,
    whole_rate: f32,
    flag: bool,
    name: String,
    path: PathBuf,
    letter: char,
    absent: Option<u64>,
    present: Option<u64>,
    style: Style,
    width: Width,
    betas: (f64, f64),
    shape: [usize; 3],
    stages: Vec<Stage>,
    optimizer: Optimizer,
    fallback: Optimizer,
    schedule: Optimizer,
    clip: Optimizer,
    size: Size,
    other_size: Size,
    weights: BTreeMap<String, f64>,
    kind: Tagged,
    nonzero: NonZeroUsize,
    #[serde(default)]
    left_out: Vec<u8>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Style {
    PreNorm,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Width(usize);

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Stage {
    steps: u64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Optimizer {
    None,
    Adamw { beta: f64 },
    Sgd(f64),
    Pair(u8, u8),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Size {
    Count(usize),
    Fraction(f64),
    Name(String),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Tagged {
    Cosine { warmup: u64 },
}

const EVERYTHING: &str = r#"
count = 5
negative = -7
rate = 1e-3
whole_rate = 2
flag = true
name = "n"
path = "../x"
letter = "c"
present = 11
style = "pre-norm"
width = 13
betas = [0.9, 1]
shape = [2, 3, 5]
optimizer = { adamw = { beta = 0.9 } }
fallback = "none"
schedule.sgd = 1
clip.pair = [2, 3]
size = 7
other_size = "small"
kind = { type = "cosine", warmup = 3 }
nonzero = 1
[[stages]]
steps = 2
[[stages]]
steps = 3
[weights]
a = 1
b = 0.5
"#;

#[test]
fn every_kind_of_value() {
    let document = Folder::of(&[("a.toml", EVERYTHING)]).read("a.toml").unwrap();
    let expected = Everything {
        count: 5,
        negative: -7,
        rate: 1e-3,
        whole_rate: 2.0,
        flag: true,
        name: "n".to_owned(),
        path: PathBuf::from("../x"),
        letter: 'c',
        absent: None,
        present: Some(11),
        style: Style::PreNorm,
        width: Width(13),
        betas: (0.9, 1.0),
        shape: [2, 3, 5],
        stages: vec![Stage { steps: 2 }, Stage { steps: 3 }],
        optimizer: Optimizer::Adamw { beta: 0.9 },
        fallback: Optimizer::None,
        schedule: Optimizer::Sgd(1.0),
        clip: Optimizer::Pair(2, 3),
        size: Size::Count(7),
        other_size: Size::Name("small".to_owned()),
        weights: BTreeMap::from([("a".to_owned(), 1.0), ("b".to_owned(), 0.5)]),
        kind: Tagged::Cosine { warmup: 3 },
        nonzero: NonZeroUsize::MIN,
        left_out: Vec::new(),
    };
    assert_eq!(document.section::<Everything>("").unwrap(), expected);
    assert_eq!(document.section::<Size>("rate").unwrap(), Size::Fraction(1e-3));
}

#[test]
fn an_absent_section_is_an_empty_table() {
    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Section {
        steps: Option<u64>,
    }
    assert_eq!(Document::empty().section::<Section>("training").unwrap(), Section::default());
    assert_eq!(Document::empty().section::<Section>("").unwrap(), Section::default());
}

#[test]
fn text_is_of_strings_only() {
    let document = Folder::of(&[("a.toml", "a = 1\nb = 'x'\n[c]")]).read("a.toml").unwrap();
    assert_eq!(["a", "b", "c", "d", "b.x"].map(|path| document.text(path)), [None, Some("x"), None, None, None]);
    assert_eq!(["a", "c", "d", "b.x", ""].map(|path| document.contains(path)), [true, true, false, false, true]);
}
