//! Parts of pictures, and pictures mirrored.

use crate::Pixels;

/// The picture as seen through a window; what lies outside of it is black.
pub(crate) fn window(picture: &Pixels, top: isize, left: isize, height: usize, width: usize) -> Pixels {
    let mut view = Pixels::black(height, width, picture.color());
    let channels = picture.channels();
    let (from_row, to_row, rows) = overlap(top, height, picture.height());
    let (from_column, to_column, columns) = overlap(left, width, picture.width());
    for row in 0..rows {
        let seen = &picture.row(from_row + row)[from_column * channels..][..columns * channels];
        view.row_mut(to_row + row)[to_column * channels..][..columns * channels].copy_from_slice(seen);
    }
    view
}

/// Where a window that begins at `start` meets `0..length`: the first place in the picture, in the window, and how many.
fn overlap(start: isize, window: usize, length: usize) -> (usize, usize, usize) {
    let (from, to) = (start.max(0).unsigned_abs(), start.min(0).unsigned_abs());
    let count = length.saturating_sub(from).min(window.saturating_sub(to));
    if count == 0 { (0, 0, 0) } else { (from, to, count) }
}

/// The middle of a picture by torchvision's `center_crop`: a half offset is rounded to the even side, and a picture that
/// is too small gets black around it, an odd pixel of it below and to the right.
pub(crate) fn middle(picture: &Pixels, height: usize, width: usize) -> Pixels {
    let (top, left) = (offset(picture.height(), height), offset(picture.width(), width));
    window(picture, top, left, height, width)
}

/// The same by the `center_crop` of transformers: half an offset is rounded down, and where a picture is too small, half of what is
/// missing up.
pub(crate) fn center(picture: &Pixels, height: usize, width: usize) -> Pixels {
    let half = |length: usize, window: usize| (length as isize - window as isize).div_euclid(2);
    window(picture, half(picture.height(), height), half(picture.width(), width), height, width)
}

fn offset(length: usize, window: usize) -> isize {
    if length < window {
        return -(((window - length) / 2) as isize);
    }
    let half = (length - window) / 2;
    let odd = (length - window) % 2;
    (half + odd * (half % 2)) as isize
}

/// The picture in a mirror: left is right.
pub(crate) fn flipped(mut picture: Pixels) -> Pixels {
    let channels = picture.channels();
    for row in 0..picture.height() {
        let row = picture.row_mut(row);
        row.reverse();
        row.chunks_exact_mut(channels).for_each(<[u8]>::reverse);
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of 3, each pixel its number.
    fn numbered() -> Pixels {
        Pixels::new(2, 3, 1, (1..=6).collect()).expect("it fits")
    }

    #[test]
    fn a_window_sees_black_outside() {
        assert_eq!(window(&numbered(), 1, 1, 1, 2).bytes(), [5, 6]);
        assert_eq!(window(&numbered(), -1, -1, 2, 3).bytes(), [0, 0, 0, 0, 1, 2]);
        assert_eq!(window(&numbered(), 1, 2, 2, 2).bytes(), [6, 0, 0, 0]);
        for (top, left) in [(-2, 0), (2, 0), (0, -3), (0, 3), (isize::MIN, isize::MAX)] {
            assert_eq!(window(&numbered(), top, left, 2, 3).bytes(), [0; 6]);
        }
    }

    #[test]
    fn the_middle_is_rounded_to_even() {
        let offsets =
            [(5, 4), (7, 4), (9, 4), (8, 4), (4, 4), (4, 5), (4, 7)].map(|(length, window)| offset(length, window));
        assert_eq!(offsets, [0, 2, 2, 2, 0, 0, -1]);
    }

    #[test]
    fn the_center_is_rounded_down() {
        let line = Pixels::new(1, 5, 1, (1..=5).collect()).expect("it fits");
        assert_eq!(center(&line, 1, 2).bytes(), [2, 3]);
        assert_eq!(center(&line, 1, 4).bytes(), [1, 2, 3, 4]);
        assert_eq!(center(&line, 1, 8).bytes(), [0, 0, 1, 2, 3, 4, 5, 0]);
        assert_eq!(center(&line, 2, 1).bytes(), [0, 3]);
    }

    #[test]
    fn a_mirror_keeps_colors_whole() {
        let picture = Pixels::new(1, 2, 3, vec![1, 2, 3, 4, 5, 6]).expect("it fits");
        assert_eq!(flipped(picture.clone()).bytes(), [4, 5, 6, 1, 2, 3]);
        assert_eq!(flipped(flipped(picture.clone())), picture);
    }
}
