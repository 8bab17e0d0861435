//! Resizing with antialiasing, as Pillow's `Image.resize` does it.
//!
//! First the width, then the height: bytes are rounded and clipped in between, so that the order shows. Pillow took this order
//! up to version 12, with which the models of today were trained; 13 takes the other one where that is less work, as with pictures
//! much higher than wide (python-pillow/Pillow #9549).

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::pixels::bounded;
use crate::{Color, PictureError, Pixels};

/// How new pixels come from old ones. When a picture shrinks, every filter but `Nearest` grows with it, so that each old
/// pixel counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    Nearest,
    Box,
    Bilinear,
    /// Catmull and Rom's cubic, `a = -0.5`.
    Bicubic,
    /// Three lobes of a windowed sinc.
    Lanczos,
}

impl Filter {
    const fn algorithm(self) -> ResizeAlg {
        match self {
            Self::Nearest => ResizeAlg::Nearest,
            Self::Box => ResizeAlg::Convolution(FilterType::Box),
            Self::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            Self::Bicubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
        }
    }
}

/// The picture at another size, whatever becomes of its proportions.
pub fn resize(picture: &Pixels, height: usize, width: usize, filter: Filter) -> Result<Pixels, PictureError> {
    bounded(height, width).ok_or(PictureError::Size { height, width })?;
    Ok(scaled(picture, height, width, filter))
}

/// The same for sizes that are known to be reasonable.
pub(crate) fn scaled(picture: &Pixels, height: usize, width: usize, filter: Filter) -> Pixels {
    let wide = pass(picture, picture.height(), width, filter);
    pass(&wide, height, width, filter)
}

fn pass(picture: &Pixels, height: usize, width: usize, filter: Filter) -> Pixels {
    let kind = match picture.color() {
        Color::Gray => PixelType::U8,
        Color::Rgb => PixelType::U8x3,
    };
    let size = |side: usize| u32::try_from(side).expect("a side has no more pixels than its picture");
    let from = ImageRef::new(size(picture.width()), size(picture.height()), picture.bytes(), kind)
        .expect("a picture has the bytes of its size");
    let mut to = Image::new(size(width), size(height), kind);
    let options = ResizeOptions::new().resize_alg(filter.algorithm());
    Resizer::new().resize(&from, &mut to, &options).expect("both pictures have pixels, of one kind");
    Pixels::made(height, width, picture.color(), to.into_vec())
}
