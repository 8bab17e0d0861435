use super::*;
use crate::rows::input::Lines;

const PLAIN: Format = Format::Text(Encoding::Utf8);

#[test]
fn a_line_is_a_row_whatever_ends_it() {
    let rows = read(&PLAIN, "eins\r\nzwei ü\n\n  vier\rhier\nend".as_bytes()).expect("read");
    assert_eq!(names(&rows[0]), ["text"]);
    let expected = [(1, "eins"), (2, "zwei ü"), (3, ""), (4, "  vier\rhier"), (5, "end")];
    assert_eq!(texts(&rows), expected.map(|(line, text)| (line, vec![text])));
}

#[test]
fn a_byte_order_mark_is_no_text() {
    assert_eq!(texts(&read(&PLAIN, b"\xef\xbb\xbfa\n").expect("read")), [(1, vec!["a"])]);
}

#[test]
fn packed_text_is_unpacked_by_its_first_bytes_in_all_its_parts() {
    let parts = [packed(b"a\nb\n"), packed(b"c\n")].concat();
    assert_eq!(texts(&read(&PLAIN, &parts).expect("read")), [(1, vec!["a"]), (2, vec!["b"]), (3, vec!["c"])]);
}

#[test]
fn latin_1_is_read_if_it_is_named() {
    let rows = read(&Format::Text(Encoding::Latin1), b"caf\xe9\n").expect("read");
    assert_eq!(texts(&rows), [(1, vec!["café"])]);
    assert_eq!(
        error(&PLAIN, b"tea\ncaf\xe9\n"),
        "FOLDER/file:2: the text is not UTF-8 from its byte 4 on; convert it, for example with `iconv -t UTF-8`, or say \
         `data.dialect.encoding = \"latin-1\"` if it is a table in that"
    );
}

#[test]
fn unfit_files_are_named() {
    assert_eq!(error(&PLAIN, b""), "FOLDER/file is empty; remove it or leave it out of the patterns");
    assert_eq!(
        error(&PLAIN, b"a\n\0b\n"),
        "FOLDER/file:2: the text holds a NUL byte; convert it to UTF-8 if it is UTF-16, for example with `iconv -f UTF-16 \
         -t UTF-8`, or remove the byte"
    );
    let cut = packed(&[b'x'; 1000]);
    assert_eq!(
        error(&PLAIN, &cut[..cut.len() - 9]),
        "FOLDER/file cannot be read as text (incomplete deflate stream); get the file again, it may be cut off"
    );
    let folder = Folder::new(&[("sub/a.txt", b"a")]);
    assert_eq!(
        folder.error("sub", &PLAIN),
        "FOLDER/sub is a folder where a text file was expected; name its files, such as `FOLDER/sub/*.txt`"
    );
    assert_eq!(
        folder.error("none", &PLAIN),
        "FOLDER/none cannot be read; check that it exists and that you may read it"
    );
}

#[cfg(unix)]
#[test]
fn an_endless_device_is_no_file() {
    let error = rows(Path::new("/dev/zero"), &PLAIN).err().expect("unfit");
    assert_eq!(error.to_string(), "/dev/zero is a device or a pipe; name a file");
}

#[test]
fn a_line_may_be_as_long_as_the_bound_and_no_longer() {
    let folder = Folder::new(&[("a", b"12345\r\n1234567\n1")]);
    let mut lines = Lines::bounded(&folder.path("a"), Encoding::Utf8, 5).expect("opened");
    assert_eq!(lines.read().expect("short enough").as_deref(), Some("12345"));
    let error = folder.told(&lines.read().expect_err("too long"));
    assert_eq!(
        error,
        "FOLDER/a:2: the line is longer than 5 bytes; check that this is a file of lines, or break the line"
    );
}

#[test]
fn a_bomb_of_one_line_is_stopped_at_the_bound() {
    let folder = Folder::new(&[("a", &packed(&vec![b'x'; 1 << 20]))]);
    let mut lines = Lines::bounded(&folder.path("a"), Encoding::Utf8, 1000).expect("opened");
    assert!(folder.told(&lines.read().expect_err("too long")).contains("longer than 1000 bytes"));
}

#[test]
fn the_first_error_ends_the_rows() {
    let folder = Folder::new(&[("a", b"a\n\xff\nb\n")]);
    let mut rows = rows(&folder.path("a"), &PLAIN).expect("opened");
    assert!(rows.next().expect("a row").is_ok());
    assert!(rows.next().expect("an error").is_err());
    assert!(rows.next().is_none());
}
