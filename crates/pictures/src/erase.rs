//! Random erasing (Zhong et al. 2020): a part of a training picture is taken away.

use attentive_random::{Key, Stream};

use crate::portion::{Patch, Portion};
use crate::settings::probability;
use crate::{PictureError, Planes};

/// What comes in the place of what is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The mean color, once normalized.
    Zero,
    /// Standard normal draws, one each number.
    Noise,
}

/// Random erasing of normalized pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Erasing {
    pub probability: f32,
    pub portion: Portion,
    pub fill: Fill,
}

impl Erasing {
    /// The planes with a part erased, or as they are, by the draws of this key.
    pub fn apply(&self, key: Key, planes: &mut Planes) {
        let mut stream = key.stream();
        if !stream.chance(self.probability) {
            return;
        }
        let [channels, height, width] = planes.shape;
        let Some(patch) = self.portion.draw(&mut stream, height, width) else { return };
        let mut noise = Noise { stream: key.at("noise").stream(), kept: None };
        for channel in 0..channels {
            let rows = planes.channel_mut(channel).chunks_exact_mut(width);
            rows.skip(patch.top).take(patch.height).for_each(|row| self.erase(row, patch, &mut noise));
        }
    }

    fn erase(&self, row: &mut [f32], patch: Patch, noise: &mut Noise) {
        let erased = &mut row[patch.left..][..patch.width];
        match self.fill {
            Fill::Zero => erased.fill(0.0),
            Fill::Noise => erased.fill_with(|| noise.draw()),
        }
    }

    pub(crate) fn check(&self) -> Result<(), PictureError> {
        probability(self.probability)?;
        self.portion.check()
    }
}

/// Normal draws, which come in pairs, one at a time.
struct Noise {
    stream: Stream,
    kept: Option<f32>,
}

impl Noise {
    fn draw(&mut self) -> f32 {
        self.kept.take().unwrap_or_else(|| {
            let [first, second] = self.stream.normal_pair();
            self.kept = Some(second);
            first
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erased(fill: Fill) -> Planes {
        let portion = Portion { area: [0.25, 0.25], aspect: [1.0, 1.0] };
        let mut planes = Planes { shape: [2, 20, 30], values: vec![9.0; 1200] };
        Erasing { probability: 1.0, portion, fill }.apply(Key::new(4), &mut planes);
        planes
    }

    #[test]
    fn the_same_part_goes_from_every_channel() {
        let zeros = erased(Fill::Zero);
        let gone = zeros.values.iter().filter(|&&value| value == 0.0).count();
        assert_eq!(gone, 2 * 12 * 12); // the root of a quarter of 600 is near 12
        assert_eq!(zeros.values[..600], zeros.values[600..]);
    }

    #[test]
    fn noise_falls_where_zeros_would() {
        let (zeros, noise) = (erased(Fill::Zero), erased(Fill::Noise));
        let changed = |planes: &Planes| planes.values.iter().map(|&value| value != 9.0).collect::<Vec<_>>();
        assert_eq!(changed(&zeros), changed(&noise));
        assert!(noise.values[..600] != noise.values[600..]);
    }

    #[test]
    fn nothing_goes_at_probability_zero() {
        let mut planes = Planes { shape: [1, 5, 7], values: vec![1.0; 35] };
        let erasing = Erasing { probability: 0.0, portion: Portion::ERASED, fill: Fill::Zero };
        (0..100).for_each(|item| erasing.apply(Key::new(item), &mut planes));
        assert_eq!(planes.values, [1.0; 35]);
    }
}
