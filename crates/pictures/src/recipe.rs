//! The whole way of a picture into a model.

use attentive_random::Key;

use crate::{Augmentation, Erasing, Fit, Normalization, PictureError, Pixels, Planes};

/// What happens to each picture of a split, in this order; checked, so that no setting can fail later.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    fit: Option<Fit>,
    augmentations: Vec<Augmentation>,
    normalization: Normalization,
    erasing: Option<Erasing>,
}

impl Recipe {
    /// # Errors
    /// When a setting is outside of its range.
    pub fn new(
        fit: Option<Fit>,
        augmentations: Vec<Augmentation>,
        normalization: Normalization,
        erasing: Option<Erasing>,
    ) -> Result<Self, PictureError> {
        fit.as_ref().map_or(Ok(()), Fit::check)?;
        augmentations.iter().try_for_each(Augmentation::check)?;
        normalization.check()?;
        erasing.as_ref().map_or(Ok(()), Erasing::check)?;
        Ok(Self { fit, augmentations, normalization, erasing })
    }

    /// The picture as a model takes it. The key is the item's own, of this step.
    ///
    /// # Errors
    /// When the picture is so long and narrow that fitting it would make it huge in between.
    pub fn apply(&self, key: Key, picture: Pixels) -> Result<Planes, PictureError> {
        let mut planes = self.normalization.apply(&self.augmented(key, picture)?);
        if let Some(erasing) = &self.erasing {
            erasing.apply(key.at("erasing"), &mut planes);
        }
        Ok(planes)
    }

    /// The picture before it becomes numbers, to be looked at.
    pub fn augmented(&self, key: Key, picture: Pixels) -> Result<Pixels, PictureError> {
        let fitted = match &self.fit {
            Some(fit) => fit.apply(&picture)?,
            None => picture,
        };
        let steps = self.augmentations.iter().zip(0..);
        Ok(steps.fold(fitted, |picture, (augmentation, index)| {
            augmentation.apply(key.at("augmentation").nth(index), picture)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fill, Filter, Portion, Sampling};

    fn with(augmentation: Augmentation) -> Result<Recipe, PictureError> {
        Recipe::new(None, vec![augmentation], Normalization::NONE, None)
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let wrong = Portion { area: [0.5, 0.1], aspect: [1.0, 1.0] };
        let deviation = Normalization { mean: [0.0; 3], deviation: [0.0; 3] };
        let erasing = Erasing { probability: 0.5, portion: wrong, fill: Fill::Zero };
        let refused = [
            (with(Augmentation::Flip { probability: f32::NAN }), "`probability = NaN` where a probability"),
            (with(Augmentation::Crop { height: 0, width: 3, padding: 0 }), "`height = 0` where a size from 1"),
            (with(Augmentation::Crop { height: 3, width: 3, padding: usize::MAX }), "`padding = "),
            (
                with(Augmentation::RandAugment { operations: 2, magnitude: 31, sampling: Sampling::Nearest }),
                "from 0 to 30",
            ),
            (with(Augmentation::Jitter { brightness: 0.0, contrast: 0.0, saturation: 0.0, hue: 0.6 }), "`hue = 0.6`"),
            (
                with(Augmentation::ResizedCrop { height: 3, width: 3, portion: wrong, filter: Filter::Box }),
                "`area = 0.5` where the least share",
            ),
            (
                Recipe::new(
                    Some(Fit::Stretch { height: 3, width: 9000, filter: Filter::Box }),
                    vec![],
                    Normalization::NONE,
                    None,
                ),
                "`width = 9000`",
            ),
            (Recipe::new(None, vec![], deviation, None), "`deviation = 0`"),
            (Recipe::new(None, vec![], Normalization::NONE, Some(erasing)), "`area = 0.5`"),
        ];
        for (result, expected) in refused {
            let message = result.expect_err("refused").to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn changes_of_one_kind_have_draws_of_their_own() {
        let picture = Pixels::new(1, 3, 1, vec![1, 2, 3]).expect("it fits");
        let flip = Augmentation::Flip { probability: 0.5 };
        let [once, twice] =
            [1, 2].map(|count| Recipe::new(None, vec![flip; count], Normalization::NONE, None).expect("right"));
        let differing = (0..100).filter(|&item| {
            let [once, twice] =
                [&once, &twice].map(|recipe| recipe.augmented(Key::new(item), picture.clone()).expect("small"));
            once != twice
        });
        assert!((30..70).contains(&differing.count()));
    }
}
