//! From the `[pictures]` table to the way of a picture into a model.

mod foreign;
#[cfg(test)]
mod tests;

use attentive_pictures::{
    Augmentation, Before, Erasing, Fill, Filter, Fit, Mixing, Normalization, Portion, Recipe, Sampling,
};

use crate::{
    plan::PicturesPlan,
    sections::{FilterKind, FitKind},
};

pub(crate) use foreign::{beneath, processor, shown};

/// What happens to pictures: in training, and when they are judged.
#[derive(Clone, Debug)]
pub(crate) struct Recipes {
    pub(crate) fit: Fit,
    pub(crate) train: Recipe,
    pub(crate) judge: Recipe,
    /// Pictures of a batch mixed with each other.
    pub(crate) mixing: Option<Mixing>,
}

/// All of a picture, which is as wide as high.
const WHOLE: Portion = Portion { area: [1.0; 2], aspect: [1.0; 2] };

/// # Errors
/// What is wrong with the plan, in words.
pub(crate) fn recipes(plan: &PicturesPlan) -> Result<Recipes, String> {
    let (height, width) = (plan.size, plan.size);
    let normalization = normalization(plan)?;
    let crop = (plan.crop > 0).then_some(Augmentation::Crop { height, width, padding: plan.crop });
    let flip = (plan.flip > 0.0).then_some(Augmentation::Flip { probability: plan.flip as f32 });
    let augment = plan.augment.map(|[operations, magnitude]| Augmentation::RandAugment {
        operations: operations as usize,
        magnitude: u8::try_from(magnitude).unwrap_or(u8::MAX),
        sampling: Sampling::Nearest,
    });
    let augmentations = [crop, flip, augment].into_iter().flatten().collect();
    let erasing = (plan.erase > 0.0).then_some(Erasing {
        probability: plan.erase as f32,
        portion: Portion::ERASED,
        fill: Fill::Zero,
    });
    let blank = plan.blank.then_some(Erasing { probability: 1.0, portion: WHOLE, fill: Fill::Zero });
    let said = |error: attentive_pictures::PictureError| error.to_string();
    let mixing = Mixing { mixup: plan.mixup.map(|alpha| alpha as f32), cutmix: plan.cutmix.map(|alpha| alpha as f32) };
    mixing.check().map_err(said)?;
    Ok(Recipes {
        fit: fit(plan),
        train: Recipe::new(None, augmentations, normalization, blank.or(erasing)).map_err(said)?,
        judge: Recipe::new(None, Vec::new(), normalization, blank).map_err(said)?,
        mixing: (mixing != Mixing::default()).then_some(mixing),
    })
}

fn fit(plan: &PicturesPlan) -> Fit {
    let (height, width, filter) = (plan.size, plan.size, plan.filter.into());
    let before = match plan.stretched {
        Some([height, width]) => Before::Stretch { height, width },
        None => Before::Shorter(plan.shorter.unwrap_or(plan.size)),
    };
    match plan.fit {
        FitKind::Stretch => Fit::Stretch { height, width, filter },
        FitKind::Center => Fit::Center { before, height, width, filter },
    }
}

pub(crate) fn normalization(plan: &PicturesPlan) -> Result<Normalization, String> {
    match (&plan.mean, &plan.deviation, &plan.normalize) {
        (Some(mean), Some(deviation), _) => {
            Ok(Normalization { mean: channels("mean", mean)?, deviation: channels("deviation", deviation)? })
        }
        (_, _, Some(name)) => named(name),
        _ => Ok(Normalization::HALF),
    }
}

fn named(name: &str) -> Result<Normalization, String> {
    Normalization::named(name).ok_or_else(|| {
        let names: Vec<&str> = Normalization::NAMED.iter().map(|(name, _)| *name).collect();
        format!("`normalize = \"{name}\"` is none of {}", names.join(", "))
    })
}

/// A number for each channel.
fn channels(key: &str, numbers: &[f64]) -> Result<[f32; 3], String> {
    match *numbers {
        [one] => Ok([one as f32; 3]),
        [red, green, blue] => Ok([red, green, blue].map(|number| number as f32)),
        _ => Err(format!("`{key}` lists {} numbers; give one, or three", numbers.len())),
    }
}

impl From<FilterKind> for Filter {
    fn from(kind: FilterKind) -> Self {
        match kind {
            FilterKind::Nearest => Self::Nearest,
            FilterKind::Bilinear => Self::Bilinear,
            FilterKind::Bicubic => Self::Bicubic,
            FilterKind::Lanczos => Self::Lanczos,
        }
    }
}
