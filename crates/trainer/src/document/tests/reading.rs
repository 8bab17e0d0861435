use std::fmt::Write as _;

use super::Folder;

const BASE: &str = "name = \"base\"\n\n[model]\nheads = 2\nwidth = 12\nsizes = [1, 2]\n";

fn whole(document: &super::Document, path: &str) -> i64 {
    document.section(path).unwrap()
}

#[test]
fn tables_merge_and_values_replace() {
    let child = "extends = \"base.toml\"\n[model]\nheads = 3\nsizes = [5]\n";
    let folder = Folder::of(&[("base.toml", BASE), ("a.toml", child)]);
    let document = folder.read("a.toml").unwrap();
    assert_eq!((whole(&document, "model.heads"), whole(&document, "model.width")), (3, 12));
    assert_eq!(document.section::<Vec<i64>>("model.sizes").unwrap(), [5]);
    assert_eq!(document.text("name"), Some("base"));
    assert!(!document.contains("extends"), "the reader consumes `extends`");
}

#[test]
fn a_table_replaces_a_value_and_the_reverse() {
    let child = "extends = 'base.toml'\nmodel = 'gpt2'\n[name]\nshort = 'b'";
    let document = Folder::of(&[("base.toml", BASE), ("a.toml", child)]).read("a.toml").unwrap();
    assert_eq!((document.text("model"), document.text("name.short")), (Some("gpt2"), Some("b")));
}

#[test]
fn later_bases_win_over_earlier_ones_and_the_file_over_all() {
    let files = [
        ("first.toml", "a = 1\nb = 1\nc = 1"),
        ("second.toml", "b = 2\nc = 2"),
        ("a.toml", "extends = ['first.toml', 'second.toml']\nc = 3"),
    ];
    let document = Folder::of(&files).read("a.toml").unwrap();
    assert_eq!(["a", "b", "c"].map(|key| whole(&document, key)), [1, 2, 3]);
}

#[test]
fn bases_are_relative_to_the_file_that_extends_them_and_read_first() {
    let files = [
        ("root.toml", "a = 1\nb = 1"),
        ("shared/base.toml", "extends = '../root.toml'\nb = 2"),
        ("gpt/a.toml", "extends = ['../shared/base.toml', '../root.toml']"),
    ];
    let folder = Folder::of(&files);
    let document = folder.read("gpt/a.toml").unwrap();
    assert_eq!(whole(&document, "b"), 1);
    let shown: Vec<_> = document.files().iter().map(|file| folder.shown(file.display())).collect();
    assert_eq!(shown, ["gpt/../shared/../root.toml", "gpt/../shared/base.toml", "gpt/../root.toml", "gpt/a.toml"]);
}

#[test]
fn a_base_met_twice_is_listed_once() {
    let files =
        [("base.toml", ""), ("b.toml", "extends = 'base.toml'"), ("a.toml", "extends = ['base.toml', 'b.toml']")];
    assert_eq!(Folder::of(&files).read("a.toml").unwrap().files().len(), 3);
}

#[test]
fn origins_follow_inheritance() {
    let child = "extends = 'base.toml'\n[model]\nheads = 3\nnew.deep = 1\n";
    let folder = Folder::of(&[("base.toml", BASE), ("a.toml", child)]);
    let document = folder.read("a.toml").unwrap();
    for (path, expected) in [
        ("", "a.toml:1:1"),
        ("name", "base.toml:1:8"),
        ("model", "base.toml:3:1"),
        ("model.heads", "a.toml:3:9"),
        ("model.width", "base.toml:5:9"),
        ("model.new", "a.toml:4:1"),
        ("model.new.deep", "a.toml:4:12"),
        ("model.absent", "nowhere"),
        ("name.below", "nowhere"),
    ] {
        assert_eq!(folder.origin(&document, path), expected, "{path}");
    }
}

#[test]
fn columns_count_characters_and_lines_end_in_any_way() {
    let folder =
        Folder::of(&[("a.toml", "\"größe\" = 1\r\nx = {ä = 'é', \"q.r\" = 2}\r\n".replace('ä', "\"ä\"").as_str())]);
    let document = folder.read("a.toml").unwrap();
    assert_eq!(folder.origin(&document, "\"größe\""), "a.toml:1:11");
    assert_eq!(folder.origin(&document, "x.\"q.r\""), "a.toml:2:25");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let folder = Folder::of(&[("a.toml", "\u{feff}a = 1\nb = 2")]);
    let document = folder.read("a.toml").unwrap();
    assert_eq!(folder.origin(&document, "b"), "a.toml:2:5");
}

#[test]
fn a_hostile_line_is_read_in_time() {
    let folder = Folder::of(&[("a.toml", &format!("x = ['{}', {}]", "é".repeat(1 << 18), "1,".repeat(1 << 17)))]);
    assert!(folder.read("a.toml").unwrap().contains("x"));
}

#[test]
fn broken_files() {
    let deep = format!("a = {}1{}", "[".repeat(70), "]".repeat(70));
    let deep_header = format!("[{}]\nx = 1", vec!["a"; 65].join("."));
    let files = [
        ("syntax.toml", "a = 1\nb = = 2\n"),
        ("twice.toml", "a = 1\nb = 2\na = 3\n"),
        ("open.toml", "a = [1,\n"),
        ("deep.toml", deep.as_str()),
        ("header.toml", deep_header.as_str()),
        ("number.toml", "a = 1\nextends = 5"),
        ("mixed.toml", "extends = ['a', 5]"),
        ("lost.toml", "# lost\nextends = ['syntax.toml', 'missing.toml']"),
        ("orphan.toml", "\nextends = 'missing.toml'"),
        ("own.toml", "extends = '.'"),
        ("folder/inside.toml", ""),
    ];
    let folder = Folder::of(&files);
    folder.write("bytes.toml", b"a = \"\xff\"");
    folder.write("long.toml", "# ä\n".repeat(300_000).as_bytes());
    for (name, expected) in [
        ("syntax.toml", "syntax.toml:2:5: extra `=`, expected nothing"),
        ("twice.toml", "twice.toml:3:1: duplicate key"),
        ("open.toml", "open.toml:1:8: unclosed array, expected `]`"),
        ("deep.toml", "deep.toml:1:69: nested more than 64 levels deep; flatten it"),
        ("header.toml", "header.toml:1:1: nested more than 64 levels deep; flatten it"),
        ("number.toml", "number.toml:2:11: `extends` wants a file name or a list of them, not 5"),
        ("mixed.toml", "mixed.toml:1:17: `extends` wants a file name or a list of them, not 5"),
        ("lost.toml", "syntax.toml:2:5: extra `=`, expected nothing"),
        ("orphan.toml", "orphan.toml:2:11: cannot read `missing.toml`: no such file"),
        ("missing.toml", "cannot read `missing.toml`: no such file"),
        ("folder", "cannot read `folder`: it is a folder"),
        ("own.toml", "own.toml:1:11: cannot read `.`: it is a folder"),
        ("bytes.toml", "cannot read `bytes.toml`: it is not UTF-8 text"),
        ("long.toml", "cannot read `long.toml`: it is longer than 1 MiB, which no config is"),
    ] {
        assert_eq!(folder.error(name), expected, "{name}");
    }
}

#[test]
fn circles_name_their_files() {
    let folder = Folder::of(&[
        ("a.toml", "extends = 'b.toml'"),
        ("b.toml", "x = 1\nextends = ['a.toml']"),
        ("outside.toml", "extends = 'a.toml'"),
        ("self.toml", "\n  extends = 'self.toml'"),
    ]);
    let circle = "a.toml:1:1: `extends` goes in a circle: a.toml -> b.toml -> a.toml";
    assert_eq!(folder.error("a.toml"), circle);
    assert_eq!(folder.error("outside.toml"), circle);
    assert_eq!(folder.error("self.toml"), "self.toml:2:3: `extends` goes in a circle: self.toml -> self.toml");
}

#[test]
fn bases_that_double_stop_early() {
    let folder = Folder::of(&[("30.toml", "a = 1")]);
    for level in 0..30 {
        let mut text = String::new();
        write!(text, "extends = ['{0}.toml', '{0}.toml']", level + 1).unwrap();
        folder.write(&format!("{level}.toml"), text.as_bytes());
    }
    let error = folder.error("0.toml");
    assert!(error.ends_with(": `extends` leads to more than 64 files; extend fewer"), "{error}");
}

#[test]
fn permission_is_told_plainly() {
    let error = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    assert_eq!(super::super::error::reason(&error), "permission denied");
}
