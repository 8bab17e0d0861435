use super::make::{self, gzip};
use super::*;
use std::time::{Duration, SystemTime};

#[test]
fn a_second_call_does_nothing() {
    let bench = Bench::new(&make::tar());
    let first = bench.unpack().expect("it is sound");
    let stamp = bench.whole().join(".unpacked.json");
    let made = fs::metadata(&stamp).and_then(|stamp| stamp.modified()).expect("it is there");
    assert_eq!(bench.unpack().expect("it is there"), first);
    assert_eq!(fs::metadata(&stamp).and_then(|stamp| stamp.modified()).expect("it is there"), made);
}

#[test]
fn a_folder_that_lost_or_gained_something_is_unpacked_again() {
    let bench = Bench::new(&make::tar());
    bench.unpack().expect("it is sound");
    fs::remove_file(bench.whole().join("train/cat/1.png")).expect("it is there");
    bench.unpack().expect("it is sound");
    bench.expect_files();
    fs::write(bench.whole().join("readme.txt"), b"short").expect("writable");
    bench.unpack().expect("it is sound");
    bench.expect_files();
}

#[test]
fn another_archive_takes_the_place_of_the_first() {
    let bench = Bench::new(&make::tar());
    bench.unpack().expect("it is sound");
    fs::write(bench.archive(), make::zip_of(&[("a", b"1")], Default::default())).expect("writable");
    bench.unpack().expect("it is sound");
    expect_files(&bench.whole(), &[("a", b"1")]);
}

#[test]
fn a_bad_archive_leaves_the_folder_of_a_good_one() {
    let bench = Bench::new(&make::tar());
    bench.unpack().expect("it is sound");
    fs::write(bench.archive(), &make::tar()[..1000]).expect("writable");
    bench.unpack().expect_err("it was cut");
    bench.expect_files();
}

#[test]
fn what_a_killed_process_left_is_cleared_away() {
    let bench = Bench::new(&make::tar());
    let beside = |name: &str| bench.parent.path().join(name);
    fs::create_dir_all(beside(".tmp-whole-Ab12Cd/train")).expect("writable");
    fs::create_dir_all(beside(".tmp-whole-other-Ab12Cd")).expect("writable");
    bench.unpack().expect("it is sound");
    assert!(!beside(".tmp-whole-Ab12Cd").exists());
    assert!(beside(".tmp-whole-other-Ab12Cd").exists(), "it belongs to `whole-other`");
}

#[test]
fn several_at_once_unpack_once() {
    let bench = Bench::new(&gzip(&make::tar()));
    let folder = bench.whole();
    let told = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let count = &mut |transfer: Transfer| {
                    let last = u64::from(transfer.done == transfer.total);
                    told.fetch_add(last, std::sync::atomic::Ordering::Relaxed);
                };
                unpack(&bench.archive(), &folder, &Members::All, &Limits::default(), count).expect("it is sound");
            });
        }
    });
    bench.expect_files();
    let alone = Bench::new(&gzip(&make::tar()));
    let mut once = 0;
    let count = &mut |transfer: Transfer| once += u64::from(transfer.done == transfer.total);
    unpack(&alone.archive(), &alone.whole(), &Members::All, &Limits::default(), count).expect("it is sound");
    assert_eq!(told.into_inner(), once, "one told of its progress, the others found it done");
}

#[test]
fn progress_ends_with_the_archive() {
    for archive in [make::zip(), make::tar(), gzip(&make::tar())] {
        let bench = Bench::new(&archive);
        let mut told = Vec::new();
        let tell = &mut |transfer| told.push(transfer);
        unpack(&bench.archive(), &bench.whole(), &Members::All, &Limits::default(), tell).expect("it is sound");
        let total = archive.len() as u64;
        assert_eq!(told.last(), Some(&Transfer { file: "archive".to_owned(), done: total, total }));
        assert!(told.iter().all(|transfer| transfer.done <= total));
    }
}

#[test]
fn times_are_those_of_the_unpacking() {
    let bench = Bench::new(&make::tar()); // whose times are 0
    bench.unpack().expect("it is sound");
    let modified =
        fs::metadata(bench.whole().join("readme.txt")).and_then(|file| file.modified()).expect("it is there");
    assert!(SystemTime::now().duration_since(modified).unwrap_or_default() < Duration::from_secs(3600));
}

#[test]
fn a_missing_archive_or_parent_is_named() {
    let bench = Bench::new(b"");
    fs::remove_file(bench.archive()).expect("it is there");
    let text = bench.complaint().to_string();
    assert!(text.contains("archive; check that the path is right"), "{text}");
    let bench = Bench::new(&make::tar());
    let nowhere = bench.parent.path().join("no/where");
    unpack(&bench.archive(), &nowhere, &Members::All, &Limits::default(), &mut |_| ()).expect_err("it has no parent");
    bench.expect_nothing_left();
}
