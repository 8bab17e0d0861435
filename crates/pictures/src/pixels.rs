//! A picture as bytes.

use crate::PictureError;

/// What the channels of a picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Gray,
    Rgb,
}

impl Color {
    pub const fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
        }
    }
}

/// A picture, `[height, width, channel]`, a byte each. Its sides are at least 1 and at most [`Pixels::LONGEST`], and it has at
/// most [`Pixels::MOST`] pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    height: usize,
    width: usize,
    color: Color,
    bytes: Vec<u8>,
}

impl Pixels {
    /// More pixels than any picture of a data set has, few enough that no picture fills a machine's memory.
    pub const MOST: usize = 1 << 26;
    /// So that a picture that is resized, one side at a time, stays small in between.
    pub const LONGEST: usize = 1 << 14;

    /// Bytes in the order `[height, width, channel]`, with one channel or three.
    pub fn new(height: usize, width: usize, channels: usize, bytes: Vec<u8>) -> Result<Self, PictureError> {
        let color = match channels {
            1 => Color::Gray,
            3 => Color::Rgb,
            found => return Err(PictureError::Channels { found }),
        };
        let pixels = bounded(height, width).ok_or(PictureError::Size { height, width })?;
        let (expected, found) = (pixels * channels, bytes.len());
        if found != expected {
            return Err(PictureError::Bytes { height, width, channels, expected, found });
        }
        Ok(Self { height, width, color, bytes })
    }

    /// What the crate made itself, of a size that was checked before.
    pub(crate) fn made(height: usize, width: usize, color: Color, bytes: Vec<u8>) -> Self {
        debug_assert!(bounded(height, width).is_some_and(|pixels| pixels * color.channels() == bytes.len()));
        Self { height, width, color, bytes }
    }

    pub(crate) fn black(height: usize, width: usize, color: Color) -> Self {
        Self::made(height, width, color, vec![0; height * width * color.channels()])
    }

    pub const fn height(&self) -> usize {
        self.height
    }

    pub const fn width(&self) -> usize {
        self.width
    }

    pub const fn color(&self) -> Color {
        self.color
    }

    pub const fn channels(&self) -> usize {
        self.color.channels()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The bytes of one row, `[width, channel]`.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        let length = self.width * self.channels();
        &self.bytes[row * length..][..length]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [u8] {
        let length = self.width * self.channels();
        &mut self.bytes[row * length..][..length]
    }

    /// The same picture in gray or in color; gray in color has three equal channels.
    #[must_use]
    pub fn into_color(self, color: Color) -> Self {
        let bytes = match (self.color, color) {
            (Color::Rgb, Color::Gray) => grays(&self.bytes).collect(),
            (Color::Gray, Color::Rgb) => self.bytes.iter().flat_map(|&gray| [gray; 3]).collect(),
            (Color::Gray, Color::Gray) | (Color::Rgb, Color::Rgb) => self.bytes,
        };
        Self { color, bytes, ..self }
    }
}

/// How many pixels a picture of this size has, if a picture may have this size.
pub(crate) fn bounded(height: usize, width: usize) -> Option<usize> {
    let sides = 1..=Pixels::LONGEST;
    let pixels = height.checked_mul(width)?;
    (sides.contains(&height) && sides.contains(&width) && pixels <= Pixels::MOST).then_some(pixels)
}

/// The luma of each color (ITU-R BT.601) in 16 bits after the point, as Pillow's `convert("L")` rounds it.
pub(crate) fn grays(colors: &[u8]) -> impl Iterator<Item = u8> + '_ {
    colors.as_chunks::<3>().0.iter().map(|&color| gray(color))
}

pub(crate) fn gray(color: [u8; 3]) -> u8 {
    let [red, green, blue] = color.map(u32::from);
    ((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_bytes_of_its_size() {
        assert!(Pixels::new(2, 5, 3, vec![7; 30]).is_ok());
        let refused = [
            (Pixels::new(2, 5, 3, vec![7; 29]), "has 30 bytes, found 29"),
            (Pixels::new(2, 5, 4, vec![7; 40]), "1 channel or 3, found 4"),
            (Pixels::new(0, 5, 3, vec![]), "from 1 to 16384"),
            (Pixels::new(1 << 14, 1 << 13, 1, vec![]), "at most 67108864 pixels were expected, found 16384x8192"),
            (Pixels::new(usize::MAX, 2, 1, vec![]), "choose another size"),
        ];
        for (result, expected) in refused {
            let message = result.expect_err("refused").to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn gray_goes_to_color_and_back() {
        let picture = Pixels::new(2, 3, 1, vec![0, 1, 77, 128, 254, 255]).expect("it fits");
        let color = picture.clone().into_color(Color::Rgb);
        assert_eq!(color.bytes()[6..9], [77; 3]);
        assert_eq!(color.into_color(Color::Gray), picture);
    }

    #[test]
    fn green_is_the_brightest() {
        assert_eq!([[255, 0, 0], [0, 255, 0], [0, 0, 255]].map(gray), [76, 150, 29]);
    }
}
