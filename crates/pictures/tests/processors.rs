//! What the crate shows of small pictures, beside what the image processors of transformers show (`scripts/golden/processors.py`).

use std::{collections::BTreeMap, path::PathBuf};

use attentive_pictures::{Before, Filter, Fit, Normalization, Pixels, Recipe};

/// Pillow's filters have 22 bits after the point, fast_image_resize's fewer, so that near halves are rounded differently.
const RESIZED: u8 = 1;
/// Numbers of a few units in f32.
const ROUNDING: f32 = 1e-6;

/// The pictures of the file in order, by name.
fn golden() -> Vec<(String, Pixels)> {
    let pixels = std::fs::read(folder().join("processors.bin")).expect("the fixture's pixels");
    let mut rest = pixels.as_slice();
    let read = lines().into_iter().filter(|line| !line.starts_with("value ")).map(|line| {
        let words: Vec<&str> = line.rsplitn(4, ' ').collect();
        let [channels, width, height] = [0, 1, 2].map(|place| words[place].parse().expect("a size"));
        let bytes = rest.split_off(..height * width * channels).expect("as many bytes as the names say");
        (words[3].to_owned(), Pixels::new(height, width, channels, bytes.to_vec()).expect("a picture"))
    });
    read.collect()
}

fn lines() -> Vec<String> {
    let names = std::fs::read_to_string(folder().join("processors.txt")).expect("the fixture's names");
    names.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn filter(name: &str) -> Filter {
    let filters = [Filter::Nearest, Filter::Box, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos];
    *filters.iter().find(|filter| format!("{filter:?}").to_lowercase() == name).expect("a filter")
}

/// From the words of a name and the size of the result: what was done, and to which picture.
fn fit<'a>(words: &[&'a str], [height, width]: [usize; 2]) -> Option<(Fit, &'a str)> {
    let size = |word: &str| word.parse().expect("a size");
    Some(match *words {
        ["stretch", name, source] => (Fit::Stretch { height, width, filter: filter(name) }, source),
        ["stretch", name, source, high, wide] => {
            let before = Before::Stretch { height: size(high), width: size(wide) };
            (Fit::Center { before, height, width, filter: filter(name) }, source)
        }
        ["shorter", name, source, length] => {
            (Fit::Center { before: Before::Shorter(size(length)), height, width, filter: filter(name) }, source)
        }
        _ => return None,
    })
}

#[test]
fn pictures_are_fitted_as_by_transformers() {
    let golden = golden();
    let sources: BTreeMap<&str, &Pixels> =
        golden.iter().filter_map(|(name, picture)| Some((name.strip_prefix("from ")?, picture))).collect();
    let mut compared = 0;
    for (name, expected) in &golden {
        let words: Vec<&str> = name.split(' ').collect();
        let Some((fit, source)) = fit(&words, [expected.height(), expected.width()]) else { continue };
        let found = fit.apply(sources[source]).expect("it is small");
        assert_eq!([found.height(), found.width()], fit.size(), "{name}");
        let tolerance = if fit_is_nearest(fit) { 0 } else { RESIZED };
        let furthest =
            found.bytes().iter().zip(expected.bytes()).map(|(&found, &expected)| found.abs_diff(expected)).max();
        assert!(furthest <= Some(tolerance), "{name} is off by {furthest:?}");
        compared += 1;
    }
    assert_eq!(compared, 3 * 4 * (2 + 2 + 4));
}

fn fit_is_nearest(fit: Fit) -> bool {
    matches!(fit, Fit::Stretch { filter: Filter::Nearest, .. } | Fit::Center { filter: Filter::Nearest, .. })
}

#[test]
fn bytes_become_the_numbers_of_transformers() {
    let mut compared = 0;
    for line in lines() {
        let ["value", name, channel, byte, number] = *line.split(' ').collect::<Vec<_>>() else { continue };
        let [channel, byte]: [usize; 2] = [channel, byte].map(|word| word.parse().expect("a whole number"));
        let expected: f32 = number.parse().expect("a number");
        let picture = Pixels::new(1, 1, 3, vec![u8::try_from(byte).expect("a byte"); 3]).expect("one pixel");
        let found = Normalization::named(name).expect("it is known").apply(&picture).values[channel];
        assert!((found - expected).abs() <= ROUNDING, "{line}: found {found}");
        compared += 1;
    }
    assert_eq!(compared, 3 * 3 * 6);
}

/// The middle of a picture as it is; where the picture ends, all is black.
#[test]
fn a_picture_may_keep_its_size() {
    let line = Pixels::new(1, 5, 1, (1..=5).collect()).expect("it fits");
    let center = |width| {
        let fit = Fit::Center { before: Before::Own, height: 1, width, filter: Filter::Box };
        fit.apply(&line).expect("it is small").bytes().to_vec()
    };
    assert_eq!(center(2), [2, 3]);
    assert_eq!(center(4), [1, 2, 3, 4]);
    assert_eq!(center(8), [0, 0, 1, 2, 3, 4, 5, 0]);
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |before, height| {
        let fit = Fit::Center { before, height, width: 3, filter: Filter::Box };
        Recipe::new(Some(fit), Vec::new(), Normalization::NONE, None).expect_err("refused").to_string()
    };
    assert!(refused(Before::Shorter(0), 3).starts_with("`shorter = 0`"));
    assert!(refused(Before::Stretch { height: 3, width: 9000 }, 3).starts_with("`width = 9000`"));
    assert!(refused(Before::Own, 0).starts_with("`height = 0`"));
}
