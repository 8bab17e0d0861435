use super::{rows, text, texts};
use crate::{Cell, DataError, Labels, Row};

fn of(cells: Vec<Cell>) -> Result<Labels, DataError> {
    Labels::of(rows(["label"], cells.into_iter().map(|cell| [cell]).collect()), "label")
}

fn named(names: &[&str]) -> Labels {
    Labels::named(names.iter().map(|name| (*name).to_owned()).collect()).expect("different names")
}

fn index(labels: &Labels, cell: Cell) -> Result<usize, DataError> {
    let row: Row = rows(["label"], vec![[cell]]).next().expect("a row").expect("it is made");
    labels.index(&row)
}

#[test]
fn labels_are_collected_and_sorted() {
    let labels = of(["sad", "glad", "sad", "angry"].map(text).to_vec()).expect("three of them");
    assert_eq!(labels.names(), ["angry", "glad", "sad"]);
    assert_eq!(index(&labels, text("sad")).expect("known"), 2);
}

#[test]
fn numbers_are_sorted_as_numbers() {
    let labels = of(vec![text("10"), Cell::Integer(-1), text("9")]).expect("three of them");
    assert_eq!(labels.names(), ["-1", "9", "10"]);
    assert_eq!(index(&labels, Cell::Integer(9)).expect("known"), 1);
    assert_eq!(index(&labels, text("10")).expect("known"), 2);
    // It would be an index where names are words.
    assert!(index(&labels, Cell::Integer(0)).is_err());
    assert_eq!(of(["07", "7", "x"].map(text).to_vec()).expect("three of them").names(), ["07", "7", "x"]);
}

#[test]
fn lists_have_labels_too() {
    let tags = rows(["tags"], vec![[texts(&["verb", "noun"])], [texts(&[])], [texts(&["noun"])]]);
    assert_eq!(Labels::of(tags, "tags").expect("two of them").names(), ["noun", "verb"]);
}

#[test]
fn a_whole_number_is_an_index_into_words() {
    let labels = named(&["world", "sports", "business"]);
    assert_eq!(index(&labels, Cell::Integer(1)).expect("known"), 1);
    assert_eq!(index(&labels, text("business")).expect("known"), 2);
    assert!([Cell::Integer(3), Cell::Integer(-1)].into_iter().all(|cell| index(&labels, cell).is_err()));
}

#[test]
fn an_unknown_label_is_placed() {
    let error = index(&named(&["glad", "sad"]), text("angry")).expect_err("unknown").to_string();
    assert_eq!(
        error,
        "here:1: the label `angry` is none of `glad` and `sad`; mend the row, or train on rows that have this label too"
    );
    let many: Vec<String> = (10..40).map(|number| format!("name{number}")).collect();
    let error = index(&Labels::named(many).expect("different"), Cell::Integer(30)).expect_err("unknown").to_string();
    assert!(error.contains("the label `30` is none of `name10`, ") && error.contains(" and 18 more; "), "{error}");
    let error = index(&named(&["glad", "sad"]), Cell::Number(1.0)).expect_err("no label").to_string();
    assert_eq!(error, "here:1: the column `label` should hold a label, text or a whole number, found a number");
}

#[test]
fn what_cannot_be_labels_is_refused() {
    let refused = [
        (of(vec![text("one"), text("one")]), "from 2 to 65536 different labels were expected, found 1; check which"),
        (of((0..70_000).map(Cell::Integer).collect()), "found 65537;"),
        (of(vec![text("one"), Cell::Number(0.5)]), "here:2: the column `label` should hold a label"),
        (Labels::of(rows(["other"], vec![[text("one")]]), "label"), "found the column is absent"),
        (Labels::named(["a", "b", "a"].map(str::to_owned).to_vec()), "the label `a` is listed twice; list each once"),
        (Labels::named(vec![]), "found 0;"),
    ];
    for (result, expected) in refused {
        let message = result.expect_err("refused").to_string();
        assert!(message.contains(expected), "{message}");
    }
}
