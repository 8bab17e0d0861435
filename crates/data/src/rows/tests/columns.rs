use super::*;

fn columns(pairs: &[(&str, &str)]) -> Columns {
    Columns(pairs.iter().map(|(role, column)| (role.to_string(), column.to_string())).collect())
}

fn renamed(cells: &[(&str, i64)], pairs: &[(&str, &str)]) -> Result<Vec<(String, i64)>, DataError> {
    let cells: Vec<(&str, Cell)> = cells.iter().map(|(name, value)| (*name, Cell::Integer(*value))).collect();
    let rows: Rows = Box::new([Ok(row(&cells))].into_iter());
    let row = rename(rows, &columns(pairs)).next().expect("one row")?;
    Ok(row.cells.iter().map(|(name, _)| (name.to_string(), row.integer(name).expect("a number"))).collect())
}

#[test]
fn roles_take_the_place_of_names() {
    let found = renamed(&[("sentence", 1), ("text", 2), ("other", 3)], &[("text", "sentence")]).expect("there");
    assert_eq!(found, [("text".to_owned(), 1), ("other".to_owned(), 3)]);
    assert_eq!(renamed(&[("a", 1)], &[]).expect("nothing asked"), [("a".to_owned(), 1)]);
}

#[test]
fn roles_may_be_exchanged_or_shared() {
    let found = renamed(&[("a", 1), ("b", 2)], &[("a", "b"), ("b", "a")]).expect("there");
    assert_eq!(found, [("b".to_owned(), 1), ("a".to_owned(), 2)]);
    let found = renamed(&[("a", 1)], &[("source", "a"), ("target", "a")]).expect("there");
    assert_eq!(found, [("source".to_owned(), 1), ("target".to_owned(), 1)]);
}

#[test]
fn an_absent_column_gets_the_nearest_and_the_list() {
    let error =
        |column| renamed(&[("sentence", 1), ("label", 2)], &[("text", column)]).expect_err("absent").to_string();
    assert_eq!(
        error("Sentences"),
        "file:7: there is no column `Sentences` to be `text`; did you mean `sentence`? The columns are `sentence` and `label`"
    );
    assert_eq!(error("xyz"), "file:7: there is no column `xyz` to be `text`. The columns are `sentence` and `label`");
}

#[test]
fn columns_are_read_from_a_table() {
    let read: Columns = toml::from_str("text = \"sentence\"").expect("a table");
    assert_eq!(read, columns(&[("text", "sentence")]));
}

#[test]
fn files_follow_each_other_in_sorted_order() {
    let folder = Folder::new(&[("b.txt", b"b\n"), ("a.txt", b"a\nA\n"), ("c.csv", b"text\nc\n")]);
    let patterns = ["*.csv".to_owned(), "*.txt".to_owned()];
    let rows: Vec<Row> =
        files(&patterns, folder.0.path(), None).expect("found").collect::<Result<_, _>>().expect("read");
    assert_eq!(texts(&rows), [(1, vec!["a"]), (2, vec!["A"]), (1, vec!["b"]), (2, vec!["c"])]);
    assert_eq!(count(files(&patterns, folder.0.path(), None).expect("found")).expect("read"), 4);
}

#[test]
fn an_error_names_the_file_in_which_it_lies() {
    let folder = Folder::new(&[("a.jsonl", b"{}\n"), ("b.jsonl", b"{}\n{\n"), ("c.jsonl", b"{}\n")]);
    let rows = files(&["*".to_owned()], folder.0.path(), Some(&Format::Jsonl)).expect("found");
    let found: Vec<_> = rows.collect();
    assert_eq!(found.len(), 3);
    let error = folder.told(found[2].as_ref().expect_err("broken"));
    assert!(error.starts_with("FOLDER/b.jsonl:2: EOF while parsing an object at byte 1; "), "{error}");
    assert!(files(&["*.csv".to_owned()], folder.0.path(), None).is_err());
}
