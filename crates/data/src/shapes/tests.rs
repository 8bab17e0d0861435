use std::collections::HashSet;

use super::*;

fn bytes(shape: &Shape) -> &[u8] {
    let Picture::Pixels { height: SIDE, width: SIDE, channels: 3, bytes } = &shape.picture else {
        panic!("a shape has pixels");
    };
    bytes
}

#[test]
fn a_number_always_draws_the_same_picture() {
    let drawn = numbered(1, "train", 0);
    assert_eq!(drawn, numbered(1, "train", 0));
    assert_ne!(drawn.picture, numbered(1, "train", 1).picture);
    assert_ne!(drawn.picture, numbered(2, "train", 0).picture);
    assert_eq!(bytes(&drawn).len(), SIDE * SIDE * 3);
}

#[test]
fn the_first_pictures_have_the_bytes_they_always_had() {
    let sums = (0..3).map(|index| bytes(&numbered(1, "train", index)).iter().map(|&byte| u64::from(byte)).sum::<u64>());
    assert_eq!(sums.collect::<Vec<_>>(), SUMS);
}

const SUMS: [u64; 3] = [210_827, 327_160, 329_426];

#[test]
fn splits_share_no_picture() {
    let of = |split| (0..50).map(move |index| bytes(&numbered(1, split, index)).to_vec());
    let all: HashSet<Vec<u8>> = SPLITS.into_iter().flat_map(of).collect();
    assert_eq!(all.len(), 150);
}

#[test]
fn of_ten_pictures_each_class_has_one_in_changing_order() {
    let labels: Vec<usize> = (0..200).map(|index| numbered(5, "test", index).label).collect();
    for ten in labels.chunks(10) {
        assert_eq!(ten.iter().collect::<HashSet<_>>().len(), 10);
    }
    assert_ne!(labels[..10], labels[10..20]);
}

/// Color, place and size vary so much that the mean picture of a class says little about it.
#[test]
fn the_nearest_mean_picture_is_mostly_of_another_class() {
    let mut means = vec![vec![0.0_f32; SIDE * SIDE * 3]; LABELS.len()];
    for shape in (0..600).map(|index| numbered(1, "train", index)) {
        means[shape.label].iter_mut().zip(bytes(&shape)).for_each(|(sum, &byte)| *sum += f32::from(byte) / 60.0);
    }
    let distance = |mean: &[f32], shape: &Shape| -> f32 {
        mean.iter().zip(bytes(shape)).map(|(mean, &byte)| (mean - f32::from(byte)).powi(2)).sum()
    };
    let right = |shape: &Shape| {
        let nearest = (0..LABELS.len())
            .min_by(|&one, &other| distance(&means[one], shape).total_cmp(&distance(&means[other], shape)));
        nearest == Some(shape.label)
    };
    let count = (0..300).map(|index| numbered(1, "test", index)).filter(right).count();
    assert!(count < 120, "{count} of 300 pictures are nearest to the mean of their class");
}

#[test]
fn a_row_has_the_roles_of_picture_classification() {
    let (row, shape) = (row(3, "test", 7), numbered(3, "test", 7));
    assert_eq!(row.place.to_string(), "shapes (generated):8");
    assert_eq!(row.picture("picture").expect("the role is there"), &shape.picture);
    assert_eq!(row.integer("label").expect("the role is there"), shape.label as i64);
}
