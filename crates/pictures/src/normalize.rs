//! From bytes to the numbers that a model takes.

use crate::PictureError;
use crate::Pixels;
use crate::settings::within;

/// A picture as numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// `[channel, height, width]`
    pub shape: [usize; 3],
    pub values: Vec<f32>,
}

impl Planes {
    /// The numbers of one channel, `[height, width]`.
    pub(crate) fn channel_mut(&mut self, channel: usize) -> &mut [f32] {
        let [_, height, width] = self.shape;
        &mut self.values[channel * height * width..][..height * width]
    }
}

/// Mean and standard deviation of each channel, of bytes as numbers from 0 to 1. A gray picture takes the first of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    pub mean: [f32; 3],
    pub deviation: [f32; 3],
}

impl Normalization {
    /// Numbers from 0 to 1.
    pub const NONE: Self = Self { mean: [0.0; 3], deviation: [1.0; 3] };
    /// Numbers from -1 to 1, as ViT takes them.
    pub const HALF: Self = Self { mean: [0.5; 3], deviation: [0.5; 3] };
    /// Of ImageNet's training pictures, by torchvision.
    pub const IMAGENET: Self = Self { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };
    /// Of the pictures that CLIP was trained on, by its authors.
    pub const CLIP: Self =
        Self { mean: [0.481_454_66, 0.457_827_5, 0.408_210_73], deviation: [0.268_629_54, 0.261_302_6, 0.275_777_1] };
    /// Of the 60,000 training pictures: 0.13066 and 0.30811 measured.
    pub const MNIST: Self = Self { mean: [0.1307; 3], deviation: [0.3081; 3] };
    /// Of the 60,000 training pictures: 0.28604 and 0.35302 measured.
    pub const FASHION_MNIST: Self = Self { mean: [0.2860; 3], deviation: [0.3530; 3] };
    /// Of the 50,000 training pictures, by kuangliu/pytorch-cifar, issue 19. A copy of them as JPEG has the same means to three
    /// digits, and deviations that are smaller by up to 0.002.
    pub const CIFAR10: Self = Self { mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616] };

    /// What a config may call by name.
    pub const NAMED: [(&'static str, Self); 7] = [
        ("none", Self::NONE),
        ("half", Self::HALF),
        ("imagenet", Self::IMAGENET),
        ("clip", Self::CLIP),
        ("mnist", Self::MNIST),
        ("fashion-mnist", Self::FASHION_MNIST),
        ("cifar10", Self::CIFAR10),
    ];

    /// The normalization that has this name, if one has.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|&(_, normalization)| normalization)
    }

    /// `[channel, height, width]`, each byte `(byte / 255 - mean) / deviation`.
    pub fn apply(&self, picture: &Pixels) -> Planes {
        let channels = picture.channels();
        let mut values = Vec::with_capacity(picture.bytes().len());
        for channel in 0..channels {
            let table = self.table(channel);
            let bytes = picture.bytes().iter().skip(channel).step_by(channels);
            values.extend(bytes.map(|&byte| table[usize::from(byte)]));
        }
        Planes { shape: [channels, picture.height(), picture.width()], values }
    }

    /// The number of each byte.
    fn table(&self, channel: usize) -> [f32; 256] {
        std::array::from_fn(|byte| (byte as f32 / 255.0 - self.mean[channel]) / self.deviation[channel])
    }

    pub(crate) fn check(&self) -> Result<(), PictureError> {
        for channel in 0..3 {
            within("mean", self.mean[channel], -1e6..=1e6, "a finite number")?;
            within("deviation", self.deviation[channel], 1e-6..=1e6, "a number above zero")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_become_planes() {
        let picture = Pixels::new(1, 2, 3, vec![0, 51, 102, 255, 204, 153]).expect("it fits");
        let planes = Normalization::NONE.apply(&picture);
        assert_eq!(planes.shape, [3, 1, 2]);
        assert_eq!(planes.values, [0.0, 1.0, 0.2, 0.8, 0.4, 0.6]);
        assert_eq!(Normalization::HALF.apply(&picture).values[..2], [-1.0, 1.0]);
    }

    #[test]
    fn names_are_known() {
        assert_eq!(Normalization::named("clip"), Some(Normalization::CLIP));
        assert_eq!(Normalization::named("klip"), None);
        assert!(Normalization::NAMED.iter().all(|(_, normalization)| normalization.check().is_ok()));
    }
}
