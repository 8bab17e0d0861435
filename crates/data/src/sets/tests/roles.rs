use super::super::roles::given;
use super::*;
use crate::{Card, registry};

/// Rows of cells between tabs, with the roles of this card.
fn read(card: &Card, more: &str, lines: &str) -> Result<Vec<Row>, DataError> {
    let made = Made::new(&[("a.tsv", lines)]);
    let split = split(more);
    let rows = layout("kind = \"tabs\"").read(&[made.path("a.tsv")], &split)?;
    given(rows, card, &split).collect()
}

fn error(card: &Card, lines: &str) -> String {
    let error = read(card, "", lines).expect_err("wrong").to_string();
    error.split_once("a.tsv").expect("it names the file").1.to_owned()
}

#[test]
fn columns_get_the_names_of_their_roles_and_labels_become_indices() {
    let card = registry::card("glue-rte").expect("known");
    let rows = read(&card, "", "sentence1\tsentence2\tlabel\nA\tB\tnot_entailment\nC\tD\tentailment\n").expect("read");
    let [text, second, label] = ["text", "second", "label"];
    assert_eq!((rows[0].text(text).expect("text"), rows[0].text(second).expect("text")), ("A", "B"));
    assert_eq!((rows[0].integer(label).expect("a label"), rows[1].integer(label).expect("a label")), (1, 0));
}

#[test]
fn a_label_that_is_no_class_is_named() {
    let card = registry::card("glue-rte").expect("known");
    let found = error(&card, "sentence1\tsentence2\tlabel\nA\tB\tperhaps\n");
    let known = "`entailment` and `not_entailment`; mend the row, or the labels on the card";
    assert_eq!(found, format!(":2: the label \"perhaps\" is none of {known}"));
    let mnist = registry::card("mnist").expect("known");
    let place = crate::Place { file: "f".into(), line: 5 };
    let row = Row { place, cells: vec![("label".into(), Cell::Integer(10))] };
    let rows: crate::Rows = Box::new([Ok(row)].into_iter());
    let found = given(rows, &mnist, &split("")).next().expect("a row").expect_err("out of range").to_string();
    assert_eq!(found, "f:5: the label 10 is none of the 10 classes; mend the row, or the labels on the card");
}

#[test]
fn scores_are_numbers() {
    let card = registry::card("glue-stsb").expect("known");
    let rows = read(&card, "", "sentence1\tsentence2\tscore\nA\tB\t3.250\n").expect("read");
    assert_eq!(rows[0].number("score").expect("a score"), 3.25);
    let found = error(&card, "sentence1\tsentence2\tscore\nA\tB\tNaN\n");
    assert_eq!(found, format!(":2: expected a number as score, found \"NaN\"{COMPARE}"));
}

#[test]
fn a_split_without_labels_has_none_and_a_missing_column_is_named() {
    let card = registry::card("glue-rte").expect("known");
    let table = "sentence1\tsentence2\nA\tB\n";
    let rows = read(&card, "labelled = false", table).expect("read");
    assert!(rows[0].cell("label").is_none());
    assert_eq!(
        error(&card, table),
        ":2: there is no column `label` to be `label`. The columns are `sentence1` and `sentence2`"
    );
}

#[test]
fn a_hash_divides_rows_and_keeps_equal_ones_together() {
    let mut card = registry::card("names").expect("known");
    card.columns.clear();
    let lines: String = (0..1000).map(|index| format!("{}\n", index / 2)).collect();
    let table = format!("text\n{lines}");
    let part = |more: &str| texts(&read(&card, &format!("by = \"text\"\n{more}"), &table).expect("read"), "text");
    let (train, rest) = (part("to = 0.8"), part("from = 0.8"));
    assert_eq!(train.len() + rest.len(), 1000);
    assert!((700..900).contains(&train.len()), "{}", train.len());
    assert!(rest.iter().all(|text| !train.contains(text)));
    assert!(train.chunks(2).all(|pair| pair[0] == pair[1]));
}
