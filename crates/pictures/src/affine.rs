//! Affine maps of pictures as Pillow's `Image.transform` computes them, to the pixel; what comes from outside is black.

use crate::Pixels;

/// Between which old pixels a new one lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    Nearest,
    Bilinear,
}

/// From where a new pixel comes: column `[0] x + [1] y + [2]`, row `[3] x + [4] y + [5]`.
pub(crate) type Matrix = [f64; 6];

pub(crate) fn warp(picture: &Pixels, matrix: Matrix, sampling: Sampling) -> Pixels {
    match sampling {
        Sampling::Nearest => nearest(picture, matrix),
        Sampling::Bilinear => bilinear(picture, matrix),
    }
}

/// Rotation about the middle, counter-clockwise in degrees.
pub(crate) fn rotation(picture: &Pixels, degrees: f32) -> Matrix {
    let (sine, cosine) = libm::sincos(f64::from(degrees).to_radians());
    let [middle_x, middle_y] = [picture.width() as f64 / 2.0, picture.height() as f64 / 2.0];
    let from_x = middle_x - cosine * middle_x + sine * middle_y;
    let from_y = middle_y - sine * middle_x - cosine * middle_y;
    [cosine, -sine, from_x, sine, cosine, from_y]
}

/// Pillow counts in 16 bits after the point.
fn nearest(picture: &Pixels, matrix: Matrix) -> Pixels {
    let [a, b, c, d, e, f] = matrix;
    let [step_x, down_x, step_y, down_y] = [a, b, d, e].map(fixed);
    let [mut left_x, mut left_y] = [c + (a + b) * 0.5, f + (d + e) * 0.5].map(fixed);
    let mut warped = Pixels::black(picture.height(), picture.width(), picture.color());
    for row in 0..picture.height() {
        let (mut x, mut y) = (left_x, left_y);
        for pixel in warped.row_mut(row).chunks_exact_mut(picture.channels()) {
            if let Some(found) = at(picture, y >> 16, x >> 16) {
                pixel.copy_from_slice(found);
            }
            (x, y) = (x + step_x, y + step_y);
        }
        (left_x, left_y) = (left_x + down_x, left_y + down_y);
    }
    warped
}

/// Bounded, so that a sum of as many as a picture has pixels cannot overflow.
fn fixed(number: f64) -> i64 {
    (number * 65_536.0 + 0.5).floor().clamp(-1e10, 1e10) as i64
}

fn at(picture: &Pixels, row: i64, column: i64) -> Option<&[u8]> {
    let row = usize::try_from(row).ok().filter(|&row| row < picture.height())?;
    let column = usize::try_from(column).ok().filter(|&column| column < picture.width())?;
    let channels = picture.channels();
    Some(&picture.row(row)[column * channels..][..channels])
}

fn bilinear(picture: &Pixels, matrix: Matrix) -> Pixels {
    let [a, b, c, d, e, f] = matrix;
    let mut warped = Pixels::black(picture.height(), picture.width(), picture.color());
    for row in 0..picture.height() {
        let middle = row as f64 + 0.5;
        for (column, pixel) in warped.row_mut(row).chunks_exact_mut(picture.channels()).enumerate() {
            let across = column as f64 + 0.5;
            between(picture, d * across + e * middle + f, a * across + b * middle + c, pixel);
        }
    }
    warped
}

/// The four pixels around a point, by their nearness; those beyond an edge are taken from the edge.
fn between(picture: &Pixels, y: f64, x: f64, pixel: &mut [u8]) {
    let (height, width) = (picture.height(), picture.width());
    if !(0.0..height as f64).contains(&y) || !(0.0..width as f64).contains(&x) {
        return;
    }
    let (rows, down) = neighbors(y, height);
    let (columns, right) = neighbors(x, width);
    let channels = picture.channels();
    let [above, below] = rows.map(|row| picture.row(row));
    for (channel, value) in pixel.iter_mut().enumerate() {
        let mixed = |row: &[u8]| {
            let [first, second] = columns.map(|column| f64::from(row[column * channels + channel]));
            first + (second - first) * right
        };
        let (above, below) = (mixed(above), mixed(below));
        *value = (above + (below - above) * down) as u8;
    }
}

/// The two pixels whose centers a place lies between, and how far it is from the first.
fn neighbors(place: f64, length: usize) -> ([usize; 2], f64) {
    let centered = place - 0.5;
    let first = centered.floor();
    let inside = |index: f64| index.clamp(0.0, (length - 1) as f64) as usize;
    ([inside(first), inside(first + 1.0)], centered - first)
}
