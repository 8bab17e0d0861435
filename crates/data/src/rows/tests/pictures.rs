use super::*;
use crate::Picture;

/// Each row's picture below the folder, and its other cells.
fn pictures(folder: &Folder, rows: &[Row]) -> Vec<(String, Vec<Cell>)> {
    let below = |row: &Row| {
        let Ok(Picture::File(path)) = row.picture("picture") else { panic!("a file") };
        path.strip_prefix(folder.0.path()).expect("below").to_string_lossy().into_owned()
    };
    rows.iter().map(|row| (below(row), row.cells[1..].iter().map(|(_, cell)| cell.clone()).collect())).collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn captions(texts: &[&str]) -> Vec<Cell> {
    vec![Cell::List(texts.iter().map(|caption| text(caption)).collect())]
}

#[test]
fn folders_are_classes_in_sorted_order() {
    let names =
        ["dog/2.JPEG", "cat/b.png", "cat/images/a.webp", "cat/.hidden", "cat/Thumbs.db", "readme.txt", ".git/x.png"];
    let folder = Folder::new(&names.map(|name| (name, &b""[..])));
    let rows = folder.rows("", &Format::ImageFolder).expect("read");
    let expected = [("cat/b.png", "cat"), ("cat/images/a.webp", "cat"), ("dog/2.JPEG", "dog")];
    assert_eq!(pictures(&folder, &rows), expected.map(|(path, label)| (path.to_owned(), vec![text(label)])));
    assert_eq!(super::names(&rows[0]), ["picture", "label"]);
    assert_eq!(rows[2].place.line, 3);
    assert_eq!(classes(folder.0.path()).expect("read"), ["cat", "dog"]);
}

#[test]
fn folders_of_splits_hold_folders_of_classes() {
    let folder = Folder::new(&[("val/b/1.png", b""), ("train/b/2.png", b""), ("train/a/3.png", b"")]);
    let rows = folder.rows("", &Format::ImageFolder).expect("read");
    let expected = [("train/a/3.png", "a", "train"), ("train/b/2.png", "b", "train"), ("val/b/1.png", "b", "val")];
    let expected = expected.map(|(path, label, split)| (path.to_owned(), vec![text(label), text(split)]));
    assert_eq!(pictures(&folder, &rows), expected);
    assert_eq!(classes(folder.0.path()).expect("read"), ["a", "b"]);
}

#[test]
fn unfit_folders_are_named() {
    let error = |files: &[&str]| {
        let files: Vec<(&str, &[u8])> = files.iter().map(|name| (*name, &b""[..])).collect();
        Folder::new(&files).error("", &Format::ImageFolder).replace("FOLDER/", "")
    };
    assert_eq!(
        error(&["a/1.png", "a/2.tif", "a/3.tif", "a/4.tif", "a/x/5.npy"]),
        "a holds 4 files that are no pictures: `2.tif`, `3.tif`, `4.tif`, …; move them away; pictures end in bmp, gif, jpeg, \
         jpg, png or webp"
    );
    assert_eq!(
        error(&["a/.keep"]),
        "a holds no picture; fill the folder, or remove it: it would be a class without examples"
    );
    assert_eq!(
        error(&["a/1.png", "2.png"]),
        "2.png lies beside the folders of classes; move it into the folder of its class"
    );
    assert_eq!(error(&["list.txt"]), " holds no folders; put the pictures of each class into a folder with its name");
    let deep = format!("a/{}1.png", "x/".repeat(9));
    assert!(error(&[&deep]).ends_with("lies too deep in the folder of a class; move its pictures up"));
}

#[cfg(unix)]
#[test]
fn links_must_not_lead_out() {
    use std::os::unix::fs::symlink;
    let [folder, outside] = [Folder::new(&[("a/1.png", b"")]), Folder::new(&[("2.png", b"")])];
    symlink(folder.path("a/1.png"), folder.path("a/3.png")).expect("linked");
    assert_eq!(folder.rows("", &Format::ImageFolder).expect("links inside are fine").len(), 2);
    let refused = "is a link out of the folder or to a folder; put a copy in its place";
    symlink(folder.path("a"), folder.path("a/loop")).expect("linked");
    assert_eq!(folder.error("", &Format::ImageFolder), format!("FOLDER/a/loop {refused}"));
    std::fs::remove_file(folder.path("a/loop")).expect("removed");
    symlink(outside.path("2.png"), folder.path("a/2.png")).expect("linked");
    assert_eq!(folder.error("", &Format::ImageFolder), format!("FOLDER/a/2.png {refused}"));
    folder.write("captions.jsonl", b"{\"file_name\": \"a/2.png\", \"text\": \"x\"}");
    assert_eq!(folder.error("", &Format::ImageCaption), format!("FOLDER/a/2.png {refused}"));
    symlink(outside.0.path(), folder.path("b")).expect("linked");
    assert_eq!(folder.error("", &Format::ImageFolder), format!("FOLDER/b {refused}"));
    folder.write("captions.jsonl", b"{\"file_name\": \"b/2.png\", \"text\": \"x\"}");
    assert_eq!(folder.error("", &Format::ImageCaption), format!("FOLDER/b/2.png {refused}"));
}

#[test]
fn every_layout_of_captions_gives_the_same_rows() {
    let coco = r#"{"info": {}, "images": [{"id": 7, "file_name": "a.jpg", "width": 1}, {"id": 9, "file_name": "b.jpg"}],
        "annotations": [{"id": 1, "image_id": 7, "caption": "one, \"a\""}, {"id": 2, "image_id": 9, "caption": "three"},
        {"id": 3, "image_id": 7, "caption": "two"}]}"#;
    let list = r#"[{"image": "a.jpg", "captions": ["one, \"a\"", "two"]}, {"image": "b.jpg", "captions": "three"}]"#;
    let lines = "{\"file_name\": \"a.jpg\", \"text\": \"one, \\\"a\\\"\"}\n{\"file_name\": \"b.jpg\", \"text\": \"three\"}\n\
                 {\"file_name\": \"a.jpg\", \"text\": \"two\"}\n";
    let quoted = "image,caption\na.jpg,\"one, \"\"a\"\"\"\nb.jpg,three\na.jpg,two\n";
    let tabs = "image\tcaption\na.jpg\t\"one, \"\"a\"\"\"\nb.jpg\tthree\na.jpg\ttwo\n";
    let tokens = "a.jpg#0\tone, \"a\"\r\nb.jpg#0\tthree\nb.jpg.1#0\tnothing\na.jpg#1\ttwo\n";
    let layouts = [
        ("captions.json", coco),
        ("captions.json", list),
        ("captions.jsonl", lines),
        ("metadata.jsonl", lines),
        ("captions.csv", quoted),
        ("captions.txt", quoted),
        ("captions.tsv", tabs),
        ("captions.txt", tokens),
        ("Flickr8k.token.txt", tokens),
    ];
    for (name, content) in layouts {
        let folder = Folder::new(&[("a.jpg", b""), ("images/b.jpg", b""), (name, content.as_bytes())]);
        let rows = folder.rows("", &Format::ImageCaption).expect(name);
        let expected =
            [("a.jpg".to_owned(), captions(&["one, \"a\"", "two"])), ("images/b.jpg".to_owned(), captions(&["three"]))];
        assert_eq!(pictures(&folder, &rows), expected, "{name}");
        assert_eq!(folder.rows(name, &Format::ImageCaption).expect("the file itself").len(), 2);
    }
}

#[test]
fn unfit_captions_are_named() {
    let error = |name: &str, content: &str| {
        Folder::new(&[("a.jpg", b""), (name, content.as_bytes())])
            .error(".", &Format::ImageCaption)
            .replace("FOLDER/.", "FOLDER")
    };
    assert_eq!(
        error("captions.jsonl", "{\"file_name\": \"b.jpg\", \"text\": \"x\"}"),
        "FOLDER/captions.jsonl:1: there is no picture `b.jpg` in FOLDER or its folder `images`; add the picture, or remove its \
         captions"
    );
    for outside in ["../a.jpg", "/etc/a.jpg", ""] {
        let content = format!("{{\"file_name\": \"{outside}\", \"text\": \"x\"}}");
        assert_eq!(
            error("captions.jsonl", &content),
            format!(
                "FOLDER/captions.jsonl:1: the picture `{outside}` is not below the folder of the captions; name pictures by \
                 their path in that folder"
            )
        );
    }
    assert_eq!(
        error("captions.csv", "id,text\n1,x\n"),
        "FOLDER/captions.csv:2: the row lacks a column for the picture's name or for its captions; call them `file_name` and \
         `captions`"
    );
    assert_eq!(
        error("captions.jsonl", "{\"file_name\": \"a.jpg\", \"text\": 3}"),
        "FOLDER/captions.jsonl:1: the column `text` should hold texts, found a whole number"
    );
    assert_eq!(
        error("captions.txt", "a.jpg#0\tx\nb.jpg\n"),
        "FOLDER/captions.txt:2: the line has no tab; `name#0`, a tab and a caption were expected"
    );
    assert_eq!(
        error("captions.json", "{\"images\": [], \"annotations\": [{\"image_id\": 3, \"caption\": \"\"}]}"),
        "FOLDER/captions.json:1: no image has the id 3; add it to `images`"
    );
    assert_eq!(
        error("other.txt", ""),
        "FOLDER holds no file of captions; put a `captions.jsonl` with `file_name` and `captions` beside the pictures, or \
         name the file of captions itself"
    );
}
