use super::make::{self, bzip2, entry, gzip, replaced, tar_with_long_names, zip_of};
use super::*;
use tar::EntryType;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[test]
fn each_kind_is_told_from_its_content() {
    let tar = make::tar();
    for archive in [make::zip(), gzip(&tar), bzip2(&tar), tar] {
        let bench = Bench::new(&archive);
        let unpacked = bench.unpack().expect("it is sound");
        assert_eq!(unpacked, Unpacked { files: 3, bytes: 19 });
        bench.expect_files();
    }
}

#[test]
fn a_single_file_keeps_its_name_without_the_ending() {
    for (name, archive, expected) in [
        ("train.tsv.gz", gzip(b"content"), "train.tsv"),
        ("train.tsv.BZ2", bzip2(b"content"), "train.tsv"),
        ("train.tsv", gzip(b"content"), "train.tsv"),
    ] {
        let bench = Bench::named(name, &archive);
        assert_eq!(bench.unpack().expect("it is sound"), Unpacked { files: 1, bytes: 7 });
        expect_files(&bench.whole(), &[(expected, b"content")]);
    }
}

#[test]
fn several_gzip_members_are_one_content() {
    let bench = Bench::named("letters.gz", &[gzip(b"abc"), gzip(b"def")].concat());
    bench.unpack().expect("it is sound");
    expect_files(&bench.whole(), &[("letters", b"abcdef")]);
    let tar = make::tar();
    let bench = Bench::new(&[gzip(&tar[..700]), gzip(&tar[700..])].concat());
    bench.unpack().expect("it is sound");
    bench.expect_files();
}

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    for content in [&b""[..], b"PK", b"All happy families are alike", &[0; 2048], b"\xfd7zXZ\0 and more"] {
        let text = Bench::new(content).complaint().to_string();
        assert!(text.ends_with("expected a zip, tar, gzip or bzip2 file; check that it is an archive"), "{text}");
    }
}

#[test]
fn empty_archives_give_empty_folders() {
    let no_files = zip_of(&[], SimpleFileOptions::default());
    let only_a_folder = make::ended(&entry("a/", EntryType::Directory, b""));
    for archive in [no_files, only_a_folder] {
        let bench = Bench::new(&archive);
        assert_eq!(bench.unpack().expect("it is sound"), Unpacked::default());
        expect_files(&bench.whole(), &[]);
    }
}

#[test]
fn long_names_are_read_in_either_way_of_writing_them() {
    let long = format!("{}/{}.txt", "d".repeat(120), "f".repeat(150));
    let pairs = format!("{} path={long}\n", long.len() + 10);
    let pax = [entry("pax", EntryType::XHeader, pairs.as_bytes()), entry("short", EntryType::Regular, b"long")];
    for archive in [tar_with_long_names(&[&long]), make::ended(&pax.concat())] {
        let bench = Bench::new(&archive);
        bench.unpack().expect("it is sound");
        expect_files(&bench.whole(), &[(&long, b"long")]);
    }
}

#[test]
fn a_long_name_is_that_of_one_entry_only() {
    let pax = entry("pax", EntryType::XHeader, b"11 path=aa\n");
    let file = |name, content| entry(name, EntryType::Regular, content);
    let global = entry("pax_global_header", EntryType::XGlobalHeader, b"14 comment=ab\n");
    let bench = Bench::new(&make::ended(&[global, pax, file("short", b"1"), file("b", b"2")].concat()));
    bench.unpack().expect("it is sound");
    expect_files(&bench.whole(), &[("aa", b"1"), ("b", b"2")]);
}

#[test]
fn names_of_a_zip_are_utf8_or_those_of_dos() {
    let dos = replaced(zip_of(&[("caf_", b"1")], SimpleFileOptions::default()), b"caf_", b"caf\x82");
    for archive in [dos, zip_of(&[("café", b"1")], SimpleFileOptions::default())] {
        let bench = Bench::new(&archive);
        bench.unpack().expect("it is sound");
        expect_files(&bench.whole(), &[("café", b"1")]);
    }
}

#[test]
fn a_zip_may_use_its_large_form_or_store_as_it_is_or_begin_late() {
    let large = zip_of(&FILES, SimpleFileOptions::default().large_file(true));
    let behind_a_program = [b"PK\x03\x04 is not at once an entry".as_slice(), &make::zip()].concat();
    for archive in
        [large, behind_a_program, compressed_by(CompressionMethod::Stored), compressed_by(CompressionMethod::Bzip2)]
    {
        let bench = Bench::new(&archive);
        bench.unpack().expect("it is sound");
        bench.expect_files();
    }
}

fn compressed_by(method: CompressionMethod) -> Vec<u8> {
    use std::io::{Cursor, Write};
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("train/", SimpleFileOptions::default()).expect("memory takes it");
    for (name, bytes) in FILES {
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).expect("memory takes it");
        writer.write_all(bytes).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

#[test]
fn only_wanted_members_are_unpacked() {
    for archive in [make::zip(), make::tar(), gzip(&make::tar())] {
        let bench = Bench::new(&archive);
        bench.unpack_members(&["train/cat", "readme.txt"]).expect("they are there");
        expect_files(&bench.whole(), &FILES[..2]);
        bench.unpack_members(&["train"]).expect("they are there");
        expect_files(&bench.whole(), &FILES[1..]);
    }
}

#[test]
fn a_member_that_is_not_there_is_named() {
    for archive in [make::zip(), make::tar(), gzip(b"single")] {
        let bench = Bench::new(&archive);
        let text = bench.refusal(bench.unpack_members(&["trai"])).to_string();
        assert!(text.ends_with("does not hold `trai`; correct the list of members"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn modes_and_owners_of_the_archive_are_ignored() {
    use std::os::unix::fs::MetadataExt;
    let bench = Bench::new(&make::tar()); // whose modes are 6777
    bench.unpack().expect("it is sound");
    let ordinary = fs::metadata(bench.archive()).expect("it exists");
    let unpacked = fs::metadata(bench.whole().join("train/cat/1.png")).expect("it exists");
    assert_eq!((unpacked.mode(), unpacked.uid(), unpacked.nlink()), (ordinary.mode(), ordinary.uid(), 1));
}
