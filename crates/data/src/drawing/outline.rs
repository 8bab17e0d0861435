//! Outlines as signed distances: every outline fits the circle of radius one around the origin.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use super::Point;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outline {
    Circle,
    Ring,
    Square,
    Triangle,
    Star,
    Cross,
    Crescent,
    Heart,
    Arrow,
    Bar,
}

/// The radius of the hole of a ring.
const HOLE: f32 = 0.5;
/// The circle that a crescent lacks: how far to the right it lies, and its radius.
const BITE: (f32, f32) = (0.5, 0.8);
/// The inner radius of a star.
const NOTCH: f64 = 0.42;
/// Corners enough that a heart looks round.
const HEART_CORNERS: u32 = 24;

static SQUARE: LazyLock<Vec<Point>> = LazyLock::new(|| around(&[1.0; 4], 0.125));
static TRIANGLE: LazyLock<Vec<Point>> = LazyLock::new(|| around(&[1.0; 3], 0.75));
static STAR: LazyLock<Vec<Point>> = LazyLock::new(|| around(&[1.0, NOTCH].repeat(5), 0.75));
static HEART: LazyLock<Vec<Point>> = LazyLock::new(|| (0..HEART_CORNERS).map(on_heart).collect());
const CROSS: [Point; 12] = [
    [-0.3, -0.95],
    [0.3, -0.95],
    [0.3, -0.3],
    [0.95, -0.3],
    [0.95, 0.3],
    [0.3, 0.3],
    [0.3, 0.95],
    [-0.3, 0.95],
    [-0.3, 0.3],
    [-0.95, 0.3],
    [-0.95, -0.3],
    [-0.3, -0.3],
];
const ARROW: [Point; 7] = [[1.0, 0.0], [0.1, 0.85], [0.1, 0.3], [-0.95, 0.3], [-0.95, -0.3], [0.1, -0.3], [0.1, -0.85]];
const BAR: [Point; 4] = [[-0.95, -0.3], [0.95, -0.3], [0.95, 0.3], [-0.95, 0.3]];

impl Outline {
    /// How far a point lies outside; inside it is negative.
    pub(super) fn distance(self, point: Point) -> f32 {
        let length = norm(point);
        match self {
            Self::Circle => length - 1.0,
            Self::Ring => (length - 1.0).max(HOLE - length),
            Self::Square => polygon(&SQUARE, point),
            Self::Triangle => polygon(&TRIANGLE, point),
            Self::Star => polygon(&STAR, point),
            Self::Cross => polygon(&CROSS, point),
            Self::Crescent => (length - 1.0).max(BITE.1 - norm([point[0] - BITE.0, point[1]])),
            Self::Heart => polygon(&HEART, point),
            Self::Arrow => polygon(&ARROW, point),
            Self::Bar => polygon(&BAR, point),
        }
    }
}

/// Corners at these distances from the origin, at equal angles; the first lies so many turns clockwise of the right.
fn around(radii: &[f64], start: f64) -> Vec<Point> {
    let corner = |(index, radius): (usize, &f64)| {
        let (sine, cosine) = libm::sincos(TAU * (start + index as f64 / radii.len() as f64));
        [(radius * cosine) as f32, (radius * sine) as f32]
    };
    radii.iter().enumerate().map(corner).collect()
}

/// A corner of a heart: x = 16 sin³ t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, which lies within 17 of the
/// origin.
fn on_heart(corner: u32) -> Point {
    let angle = TAU * f64::from(corner) / f64::from(HEART_CORNERS);
    let cosine = |times: f64| libm::cos(times * angle);
    let right = 16.0 * libm::pow(libm::sin(angle), 3.0);
    let up = 13.0 * cosine(1.0) - 5.0 * cosine(2.0) - 2.0 * cosine(3.0) - cosine(4.0);
    [right / 17.0, -up / 17.0].map(|value| value as f32)
}

/// The distance to the nearest edge, negative when a ray from the point crosses an odd number of edges.
fn polygon(corners: &[Point], point: Point) -> f32 {
    let next = corners.iter().cycle().skip(1);
    let (mut nearest, mut inside) = (f32::INFINITY, false);
    for (&from, &to) in corners.iter().zip(next) {
        nearest = nearest.min(to_segment(point, from, to));
        inside ^= crosses(point, from, to);
    }
    if inside { -nearest } else { nearest }
}

fn to_segment(point: Point, from: Point, to: Point) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let offset = [point[0] - from[0], point[1] - from[1]];
    let share = (offset[0] * along[0] + offset[1] * along[1]) / (along[0] * along[0] + along[1] * along[1]);
    let share = share.clamp(0.0, 1.0);
    norm([offset[0] - share * along[0], offset[1] - share * along[1]])
}

/// Whether the ray to the right of the point crosses the edge.
fn crosses([right, down]: Point, from: Point, to: Point) -> bool {
    (from[1] > down) != (to[1] > down) && right < from[0] + (down - from[1]) / (to[1] - from[1]) * (to[0] - from[0])
}

fn norm([right, down]: Point) -> f32 {
    (right * right + down * down).sqrt()
}
