use proptest::prelude::*;

use super::*;
use crate::rows::separated::bounded;

const CSV: Format = Format::Csv(QUOTED);
const QUOTED: Separated =
    Separated { delimiter: None, header: Header::Names, quoting: Quoting::On, encoding: Encoding::Utf8 };
const RAW: Separated = Separated { quoting: Quoting::Off, ..QUOTED };
const BARE: Separated = Separated { header: Header::None, ..QUOTED };

#[test]
fn the_header_names_the_columns_and_fields_are_text() {
    let rows = read(&CSV, b"\xef\xbb\xbftext,label\n\"a, \"\"b\"\"\",1\r\n\"two\nlines\",02\n\n c ,\n").expect("read");
    assert_eq!(names(&rows[0]), ["text", "label"]);
    assert_eq!(texts(&rows), [(2, vec!["a, \"b\"", "1"]), (3, vec!["two\nlines", "02"]), (6, vec![" c ", ""])]);
    assert_eq!(rows[1].integer("label").expect("spelled"), 2);
}

#[test]
fn lines_are_counted_past_blank_ones_and_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        let content = ["a", "", "1", "", "", "2", ""].join(end);
        let rows = read(&CSV, content.as_bytes()).expect("read");
        assert_eq!(texts(&rows), [(3, vec!["1"]), (6, vec!["2"])], "{end:?}");
        let rows = read(&Format::Tsv(RAW), content.as_bytes()).expect("read");
        assert_eq!(texts(&rows), [(3, vec!["1"]), (6, vec!["2"])], "{end:?} without quotes");
    }
}

#[test]
fn without_a_header_columns_have_numbers() {
    let rows = read(&Format::Csv(BARE), b"1,a\n2,b").expect("read");
    assert_eq!(names(&rows[0]), ["0", "1"]);
    assert_eq!(texts(&rows), [(1, vec!["1", "a"]), (2, vec!["2", "b"])]);
}

#[test]
fn tabs_come_with_quotes_and_without() {
    let content = b"a\tb\n\"x\ty\"\tz\n";
    assert_eq!(texts(&read(&Format::Tsv(QUOTED), content).expect("read")), [(2, vec!["x\ty", "z"])]);
    let stray = b"a\tb\r\n\"x\t5\" pipe\r\ny\t\"\r\n";
    assert_eq!(
        texts(&read(&Format::Tsv(RAW), stray).expect("read")),
        [(2, vec!["\"x", "5\" pipe"]), (3, vec!["y", "\""])]
    );
}

#[test]
fn latin_1_is_read_if_it_is_named() {
    let format = Format::Csv(Separated { encoding: Encoding::Latin1, ..QUOTED });
    assert_eq!(texts(&read(&format, b"a\ncaf\xe9\n").expect("read")), [(2, vec!["café"])]);
    assert!(error(&CSV, b"a\ncaf\xe9\n").starts_with("FOLDER/file:2: the text is not UTF-8 from its byte 4 on; "));
}

#[test]
fn a_header_alone_has_no_rows() {
    assert_eq!(read(&CSV, b"a,b\n").expect("read"), []);
    assert_eq!(read(&CSV, b"\n\n").expect("read"), []);
    assert_eq!(error(&CSV, b""), "FOLDER/file is empty; remove it or leave it out of the patterns");
}

#[test]
fn a_quote_that_is_never_closed_is_found_where_it_opens() {
    let unclosed = "a quote that opens here is never closed; close it, or double it and quote the field if it belongs to \
                    the text";
    assert_eq!(error(&CSV, b"a,b\n1,2\n\"x\ny\",\"open\n3,4\n5,6"), format!("FOLDER/file:4: {unclosed}"));
    assert_eq!(error(&CSV, b"a\n\""), format!("FOLDER/file:2: {unclosed}"));
    assert_eq!(error(&CSV, b"\"a"), format!("FOLDER/file:1: {unclosed}"));
}

#[test]
fn a_record_without_end_is_stopped_at_the_bound() {
    let content = [b"a,b\n1,2\n\"".as_slice(), &b"long,\n".repeat(10_000)].concat();
    let folder = Folder::new(&[("file", &content)]);
    let rows = bounded(&folder.path("file"), b',', QUOTED, 20_000).expect("opened").collect::<Result<Vec<_>, _>>();
    assert_eq!(
        folder.told(&rows.expect_err("too long")),
        "FOLDER/file:3: a record that begins here is longer than 20000 bytes; a quote may be open: close it, or double \
         it and quote the field if it belongs to the text"
    );
}

#[test]
fn rows_of_another_length_are_named() {
    let expected = |line, fields| {
        format!(
            "FOLDER/file:{line}: the row has {fields} fields, and the first one of the file 2; put fields that hold the \
             separator in quotes, and check `data.dialect`"
        )
    };
    assert_eq!(error(&CSV, b"a,b\n1,2\n3\n"), expected(3, 1));
    assert_eq!(error(&CSV, b"a,b\n1,2,3\n"), expected(2, 3));
}

#[test]
fn another_character_may_stand_between() {
    let table = Format::Csv(Separated { delimiter: Some(b';'), ..QUOTED });
    let rows = read(&table, b"a;b\n1,5;\"x;y\"\n").expect("read");
    assert_eq!((rows[0].text("a").expect("a text"), rows[0].text("b").expect("a text")), ("1,5", "x;y"));
}

#[test]
fn a_name_is_given_once() {
    assert_eq!(
        error(&CSV, b"a,b,a\n1,2,3\n"),
        "FOLDER/file:1: two columns are named `a`; rename one, or say `data.dialect.header = \
         false` if this is a row already"
    );
}

#[test]
fn a_nul_is_an_error_wherever_it_stands() {
    for content in [&b"a\nx\0y\n"[..], b"a\n\0\nb\n", b"a\n\0", b"a\n\0\n", b"a\n\0\n\0"] {
        let expected = "FOLDER/file:2: the text holds a NUL byte; ";
        assert!(error(&CSV, content).starts_with(expected), "{content:?}");
        assert!(error(&Format::Tsv(RAW), content).starts_with(expected), "{content:?} without quotes");
    }
}

#[test]
fn numbers_in_text_are_numbers_to_who_asks() {
    let rows = read(&CSV, b"n,x\n 3 ,2.5\nthree,inf\n").expect("read");
    assert_eq!((rows[0].integer("n").expect("3"), rows[0].number("x").expect("2.5")), (3, 2.5));
    let folder = |error: DataError| error.to_string().rsplit_once('/').expect("a path").1.to_owned();
    assert_eq!(
        folder(rows[1].integer("n").expect_err("a word")),
        "file:3: the column `n` should hold a whole number, found text"
    );
    assert_eq!(
        folder(rows[1].number("x").expect_err("not finite")),
        "file:3: the column `x` should hold a number, found text"
    );
}

proptest! {
    #[test]
    fn what_the_crate_writes_reads_back(records in prop::collection::vec(prop::collection::vec("[^\0]{0,9}", 3), 1..9)) {
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        records.iter().for_each(|record| writer.write_record(record).expect("into memory"));
        let content = writer.into_inner().expect("into memory");
        let rows = read(&Format::Csv(BARE), &content).expect("read");
        let found: Vec<Vec<&str>> = texts(&rows).into_iter().map(|(_, texts)| texts).collect();
        prop_assert_eq!(found, records);
    }
}
