//! Batches of published data, where their files are at hand: beside the checkout, or in `ATTENTIVE_MIRROR`.

use std::path::PathBuf;

use attentive_data::{
    Examples, Gallery, Labels, Limit, Look, Pair, Pairs, Recipe, Row, Rows, Text, Tokenizer, card, paired, sets,
    stacked,
};
use attentive_files::Fetching;
use attentive_pictures::{Color, Filter, Fit, Limits, Normalization, Recipe as Way};
use attentive_random::Key;

const LOOK: Look = Look {
    fit: Fit::Stretch { height: 32, width: 32, filter: Filter::Bilinear },
    color: Color::Rgb,
    limits: Limits { width: 512, height: 512, pixels: 1 << 16, memory: 1 << 20 },
};

fn mirror(folder: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).find(|mirror| mirror.join(folder).is_dir());
    if found.is_none() {
        skipped(folder);
    }
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(folder: &str) {
    eprintln!("skipped: {folder} is neither in ATTENTIVE_MIRROR nor in ../shared/datasets beside the checkout");
}

/// Up to so many rows of a split, if the mirror has it.
fn rows(name: &str, split: &str, most: usize) -> Option<Rows> {
    let mirror = mirror(card(name).expect("it is known").folder())?;
    let cache = tempfile::tempdir().expect("a temporary folder");
    let fetching = Fetching { cache: cache.path().to_owned(), mirror: Some(mirror), offline: true, token: None };
    let rows: Result<Vec<Row>, _> =
        sets::open(name, split, &fetching, &mut |_| ()).expect("the mirror has it").take(most).collect();
    Some(Box::new(rows.expect("as published").into_iter().map(Ok)))
}

#[test]
fn translations_fill_batches_of_tokens() {
    let Some(read) = rows("multi30k", "validation", 2000) else { return };
    let rows: Vec<Row> = read.map(|row| row.expect("as published")).collect();
    let sides = |row: &Row| ["source", "target"].map(|role| row.text(role).expect("a text").to_owned());
    let text = Text { documents: rows.iter().flat_map(sides).collect() };
    let tokenizer = Tokenizer::build(&Recipe::Bytes { vocabulary: 1000 }, &text, &mut |_| ()).expect("built");
    let examples = Examples { tokenizer: &tokenizer, most: 64 };
    let examples: Vec<Pair> = examples.pairs(Box::new(rows.into_iter().map(Ok)), 0, &mut |_| ()).expect("read");
    assert_eq!(examples.len(), 1014);
    let lengths: Vec<_> = examples.iter().map(Pair::lengths).collect();
    let pairs = Pairs::new(&lengths, Limit::Tokens(2048), Key::new(1)).expect("pairs");
    let (mut seen, mut cells, mut own) = (0, 0, 0);
    for place in (0..).take_while(|place| pairs.epoch(*place) == 0) {
        let batch: Vec<&Pair> = pairs.batch(place).iter().map(|item| &examples[*item]).collect();
        let table = paired(&batch, 0);
        assert!(table.source.rows * table.source.length.max(table.inputs.length) <= 2048);
        seen += batch.len();
        cells += table.source.ids.len() + table.inputs.ids.len();
        own += table.source.lengths.iter().chain(&table.inputs.lengths).sum::<usize>();
    }
    assert_eq!(seen, examples.len());
    // English and German differ in length, so that the shorter side has some padding.
    assert!(own as f64 / cells as f64 > 0.85, "{own} of {cells}");
}

#[test]
fn emoji_stand_on_white() {
    let Some(rows) = rows("emoji", "train", 64) else { return };
    let captions = |row: &Row| row.text("caption").map(str::to_owned);
    let (gallery, captions) = Gallery::read(rows, "picture", &LOOK, captions, &mut |_| ()).expect("pictures");
    assert_eq!((gallery.pictures(), captions.len()), (64, 64));
    let corners = (0..64).filter(|item| gallery.picture(*item).bytes()[..3] == [255; 3]);
    assert!(corners.count() > 60);
}

#[test]
fn digits_are_fitted_and_normalized() {
    let Some(rows) = rows("mnist", "test", 200) else { return };
    let look =
        Look { fit: Fit::Stretch { height: 28, width: 28, filter: Filter::Bilinear }, color: Color::Gray, ..LOOK };
    let labels = Labels::named(card("mnist").expect("it is known").labels).expect("ten digits");
    let (gallery, labels) =
        Gallery::read(rows, "picture", &look, |row| labels.index(row), &mut |_| ()).expect("digits");
    // The first test pictures of MNIST are known to all.
    assert_eq!(labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let way = Way::new(None, vec![], Normalization::MNIST, None).expect("right");
    let items: Vec<usize> = (0..200).collect();
    let values = stacked(&gallery.planes(&items, &way, |_| Key::new(0)).expect("small"));
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    assert!(values.len() == 200 * 28 * 28 && mean.abs() < 0.1, "{mean}");
}

#[test]
fn sentences_of_movie_reviews_have_two_classes() {
    let Some(rows) = rows("sst2-sentences", "test", 100) else { return };
    let labels = Labels::named(card("sst2-sentences").expect("it is known").labels).expect("two of them");
    let documents = vec!["a bytes tokenizer reads whatever there is".to_owned()];
    let tokenizer = Tokenizer::build(&Recipe::Bytes { vocabulary: 260 }, &Text { documents }, &mut |_| ());
    let examples = Examples { tokenizer: &tokenizer.expect("built"), most: 128 };
    let classes: Vec<_> = examples.classes(rows, &labels, &mut |_| ()).expect("read");
    let positive = classes.iter().filter(|example| example.target == 1).count();
    assert!((30..70).contains(&positive) && classes.iter().all(|example| example.ids.len() <= 128), "{positive}");
}
