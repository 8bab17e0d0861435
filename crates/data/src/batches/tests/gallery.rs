use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use attentive_pictures::{
    Augmentation, Before, Color, Filter, Fit, Limits, Normalization, Pixels, Planes, Recipe, Sampling, open_on_white,
    png,
};
use attentive_random::Key;
use proptest::prelude::*;

use crate::generated::generator;
use crate::{Cell, DataError, Gallery, Look, Picture, Place, Row, Rows, Told, pixels, stacked};

const LOOK: Look =
    Look { fit: Fit::Stretch { height: 5, width: 7, filter: Filter::Bilinear }, color: Color::Rgb, limits: LIMITS };
const LIMITS: Limits = Limits { width: 64, height: 64, pixels: 4096, memory: 1 << 16 };

fn noise(height: usize, width: usize, channels: usize, seed: u64) -> Pixels {
    let bytes = Key::new(seed).uniforms(height * width * channels).into_iter().map(|value| (255.0 * value) as u8);
    Pixels::new(height, width, channels, bytes.collect()).expect("a picture")
}

fn plain(picture: &Pixels) -> Picture {
    let (height, width, channels) = (picture.height(), picture.width(), picture.channels());
    Picture::Pixels { height, width, channels, bytes: picture.bytes().to_vec() }
}

fn rows(pictures: Vec<Cell>) -> Rows {
    let column: Arc<str> = "picture".into();
    let row = move |(line, picture)| {
        let place = Place { file: "pictures".into(), line };
        Ok(Row { place, cells: vec![(column.clone(), picture)] })
    };
    Box::new((1..).zip(pictures).map(row))
}

/// The pictures, and the line of each.
fn read(pictures: Vec<Cell>) -> Result<(Gallery, Vec<u64>), DataError> {
    Gallery::read(rows(pictures), "picture", &LOOK, |row| Ok(row.place.line), &mut |_| ())
}

/// A dozen shapes.
static SHAPES: LazyLock<Gallery> = LazyLock::new(|| {
    let rows = generator("shapes").expect("it is known").rows(1, "train", 12).expect("a split of its own");
    let fit = Fit::Stretch { height: 32, width: 32, filter: Filter::Bilinear };
    let labels = |row: &Row| row.integer("label");
    let (gallery, labels) = Gallery::read(rows, "picture", &Look { fit, ..LOOK }, labels, &mut |_| ()).expect("read");
    assert_eq!((gallery.pictures(), labels.len()), (12, 12));
    gallery
});

fn recipe() -> Recipe {
    let augmentations = vec![
        Augmentation::Crop { height: 32, width: 32, padding: 4 },
        Augmentation::Flip { probability: 0.5 },
        Augmentation::RandAugment { operations: 2, magnitude: 9, sampling: Sampling::Nearest },
    ];
    Recipe::new(None, augmentations, Normalization::HALF, None).expect("settings in range")
}

/// Odd sizes, wider and narrower than the pictures.
#[test]
fn a_gallery_takes_pictures_of_every_fit() {
    let (height, width, filter) = (7, 11, Filter::Bicubic);
    let befores = [Before::Own, Before::Stretch { height: 5, width: 13 }, Before::Shorter(9)];
    let fits = befores.map(|before| Fit::Center { before, height, width, filter });
    let pictures = [noise(9, 5, 3, 1), noise(4, 13, 1, 2), noise(1, 1, 3, 3)];
    for fit in [Fit::Stretch { height, width, filter }, Fit::Middle { shorter: 9, height, width, filter }]
        .into_iter()
        .chain(fits)
    {
        let cells = pictures.iter().map(|picture| Cell::Picture(plain(picture))).collect();
        let look = Look { fit, ..LOOK };
        let read = Gallery::read(rows(cells), "picture", &look, |_| Ok(()), &mut |_| ());
        let (gallery, _) = read.expect("they are small");
        for (item, picture) in pictures.iter().enumerate() {
            let fitted = fit.apply(&picture.clone().into_color(Color::Rgb)).expect("it is small");
            assert_eq!(gallery.picture(item), fitted, "{fit:?}");
        }
    }
}

#[test]
fn pictures_of_every_kind_become_alike() {
    let picture = noise(5, 7, 3, 1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("one.png");
    std::fs::write(&path, png(&picture).expect("encoded")).expect("written");
    let encoded = Picture::Encoded(png(&picture).expect("encoded"));
    let cells = [Picture::File(path), encoded, plain(&picture)].map(Cell::Picture);
    let (gallery, lines) = read(cells.to_vec()).expect("pictures");
    assert_eq!((gallery.pictures(), lines), (3, vec![1, 2, 3]));
    assert!((0..3).all(|item| gallery.picture(item) == picture));
}

#[test]
fn size_and_color_are_those_of_the_look() {
    let picture = noise(11, 13, 1, 2);
    let cells = vec![Cell::Picture(plain(&picture)), Cell::Picture(plain(&noise(3, 3, 3, 3)))];
    let (gallery, _) = read(cells).expect("pictures");
    assert_eq!(gallery.picture(0), LOOK.fit.apply(&picture.into_color(Color::Rgb)).expect("small"));
    assert_eq!(gallery.picture(1).bytes().len(), 5 * 7 * 3);
}

#[test]
fn what_is_transparent_shows_white() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../pictures/tests/golden/rgba.png"));
    let white = open_on_white(&path, Color::Rgb, &LIMITS).expect("a picture");
    // The first pixel is wholly transparent.
    assert_eq!(white.bytes()[..3], [255; 3]);
    let encoded = Picture::Encoded(std::fs::read(&path).expect("a file"));
    assert_eq!(pixels(&encoded, Color::Rgb, &LIMITS).expect("a picture"), white);
    assert_eq!(pixels(&Picture::File(path), Color::Rgb, &LIMITS).expect("a picture"), white);
}

#[test]
fn the_first_of_several_pictures_is_taken() {
    let pictures = [1, 2].map(|seed| noise(5, 7, 3, seed));
    let (gallery, _) =
        read(vec![Cell::List(pictures.iter().map(|one| Cell::Picture(plain(one))).collect())]).expect("read");
    assert_eq!((gallery.pictures(), gallery.picture(0)), (1, pictures[0].clone()));
}

#[test]
fn an_unfit_picture_is_placed() {
    let good = Cell::Picture(plain(&noise(5, 7, 3, 1)));
    let error = |cell| read(vec![good.clone(), cell]).expect_err("unfit");
    let damaged = error(Cell::Picture(Picture::Encoded(vec![1, 2, 3])));
    assert_eq!(damaged.to_string(), "pictures:2: the picture cannot be used; mend it or leave the row out");
    assert!(
        matches!(damaged, DataError::Picture { source, .. } if source.to_string().contains("found bytes that begin"))
    );
    let absent = error(Cell::Text("a.png".to_owned()));
    assert_eq!(absent.to_string(), "pictures:2: the column `picture` should hold a picture, found text");
    let empty = error(Cell::List(vec![]));
    assert_eq!(empty.to_string(), "pictures:2: the column `picture` should hold a picture, found a list");
    assert_eq!(
        read(vec![]).expect_err("nothing").to_string(),
        "the split has no rows; give more rows, or name other files for it"
    );
}

/// Even where a later one is found sooner.
#[test]
fn the_first_error_is_told() {
    let damaged = |byte| Cell::Picture(Picture::Encoded(vec![byte; 3]));
    let mut cells: Vec<Cell> = (0..40).map(|seed| Cell::Picture(plain(&noise(5, 7, 3, seed)))).collect();
    (cells[19], cells[31]) = (damaged(1), damaged(2));
    let error = read(cells).expect_err("unfit").to_string();
    assert!(error.starts_with("pictures:20:"), "{error}");
}

#[test]
fn reading_tells_how_far_it_is() {
    let pictures = vec![Cell::Picture(plain(&noise(2, 3, 1, 1))); 600];
    let mut heard = Vec::new();
    let mut told = |told| {
        if let Told::Preparing { done, total } = told {
            heard.push((done, total));
        }
    };
    Gallery::read(rows(pictures), "picture", &LOOK, |_| Ok(()), &mut told).expect("read");
    assert_eq!(heard, [(512, Some(600)), (600, Some(600)), (600, Some(600))]);
}

#[test]
fn without_changes_planes_are_the_pictures() {
    let recipe = Recipe::new(None, vec![], Normalization::HALF, None).expect("right");
    let planes = SHAPES.planes(&[3, 0, 3], &recipe, |_| Key::new(1)).expect("small");
    assert_eq!(planes[1], Normalization::HALF.apply(&SHAPES.picture(0)));
    assert_eq!(planes[0], planes[2]);
    let values = stacked(&planes);
    assert_eq!(values.len(), 3 * 3 * 32 * 32);
    assert_eq!(values[3 * 32 * 32..][..32], planes[1].values[..32]);
}

#[test]
fn rows_of_one_picture_differ() {
    let planes = SHAPES.planes(&[5; 8], &recipe(), |row| Key::new(1).nth(row as u64)).expect("small");
    assert!((1..8).all(|row| planes[row] != planes[0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_split_into_smaller_batches_gives_the_same_pictures(
        items in prop::collection::vec(0_usize..12, 1..12),
        cut in 0_usize..12,
        seed in 0_u64..100,
    ) {
        let (recipe, cut) = (recipe(), cut.min(items.len()));
        let planes = |items: &[usize], first: usize| -> Vec<Planes> {
            SHAPES.planes(items, &recipe, |row| Key::new(seed).nth((first + row) as u64)).expect("small")
        };
        let (left, right) = items.split_at(cut);
        prop_assert_eq!([planes(left, 0), planes(right, cut)].concat(), planes(&items, 0));
    }
}
