use super::*;

#[test]
fn a_text_is_cut_at_shares_of_its_characters_or_bytes() {
    let made = Made::new(&[("a.txt", "äöüßabcdef")]);
    let read = |unit: &str, share: &str| {
        let layout = format!("kind = \"text\"\nunit = \"{unit}\"");
        texts(&made.rows_of(&layout, &["a.txt"], &split(share)).expect("read"), "text")[0].clone()
    };
    assert_eq!((read("characters", "to = 0.3"), read("characters", "from = 0.3")), ("äöü".into(), "ßabcdef".into()));
    // Of 14 bytes the fifth is the second half of `ü`.
    assert_eq!((read("bytes", "to = 0.4"), read("bytes", "from = 0.4")), ("äöü".into(), "ßabcdef".into()));
}

#[test]
fn articles_begin_at_titles_and_keep_everything() {
    let content =
        " \n = First = \n \n text <unk> \n = = Section = = \n more k \n = 1 rad = \n \n = Second = \n \n = 3 \n";
    let made = Made::new(&[("wiki", content)]);
    let rows = made.rows("kind = \"articles\"", &["wiki"]).expect("read");
    let articles = texts(&rows, "text");
    assert_eq!(articles.concat(), content);
    assert_eq!(articles[1], " = Second = \n \n = 3 \n");
    assert_eq!((articles.len(), rows[1].place.line), (2, 9));
}

#[test]
fn marks_divide_documents() {
    let made = Made::new(&[("a", "\none\ntwo\n<|endoftext|>\n\n<|endoftext|>\nthree\n"), ("b", "<|endoftext|>\nfour")]);
    let rows = made.rows("kind = \"marked\"\nmark = \"<|endoftext|>\"", &["a", "b"]).expect("read");
    assert_eq!(texts(&rows, "text"), ["one\ntwo", "three", "four"]);
}

#[test]
fn lines_lose_their_ends_and_the_byte_order_mark() {
    let made = Made::new(&[("a", "\u{feff}emma\r\nolivia\n\nava")]);
    assert_eq!(texts(&made.rows("kind = \"lines\"", &["a"]).expect("read"), "text"), ["emma", "olivia", "", "ava"]);
}

#[test]
fn a_byte_that_is_no_text_is_named_by_file_and_line() {
    let made = Made::new(&[("a", b"good\nb\xffd\n")]);
    let expected = format!("a:2: expected text in UTF-8, found byte 0xff after 1 bytes{COMPARE}");
    assert_eq!(made.error("kind = \"lines\"", &["a"]), expected);
}

#[test]
fn parallel_files_give_a_row_a_line_group_after_group() {
    let made = Made::new(&[("a.en", "dog\ncat\n"), ("a.de", "Hund\nKatze\n"), ("b.en", "cow\n"), ("b.de", "Kuh\n")]);
    let layout = "kind = \"parallel\"\ncolumns = [\"en\", \"de\"]";
    let rows = made.rows(layout, &["a.en", "a.de", "b.en", "b.de"]).expect("read");
    assert_eq!(texts(&rows, "en"), ["dog", "cat", "cow"]);
    assert_eq!(texts(&rows, "de"), ["Hund", "Katze", "Kuh"]);
}

#[test]
fn unequal_files_are_an_error_with_both_counts() {
    let made = Made::new(&[("a.en", "1\n2\n3\n4\n5\n"), ("a.de", "1\n2\n")]);
    let layout = "kind = \"parallel\"\ncolumns = [\"en\", \"de\"]";
    let error =
        "a.en has 5 lines and a.de has 2, where line by line one translates the other; use files of one release";
    assert_eq!(made.error(layout, &["a.en", "a.de"]), error);
}

#[test]
fn segments_come_out_of_their_markup() {
    let sgml = |texts: [&str; 2]| {
        format!("<refset>\n<doc>\n<seg id=\"1\">{}</seg>\n<p>\n<seg id=\"2\"> {} </seg>\n</doc>\n", texts[0], texts[1])
    };
    let made = Made::new(&[
        ("en", sgml(["A &amp; B &lt;", "&amp;lt;"])),
        ("de", sgml(["C", "D"])),
        ("bad", "<seg id=\"1\">open\n".into()),
    ]);
    let layout = "kind = \"segments\"\ncolumns = [\"en\", \"de\"]";
    let rows = made.rows(layout, &["en", "de"]).expect("read");
    assert_eq!(
        (texts(&rows, "en"), texts(&rows, "de")),
        (vec!["A & B <".into(), "&lt;".into()], vec!["C".to_owned(), "D".into()])
    );
    let error = made.error(layout, &["bad", "de"]);
    assert_eq!(error, format!("bad:1: expected `<seg …>text</seg>` on one line, found a part{COMPARE}"));
}
