//! Pictures of one shape each: classes for a first picture model without a download.
//!
//! Color, size, place, turn, background, scratches over the shape and noise are drawn anew for each picture, so that no
//! pixel alone says much about the class. Every shape is large enough, lighter enough than what is behind it, and covered
//! little enough to be recognized: what is hard is the invariance.

use attentive_random::{Key, Stream};

use crate::drawing::{Canvas, Color, Figure, Outline, direction, mixed};
use crate::{Cell, Picture, Row, generated};

pub const SPLITS: [&str; 3] = ["train", "validation", "test"];
/// The name of each class.
pub const LABELS: [&str; 10] =
    ["circle", "ring", "square", "triangle", "star", "cross", "crescent", "heart", "arrow", "bar"];
/// Pixels, on either axis.
pub const SIDE: usize = 32;

const OUTLINES: [Outline; LABELS.len()] = [
    Outline::Circle,
    Outline::Ring,
    Outline::Square,
    Outline::Triangle,
    Outline::Star,
    Outline::Cross,
    Outline::Crescent,
    Outline::Heart,
    Outline::Arrow,
    Outline::Bar,
];
/// Of the circle around the shape, in pixels. Below, the corners of a star drown in noise.
const RADIUS: (f32, f32) = (7.5, 13.0);
/// Shapes are lighter than the first, backgrounds darker than the second, of 255.
const LIGHTNESS: (f32, f32) = (145.0, 95.0);
/// What each channel adds to how light a color looks (ITU-R BT.601).
const LIGHT: Color = [0.299, 0.587, 0.114];
/// The tangent of the largest turn. Turned any way, shapes are beyond a small transformer in minutes: the README says by
/// how much.
const TURN: f32 = 0.6;
/// The two ends of the background are at most as far apart as this share of the way between two colors.
const GRADIENT: f32 = 0.4;
const MOST_SCRATCHES: usize = 2;
/// How wide a scratch is, in pixels.
const SCRATCH: (f32, f32) = (0.8, 1.8);
/// The largest standard deviation of the noise.
const NOISE: f32 = 16.0;

/// A picture and what is on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub picture: Picture,
    /// An index into [`LABELS`].
    pub label: usize,
}

/// Picture number `index` of a split. Of every ten that follow each other each class has one.
pub fn numbered(seed: u64, split: &str, index: u64) -> Shape {
    let key = Key::new(seed).at("shapes").at(split);
    let label = generated::balanced(key.at("label"), index, LABELS.len());
    Shape { picture: drawn(key.at("picture").nth(index), OUTLINES[label]), label }
}

/// The same as a row with the roles `picture` and `label`.
pub fn row(seed: u64, split: &str, index: u64) -> Row {
    let Shape { picture, label } = numbered(seed, split, index);
    generated::row("shapes", index, [("picture", Cell::Picture(picture)), ("label", Cell::Integer(label as i64))])
}

fn drawn(key: Key, outline: Outline) -> Picture {
    let draws = &mut key.at("draws").stream();
    let (color, [near, far]) = colors(draws);
    let slope = direction(draws.normal_pair());
    let mut canvas = Canvas::painted(SIDE, |[right, down]| {
        let along = (right - 16.0) * slope[0] + (down - 16.0) * slope[1];
        mixed(near, far, (0.5 + along / SIDE as f32).clamp(0.0, 1.0))
    });
    let figure = placed(draws, outline);
    canvas.fill(color, |point| figure.distance(point));
    scratch(draws, &mut canvas);
    canvas.speckle(key.at("noise"), NOISE * draws.uniform());
    canvas.picture()
}

/// The color of a shape and of the two ends of its darker background.
fn colors(draws: &mut Stream) -> (Color, [Color; 2]) {
    loop {
        let [color, near, other] = [(); 3].map(|()| any_color(draws));
        let far = mixed(near, other, GRADIENT * draws.uniform());
        if lightness(color) > LIGHTNESS.0 && [near, far].into_iter().all(|behind| lightness(behind) < LIGHTNESS.1) {
            return (color, [near, far]);
        }
    }
}

fn any_color(draws: &mut Stream) -> Color {
    [(); 3].map(|()| 255.0 * draws.uniform())
}

fn lightness(color: Color) -> f32 {
    color.into_iter().zip(LIGHT).map(|(channel, share)| channel * share).sum()
}

/// Whole on the picture.
fn placed(draws: &mut Stream, outline: Outline) -> Figure {
    let radius = between(draws, RADIUS);
    let center = [(); 2].map(|()| between(draws, (radius, SIDE as f32 - radius)));
    Figure { outline, center, radius, turn: direction([1.0, between(draws, (-TURN, TURN))]) }
}

/// Thin straight lines over everything.
fn scratch(draws: &mut Stream, canvas: &mut Canvas) {
    for _ in 0..draws.below(MOST_SCRATCHES + 1) {
        let color = any_color(draws);
        let [across, down] = direction(draws.normal_pair());
        let through = [(); 2].map(|()| SIDE as f32 * draws.uniform());
        let half = between(draws, SCRATCH) / 2.0;
        canvas.fill(color, |point| ((point[0] - through[0]) * across + (point[1] - through[1]) * down).abs() - half);
    }
}

fn between(draws: &mut Stream, (least, most): (f32, f32)) -> f32 {
    least + (most - least) * draws.uniform()
}

#[cfg(test)]
mod tests;
