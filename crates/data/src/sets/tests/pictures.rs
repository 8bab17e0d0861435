use super::*;
use crate::Picture;

#[test]
fn emoji_have_their_picture_and_their_base() {
    let table =
        "file\tname\tgroup\na.png\twaving hand: dark skin tone\tPeople\nb.png\tcat\tAnimals\nc.png\tdog\tAnimals\n";
    let made = Made::new(&[("t.tsv", table.into()), ("a.zip", zip(&[("a.png", "A"), ("b.png", "B")]))]);
    let rows = made.rows("kind = \"emoji\"", &["t.tsv", "a.zip"]).expect("read");
    assert_eq!(texts(&rows, "base"), ["waving hand", "cat"]);
    assert_eq!(rows[1].picture("picture").expect("a picture"), &Picture::Encoded(b"B".to_vec()));
}

#[test]
fn a_statement_has_six_pictures_and_a_truth() {
    let statement = r#"{"sentence": "A box.", "label": "false", "identifier": "12-3", "evals": {}}"#;
    let names: Vec<String> = (0..6).map(|order| format!("4/dev-12-3-{order}.png")).collect();
    let pictures = zip(&names.iter().map(|name| (name.as_str(), &name[11..12])).collect::<Vec<_>>());
    let statements = |text: &str| text.to_owned().into_bytes();
    let made = Made::new(&[
        ("a.zip", pictures),
        ("dev.json", statements(statement)),
        ("bad.json", statements(&statement.replace("false", "no"))),
        ("more/dev.json", statements(&statement.replace("12-3", "12-4"))),
    ]);
    let rows = made.rows("kind = \"nlvr\"", &["dev.json", "a.zip"]).expect("read");
    let expected = |order: usize| Cell::Picture(Picture::Encoded(order.to_string().into_bytes()));
    assert_eq!(rows[0].cell("pictures"), Some(&Cell::List((0..6).map(expected).collect())));
    assert_eq!(rows[0].integer("truth").expect("a truth"), 0);
    let expected = format!("bad.json:1: expected `true` or `false` as label, found \"no\"{COMPARE}");
    assert_eq!(made.error("kind = \"nlvr\"", &["bad.json", "a.zip"]), expected);
    let expected = "more/dev.json:1: expected a picture among those of the split, found \"dev-12-4-0.png\"";
    assert_eq!(made.error("kind = \"nlvr\"", &["more/dev.json", "a.zip"]), format!("{expected}{COMPARE}"));
}

#[test]
fn names_of_pictures_stay_in_their_folder() {
    let made = Made::new(&[("t", "../l#0\tA cat .\n"), ("l", "../l\n")]);
    let expected = format!("l:1: expected the name of a file in the folder, found \"../l\"{COMPARE}");
    assert_eq!(made.error("kind = \"flickr\"", &["t", "l", "jpg"]), expected);
}

#[test]
fn photographs_have_all_their_captions_in_the_order_of_the_list() {
    let captions = "a.jpg#0\tA dog .\nb.jpg#0\tA cat .\na.jpg#1\tOne dog .\n";
    let made =
        Made::new(&[("t", captions), ("l", "b.jpg\na.jpg\n"), ("twice", "b.jpg\nb.jpg\n"), ("bad", "a.jpg A dog\n")]);
    let rows = made.rows("kind = \"flickr\"", &["t", "l", "jpg"]).expect("read");
    assert_eq!(rows[1].texts("captions").expect("texts"), ["A dog .", "One dog ."]);
    assert_eq!(rows[1].picture("picture").expect("a picture"), &Picture::File(made.path("jpg/a.jpg")));
    let expected = "twice:2: expected a picture that has captions and was not listed before, found \"b.jpg\"";
    assert_eq!(made.error("kind = \"flickr\"", &["t", "twice", "jpg"]), format!("{expected}{COMPARE}"));
    let expected = "bad:1: expected `name#number`, a tab, a caption, found \"a.jpg A dog\"";
    assert_eq!(made.error("kind = \"flickr\"", &["bad", "l", "jpg"]), format!("{expected}{COMPARE}"));
}

#[test]
fn folders_of_pictures_come_in_the_order_of_names() {
    let files = [("r/dog/2.jpg", "2"), ("r/dog/10.jpg", "10"), ("r/cat/1.jpg", "1"), ("r/cat/.DS_Store", "")];
    let made = Made::new(&[("a.tar", tar(&files))]);
    let rows = made.rows("kind = \"folders\"\nof = \"pictures\"", &["a.tar/r"]).expect("read");
    assert_eq!(texts(&rows, "label"), ["cat", "dog", "dog"]);
    assert_eq!(rows[1].picture("picture").expect("a picture"), &Picture::Encoded(b"10".to_vec()));
}
