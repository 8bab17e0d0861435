use super::make::{self, bzip2, gzip};
use super::*;

/// A stream of numbers that look random: Knuth's linear congruential generator (MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn sound() -> [Vec<u8>; 4] {
    [make::zip(), make::tar(), gzip(&make::tar()), bzip2(&make::tar())]
}

/// Only what the archives here limit themselves to is allowed: whatever a damaged one claims, memory stays small.
fn small() -> Limits {
    Limits { bytes: 1 << 16, bytes_of_one: 1 << 16, entries: 100, depth: 5, ratio: 1000 }
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let [zip, tar, rest @ ..] = sound();
    for archive in [zip].into_iter().chain(rest) {
        expect_refusals(&archive, 0..archive.len());
    }
    // The second block of zeros that ends a tar says nothing. Within a block, one cut is as good as another.
    let needed = tar.len() - 512;
    expect_refusals(&tar, (0..needed).filter(|length| matches!(length % 512, 0 | 1 | 200 | 511)));
}

fn expect_refusals(archive: &[u8], lengths: impl Iterator<Item = usize>) {
    let bench = Bench::new(archive);
    for length in lengths {
        fs::write(bench.archive(), &archive[..length]).expect("writable");
        assert!(bench.unpack_within(&small()).is_err(), "{length} of {} bytes", archive.len());
        bench.expect_nothing_left();
    }
}

#[test]
fn what_was_cut_is_said_to_be_damaged() {
    for archive in sound() {
        let error = Bench::new(&archive[..archive.len() * 2 / 3]).complaint();
        assert!(error.to_string().contains(" is damaged at "), "{error}");
    }
}

/// A tar has no checksum of its content: there, and in times and owners, a flipped bit may pass. Elsewhere it may not.
#[test]
fn flipped_bits_do_no_harm() {
    let mut numbers = Numbers(1);
    for archive in sound() {
        let bench = Bench::new(&archive);
        for _ in 0..500 {
            let mut flipped = archive.clone();
            for _ in 0..=numbers.below(3) {
                let place = numbers.below(flipped.len());
                flipped[place] ^= 1 << numbers.below(8);
            }
            fs::write(bench.archive(), &flipped).expect("writable");
            attempt(&bench);
        }
    }
}

#[test]
fn noise_behind_a_beginning_does_no_harm() {
    let mut numbers = Numbers(2);
    for archive in sound() {
        let bench = Bench::new(&archive);
        for _ in 0..250 {
            let kept = numbers.below(archive.len());
            let noise = (0..numbers.below(2000)).map(|_| numbers.below(256) as u8);
            let bytes: Vec<u8> = archive[..kept].iter().copied().chain(noise.collect::<Vec<_>>()).collect();
            fs::write(bench.archive(), &bytes).expect("writable");
            attempt(&bench);
        }
    }
}

/// Whatever comes of it, it comes without a panic, and only within the folder.
fn attempt(bench: &Bench) {
    if bench.unpack_within(&small()).is_ok() {
        fs::remove_dir_all(bench.whole()).expect("it was unpacked");
    }
    bench.expect_nothing_left();
}

#[test]
fn content_with_a_wrong_checksum_is_refused() {
    let mut stored = make::gzip(b"content");
    let checksum = stored.len() - 8;
    stored[checksum] ^= 1;
    assert!(matches!(Bench::new(&stored).complaint(), ArchiveError::Damaged { .. }));

    let mut tar = gzip(&make::tar());
    let checksum = tar.len() - 8;
    tar[checksum] ^= 1; // comes after all that a tar needs
    assert!(matches!(Bench::new(&tar).complaint(), ArchiveError::Damaged { .. }));

    let zip = make::zip_of(&[("file", b"")], zip::write::SimpleFileOptions::default());
    let listed = zip.windows(4).position(|window| window == b"PK\x01\x02").expect("it has a list");
    let mut zip = zip;
    zip[listed + 16] ^= 1;
    let text = Bench::new(&zip).complaint().to_string();
    assert!(text.contains("is damaged at \"file\""), "{text}");
}

#[test]
fn a_zip_that_lies_about_a_size_is_refused() {
    for change in [1_u8, 0x10] {
        let content = [7; 1000];
        let zip = make::zip_of(&[("file", &content)], zip::write::SimpleFileOptions::default());
        let zip = make::replaced(zip, &1000_u32.to_le_bytes(), &(1000 ^ u32::from(change)).to_le_bytes());
        let text = Bench::new(&zip).complaint().to_string();
        assert!(text.contains("is damaged at \"file\""), "{text}");
    }
}
