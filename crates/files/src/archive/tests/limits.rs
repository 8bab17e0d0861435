use super::make::{bzip2, ended, entry, gzip, zip_of};
use super::*;
use tar::EntryType;
use zip::write::SimpleFileOptions;

const MEGABYTE: usize = 1 << 20;

fn two_files() -> [Vec<u8>; 3] {
    let files: [(&str, &[u8]); 2] = [("a/b/c", &[1; 700]), ("d", &[2; 500])];
    let tar = ended(&files.map(|(name, bytes)| entry(name, EntryType::Regular, bytes)).concat());
    [zip_of(&files, SimpleFileOptions::default()), gzip(&tar), tar]
}

fn refused(limits: &Limits, expected: &str) {
    for archive in two_files() {
        let bench = Bench::new(&archive);
        let text = bench.refusal(bench.unpack_within(limits)).to_string();
        assert!(text.contains(&format!("goes beyond {expected}")), "{text}");
    }
}

#[test]
fn each_limit_holds_and_is_named() {
    refused(&Limits { bytes: 1199, ..Limits::default() }, "1199 bytes in all with \"d\"");
    refused(&Limits { bytes_of_one: 699, ..Limits::default() }, "699 bytes for one file with \"a/b/c\"");
    refused(&Limits { entries: 1, ..Limits::default() }, "1 entries with \"d\"");
    refused(&Limits { depth: 2, ..Limits::default() }, "2 names in a path with \"a/b/c\"");
}

#[test]
fn what_just_fits_is_unpacked() {
    let limits = Limits { bytes: 1200, bytes_of_one: 700, entries: 2, depth: 3, ratio: 1 };
    for archive in two_files() {
        let unpacked = Bench::new(&archive).unpack_within(&limits).expect("it is within all limits");
        assert_eq!(unpacked, Unpacked { files: 2, bytes: 1200 });
    }
}

/// So many compressed megabytes of zeros, without compressing each of them.
fn zeros(megabytes: usize, compress: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    compress(&vec![0; MEGABYTE]).repeat(megabytes)
}

#[test]
fn a_bomb_stops_at_the_ratio() {
    let fast = SimpleFileOptions::default().compression_level(Some(1));
    let zip = zip_of(&[("bomb", &vec![0; 17 * MEGABYTE])], fast);
    for archive in [zip, zeros(17, gzip), zeros(17, bzip2)] {
        let bench = Bench::new(&archive);
        let error = bench.complaint();
        assert!(error.to_string().contains("which so short an archive may stand for"), "{error}");
    }
}

#[test]
fn a_bomb_that_is_allowed_is_unpacked() {
    let bench = Bench::new(&zeros(17, gzip));
    let allowed = Limits { ratio: 1 << 20, ..Limits::default() };
    assert_eq!(bench.unpack_within(&allowed).expect("it is allowed to").bytes, 17 * MEGABYTE as u64);
}

#[test]
fn what_is_not_wanted_counts_too() {
    let bomb = entry("bomb", EntryType::Regular, &vec![0; MEGABYTE]);
    let last = gzip(&ended(&entry("a", EntryType::Regular, b"1")));
    let bench = Bench::new(&[gzip(&bomb).repeat(17), last].concat());
    let error = bench.refusal(bench.unpack_members(&["a"]));
    assert!(matches!(error, ArchiveError::Limit { .. }), "{error}");
}

#[test]
fn what_comes_behind_the_end_is_not_read_forever() {
    let archive = [gzip(&ended(&entry("a", EntryType::Regular, b"1"))), zeros(17, gzip)].concat();
    let text = Bench::new(&archive).complaint().to_string();
    assert!(text.contains("is damaged at \"its end\""), "{text}");
}

#[test]
fn a_description_is_not_read_whole_whatever_its_size() {
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader, EntryType::XGlobalHeader] {
        let description = entry("long", kind, &vec![b'a'; MEGABYTE + 1]);
        let error = Bench::new(&gzip(&ended(&description))).complaint();
        assert!(error.to_string().contains("damaged at \"a description of an entry\""), "{error}");
    }
}

#[test]
fn descriptions_count_as_entries() {
    let descriptions = entry("long", EntryType::GNULongLink, b"a").repeat(100);
    let bench = Bench::new(&ended(&descriptions));
    let error = bench.refusal(bench.unpack_within(&Limits { entries: 50, ..Limits::default() }));
    assert!(matches!(error, ArchiveError::Limit { limit: "entries", .. }), "{error}");
}

/// The record of the large form, which may announce any number of entries, must not make room for them all.
#[test]
fn a_zip_that_announces_a_trillion_entries_is_only_damaged() {
    let number = 1_000_000_000_000_u64.to_le_bytes();
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
    zip.extend([number, number, [0xff; 8], [0; 8]].concat());
    zip.extend(b"PK\x06\x07\0\0\0\0\x04\0\0\0\0\0\0\0\x01\0\0\0");
    zip.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    let error = Bench::new(&zip).complaint();
    assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
}

#[test]
fn a_list_of_entries_is_read_as_far_as_it_may_be_long() {
    let names: Vec<_> = (0..20).map(|index| format!("{index:060000}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let bench = Bench::new(&zip_of(&files, SimpleFileOptions::default()));
    let error = bench.refusal(bench.unpack_within(&Limits { entries: 20, ..Limits::default() }));
    assert!(error.to_string().contains("damaged at \"its list of entries\""), "{error}");
}
