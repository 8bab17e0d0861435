//! The operations that RandAugment and its kin choose from, each with what it is applied with.

use crate::affine::{rotation, warp};
use crate::crop::window;
use crate::{Pixels, Sampling, enhance, tones};

/// One change of a picture, of the set of RandAugment (Cubuk et al. 2020) as torchvision has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Identity,
    /// Each row is moved left by this part of its distance from the top.
    ShearX(f32),
    /// Each column is moved up by this part of its distance from the left.
    ShearY(f32),
    /// Pixels to the right.
    TranslateX(i32),
    /// Pixels down.
    TranslateY(i32),
    /// Degrees, counter-clockwise.
    Rotate(f32),
    /// 0 is black, 1 the picture itself.
    Brightness(f32),
    /// 0 is gray, 1 the picture itself.
    Color(f32),
    /// 0 is the mean gray, 1 the picture itself.
    Contrast(f32),
    /// 0 is smoothed, 1 the picture itself.
    Sharpness(f32),
    /// Bits that are kept.
    Posterize(u8),
    /// From which value on bytes are inverted.
    Solarize(f32),
    AutoContrast,
    Equalize,
    /// A part of the circle of hues.
    Hue(f32),
}

impl Operation {
    /// The picture changed, at the same size. The sampling counts only for shears and rotations.
    #[must_use]
    pub fn apply(self, picture: Pixels, sampling: Sampling) -> Pixels {
        let (height, width) = (picture.height(), picture.width());
        match self {
            Self::Identity => picture,
            Self::ShearX(by) => warp(&picture, [1.0, f64::from(by), 0.0, 0.0, 1.0, 0.0], sampling),
            Self::ShearY(by) => warp(&picture, [1.0, 0.0, 0.0, f64::from(by), 1.0, 0.0], sampling),
            Self::TranslateX(by) => window(&picture, 0, -(by as isize), height, width),
            Self::TranslateY(by) => window(&picture, -(by as isize), 0, height, width),
            Self::Rotate(degrees) => warp(&picture, rotation(&picture, degrees), sampling),
            Self::Brightness(factor) => enhance::brightened(picture, factor),
            Self::Color(factor) => enhance::colored(picture, factor),
            Self::Contrast(factor) => enhance::contrasted(picture, factor),
            Self::Sharpness(factor) => enhance::sharpened(&picture, factor),
            Self::Posterize(bits) => tones::posterized(picture, bits),
            Self::Solarize(threshold) => tones::solarized(picture, threshold),
            Self::AutoContrast => tones::autocontrasted(picture),
            Self::Equalize => tones::equalized(picture),
            Self::Hue(turn) => enhance::hued(picture, turn),
        }
    }
}
