use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn a_plain_file_of_the_mirror_is_used_in_place() {
    let home = Home::offline().with_mirror("opening.txt", CONTENT);
    assert!(contains(&home.expect_content(&remote(&[])), "/mirror/novels/opening.txt"));
    assert!(!home.cached("opening.txt").exists());
}

#[test]
fn a_compressed_file_of_the_mirror_is_unpacked_into_the_cache_once() {
    let home = Home::offline().with_mirror("opening.txt.gz", &packed(CONTENT));
    assert_eq!(home.expect_content(&remote(&[])), home.cached("opening.txt"));
    let home = home.with_mirror("opening.txt.gz", b"no longer needed");
    home.expect_content(&remote(&[]));
}

#[test]
fn a_wrong_file_of_the_mirror_is_an_error_of_its_own() {
    let mut altered = CONTENT.to_vec();
    altered[3] ^= 1;
    let home = Home::new().with_mirror("opening.txt", &altered);
    let text = home.complaint(&remote(&[])).to_string();
    assert!(text.contains("/mirror/novels/opening.txt has sha256") && text.contains("get a fresh copy"), "{text}");

    let home = Home::new().with_mirror("opening.txt", b"short");
    assert!(home.complaint(&remote(&[])).to_string().contains("holds 5 bytes, expected 76"));

    let home = Home::new().with_mirror("opening.txt.gz", &packed(&altered));
    assert!(home.complaint(&remote(&[])).to_string().contains("/mirror/novels/opening.txt.gz has sha256"));
}

#[test]
fn a_bomb_stops_at_the_listed_size() {
    let bomb = packed(&vec![0; 10_000_000]);
    let home = Home::new().with_mirror("opening.txt.gz", &bomb[..bomb.len() / 2]); // its end is never reached
    let text = home.complaint(&remote(&[])).to_string();
    assert!(text.contains("holds more than the expected 76 bytes"), "{text}");
    let left: Vec<_> = fs::read_dir(home.cached("")).expect("it exists").collect();
    assert_eq!(left.len(), 1, "nothing but the lock is left: {left:?}");
}

#[test]
fn a_damaged_archive_is_named() {
    let whole = packed(CONTENT);
    let home = Home::new().with_mirror("opening.txt.gz", &whole[..whole.len() / 2]);
    let text = home.complaint(&remote(&[])).to_string();
    assert!(text.contains("cannot unpack") && text.contains("opening.txt.gz"), "{text}");
}

#[test]
fn offline_says_where_to_put_the_file() {
    let home = Home::offline();
    let text = home.complaint(&remote(&["http://127.0.0.1:1/".to_string()])).to_string();
    assert!(text.contains(&format!("put it at {}", home.cached("opening.txt").display())), "{text}");

    let home = Home::offline().with_mirror("another.txt", b"");
    let text = home.complaint(&remote(&[])).to_string();
    assert!(text.contains("/mirror/novels/opening.txt, or unset ATTENTIVE_OFFLINE"), "{text}");
}

#[test]
fn without_an_address_the_error_says_so() {
    let text = Home::new().complaint(&remote(&[])).to_string();
    assert!(text.contains("has no address"), "{text}");
}

#[test]
fn a_file_put_into_the_cache_by_hand_is_found() {
    let home = Home::offline().with_cached("opening.txt", CONTENT);
    assert_eq!(home.expect_content(&remote(&[])), home.cached("opening.txt"));
}

#[test]
fn a_verified_file_is_read_again_only_when_it_changed() {
    let home = Home::offline().with_cached("opening.txt", CONTENT);
    let path = home.expect_content(&remote(&[]));
    let modified = fs::metadata(&path).and_then(|file| file.modified()).expect("it exists");
    let altered = CONTENT.to_ascii_uppercase();
    fs::write(&path, &altered).expect("writable");
    let set = |time| fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(time));
    set(modified).expect("the owner may set the time");
    home.fetch(&remote(&[])).expect("its size and time are those remembered");
    set(modified + Duration::from_secs(1)).expect("the owner may set the time");
    home.complaint(&remote(&[]));
}

#[test]
fn a_file_may_lie_in_a_folder_of_its_own() {
    let remote = Remote { file: "part-1/opening.txt".to_owned(), ..remote(&[]) };
    let home = Home::offline().with_mirror("part-1/opening.txt", CONTENT);
    assert!(contains(&home.expect_content(&remote), "/mirror/novels/part-1/opening.txt"));
    let home = Home::offline().with_mirror("part-1/opening.txt.gz", &packed(CONTENT));
    assert_eq!(home.expect_content(&remote), home.cached("part-1/opening.txt"));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../opening.txt", "/etc/passwd", "CoLA/../../opening.txt", "CoLA//opening.txt", "CoLA/", "", "a\0b"] {
        let home = Home::new();
        let text = home.complaint(&Remote { file: name.to_string(), ..remote(&[]) }).to_string();
        assert!(text.contains(&format!("`{name}` cannot be fetched")), "{text}");
        home.complaint(&Remote { folder: name.to_string(), ..remote(&[]) });
        assert!(!home.fetching.cache.exists(), "not even a folder was made");
    }
}
