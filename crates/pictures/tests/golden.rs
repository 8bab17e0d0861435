//! What the crate makes of small pictures, beside what Pillow and torchvision make of them (`scripts/golden/pictures.py`).

use std::path::PathBuf;

use attentive_pictures::{Color, Filter, Fit, Limits, Operation, Pixels, Sampling, open, open_on_white, resize};

/// Pillow's filters have 22 bits after the point, fast_image_resize's fewer, so that near halves are rounded differently.
const RESIZED: u8 = 1;
/// Of bilinear sampling the last bits of a matrix decide whether 99.9999 is cut off to 99.
const SAMPLED: u8 = 1;
/// Decoders of lossy files differ in the last bits of their transforms, and in how they spread halved colors.
const LOSSY: u8 = 3;

struct Golden {
    name: String,
    picture: Pixels,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn golden() -> Vec<Golden> {
    let names = std::fs::read_to_string(folder().join("pixels.txt")).expect("the fixture's names");
    let pixels = std::fs::read(folder().join("pixels.bin")).expect("the fixture's pixels");
    let mut rest = pixels.as_slice();
    let read = names.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let words: Vec<&str> = line.rsplitn(4, ' ').collect();
        let [channels, width, height] = [0, 1, 2].map(|place| words[place].parse().expect("a size"));
        let bytes = rest.split_off(..height * width * channels).expect("as many bytes as the names say");
        Golden {
            name: words[3].to_owned(),
            picture: Pixels::new(height, width, channels, bytes.to_vec()).expect("a picture"),
        }
    });
    read.collect()
}

/// Compares what `make` makes, from the words of a name and the golden picture of it, and says how often it made something.
fn compare(tolerance: u8, make: impl Fn(&[&str], &Pixels) -> Option<Pixels>) -> usize {
    let compared = golden().into_iter().filter_map(|Golden { name, picture: expected }| {
        let words: Vec<&str> = name.split(' ').collect();
        let found = make(&words, &expected)?;
        let size = |picture: &Pixels| [picture.height(), picture.width(), picture.channels()];
        assert_eq!(size(&found), size(&expected), "{name}");
        let pairs = found.bytes().iter().zip(expected.bytes());
        let furthest = pairs.map(|(&found, &expected)| found.abs_diff(expected)).max();
        assert!(furthest <= Some(tolerance), "{name} is off by {furthest:?}");
        Some(())
    });
    compared.count()
}

/// The pictures that everything was made from, by name.
fn source() -> impl Fn(&str) -> Pixels {
    let sources = ["rgb", "gray"].map(|source| {
        let golden = golden().into_iter().find(|golden| golden.name == format!("from {source}"));
        (source, golden.expect("the sources come with the results").picture)
    });
    move |name| sources.iter().find(|(source, _)| *source == name).expect("one of two").1.clone()
}

fn filter(name: &str) -> Filter {
    let filters = [Filter::Nearest, Filter::Box, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos];
    *filters.iter().find(|filter| format!("{filter:?}").to_lowercase() == name).expect("a filter")
}

fn operation(name: &str, value: &str) -> Operation {
    let value: f32 = value.parse().expect("a number");
    match name {
        "ShearX" => Operation::ShearX(value),
        "ShearY" => Operation::ShearY(value),
        "TranslateX" => Operation::TranslateX(value as i32),
        "TranslateY" => Operation::TranslateY(value as i32),
        "Rotate" => Operation::Rotate(value),
        "Brightness" => Operation::Brightness(1.0 + value),
        "Color" => Operation::Color(1.0 + value),
        "Contrast" => Operation::Contrast(1.0 + value),
        "Sharpness" => Operation::Sharpness(1.0 + value),
        "Posterize" => Operation::Posterize(value as u8),
        "Solarize" => Operation::Solarize(value),
        "AutoContrast" => Operation::AutoContrast,
        "Equalize" => Operation::Equalize,
        "Hue" => Operation::Hue(value),
        other => panic!("no operation is called {other}"),
    }
}

#[test]
fn pictures_are_resized_as_by_pillow() {
    let source = source();
    let resized = |words: &[&str], expected: &Pixels| match *words {
        ["resize", name, from] => resize(&source(from), expected.height(), expected.width(), filter(name)).ok(),
        _ => None,
    };
    assert_eq!(compare(RESIZED, resized), 2 * 5 * 6);
}

#[test]
fn the_nearest_pixel_is_pillows() {
    let source = source();
    let resized = |words: &[&str], expected: &Pixels| match *words {
        ["resize", "nearest", from] => resize(&source(from), expected.height(), expected.width(), Filter::Nearest).ok(),
        _ => None,
    };
    assert_eq!(compare(0, resized), 2 * 6);
}

#[test]
fn pictures_are_fitted_as_by_torchvision() {
    let source = source();
    let fitted = |words: &[&str], expected: &Pixels| match *words {
        ["fit", name, from, shorter] => {
            let (height, width) = (expected.height(), expected.width());
            let shorter = shorter.parse().expect("a size");
            Fit::Middle { shorter, height, width, filter: filter(name) }.apply(&source(from)).ok()
        }
        _ => None,
    };
    assert_eq!(compare(RESIZED, fitted), 2 * 2 * 3);
}

#[test]
fn operations_are_pillows_to_the_bit() {
    let source = source();
    let changed = |words: &[&str], _: &Pixels| match *words {
        ["resize" | "fit", ..] => None,
        [name, value, from, "nearest"] | [name, value, from @ ("rgb" | "gray")] => {
            Some(operation(name, value).apply(source(from), Sampling::Nearest))
        }
        _ => None,
    };
    assert_eq!(compare(0, changed), 2 * (11 + 16) + 4);
}

#[test]
fn geometry_between_pixels_is_pillows() {
    let source = source();
    let changed = |words: &[&str], _: &Pixels| match *words {
        [name, value, from, "bilinear"] => Some(operation(name, value).apply(source(from), Sampling::Bilinear)),
        _ => None,
    };
    assert_eq!(compare(SAMPLED, changed), 2 * 11);
}

/// In color as named `decode`, and in gray.
fn opened(words: &[&str], files: impl Fn(&str) -> bool) -> Option<Pixels> {
    let (color, file) = match *words {
        ["decode", file] => (Color::Rgb, file),
        ["gray", file] => (Color::Gray, file),
        _ => return None,
    };
    files(file).then(|| open(&folder().join(file), color, &Limits::default()).expect("it can be decoded"))
}

fn is_lossy(file: &str) -> bool {
    file.ends_with(".jpg") || file == "lossy.webp"
}

#[test]
fn files_are_decoded_to_the_bit() {
    assert_eq!(compare(0, |words, _| opened(words, |file| !is_lossy(file))), 2 * 14);
}

#[test]
fn lossy_files_are_decoded_nearly_alike() {
    assert_eq!(compare(LOSSY, |words, _| opened(words, is_lossy)), 2 * 7);
}

#[test]
fn alpha_is_blended_onto_white_as_by_pillow() {
    let opened = |words: &[&str], _: &Pixels| match *words {
        ["white", file] => Some(open_on_white(&folder().join(file), Color::Rgb, &Limits::default()).expect("decoded")),
        _ => None,
    };
    assert_eq!(compare(0, opened), 5);
}
