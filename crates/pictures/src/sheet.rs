//! Pictures as files to be looked at.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::pixels::bounded;
use crate::{Color, PictureError, Pixels};

/// Pixels between pictures and around them.
const GAP: usize = 2;
const BACKGROUND: u8 = 255;

/// The picture as the bytes of a PNG file.
pub fn png(picture: &Pixels) -> Result<Vec<u8>, PictureError> {
    let color = match picture.color() {
        Color::Gray => ExtendedColorType::L8,
        Color::Rgb => ExtendedColorType::Rgb8,
    };
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(picture.bytes(), picture.width() as u32, picture.height() as u32, color)
        .map_err(|source| PictureError::Encoding { source })?;
    Ok(file)
}

/// All pictures on one white sheet, row by row, as the bytes of a PNG file. Smaller ones lie at the upper left of their cells.
pub fn sheet(pictures: &[Pixels], columns: usize) -> Result<Vec<u8>, PictureError> {
    let cell_height = GAP + pictures.iter().map(Pixels::height).max().ok_or(PictureError::NothingToDraw)?;
    let cell_width = GAP + pictures.iter().map(Pixels::width).max().ok_or(PictureError::NothingToDraw)?;
    let columns = columns.clamp(1, pictures.len());
    let height = GAP + pictures.len().div_ceil(columns) * cell_height;
    let width = GAP + columns * cell_width;
    bounded(height, width).ok_or(PictureError::Size { height, width })?;
    let mut sheet = Pixels::made(height, width, Color::Rgb, vec![BACKGROUND; height * width * 3]);
    for (index, picture) in pictures.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        lay(picture, GAP + row * cell_height, GAP + column * cell_width, &mut sheet);
    }
    png(&sheet)
}

fn lay(picture: &Pixels, top: usize, left: usize, sheet: &mut Pixels) {
    let picture = picture.clone().into_color(Color::Rgb);
    for row in 0..picture.height() {
        let bytes = picture.row(row);
        sheet.row_mut(top + row)[left * 3..][..bytes.len()].copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, decode};

    #[test]
    fn a_picture_comes_back_from_its_file() {
        for channels in [1, 3] {
            let bytes = (0..5 * 7 * channels).map(|byte| byte as u8 * 2).collect();
            let picture = Pixels::new(5, 7, channels, bytes).expect("it fits");
            let file = png(&picture).expect("written");
            assert_eq!(decode(&file, picture.color(), &Limits::default()).expect("its own file"), picture);
        }
    }

    #[test]
    fn a_sheet_holds_every_picture() {
        let pictures: Vec<_> =
            [(3, 5), (2, 2), (1, 4)].map(|(height, width)| Pixels::black(height, width, Color::Gray)).into();
        let drawn = decode(&sheet(&pictures, 2).expect("drawn"), Color::Gray, &Limits::default()).expect("a PNG");
        assert_eq!((drawn.height(), drawn.width()), (2 + 2 * 5, 2 + 2 * 7));
        assert_eq!(drawn.bytes().iter().filter(|&&byte| byte == 0).count(), 15 + 4 + 4);
        assert_eq!(drawn.row(2)[2..7], [0; 5]);
        assert_eq!(drawn.row(7)[2..7], [0, 0, 0, 0, 255]);
    }

    #[test]
    fn nothing_cannot_be_drawn() {
        assert!(matches!(sheet(&[], 3), Err(PictureError::NothingToDraw)));
        let huge = [Pixels::black(1, 1 << 14, Color::Gray), Pixels::black(1 << 14, 1, Color::Gray)];
        assert!(matches!(sheet(&huge, 1), Err(PictureError::Size { .. })));
    }
}
