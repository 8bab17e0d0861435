//! Published files in the layouts that they have, where they are at hand: beside the checkout, or in `ATTENTIVE_MIRROR`.

use std::path::{Path, PathBuf};

use attentive_data::{DataError, Encoding, Format, Header, Quoting, Row, Separated, rows};

const RAW: Separated =
    Separated { delimiter: None, header: Header::Names, quoting: Quoting::Off, encoding: Encoding::Utf8 };
const BARE: Separated = Separated { header: Header::None, ..RAW };

fn mirror() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).find(|folder| folder.join("glue").is_dir());
    if found.is_none() {
        skipped();
    }
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: glue is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

fn read(path: &Path, format: &Format) -> Vec<Row> {
    let rows = rows(path, format).and_then(|rows| rows.collect::<Result<Vec<_>, DataError>>());
    rows.unwrap_or_else(|error| panic!("{error}"))
}

/// The counts are those that GLUE's own tables give.
#[test]
fn glue_is_read_without_quotes() {
    let Some(mirror) = mirror() else { return };
    let files = [
        ("CoLA/train", BARE, 8551, 4),
        ("SST-2/dev", RAW, 872, 2),
        ("RTE/train", RAW, 2490, 4),
        ("WNLI/train", RAW, 635, 4),
        ("QNLI/dev", RAW, 5463, 4),
    ];
    for (name, separated, count, columns) in files {
        let rows = read(&mirror.join(format!("glue/{name}.tsv.gz")), &Format::Tsv(separated));
        assert_eq!((rows.len(), rows[0].cells.len()), (count, columns), "{name}");
        assert_eq!(rows.last().expect("rows").place.line, count as u64 + u64::from(separated == RAW), "{name}");
    }
}

#[test]
fn stray_quotes_of_glue_are_no_quoting() {
    let Some(mirror) = mirror() else { return };
    let quoted = Separated { quoting: Quoting::On, ..RAW };
    let path = mirror.join("glue/QNLI/dev.tsv.gz");
    let rows = rows(&path, &Format::Tsv(quoted)).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    let error = rows.expect_err("quotes mean nothing in this file").to_string();
    assert!(error.contains("dev.tsv.gz:") && error.contains("quot"), "{error}");
}

#[test]
fn a_similarity_is_a_number_to_who_asks() {
    let Some(mirror) = mirror() else { return };
    let rows = read(&mirror.join("glue/STS-B/dev.tsv.gz"), &Format::Tsv(RAW));
    let scores: Vec<f64> = rows.iter().map(|row| row.number("score").expect("a score")).collect();
    assert!(scores.len() == 1500 && scores.iter().all(|score| (0.0..=5.0).contains(score)));
}

#[test]
fn news_stand_in_quotes() {
    let Some(mirror) = mirror() else { return };
    let separated = Separated { quoting: Quoting::On, ..BARE };
    let rows = read(&mirror.join("ag-news/test.csv.gz"), &Format::Csv(separated));
    let labels: Vec<i64> = rows.iter().map(|row| row.integer("0").expect("a class")).collect();
    assert_eq!([1, 2, 3, 4].map(|class| labels.iter().filter(|label| **label == class).count()), [1900; 4]);
    assert_eq!(rows[0].text("1").expect("a title"), "Fears for T N pension after talks");
}

#[test]
fn questions_are_in_latin_1() {
    let Some(mirror) = mirror() else { return };
    let path = mirror.join("trec/trec_train.label");
    let rows = read(&path, &Format::Text(Encoding::Latin1));
    assert_eq!(rows.len(), 5452);
    assert_eq!(rows[0].text("text").expect("a line"), "DESC:manner How did serfdom develop in and then leave Russia ?");
}

#[test]
fn names_of_pictures_and_lines_of_objects_are_read() {
    let Some(mirror) = mirror() else { return };
    let emoji = read(&mirror.join("emoji-noto/captions.tsv.gz"), &Format::Tsv(RAW));
    assert_eq!((emoji.len(), emoji[0].text("name").expect("a caption")), (3403, "keycap: #"));
    let stories = read(&mirror.join("zero-shot-lm/lambada_openai.jsonl.gz"), &Format::Jsonl);
    assert_eq!(stories.len(), 5153);
}
