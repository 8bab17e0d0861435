//! Random changes of training pictures, each a pure function of a key and a picture.
//!
//! The draws are torchvision's in distribution, not in order.

mod jitter;
mod policy;

use attentive_random::{Key, Stream};

use crate::crop::{flipped, window};
use crate::portion::Portion;
use crate::resize::scaled;
use crate::settings::{SIDES, probability, sides, within};
use crate::{Filter, PictureError, Pixels, Sampling};

/// One kind of random change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Augmentation {
    /// A part of the picture with this much black around it. A picture that is too small is first surrounded evenly.
    Crop { height: usize, width: usize, padding: usize },
    /// A part of the picture brought to a size (Szegedy et al. 2015).
    ResizedCrop { height: usize, width: usize, portion: Portion, filter: Filter },
    /// Left is right with this probability.
    Flip { probability: f32 },
    /// As many operations one after the other, all at one magnitude from 0 to 30 (Cubuk et al. 2020). timm's magnitudes end
    /// at 10.
    RandAugment { operations: usize, magnitude: u8, sampling: Sampling },
    /// One operation at a random magnitude: the wide set of TrivialAugment (Müller and Hutter 2021).
    TrivialAugment { sampling: Sampling },
    /// Brightness, contrast and saturation each by a factor up to this far from 1, and the hue by up to this part of its
    /// circle, in random order.
    Jitter { brightness: f32, contrast: f32, saturation: f32, hue: f32 },
}

impl Augmentation {
    /// The picture changed by the draws of this key.
    ///
    /// # Panics
    /// When the settings would not have passed [`Recipe::new`](crate::Recipe::new).
    #[must_use]
    pub fn apply(&self, key: Key, picture: Pixels) -> Pixels {
        let mut stream = key.stream();
        match *self {
            Self::Crop { height, width, padding } => {
                let top = start(&mut stream, picture.height(), height, padding);
                let left = start(&mut stream, picture.width(), width, padding);
                window(&picture, top, left, height, width)
            }
            Self::ResizedCrop { height, width, portion, filter } => {
                scaled(&part(&mut stream, &picture, portion), height, width, filter)
            }
            Self::Flip { probability } if stream.chance(probability) => flipped(picture),
            Self::Flip { .. } => picture,
            Self::RandAugment { operations, magnitude, sampling } => {
                policy::rand_augment(&mut stream, picture, operations, magnitude, sampling)
            }
            Self::TrivialAugment { sampling } => policy::trivial_augment(&mut stream, picture, sampling),
            Self::Jitter { brightness, contrast, saturation, hue } => {
                jitter::jittered(&mut stream, picture, [brightness, contrast, saturation], hue)
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), PictureError> {
        match *self {
            Self::Crop { height, width, padding } => {
                sides(height, width)?;
                within("padding", padding, 0..=*SIDES.end(), "a number of pixels from 0 to 8192")
            }
            Self::ResizedCrop { height, width, portion, .. } => {
                sides(height, width)?;
                portion.check()
            }
            Self::Flip { probability: found } => probability(found),
            Self::RandAugment { operations, magnitude, .. } => {
                within("operations", operations, 0..=16, "a number from 0 to 16")?;
                within("magnitude", magnitude, 0..=policy::MAGNITUDES, "a number from 0 to 30")
            }
            Self::TrivialAugment { .. } => Ok(()),
            Self::Jitter { brightness, contrast, saturation, hue } => {
                within("brightness", brightness, 0.0..=10.0, "a number from 0 to 10")?;
                within("contrast", contrast, 0.0..=10.0, "a number from 0 to 10")?;
                within("saturation", saturation, 0.0..=10.0, "a number from 0 to 10")?;
                within("hue", hue, 0.0..=0.5, "a number from 0 to 0.5")
            }
        }
    }
}

/// Where a window begins in a length that has padding on both sides; one that is too long lies around the middle.
fn start(stream: &mut Stream, length: usize, window: usize, padding: usize) -> isize {
    let padded = length + 2 * padding;
    let choice = stream.below(padded.saturating_sub(window) + 1);
    choice as isize - (padding + window.saturating_sub(padded) / 2) as isize
}

fn part(stream: &mut Stream, picture: &Pixels, portion: Portion) -> Pixels {
    let (height, width) = (picture.height(), picture.width());
    let patch = portion.draw(stream, height, width).unwrap_or_else(|| portion.middle(height, width));
    window(picture, patch.top as isize, patch.left as isize, patch.height, patch.width)
}

#[cfg(test)]
mod tests;
