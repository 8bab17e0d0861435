//! Drawing by rule: figures filled with color on a small square canvas, with soft edges.
//!
//! Only what the generated pictures need. Every step is plain arithmetic on `f32` whose result the standard fixes, so
//! that a picture has the same bytes on every machine.

mod outline;

use attentive_random::Key;

use crate::Picture;
pub(crate) use outline::Outline;

/// Red, green and blue between 0 and 255.
pub(crate) type Color = [f32; 3];
/// Right and down, in pixels from the upper left corner.
pub(crate) type Point = [f32; 2];

/// A square picture while it is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Canvas {
    side: usize,
    pixels: Vec<Color>,
}

/// An outline at its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) outline: Outline,
    pub(crate) center: Point,
    /// Of the circle around it.
    pub(crate) radius: f32,
    /// The direction in which its right side points, of length one.
    pub(crate) turn: Point,
}

impl Figure {
    /// How far a point lies outside; inside it is negative.
    pub(crate) fn distance(&self, point: Point) -> f32 {
        let [right, down] = [0, 1].map(|axis| (point[axis] - self.center[axis]) / self.radius);
        let [cosine, sine] = self.turn;
        self.radius * self.outline.distance([cosine * right + sine * down, cosine * down - sine * right])
    }
}

impl Canvas {
    /// A canvas whose every point has the color that is given for it.
    pub(crate) fn painted(side: usize, color: impl Fn(Point) -> Color) -> Self {
        Self { side, pixels: middles(side).map(color).collect() }
    }

    /// Paints where the distance is negative. A pixel at the edge is covered by the share of it that lies within.
    pub(crate) fn fill(&mut self, color: Color, distance: impl Fn(Point) -> f32) {
        for (pixel, point) in self.pixels.iter_mut().zip(middles(self.side)) {
            let covered = (0.5 - distance(point)).clamp(0.0, 1.0);
            *pixel = mixed(*pixel, color, covered);
        }
    }

    /// Normal noise on each channel of each pixel.
    pub(crate) fn speckle(&mut self, key: Key, deviation: f32) {
        let noise = key.normals(self.pixels.len() * 3, deviation);
        self.pixels.as_flattened_mut().iter_mut().zip(noise).for_each(|(value, noise)| *value += noise);
    }

    pub(crate) fn picture(&self) -> Picture {
        let bytes = self.pixels.as_flattened().iter().map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
        Picture::Pixels { height: self.side, width: self.side, channels: 3, bytes }
    }
}

/// The way from one color to another, as far as `share`.
pub(crate) fn mixed(from: Color, to: Color, share: f32) -> Color {
    std::array::from_fn(|channel| from[channel] + share * (to[channel] - from[channel]))
}

/// The vector of length one in the same direction.
pub(crate) fn direction([right, down]: Point) -> Point {
    let length = (right * right + down * down).sqrt();
    if length > 0.0 { [right / length, down / length] } else { [1.0, 0.0] }
}

/// The middle of each pixel, row by row.
fn middles(side: usize) -> impl Iterator<Item = Point> {
    (0..side * side).map(move |index| [(index % side) as f32 + 0.5, (index / side) as f32 + 0.5])
}

#[cfg(test)]
mod tests;
