//! Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019): each picture of a batch partly replaced by the next one.
//!
//! A batch shares one draw, so that a part of it can be mixed alone when the pictures that follow are at hand.

mod beta;

use attentive_random::Key;

use crate::portion::Patch;
use crate::settings::within;
use crate::{PictureError, Planes};
use beta::beta;

/// Which of the two, with the parameter of the Beta distribution that says how much; of both, each batch takes either.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mixing {
    pub mixup: Option<f32>,
    pub cutmix: Option<f32>,
}

/// How the pictures of one batch are mixed with their partners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mix {
    /// So much of the picture itself, the rest of its partner.
    Blend { weight: f32 },
    /// A part is its partner's.
    Paste { top: usize, left: usize, height: usize, width: usize, weight: f32 },
}

/// What a mixed picture shows: so much of the label of row `first`, the rest of the label of row `second`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixed {
    pub first: usize,
    pub second: usize,
    pub weight: f32,
}

impl Mixing {
    /// The draw for a batch of pictures of this size.
    pub fn draw(&self, key: Key, height: usize, width: usize) -> Mix {
        let both = self.mixup.is_some() && self.cutmix.is_some();
        let second = both && key.at("choice").stream().chance(0.5);
        match (self.mixup, self.cutmix) {
            (Some(alpha), _) if !second => Mix::Blend { weight: beta(&mut key.at("weight").stream(), alpha) },
            (_, Some(alpha)) => pasted(key, alpha, height, width),
            (_, None) => Mix::Blend { weight: 1.0 },
        }
    }

    /// # Errors
    /// When a parameter is not one of a Beta distribution.
    pub fn check(&self) -> Result<(), PictureError> {
        let alphas = [("mixup", self.mixup), ("cutmix", self.cutmix)];
        alphas
            .into_iter()
            .filter_map(|(name, alpha)| Some((name, alpha?)))
            .try_for_each(|(name, alpha)| within(name, alpha, 1e-3..=1e3, "a number from 0.001 to 1000, or nothing"))
    }
}

impl Mix {
    /// How much of a picture's label stays.
    pub const fn weight(&self) -> f32 {
        match *self {
            Self::Blend { weight } | Self::Paste { weight, .. } => weight,
        }
    }

    /// The picture mixed with its partner, of the same shape.
    pub fn apply(&self, picture: &mut Planes, partner: &Planes) {
        assert_eq!(picture.shape, partner.shape, "pictures that are mixed have one shape");
        match *self {
            Self::Blend { weight } => {
                let pairs = picture.values.iter_mut().zip(&partner.values);
                pairs.for_each(|(value, other)| *value = *value * weight + other * (1.0 - weight));
            }
            Self::Paste { top, left, height, width, .. } => paste(picture, partner, Patch { top, left, height, width }),
        }
    }
}

/// Mixes each picture with the next one, the last with the first. All have one shape.
pub fn mix(key: Key, mixing: &Mixing, batch: &mut [Planes]) -> Vec<Mixed> {
    let Some(first) = batch.first().cloned() else { return Vec::new() };
    let [_, height, width] = first.shape;
    let (mix, rows) = (mixing.draw(key, height, width), batch.len());
    for row in 0..rows {
        match &mut batch[row..] {
            [picture, partner, ..] => mix.apply(picture, partner),
            [last] => mix.apply(last, &first),
            [] => {}
        }
    }
    (0..rows).map(|row| Mixed { first: row, second: (row + 1) % rows, weight: mix.weight() }).collect()
}

/// A part around a random point, as large as the draw says before the picture's edges cut it; the weight is by what is left.
fn pasted(key: Key, alpha: f32, height: usize, width: usize) -> Mix {
    let half = 0.5 * (1.0 - beta(&mut key.at("weight").stream(), alpha)).max(0.0).sqrt();
    let mut stream = key.at("place").stream();
    let mut span = |length: usize| {
        let (middle, reach) = (stream.below(length), (half * length as f32) as usize);
        (middle.saturating_sub(reach), (middle + reach).min(length))
    };
    let ((top, bottom), (left, right)) = (span(height), span(width));
    let share = ((bottom - top) * (right - left)) as f32 / (height * width) as f32;
    Mix::Paste { top, left, height: bottom - top, width: right - left, weight: 1.0 - share }
}

fn paste(picture: &mut Planes, partner: &Planes, patch: Patch) {
    let [channels, height, width] = picture.shape;
    for channel in 0..channels {
        for row in patch.top..patch.top + patch.height {
            let start = (channel * height + row) * width + patch.left;
            let place = start..start + patch.width;
            picture.values[place.clone()].copy_from_slice(&partner.values[place]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three pictures of one number each.
    fn batch() -> Vec<Planes> {
        (0..3).map(|row| Planes { shape: [2, 5, 7], values: vec![row as f32; 70] }).collect()
    }

    #[test]
    fn mixup_is_a_mean_of_neighbors() {
        let mut batch = batch();
        let mixed = mix(Key::new(1), &Mixing { mixup: Some(0.8), cutmix: None }, &mut batch);
        let weight = mixed[0].weight;
        assert!((0.0..1.0).contains(&weight));
        assert_eq!(mixed[2], Mixed { first: 2, second: 0, weight });
        for (planes, expected) in batch.iter().zip([1.0 - weight, weight + 2.0 * (1.0 - weight), 2.0 * weight]) {
            assert!(planes.values.iter().all(|value| (value - expected).abs() < 1e-6), "{expected}");
        }
    }

    #[test]
    fn cutmix_weighs_by_what_is_left() {
        for step in 0..50 {
            let mut batch = batch();
            let mixed = mix(Key::new(2).nth(step), &Mixing { mixup: None, cutmix: Some(1.0) }, &mut batch);
            for Mixed { first, second, weight } in mixed {
                let values = &batch[first].values;
                let kept = values.iter().filter(|&&value| value == first as f32).count();
                assert!(values.iter().all(|&value| value == first as f32 || value == second as f32));
                assert!((kept as f32 / 70.0 - weight).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn of_both_each_is_as_likely() {
        let mixing = Mixing { mixup: Some(0.8), cutmix: Some(1.0) };
        let blends =
            (0..1000).filter(|&step| matches!(mixing.draw(Key::new(3).nth(step), 5, 7), Mix::Blend { .. })).count();
        assert!((450..550).contains(&blends), "{blends}");
    }

    #[test]
    fn without_mixing_a_batch_stays() {
        let mut mixed = batch();
        assert!(mix(Key::new(1), &Mixing::default(), &mut mixed).iter().all(|mixed| mixed.weight == 1.0));
        assert_eq!(mixed, batch());
        assert_eq!(mix(Key::new(1), &Mixing::default(), &mut []), []);
    }
}
