//! Color jitter: four changes in random order.

use attentive_random::Stream;

use crate::{Operation, Pixels, Sampling};

/// Brightness, contrast and saturation by factors up to `extents` from 1, never below 0, and the hue by a turn up to `hue`.
/// Without any, hues are left alone: even no turn goes through bytes of a cone and back, and loses a little.
pub(super) fn jittered(stream: &mut Stream, picture: Pixels, extents: [f32; 3], hue: f32) -> Pixels {
    let [brightness, contrast, saturation] =
        extents.map(|extent| between(stream, (1.0 - extent).max(0.0), 1.0 + extent));
    let mut changes =
        vec![Operation::Brightness(brightness), Operation::Contrast(contrast), Operation::Color(saturation)];
    if hue > 0.0 {
        changes.push(Operation::Hue(between(stream, -hue, hue)));
    }
    shuffle(stream, &mut changes);
    changes.into_iter().fold(picture, |picture, change| change.apply(picture, Sampling::Nearest))
}

fn between(stream: &mut Stream, least: f32, greatest: f32) -> f32 {
    least + (greatest - least) * stream.uniform()
}

/// Fisher and Yates.
fn shuffle(stream: &mut Stream, changes: &mut [Operation]) {
    for last in (1..changes.len()).rev() {
        changes.swap(last, stream.below(last + 1));
    }
}
