use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::rows::jsonl::bounded;

#[test]
fn a_line_is_an_object_and_blank_lines_are_none() {
    let rows =
        read(&Format::Jsonl, "{\"text\": \"ü\\n\", \"label\": 3}\r\n \n\n{\"text\":null}\n".as_bytes()).expect("read");
    assert_eq!(rows.iter().map(|row| row.place.line).collect::<Vec<_>>(), [1, 4]);
    assert_eq!(names(&rows[0]), ["text", "label"]);
    assert_eq!(rows[0].cells[0].1, Cell::Text("ü\n".to_owned()));
    assert_eq!(rows[1].cells[0].1, Cell::Missing);
}

#[test]
fn every_kind_of_value_has_its_cell() {
    let content =
        r#"{"i": -7, "big": 9223372036854775808, "x": 1.0, "t": true, "l": [1, "a", null], "r": {"a": [], "b": {}}}"#;
    let row = &read(&Format::Jsonl, content.as_bytes()).expect("read")[0];
    let cells: Vec<Cell> = row.cells.iter().map(|(_, cell)| cell.clone()).collect();
    let list = vec![Cell::Integer(1), Cell::Text("a".to_owned()), Cell::Missing];
    let record = vec![("a".to_owned(), Cell::List(vec![])), ("b".to_owned(), Cell::Record(vec![]))];
    let numbers = [Cell::Integer(-7), Cell::Number(9_223_372_036_854_775_808.0), Cell::Number(1.0), Cell::Integer(1)];
    assert_eq!(cells, [&numbers[..], &[Cell::List(list), Cell::Record(record)]].concat());
}

#[test]
fn one_bad_line_among_many_is_named() {
    let content = ["{\"a\": 1}\n".repeat(5000), "{\"a\": 1,}\n".to_owned(), "{\"a\": 1}\n".repeat(5000)].concat();
    let rest = "; a JSON object a line was expected; mend or remove the line";
    assert_eq!(error(&Format::Jsonl, content.as_bytes()), format!("FOLDER/file:5001: trailing comma at byte 9{rest}"));
    let reason = |content: &str| {
        let error = error(&Format::Jsonl, content.as_bytes());
        error
            .strip_prefix("FOLDER/file:1: ")
            .and_then(|error| error.strip_suffix(rest))
            .expect("of that form")
            .to_owned()
    };
    assert_eq!(reason("[1]"), "invalid type: sequence, expected an object at byte 0");
    assert_eq!(reason("{} {}"), "trailing characters at byte 4");
    assert_eq!(reason("{\"a\": 1"), "EOF while parsing an object at byte 7");
    assert_eq!(reason("{\"a\": 1, \"b\": 2, \"a\": 3}"), "the name \"a\" occurs twice at byte 24");
    assert_eq!(reason("{\"r\": {\"a\": 1, \"a\": 3}}"), "the name \"a\" occurs twice at byte 22");
    assert_eq!(reason("{\"a\": 1e999}"), "number out of range at byte 11");
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(reason(&deep), "recursion limit exceeded at byte 133");
}

#[test]
fn many_names_are_compared_in_no_time() {
    let members: Vec<String> = (0..100_000).map(|index| format!("\"{index}\":0")).collect();
    let rows = read(&Format::Jsonl, format!("{{{}}}", members.join(",")).as_bytes()).expect("read");
    assert_eq!(rows[0].cells.len(), 100_000);
}

#[test]
fn a_line_too_long_is_named() {
    let folder = Folder::new(&[("a", b"{}\n{\"a\": 1}\n")]);
    let rows = bounded(&folder.path("a"), 5).expect("opened").collect::<Result<Vec<_>, _>>();
    let expected = "FOLDER/a:2: the line is longer than 5 bytes; check that this is a file of lines, or break the line";
    assert_eq!(folder.told(&rows.expect_err("too long")), expected);
}

#[test]
fn a_list_of_objects_is_read_as_a_whole() {
    let rows = read(&Format::Json, b"[\n{\"a\": 1},\n{\"a\": 2}\n]\n").expect("read");
    let found: Vec<_> = rows.iter().map(|row| (row.place.line, row.integer("a").expect("a number"))).collect();
    assert_eq!(found, [(1, 1), (2, 2)]);
    assert_eq!(
        error(&Format::Json, b"{\"a\": 1}\n{\"a\": 2}"),
        "FOLDER/file cannot be read as JSON (invalid type: map, expected a list of objects at line 1 column 0); a list of \
         objects was expected; if each line is an object, say `format = \"jsonl\"`"
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Value::from),
        ".{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn spelled(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Integer(integer) => json!(integer),
        Cell::Number(number) => json!(number),
        Cell::List(cells) => cells.iter().map(spelled).collect(),
        Cell::Record(cells) => cells.iter().map(|(name, cell)| (name.clone(), spelled(cell))).collect(),
        Cell::Picture(_) => unreachable!("JSON has no pictures"),
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(values in prop::collection::vec(prop::collection::btree_map(".{0,4}", value(), 1..4), 1..4)) {
        let lines: Vec<String> = values.iter().map(|value| json!(value).to_string()).collect();
        let rows = read(&Format::Jsonl, lines.join("\n").as_bytes()).expect("read");
        let found = rows.iter().map(|row| row.cells.iter().map(|(name, cell)| (name.to_string(), spelled(cell))).collect());
        prop_assert_eq!(found.collect::<Vec<Value>>(), values.iter().map(|value| json!(value)).collect::<Vec<_>>());
    }
}
