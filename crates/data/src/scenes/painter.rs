//! A scene as pixels.

use attentive_random::Stream;

use super::{Color, Kind, Object, SIDE, Scene};
use crate::Picture;
use crate::drawing::{self, Canvas, Figure, Outline, direction, mixed};

/// The darkest and the lightest background.
const BACKGROUND: (f32, f32) = (20.0, 70.0);
/// The largest standard deviation of the noise.
const NOISE: f32 = 8.0;
/// How far the channels of a color move for one object.
const SHADE: f32 = 20.0;
/// The tangent of the largest turn.
const TURN: f32 = 0.3;

pub(super) fn painted(scene: &Scene) -> Picture {
    let draws = &mut scene.looks.at("draws").stream();
    let [upper, lower] = [(); 2].map(|()| gray(draws));
    let mut canvas = Canvas::painted(SIDE, |[_, down]| mixed(upper, lower, down / SIDE as f32));
    for object in &scene.objects {
        let (color, figure) = (shaded(object.color, draws), figure(object, draws));
        canvas.fill(color, |point| figure.distance(point));
    }
    canvas.speckle(scene.looks.at("noise"), NOISE * draws.uniform());
    canvas.picture()
}

fn gray(draws: &mut Stream) -> drawing::Color {
    [BACKGROUND.0 + (BACKGROUND.1 - BACKGROUND.0) * draws.uniform(); 3]
}

fn shaded(color: Color, draws: &mut Stream) -> drawing::Color {
    let pure = match color {
        Color::Red => [220.0, 40.0, 40.0],
        Color::Green => [40.0, 180.0, 60.0],
        Color::Blue => [50.0, 90.0, 230.0],
        Color::Yellow => [235.0, 215.0, 50.0],
        Color::Purple => [165.0, 60.0, 200.0],
        Color::White => [235.0, 235.0, 235.0],
    };
    pure.map(|channel| channel + SHADE * (2.0 * draws.uniform() - 1.0))
}

fn figure(object: &Object, draws: &mut Stream) -> Figure {
    let outline = match object.kind {
        Kind::Circle => Outline::Circle,
        Kind::Square => Outline::Square,
        Kind::Triangle => Outline::Triangle,
        Kind::Star => Outline::Star,
    };
    let turn = direction([1.0, TURN * (2.0 * draws.uniform() - 1.0)]);
    // A circle fills the circle around it, and would look larger than all other shapes of its size.
    let radius = object.size.radius() * if outline == Outline::Circle { 0.85 } else { 1.0 };
    Figure { outline, center: object.center, radius, turn }
}
