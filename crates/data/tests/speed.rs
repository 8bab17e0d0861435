//! How long batches take to make, and tokens:
//!
//!     cargo test --release --workspace --test speed -- --ignored --nocapture
//!
//! `scripts/bench/tokenizers` encodes the same text with the tokenizers library driven from Python.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use attentive_data::generated::generator;
use attentive_data::{
    Case, Encoded, Examples, Gallery, Limit, Look, Masking, Pairs, Recipe as Making, Source, Text, Tokenizer, read,
    stacked, tokens,
};
use attentive_files::Fetching;
use attentive_pictures::{Augmentation, Color, Filter, Fit, Limits, Normalization, Recipe, Sampling};
use attentive_random::Key;

#[expect(clippy::print_stderr, reason = "figures are what it is for")]
fn tell(figures: &str) {
    eprintln!("{figures}");
}

fn measure(what: &str, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    tell(&format!("{what}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3));
}

/// Lengths as of sentences.
fn lengths(count: usize) -> Vec<(usize, usize)> {
    let mut draws = Key::new(1).stream();
    let mut length = || 4 + draws.below(14) + draws.below(14);
    (0..count).map(|_| (length(), length())).collect()
}

#[test]
#[ignore = "prints figures of a release build"]
fn pairs_by_length() {
    for count in [29_000, 200_000] {
        let pairs = || Pairs::new(&lengths(count), Limit::Tokens(4096), Key::new(2)).expect("there are pairs");
        let ready = pairs();
        let batches = (0..).find(|place| ready.epoch(*place) == 1).unwrap_or(0);
        measure(&format!("{count} pairs, the first batch"), || drop(black_box(pairs().batch(0))));
        measure(&format!("{count} pairs, a batch of epoch 50 after a restart"), || {
            drop(black_box(pairs().batch(50 * batches)));
        });
        drop(ready.batch(0));
        measure(&format!("{count} pairs, the rest of an epoch"), || {
            (1..batches).for_each(|place| drop(black_box(ready.batch(place))));
        });
    }
}

/// With the threads that `RAYON_NUM_THREADS` says.
#[test]
#[ignore = "prints figures of a release build"]
fn pictures() {
    for (name, side) in [("shapes", 32), ("scenes-captions", 48)] {
        let rows = |count| generator(name).expect("known").rows(1, "train", count).expect("a split of its own");
        measure(&format!("5000 rows of {name}"), || rows(5000).for_each(|row| drop(black_box(row))));
        let fit = Fit::Stretch { height: side, width: side, filter: Filter::Bilinear };
        let look = Look { fit, color: Color::Rgb, limits: Limits::default() };
        measure(&format!("5000 rows of {name} in a gallery"), || {
            drop(black_box(Gallery::read(rows(5000), "picture", &look, |_| Ok(()), &mut |_| ())));
        });
    }
}

#[test]
#[ignore = "prints figures of a release build"]
fn planes() {
    let fit = Fit::Stretch { height: 32, width: 32, filter: Filter::Bilinear };
    let look = Look { fit, color: Color::Rgb, limits: Limits::default() };
    let rows = generator("shapes").expect("known").rows(1, "train", 1000).expect("a split of its own");
    let (gallery, _) = Gallery::read(rows, "picture", &look, |_| Ok(()), &mut |_| ()).expect("pictures");
    let crop = Augmentation::Crop { height: 32, width: 32, padding: 4 };
    let flip = Augmentation::Flip { probability: 0.5 };
    let rand_augment = Augmentation::RandAugment { operations: 2, magnitude: 9, sampling: Sampling::Nearest };
    for (what, changes) in [
        ("nothing", vec![]),
        ("flip, crop", vec![flip, crop]),
        ("flip, crop, RandAugment(2, 9)", vec![flip, crop, rand_augment]),
    ] {
        let recipe = Recipe::new(None, changes, Normalization::CIFAR10, None).expect("right");
        measure(&format!("100 batches of 128 pictures of 32x32, {what}"), || {
            for batch in 0..100 {
                let items: Vec<usize> = (0..128).map(|row| (batch * 128 + row) % 1000).collect();
                let key = |row| Key::new(2).nth((batch * 128 + row) as u64);
                black_box(stacked(&gallery.planes(&items, &recipe, key).expect("small")));
            }
        });
    }
}

#[test]
#[ignore = "prints figures of a release build"]
fn texts() {
    let rows = || generator("stories").expect("known").rows(1, "train", 5000).expect("a split of its own");
    measure("5000 stories", || rows().for_each(|row| drop(black_box(row))));
    let documents = rows().map(|row| row.expect("made").text("text").expect("a text").to_owned()).collect();
    let recipe = Making::WordPiece { vocabulary: 4000, case: Case::Lower };
    let tokenizer = Tokenizer::build(&recipe, &Text { documents }, &mut |_| ()).expect("built");
    let examples = Examples { tokenizer: &tokenizer, most: 256 };
    let all: Vec<_> = rows().collect();
    let mut texts: Vec<Encoded> = Vec::new();
    measure("5000 stories encoded", || {
        texts = examples.texts(Box::new(all.into_iter()), &mut |_| ()).expect("read");
    });
    let masking = Masking::new(&tokenizer, 0.15).expect("it has a mask");
    let tokens: usize = texts.iter().map(|text| text.ids.len()).sum();
    measure(&format!("5000 stories, {tokens} tokens, masked"), || {
        for (row, text) in texts.iter().enumerate() {
            black_box(masking.apply(Key::new(3).nth(row as u64), &text.ids, Some(&text.words)));
        }
    });
}

/// Seconds that this process was on processors, all its threads together.
fn worked() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").expect("Linux tells it");
    let fields = told.rsplit(')').next().expect("a name in parentheses").split_whitespace();
    // In user mode and in the kernel, in hundredths.
    fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
}

/// GPT-2's tokenizer, in the mirror as it was published.
fn gpt2(mirror: &Path, folder: &Path) -> Tokenizer {
    for name in ["encoder.json", "vocab.bpe"] {
        let packed = std::fs::File::open(mirror.join("tokenizers/gpt2").join(name).with_added_extension("gz"));
        let mut unpacked = std::fs::File::create(folder.join(name)).expect("writable");
        let mut packed = flate2::read::GzDecoder::new(packed.expect("the mirror has it"));
        std::io::copy(&mut packed, &mut unpacked).expect("packed text");
    }
    Tokenizer::load(folder).expect("a tokenizer")
}

/// Leaves the text and the tokenizer where `scripts/bench/tokenizers` looks for them.
#[test]
#[ignore = "prints figures of a release build; wants ATTENTIVE_MIRROR"]
fn tokenizing() {
    let mirror = PathBuf::from(std::env::var_os("ATTENTIVE_MIRROR").expect("ATTENTIVE_MIRROR is set"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tokenizing");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("cargo's folder for tests");
    let fetching = Fetching { cache: folder.join("cache"), mirror: Some(mirror.clone()), offline: true, token: None };
    let source = Source::Known { name: "classics".to_owned(), seed: 0, stories: 0 };
    let text = read(&source, "train", &fetching, &mut |_| ()).expect("the mirror has it");
    std::fs::write(folder.join("text.txt"), text.documents.join("\n")).expect("writable");
    let recipes = [
        ("bytes", Making::Bytes { vocabulary: 8192 }),
        ("wordpiece", Making::WordPiece { vocabulary: 8192, case: Case::Lower }),
    ];
    let built = |recipe| Tokenizer::build(&recipe, &text, &mut |_| ()).expect("learned");
    let learned = recipes.map(|(name, recipe)| (name, built(recipe)));
    for (name, tokenizer) in [("gpt2", gpt2(&mirror, &folder))].into_iter().chain(learned) {
        std::fs::write(folder.join(name).with_extension("json"), tokenizer.to_json()).expect("writable");
        let (start, before) = (Instant::now(), worked());
        let made = tokens(&text, &tokenizer, &folder.join(name), &mut |_| ()).expect("any text");
        let (megabytes, seconds) = (text.bytes() as f64 / 1e6, worked() - before);
        tell(&format!(
            "{name}: {megabytes:.1} MB to {} tokens, {:.1} MB/s of processor time, {:.1} MB/s by the clock",
            made.len(),
            megabytes / seconds,
            megabytes / start.elapsed().as_secs_f64()
        ));
    }
}
