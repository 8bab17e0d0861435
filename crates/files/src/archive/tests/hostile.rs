use super::make::{self, ended, entry, gzip, replaced, zip_of};
use super::*;
use tar::EntryType;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A sound entry, then a hostile one: nothing of the first may stay either.
fn tar_with(name: &str, kind: EntryType) -> Vec<u8> {
    ended(&[entry("good.txt", EntryType::Regular, b"good"), entry(name, kind, b"")].concat())
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../evil", "a/../../evil", "/tmp/evil", "C:\\evil", "C:/evil", "a\\..\\..\\evil", "..", "/"] {
        let placeholder = "x".repeat(name.len());
        let zip = zip_of(&[("good.txt", b"good"), (&placeholder, b"evil")], SimpleFileOptions::default());
        let zip = replaced(zip, placeholder.as_bytes(), name.as_bytes());
        for archive in [tar_with(name, EntryType::Regular), gzip(&tar_with(name, EntryType::Directory)), zip] {
            let error = Bench::new(&archive).complaint();
            assert!(matches!(&error, ArchiveError::Name { entry, .. } if entry == name), "{error}");
        }
    }
}

#[test]
fn a_long_name_is_checked_as_well() {
    let evil = format!("{}/../../evil", "d".repeat(200));
    let described = entry("././@LongLink", EntryType::GNULongName, evil.as_bytes());
    let pair = format!("{} path={evil}\n", evil.len() + 10);
    let pax = entry("pax", EntryType::XHeader, pair.as_bytes());
    for description in [described, pax] {
        let file = entry("plain", EntryType::Regular, b"");
        let error = Bench::new(&ended(&[description, file].concat())).complaint();
        assert!(matches!(&error, ArchiveError::Name { .. }), "{error}");
    }
}

#[test]
fn an_entry_without_a_name_is_refused() {
    let error = Bench::new(&tar_with("", EntryType::Regular)).complaint();
    assert!(error.to_string().contains("holds \"\", whose name is empty"), "{error}");
    let error = Bench::new(&tar_with(".", EntryType::Regular)).complaint();
    assert!(error.to_string().contains("whose name is empty"), "{error}");
    let nul = replaced(zip_of(&[("a_b", b"")], SimpleFileOptions::default()), b"a_b", b"a\0b");
    assert!(Bench::new(&nul).complaint().to_string().contains("whose name has a NUL in it"));
}

#[test]
fn errors_do_not_speak_to_the_terminal() {
    let text = Bench::new(&tar_with("/\u{1b}[2Jevil", EntryType::Regular)).complaint().to_string();
    assert!(text.contains("/\\u{1b}[2Jevil") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn only_files_and_folders_are_unpacked() {
    for (kind, what) in [
        (EntryType::Symlink, "a symbolic link"),
        (EntryType::Link, "a hard link"),
        (EntryType::Char, "a device"),
        (EntryType::Block, "a device"),
        (EntryType::Fifo, "a pipe"),
        (EntryType::GNUSparse, "a sparse file"),
        (EntryType::new(b'V'), "no file"),
    ] {
        let bench = Bench::new(&tar_with("odd", kind));
        let text = bench.complaint().to_string();
        assert!(text.contains(&format!("holds \"odd\", which is {what}")), "{text}");
        bench.unpack_members(&["good.txt"]).expect("what is not wanted does not matter");
        expect_files(&bench.whole(), &[("good.txt", b"good")]);
    }
}

#[test]
fn a_link_of_a_zip_is_refused() {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.add_symlink("odd", "/etc", SimpleFileOptions::default()).expect("memory takes it");
    writer.start_file("odd/passwd", SimpleFileOptions::default()).expect("memory takes it");
    let archive = writer.finish().expect("memory takes it").into_inner();
    let text = Bench::new(&archive).complaint().to_string();
    assert!(text.contains("holds \"odd\", which is a symbolic link"), "{text}");
}

#[test]
fn a_file_through_a_link_is_not_written() {
    let link = tar_with("odd", EntryType::Symlink);
    let archive = ended(&[&link[..link.len() - 1024], &entry("odd/evil", EntryType::Regular, b"evil")].concat());
    Bench::new(&archive).complaint();
}

#[test]
fn nothing_is_overwritten() {
    let file = |name| entry(name, EntryType::Regular, b"1");
    for second in ["a", "./a", "a/b", "a//"] {
        let error = Bench::new(&ended(&[file("a"), file(second)].concat())).complaint();
        assert!(matches!(&error, ArchiveError::Twice { .. }), "{second}: {error}");
    }
    let error = Bench::new(&ended(&[file("a/b"), file("a")].concat())).complaint();
    assert!(matches!(&error, ArchiveError::Twice { .. }), "{error}");
    let twice = replaced(zip_of(&[("aa", b"1"), ("ab", b"2")], SimpleFileOptions::default()), b"ab", b"aa");
    let text = Bench::new(&twice).complaint().to_string();
    assert!(text.contains("damaged at \"its list of entries\""), "{text}");
    let spelled = zip_of(&[("a", b"1"), ("./a", b"2")], SimpleFileOptions::default());
    assert!(matches!(Bench::new(&spelled).complaint(), ArchiveError::Twice { .. }));
}

#[test]
fn names_in_another_case_are_others() {
    let file = |name| entry(name, EntryType::Regular, b"1");
    let bench = Bench::new(&ended(&[file("a"), file("A")].concat()));
    match bench.unpack() {
        Ok(_) => expect_files(&bench.whole(), &[("A", b"1"), ("a", b"1")]),
        Err(error) => assert!(matches!(error, ArchiveError::Twice { .. }), "on disks that do not tell them apart"),
    }
}

#[test]
fn the_stamp_cannot_be_forged() {
    let error = Bench::new(&ended(&entry(".unpacked.json", EntryType::Regular, b"{}"))).complaint().to_string();
    assert!(error.contains("cannot write"), "{error}");
}

#[test]
fn an_encrypted_entry_is_named() {
    let zip = zip_of(&[("secret", b"1")], SimpleFileOptions::default());
    // The flags follow two versions in the list, and one in front of the content (APPNOTE 4.3.7 and 4.3.12).
    let zip = flagged(flagged(zip, b"PK\x03\x04", 6), b"PK\x01\x02", 8);
    let text = Bench::new(&zip).complaint().to_string();
    assert!(text.contains("holds \"secret\" encrypted; unpack it by hand with its password"), "{text}");
}

fn flagged(mut zip: Vec<u8>, magic: &[u8], offset: usize) -> Vec<u8> {
    let at = zip.windows(4).position(|window| window == magic).expect("it is there");
    zip[at + offset] |= 1;
    zip
}

#[test]
fn a_compression_that_is_not_known_is_named() {
    let zip = zip_of(&[("file", b"1")], SimpleFileOptions::default());
    let mut zip = replaced(zip, b"\x08\0", b"\x5d\0");
    zip[8] = 0x5d;
    let text = Bench::new(&zip).complaint().to_string();
    assert!(text.contains("holds \"file\"") && text.contains("(Zstd)"), "{text}");
}

#[test]
fn a_size_told_only_aside_is_refused() {
    let pax = entry("pax", EntryType::XHeader, b"11 size=700\n".get(..12).expect("twelve"));
    let archive = ended(&[pax, entry("file", EntryType::Regular, b"1")].concat());
    assert!(matches!(Bench::new(&archive).complaint(), ArchiveError::Special { .. } | ArchiveError::Damaged { .. }));
    let sparse = entry("pax", EntryType::XHeader, b"22 GNU.sparse.major=1\n");
    let text = Bench::new(&ended(&[sparse, entry("file", EntryType::Regular, b"1")].concat())).complaint().to_string();
    assert!(text.contains("which is a sparse file"), "{text}");
}

#[test]
fn a_folder_of_somebody_else_is_not_replaced() {
    let bench = Bench::new(&make::tar());
    fs::create_dir(bench.whole()).expect("writable");
    fs::write(bench.whole().join("mine"), b"kept").expect("writable");
    let text = bench.unpack().expect_err("it is occupied").to_string();
    assert!(
        text.ends_with(
            "whole is there already, and was not unpacked from an archive; remove it, or choose another folder"
        ),
        "{text}"
    );
    expect_files(&bench.whole(), &[("mine", b"kept")]);
    fs::remove_file(bench.whole().join("mine")).expect("it is there");
    bench.unpack().expect("an empty folder is nobody's");
    bench.expect_files();
}
