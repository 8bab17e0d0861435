//! From the `[pictures]` table to the way of a picture into a model.

use attentive_pictures::{Augmentation, Erasing, Fill, Filter, Fit, Mixing, Normalization, Portion, Recipe, Sampling};

use crate::plan::PicturesPlan;

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
    let normalization = Normalization::named(&plan.normalize).ok_or_else(|| {
        let names: Vec<&str> = Normalization::NAMED.iter().map(|(name, _)| *name).collect();
        format!("`normalize = \"{}\"` is none of {}", plan.normalize, names.join(", "))
    })?;
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
        fit: Fit::Stretch { height, width, filter: Filter::Bilinear },
        train: Recipe::new(None, augmentations, normalization, blank.or(erasing)).map_err(said)?,
        judge: Recipe::new(None, Vec::new(), normalization, blank).map_err(said)?,
        mixing: (mixing != Mixing::default()).then_some(mixing),
    })
}
