use super::*;
use crate::Color;

const HEIGHT: usize = 11;
const WIDTH: usize = 13;

/// Colors that say where they come from, none of them black.
fn numbered() -> Pixels {
    let place = |index: usize| [1 + (index / WIDTH) as u8, 1 + (index % WIDTH) as u8, 200];
    Pixels::made(HEIGHT, WIDTH, Color::Rgb, (0..HEIGHT * WIDTH).flat_map(place).collect())
}

fn all() -> Vec<Augmentation> {
    let sampling = Sampling::Bilinear;
    vec![
        Augmentation::Crop { height: 7, width: 5, padding: 3 },
        Augmentation::ResizedCrop { height: 7, width: 5, portion: Portion::CROP, filter: Filter::Bicubic },
        Augmentation::Flip { probability: 0.5 },
        Augmentation::RandAugment { operations: 2, magnitude: 9, sampling },
        Augmentation::TrivialAugment { sampling },
        Augmentation::Jitter { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
    ]
}

#[test]
fn a_key_says_all() {
    for augmentation in all() {
        let results: Vec<_> = (0..20).map(|item| augmentation.apply(Key::new(1).nth(item), numbered())).collect();
        let again: Vec<_> = (0..20).rev().map(|item| augmentation.apply(Key::new(1).nth(item), numbered())).collect();
        assert!(results.iter().eq(again.iter().rev()), "{augmentation:?} is not a function of its key");
        assert!(results.iter().any(|result| *result != results[0]), "{augmentation:?} does not depend on its key");
    }
}

#[test]
fn any_picture_can_be_augmented() {
    for color in [Color::Gray, Color::Rgb] {
        for (height, width) in [(1, 1), (1, 2), (2, 1), (2, 3), (1, 40), (40, 1)] {
            for (augmentation, item) in
                all().into_iter().flat_map(|augmentation| (0..50).map(move |item| (augmentation, item)))
            {
                let result = augmentation.apply(Key::new(2).nth(item), Pixels::black(height, width, color));
                assert_eq!(result.color(), color);
            }
        }
    }
}

#[test]
fn crops_reach_every_place_and_no_other() {
    let crop = Augmentation::Crop { height: 7, width: 5, padding: 2 };
    let mut starts: Vec<_> = (0..5000).map(|item| start(&crop.apply(Key::new(3).nth(item), numbered()))).collect();
    starts.sort_unstable();
    starts.dedup();
    let expected = |length: isize, window: isize| -2..=length + 2 - window;
    let every = expected(11, 7).flat_map(|top| expected(13, 5).map(move |left| (top, left)));
    assert_eq!(starts, every.collect::<Vec<_>>());
}

/// Where a crop began, by any pixel that is not padding.
fn start(crop: &Pixels) -> (isize, isize) {
    let index = crop.bytes().iter().position(|&byte| byte != 0).expect("a crop sees the picture") / 3;
    let [row, column] = [crop.bytes()[3 * index], crop.bytes()[3 * index + 1]].map(|place| place as isize - 1);
    (row - (index / crop.width()) as isize, column - (index % crop.width()) as isize)
}

#[test]
fn a_picture_that_is_too_small_lies_in_the_middle() {
    let crop = Augmentation::Crop { height: 15, width: 17, padding: 1 };
    let result = crop.apply(Key::new(4), numbered());
    assert_eq!(start(&result), (-2, -2));
    assert_eq!(crate::crop::middle(&result, HEIGHT, WIDTH), numbered());
}

#[test]
fn half_of_all_pictures_are_flipped() {
    let flip = Augmentation::Flip { probability: 0.5 };
    let flipped = (0..1000).filter(|&item| flip.apply(Key::new(5).nth(item), numbered()) != numbered()).count();
    assert!((450..550).contains(&flipped), "{flipped}");
}

#[test]
fn a_jitter_of_nothing_changes_nothing() {
    let none = Augmentation::Jitter { brightness: 0.0, contrast: 0.0, saturation: 0.0, hue: 0.0 };
    assert_eq!(none.apply(Key::new(6), numbered()), numbered());
}
