//! Changes of brightness, color, contrast, sharpness and hue, as Pillow's `ImageEnhance` and torchvision have them.
//!
//! Each mixes a picture with a poorer one: factor 0 gives the poorer one, 1 the picture itself, 2 the opposite of the poorer.

use crate::pixels::{gray, grays};
use crate::{Color, Pixels};

/// Mixed with black.
pub(crate) fn brightened(mut picture: Pixels, factor: f32) -> Pixels {
    picture.bytes_mut().iter_mut().for_each(|byte| *byte = blend(0, *byte, factor));
    picture
}

/// Mixed with its own gray; a gray picture stays.
pub(crate) fn colored(mut picture: Pixels, factor: f32) -> Pixels {
    if picture.color() == Color::Rgb {
        for color in picture.bytes_mut().as_chunks_mut::<3>().0 {
            let gray = gray(*color);
            *color = color.map(|byte| blend(gray, byte, factor));
        }
    }
    picture
}

/// Mixed with its mean gray.
pub(crate) fn contrasted(mut picture: Pixels, factor: f32) -> Pixels {
    let mean = mean_gray(&picture);
    picture.bytes_mut().iter_mut().for_each(|byte| *byte = blend(mean, *byte, factor));
    picture
}

fn mean_gray(picture: &Pixels) -> u8 {
    let sum: u64 = match picture.color() {
        Color::Gray => picture.bytes().iter().map(|&gray| u64::from(gray)).sum(),
        Color::Rgb => grays(picture.bytes()).map(u64::from).sum(),
    };
    (sum as f64 / (picture.height() * picture.width()) as f64 + 0.5) as u8
}

/// Mixed with itself smoothed over 3x3 pixels, of which the middle one counts five times. The outermost pixels stay.
pub(crate) fn sharpened(picture: &Pixels, factor: f32) -> Pixels {
    let mut sharp = picture.clone();
    let channels = picture.channels();
    let inner = channels..picture.row(0).len().saturating_sub(channels).max(channels);
    for row in 1..picture.height().saturating_sub(1) {
        let rows = [row - 1, row, row + 1].map(|row| picture.row(row));
        let bytes = sharp.row_mut(row).iter_mut().enumerate().take(inner.end).skip(inner.start);
        bytes.for_each(|(index, byte)| *byte = blend(smooth(rows, index, channels), *byte, factor));
    }
    sharp
}

fn smooth(rows: [&[u8]; 3], index: usize, channels: usize) -> u8 {
    let places = [index - channels, index, index + channels];
    let around: u32 = rows.iter().flat_map(|row| places.map(|place| u32::from(row[place]))).sum();
    let sum = around + 4 * u32::from(rows[1][index]);
    ((2 * sum + 13) / 26) as u8 // sum / 13, rounded
}

/// From one byte to the other and beyond, cut off toward zero as Pillow does it.
fn blend(from: u8, to: u8, factor: f32) -> u8 {
    (f32::from(from) + factor * (f32::from(to) - f32::from(from))) as u8
}

/// The hue turned by a part of the circle, by way of the hexagonal cone of hue, saturation and value (Smith 1978) in bytes.
pub(crate) fn hued(mut picture: Pixels, turn: f32) -> Pixels {
    if picture.color() == Color::Rgb {
        let turn = (turn * 255.0) as i32 as u8;
        for color in picture.bytes_mut().as_chunks_mut::<3>().0 {
            let [hue, saturation, value] = cone(*color);
            *color = uncone([hue.wrapping_add(turn), saturation, value]);
        }
    }
    picture
}

fn cone(color: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = color.map(f32::from);
    let (highest, lowest) = (red.max(green).max(blue), red.min(green).min(blue));
    if highest == lowest {
        return [0, 0, highest as u8];
    }
    let range = highest - lowest;
    let sextant = if red == highest {
        (green - blue) / range
    } else if green == highest {
        2.0 + (blue - red) / range
    } else {
        4.0 + (red - green) / range
    };
    let hue = (sextant / 6.0).rem_euclid(1.0);
    [(hue * 255.0) as u8, (range / highest * 255.0) as u8, highest as u8]
}

fn uncone([hue, saturation, value]: [u8; 3]) -> [u8; 3] {
    let sextant = f32::from(hue) * 6.0 / 255.0;
    let (part, saturation) = (sextant - sextant.floor(), f32::from(saturation) / 255.0);
    let dimmed = |by: f32| (f32::from(value) * (1.0 - saturation * by)).round() as u8;
    let (low, falling, rising) = (dimmed(1.0), dimmed(part), dimmed(1.0 - part));
    match sextant as u8 % 6 {
        0 => [value, rising, low],
        1 => [falling, value, low],
        2 => [low, value, rising],
        3 => [low, falling, value],
        4 => [rising, low, value],
        _ => [value, low, falling],
    }
}
