//! Bringing pictures of any size to the one that a model takes.

use crate::crop::{center, middle};
use crate::settings::{SIDES, sides, within};
use crate::{Filter, PictureError, Pixels, resize};

/// How a picture of any size gets the size that a model takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fit {
    /// To this size, whatever becomes of the proportions, as ViT's image processor does it.
    Stretch { height: usize, width: usize, filter: Filter },
    /// The shorter side to `shorter`, the longer one in proportion (rounded down), then the middle of it. This is
    /// torchvision's `Resize` and `CenterCrop`: 224 and 224 with bicubic for CLIP, 256 and 224 with bilinear for ImageNet.
    Middle { shorter: usize, height: usize, width: usize, filter: Filter },
    /// To another size, then the middle of it, as the image processors of transformers do it: half an offset is rounded down.
    Center { before: Before, height: usize, width: usize, filter: Filter },
}

/// The size of a picture before its middle is cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// What it has.
    Own,
    /// This one, whatever becomes of the proportions, as DeiT's image processor does it.
    Stretch { height: usize, width: usize },
    /// The shorter side has this length, the longer one is in proportion (rounded down), as CLIP's does it.
    Shorter(usize),
}

impl Before {
    /// `[height, width]` of what becomes of the picture.
    fn size(self, picture: &Pixels) -> [usize; 2] {
        match self {
            Self::Own => [picture.height(), picture.width()],
            Self::Stretch { height, width } => [height, width],
            Self::Shorter(shorter) => shortened(picture, shorter),
        }
    }

    fn check(self) -> Result<(), PictureError> {
        match self {
            Self::Own => Ok(()),
            Self::Stretch { height, width } => sides(height, width),
            Self::Shorter(shorter) => within("shorter", shorter, SIDES, "a size from 1 to 8192"),
        }
    }
}

impl Fit {
    /// # Errors
    /// When a size is out of range, or the picture so long and narrow that it would be huge in between.
    pub fn apply(&self, picture: &Pixels) -> Result<Pixels, PictureError> {
        self.check()?;
        match *self {
            Self::Stretch { height, width, filter } => resize(picture, height, width, filter),
            Self::Middle { shorter, height, width, filter } => {
                let [between_height, between_width] = shortened(picture, shorter);
                Ok(middle(&resize(picture, between_height, between_width, filter)?, height, width))
            }
            Self::Center { before, height, width, filter } => {
                let [between_height, between_width] = before.size(picture);
                Ok(center(&resize(picture, between_height, between_width, filter)?, height, width))
            }
        }
    }

    /// `[height, width]` of the pictures that come of it.
    pub const fn size(&self) -> [usize; 2] {
        match *self {
            Self::Stretch { height, width, .. }
            | Self::Middle { height, width, .. }
            | Self::Center { height, width, .. } => [height, width],
        }
    }

    pub(crate) fn check(&self) -> Result<(), PictureError> {
        match *self {
            Self::Stretch { height, width, .. } => sides(height, width),
            Self::Middle { shorter, height, width, .. } => {
                Before::Shorter(shorter).check()?;
                sides(height, width)
            }
            Self::Center { before, height, width, .. } => {
                before.check()?;
                sides(height, width)
            }
        }
    }
}

/// `[height, width]` of the picture whose shorter side is brought to this length.
fn shortened(picture: &Pixels, shorter: usize) -> [usize; 2] {
    let [height, width] = [picture.height(), picture.width()];
    let side = |length: usize| shorter.saturating_mul(length) / height.min(width);
    [side(height), side(width)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_side_is_rounded_down() {
        let picture = |height: usize, width: usize| Pixels::black(height, width, crate::Color::Gray);
        assert_eq!(shortened(&picture(7, 11), 5), [5, 7]);
        assert_eq!(shortened(&picture(11, 7), 5), [7, 5]);
        assert_eq!(shortened(&picture(3, 3), 5), [5, 5]);
    }

    #[test]
    fn a_thread_of_a_picture_is_refused() {
        let fit = Fit::Middle { shorter: 8192, height: 224, width: 224, filter: Filter::Bicubic };
        let refused = fit.apply(&Pixels::black(1, 16_384, crate::Color::Gray)).expect_err("it is huge in between");
        assert!(refused.to_string().contains("found 8192x134217728"), "{refused}");
    }
}
