//! Where files come from: archives, compressed files, files that users place.

use attentive_files::{Fetching, sha256};

use super::*;
use crate::{Card, sets};

/// A mirror with a folder `made` of these files, and a cache.
fn fetching(files: &[(&str, Vec<u8>)]) -> (Made, Fetching) {
    let files: Vec<(String, &Vec<u8>)> =
        files.iter().map(|(name, bytes)| (format!("mirror/made/{name}"), bytes)).collect();
    let files: Vec<(&str, &Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let made = Made::new(&files);
    let (cache, mirror) = (made.path("cache"), Some(made.path("mirror")));
    (made, Fetching { cache, mirror, offline: true, token: None })
}

fn card(source: &str, split: &str) -> Card {
    let about =
        "name = \"made\"\ntitle = \"\"\ntask = \"language-modelling\"\nlicense = \"\"\ncitation = \"\"\nformat = \"\"";
    let text = format!(
        "{about}\nlayout = {{ kind = \"lines\" }}\n[source]\nkind = \"files\"\n{source}\n[[splits]]\nname = \"train\"\n{split}"
    );
    toml::from_str(&text).expect("a card")
}

fn listed(file: &str, kind: &str, bytes: &[u8]) -> String {
    format!(
        "[[source.files]]\nfile = \"{file}\"\nkind = \"{kind}\"\nsize = {}\nsha256 = \"{}\"",
        bytes.len(),
        sha256(bytes)
    )
}

fn read(card: &Card, fetching: &Fetching) -> Result<Vec<Row>, DataError> {
    sets::rows(card, card.split("train")?, fetching, &mut |_| ())?.collect()
}

#[test]
fn splits_look_into_archives_of_every_kind() {
    let files = [("within/a.txt", "one\ntwo\n"), ("b.txt", "three\n")];
    for (name, bytes) in [("a.zip", zip(&files)), ("a.tar", tar(&files)), ("a.tgz", gzip(&tar(&files)))] {
        let card =
            card(&listed(name, "archive", &bytes), &format!("files = [\"{name}/b.txt\", \"{name}/within/a.txt\"]"));
        let (_made, fetching) = fetching(&[(name, bytes)]);
        for _ in 0..2 {
            assert_eq!(texts(&read(&card, &fetching).expect("read"), "text"), ["three", "one", "two"]);
        }
    }
}

#[test]
fn a_broken_archive_leaves_nothing_behind() {
    let mut bytes = gzip(&tar(&[("a.txt", &"text\n".repeat(1000))]));
    bytes.truncate(bytes.len() / 2);
    let card = card(&listed("a.tgz", "archive", &bytes), "files = [\"a.tgz/a.txt\"]");
    let (_made, fetching) = fetching(&[("a.tgz", bytes)]);
    for _ in 0..2 {
        let error = read(&card, &fetching).expect_err("cut").to_string();
        assert!(error.contains("a.tgz` of the data set `made` cannot be had"), "{error}");
    }
}

#[test]
fn the_mirror_may_hold_the_file_compressed() {
    let card = card(&listed("sub/a.txt", "plain", b"one\n"), "");
    let (_made, fetching) = fetching(&[("sub/a.txt.gz", gzip(b"one\n"))]);
    assert_eq!(texts(&read(&card, &fetching).expect("read"), "text"), ["one"]);
}

#[test]
fn a_file_that_users_place_is_asked_for_in_words() {
    let card = card("needs = \"ask its authors\"", "files = [\"a.txt\"]");
    let (_made, fetching) = fetching(&[("a.txt", b"one\n".to_vec())]);
    assert_eq!(texts(&read(&card, &fetching).expect("read"), "text"), ["one"]);
    let (made, fetching) = self::fetching(&[("b.txt", b"one\n".to_vec())]);
    let error = read(&card, &fetching).expect_err("absent").to_string();
    assert_eq!(error, format!("{} is missing: ask its authors", made.path("mirror/made/a.txt").display()));
    let error = read(&card, &Fetching { mirror: None, ..fetching }).expect_err("no mirror").to_string();
    let expected = "the mirror is not set, and the file `a.txt` of `made` comes from nowhere else: ask its authors; set \
                    ATTENTIVE_MIRROR to the folder that holds `made`";
    assert_eq!(error, expected);
}

#[test]
fn a_generated_set_has_as_many_rows_as_its_card_says() {
    let (_made, fetching) = fetching(&[]);
    for card in crate::cards().filter(|card| matches!(card.source, crate::CardSource::Generated {})) {
        let split = card.split("validation").expect("every set is judged on it");
        let rows = sets::rows(&card, split, &fetching, &mut |_| ()).expect("it is made here");
        assert_eq!(Some(crate::count(rows).expect("it is made here")), split.rows, "{}", card.name);
    }
}

#[test]
fn what_users_type_has_a_name_and_perhaps_a_split() {
    assert_eq!(sets::parts("scan-length:test"), ("scan-length", Some("test")));
    assert_eq!(sets::parts("names"), ("names", None));
}

/// Answers one request with these bytes.
fn serve(bytes: Vec<u8>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/a.txt.gz", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a request");
        let mut request = [0; 4096];
        std::io::Read::read(&mut stream, &mut request).expect("a request");
        let header = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
        stream.write_all(header.as_bytes()).and_then(|()| stream.write_all(&bytes)).expect("an answer");
    });
    address
}

fn published(bytes: &[u8], content: &[u8]) -> (Made, Card, Fetching) {
    let (size, sha256) = (bytes.len(), sha256(bytes));
    let address = serve(bytes.to_vec());
    let packed = format!("packed = {{ addresses = [\"{address}\"], size = {size}, sha256 = \"{sha256}\" }}");
    let (made, fetching) = fetching(&[]);
    let card = card(&format!("{}\n{packed}", listed("a.txt", "plain", content)), "");
    (made, card, Fetching { mirror: None, offline: false, ..fetching })
}

#[test]
fn a_file_published_compressed_is_downloaded_once() {
    let (_made, card, fetching) = published(&gzip(b"one\ntwo\n"), b"one\ntwo\n");
    for _ in 0..2 {
        assert_eq!(texts(&read(&card, &fetching).expect("read"), "text"), ["one", "two"]);
    }
}

#[test]
fn a_compressed_file_with_other_content_is_refused() {
    let (made, card, fetching) = published(&gzip(b"other\n"), b"one\ntwo\n");
    let error = read(&card, &fetching).expect_err("not the listed content").to_string();
    assert!(error.contains("a.txt.gz cannot be unpacked into "), "{error}");
    assert!(!made.path("cache/made/a.txt").exists());
}
