//! How many pictures a second one core prepares:
//!
//!     cargo test --release -p attentive-pictures --test speed -- --ignored --nocapture

use std::time::Duration;

use attentive_pictures::{
    Augmentation, Color, Erasing, Fill, Filter, Fit, Limits, Normalization, Pixels, Portion, Recipe, Sampling, decode,
};
use attentive_random::Key;

const FLIP: Augmentation = Augmentation::Flip { probability: 0.5 };
const ERASING: Option<Erasing> = Some(Erasing { probability: 0.25, portion: Portion::ERASED, fill: Fill::Noise });

/// Curves and noise, so that files of it are neither tiny nor huge.
fn drawn(height: usize, width: usize) -> Pixels {
    let noise = Key::new(1).uniforms(height * width * 3);
    let curve = |index: usize| 110.0 * (index as f32 / width as f32 / 9.0).sin() + 110.0;
    let bytes = noise.iter().enumerate().map(|(index, noise)| (curve(index) + 30.0 * noise) as u8);
    Pixels::new(height, width, 3, bytes.collect()).expect("it fits")
}

fn jpeg(picture: &Pixels) -> Vec<u8> {
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 90)
        .encode(picture.bytes(), picture.width() as u32, picture.height() as u32, image::ExtendedColorType::Rgb8)
        .expect("written");
    file
}

/// Counts processor time alone, so that what else the machine does counts little.
#[expect(clippy::print_stderr, reason = "figures are what it is for")]
fn measure(what: &str, count: u64, work: impl Fn(u64)) {
    let start = worked();
    (0..count).for_each(&work);
    eprintln!("{what}: {:.0} pictures/s", count as f64 / (worked() - start).as_secs_f64());
}

/// How long this thread has been on a processor, which Linux tells in nanoseconds.
fn worked() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let nanoseconds = told.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

#[test]
#[ignore = "prints figures of a release build"]
fn small_pictures() {
    let picture = drawn(32, 32);
    let crop = Augmentation::Crop { height: 32, width: 32, padding: 4 };
    let rand_augment = Augmentation::RandAugment { operations: 2, magnitude: 9, sampling: Sampling::Nearest };
    let simple = Recipe::new(None, vec![crop, FLIP], Normalization::CIFAR10, None).expect("right");
    let whole = Recipe::new(None, vec![crop, FLIP, rand_augment], Normalization::CIFAR10, ERASING).expect("right");
    for (what, recipe) in [("32x32 crop, flip", simple), ("32x32 crop, flip, RandAugment(2, 9), erasing", whole)] {
        measure(what, 50_000, |item| {
            std::hint::black_box(recipe.apply(Key::new(2).nth(item), picture.clone()).expect("small"));
        });
    }
}

#[test]
#[ignore = "prints figures of a release build"]
fn large_pictures() {
    let file = jpeg(&drawn(375, 500));
    let open = || decode(&file, Color::Rgb, &Limits::default()).expect("its own file");
    measure("500x375 JPEG decoded", 500, |_| drop(std::hint::black_box(open())));
    let filter = Filter::Bicubic;
    let crop = Augmentation::ResizedCrop { height: 224, width: 224, portion: Portion::CROP, filter };
    let rand_augment = Augmentation::RandAugment { operations: 2, magnitude: 9, sampling: Sampling::Nearest };
    let train = Recipe::new(None, vec![crop, FLIP, rand_augment], Normalization::IMAGENET, ERASING).expect("right");
    let fit = Fit::Middle { shorter: 256, height: 224, width: 224, filter };
    let test = Recipe::new(Some(fit), vec![], Normalization::IMAGENET, None).expect("right");
    let recipes = [
        ("decoded, cropped to 224, flip, RandAugment(2, 9), erasing", train),
        ("decoded, resized, cropped to 224", test),
    ];
    for (what, recipe) in recipes {
        measure(&format!("500x375 JPEG {what}"), 500, |item| {
            std::hint::black_box(recipe.apply(Key::new(3).nth(item), open()).expect("small"));
        });
    }
}
