use super::*;

#[test]
fn quotation_marks_between_tabs_are_characters() {
    let made = Made::new(&[("a.tsv", "index\tsentence\tlabel\n0\ta \"quote\t1\n1\t\t0\n")]);
    let rows = made.rows("kind = \"tabs\"", &["a.tsv"]).expect("read");
    assert_eq!(texts(&rows, "sentence"), ["a \"quote", ""]);
    assert_eq!((rows[0].place.line, texts(&rows, "label")), (2, vec!["1".to_owned(), "0".into()]));
}

#[test]
fn columns_without_a_header_are_named_by_the_card() {
    let made = Made::new(&[("a.tsv", "gj04\t1\t\tA sentence.\n")]);
    let rows =
        made.rows("kind = \"tabs\"\nnames = [\"origin\", \"label\", \"mark\", \"text\"]", &["a.tsv"]).expect("read");
    assert_eq!((rows[0].place.line, texts(&rows, "text")), (1, vec!["A sentence.".to_owned()]));
}

#[test]
fn ragged_rows_are_refused_or_skipped() {
    let made = Made::new(&[("a.tsv", "one\ttwo\n1\t2\nbroken\n3\t4\n")]);
    assert_eq!(made.error("kind = \"tabs\"", &["a.tsv"]), format!("a.tsv:3: expected 2 cells, found 1{COMPARE}"));
    let rows = made.rows("kind = \"tabs\"\nragged = \"skip\"", &["a.tsv"]).expect("read");
    assert_eq!(texts(&rows, "two"), ["2", "4"]);
}

#[test]
fn a_header_names_each_column_once() {
    let made = Made::new(&[("empty", ""), ("twice", "a\tb\ta\n1\t2\t3\n")]);
    let expected = "expected a first line that names the columns, each once, found";
    assert_eq!(made.error("kind = \"tabs\"", &["empty"]), format!("empty:1: {expected} an empty file{COMPARE}"));
    assert_eq!(made.error("kind = \"tabs\"", &["twice"]), format!("twice:1: {expected} \"a\" twice{COMPARE}"));
}

#[test]
fn mrpc_is_divided_by_the_listed_pairs() {
    let pairs = "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t10\t20\ta\tb\n0\t30\t40\tc \"d\te\n";
    let made = Made::new(&[("pairs", pairs), ("ids", "30\t40\n20\t10\n")]);
    let read = |kept: &str| {
        let layout = format!("kind = \"mrpc\"\nkept = \"{kept}\"");
        texts(&made.rows(&layout, &["pairs", "ids"]).expect("read"), "#1 String")
    };
    assert_eq!((read("listed"), read("others")), (vec!["c \"d".to_owned()], vec!["a".to_owned()]));
}

#[test]
fn news_are_title_and_description() {
    let made = Made::new(&[
        ("a.csv", "\"3\",\"A \"\"title\"\"\",\"Some\\news.\"\n\"4\",\"B\",\"C\"\n"),
        ("b.csv", "\"1\",\"x\"\n"),
    ]);
    let rows = made.rows("kind = \"news\"", &["a.csv"]).expect("read");
    assert_eq!(texts(&rows, "text"), ["A \"title\" Some\\news.", "B C"]);
    assert_eq!(rows[1].place.line, 2);
    let expected = format!("b.csv:1: expected class, title and description, found 2 cells{COMPARE}");
    assert_eq!(made.error("kind = \"news\"", &["b.csv"]), expected);
}

#[test]
fn folders_are_classes_of_texts() {
    let files = [
        ("set/train/pos/0.txt", "good"),
        ("set/train/neg/1.txt", "bad"),
        ("set/train/unsup/0.txt", "so"),
        ("set/train/urls", "x"),
    ];
    let made = Made::new(&[("a.tgz", gzip(&tar(&files))), ("cut.tgz", gzip(&tar(&files))[..60].to_vec())]);
    let layout = "kind = \"folders\"\nof = \"texts\"\nnames = [\"neg\", \"pos\"]";
    let rows = made.rows(layout, &["a.tgz/set/train"]).expect("read");
    assert_eq!(
        (texts(&rows, "label"), texts(&rows, "text")),
        (vec!["neg".to_owned(), "pos".into()], vec!["bad".to_owned(), "good".into()])
    );
    assert!(rows[0].place.to_string().ends_with("a.tgz/set/train/neg/1.txt:1"));
    let rows = made.rows_of(layout, &["a.tgz/set/train/unsup"], &split("labelled = false")).expect("read");
    assert_eq!(texts(&rows, "text"), ["so"]);
    assert!(rows[0].cell("label").is_none());
    let error = made.error(layout, &["a.tgz/set/test"]);
    assert_eq!(error, format!("a.tgz/set/test:1: expected files in this folder of the archive, found none{COMPARE}"));
    let error = made.error(layout, &["cut.tgz/set/train"]);
    assert!(error.starts_with("cut.tgz:1: expected a whole zip, tar or tar.gz, found "), "{error}");
}
