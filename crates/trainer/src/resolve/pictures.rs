//! The part about pictures.

use super::Resolver;
use crate::{
    TrainerError,
    config::Family,
    material::Facts,
    picture,
    plan::PicturesPlan,
    sections::{FitKind, PicturesConfig},
};

/// Beyond this, the side of a picture is a slip of the finger.
const SIDE: usize = 8192;
/// Of a picture in color.
const CHANNELS: usize = 3;

const ONLY_CENTER: &str = "only speaks to `pictures.fit = \"center\"`; remove it";

impl Resolver<'_> {
    /// How pictures are made ready, where the model sees some.
    pub(crate) fn pictures(&self, facts: &Facts) -> Result<Option<PicturesPlan>, TrainerError> {
        if !matches!(self.config.family(), Family::Vit | Family::Multimodal) {
            return self.none_of("pictures").map(|()| None);
        }
        self.compatible()?;
        let plan = filled_in(&self.config.pictures, facts);
        self.side("size", plan.size)?;
        plan.shorter.map_or(Ok(()), |shorter| self.side("shorter", shorter))?;
        plan.stretched.iter().flatten().try_for_each(|side| self.side("stretched", *side))?;
        self.mixed(&plan)?;
        let channels = plan.channels;
        self.check(
            "pictures.channels",
            channels as f64,
            [1, 3].contains(&channels),
            "is neither 1, for gray, nor 3, for color",
        )?;
        picture::recipes(&plan).map_err(|message| self.refused("pictures", format!("`[pictures]`: {message}")))?;
        Ok(Some(plan))
    }

    /// Refuses keys that exclude each other, and keys that lack their counterpart.
    fn compatible(&self) -> Result<(), TrainerError> {
        let PicturesConfig { fit, shorter, stretched, normalize, mean, deviation, .. } = &self.config.pictures;
        let [shorter, stretched] = [shorter.is_some(), stretched.is_some()];
        let [named, mean, deviation] = [normalize.is_some(), mean.is_some(), deviation.is_some()];
        let stretches = fit.unwrap_or_default() == FitKind::Stretch;
        let faults = [
            (stretches && shorter, "shorter", ONLY_CENTER),
            (stretches && stretched, "stretched", ONLY_CENTER),
            (shorter && stretched, "stretched", "and `pictures.shorter` exclude each other; remove one of them"),
            (named && mean, "mean", "and `pictures.normalize` exclude each other; remove one of them"),
            (named && deviation, "deviation", "and `pictures.normalize` exclude each other; remove one of them"),
            (mean && !deviation, "mean", "goes with `pictures.deviation`; give both"),
            (deviation && !mean, "deviation", "goes with `pictures.mean`; give both"),
        ];
        let Some((_, key, reason)) = faults.into_iter().find(|(wrong, ..)| *wrong) else { return Ok(()) };
        let path = format!("pictures.{key}");
        Err(self.refused(&path, format!("`{path}` {reason}")))
    }

    fn side(&self, key: &str, pixels: usize) -> Result<(), TrainerError> {
        let wish = format!("is out of range; give 1 to {SIDE}");
        self.check(&format!("pictures.{key}"), pixels as f64, (1..=SIDE).contains(&pixels), &wish)
    }

    /// Of a mixture of pictures no text is true.
    fn mixed(&self, plan: &PicturesPlan) -> Result<(), TrainerError> {
        let mixed = [("mixup", plan.mixup), ("cutmix", plan.cutmix)].into_iter().find(|(_, alpha)| alpha.is_some());
        match (mixed, self.kind()) {
            (Some((key, Some(alpha))), Some(_)) => {
                let path = format!("pictures.{key}");
                let message = format!("`{path} = {alpha}` would mix pictures that have texts of their own; remove it");
                Err(self.refused(&path, message))
            }
            _ => Ok(()),
        }
    }
}

fn filled_in(written: &PicturesConfig, facts: &Facts) -> PicturesPlan {
    let [channels, size] = facts.picture.unwrap_or([CHANNELS, 1]);
    let (size, fit) = (written.size.unwrap_or(size), written.fit.unwrap_or_default());
    let shortens = fit == FitKind::Center && written.stretched.is_none();
    PicturesPlan {
        size,
        channels: written.channels.unwrap_or(channels),
        fit,
        shorter: shortens.then(|| written.shorter.unwrap_or(size)),
        stretched: written.stretched,
        filter: written.filter.unwrap_or_default(),
        normalize: written.mean.is_none().then(|| written.normalize.clone().unwrap_or_else(|| "half".to_owned())),
        mean: written.mean.clone(),
        deviation: written.deviation.clone(),
        flip: written.flip.unwrap_or(0.0),
        crop: written.crop.unwrap_or(0),
        augment: written.augment,
        erase: written.erase.unwrap_or(0.0),
        mixup: written.mixup,
        cutmix: written.cutmix,
        blank: written.blank.unwrap_or(false),
    }
}
