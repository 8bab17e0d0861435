//! Pictures as text.

use std::fmt::Write as _;

use crate::resize::scaled;
use crate::{Color, Filter, Pixels};

/// From dark to bright, on a dark ground.
const RAMP: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];
const RESET: &str = "\x1b[0m";

/// What a terminal draws with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Half blocks in 24-bit colors, by ANSI escapes: two pixels a character.
    Colors,
    /// Characters alone, denser ones for brighter pixels.
    Characters,
}

/// The picture as lines of at most `width` characters, each as tall as two are wide. A tall picture is made narrower, so that
/// there are never more lines than half of `width`.
pub fn terminal(picture: &Pixels, width: usize, ink: Ink) -> String {
    let longest = width.clamp(2, 1000) as f64;
    let scale = longest / picture.height().max(picture.width()) as f64;
    let side = |length: usize| ((length as f64 * scale).round() as usize).max(1);
    let (rows, columns) = (side(picture.height()).div_ceil(2), side(picture.width()));
    match ink {
        Ink::Colors => colored(&scaled(picture, 2 * rows, columns, Filter::Box).into_color(Color::Rgb)),
        Ink::Characters => plain(&scaled(picture, rows, columns, Filter::Box).into_color(Color::Gray)),
    }
}

fn colored(picture: &Pixels) -> String {
    let mut lines = String::new();
    for row in (0..picture.height()).step_by(2) {
        let pairs = picture.row(row).chunks_exact(3).zip(picture.row(row + 1).chunks_exact(3));
        for (above, below) in pairs {
            let ([red, green, blue], [low_red, low_green, low_blue]) = (rgb(above), rgb(below));
            let written = write!(lines, "\x1b[38;2;{red};{green};{blue};48;2;{low_red};{low_green};{low_blue}m▀");
            written.expect("a string takes all text");
        }
        lines.push_str(RESET);
        lines.push('\n');
    }
    lines
}

fn rgb(pixel: &[u8]) -> [u8; 3] {
    [pixel[0], pixel[1], pixel[2]]
}

fn plain(picture: &Pixels) -> String {
    let character = |gray: &u8| RAMP[usize::from(*gray) * RAMP.len() / 256];
    (0..picture.height()).flat_map(|row| picture.row(row).iter().map(character).chain(['\n'])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_becomes_characters() {
        let picture = Pixels::new(2, 4, 1, vec![0, 80, 160, 255, 0, 80, 160, 255]).expect("it fits");
        assert_eq!(terminal(&picture, 4, Ink::Characters), " -*@\n");
        assert_eq!(terminal(&picture, 8, Ink::Characters), "  --**@@\n".repeat(2));
    }

    #[test]
    fn colors_come_two_to_a_character() {
        let picture = Pixels::new(2, 1, 3, vec![1, 2, 3, 4, 5, 6]).expect("it fits");
        assert_eq!(terminal(&picture, 2, Ink::Colors), "\x1b[38;2;1;2;3;48;2;4;5;6m▀\x1b[0m\n");
    }

    #[test]
    fn no_picture_floods_the_screen() {
        for (height, width) in [(1 << 14, 1), (1, 1 << 14), (700, 500), (1, 1)] {
            for ink in [Ink::Colors, Ink::Characters] {
                let text = terminal(&Pixels::black(height, width, Color::Gray), 40, ink);
                assert!((1..=20).contains(&text.lines().count()), "{height}x{width}");
            }
        }
    }
}
