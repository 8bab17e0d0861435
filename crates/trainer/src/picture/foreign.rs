//! A folder's `preprocessor_config.json` as the table `[pictures]`, and back.

use attentive_hub::{Config, Unfit};
use attentive_pictures::{Before, Filter, Fit, Normalization, Recipe};
use attentive_vit::foreign::{self, Shown, shortest};
use serde_json::{Map, Value};
use toml::Table;

use super::{fit, normalization};
use crate::{
    plan::PicturesPlan,
    sections::{FilterKind, FitKind, PicturesConfig},
};

/// Keys that give way to another.
const EXCLUDED: [(&str, &[&str]); 6] = [
    ("fit", &["shorter", "stretched"]),
    ("shorter", &["stretched"]),
    ("stretched", &["shorter"]),
    ("normalize", &["mean", "deviation"]),
    ("mean", &["normalize"]),
    ("deviation", &["normalize"]),
];

/// The table `[pictures]` that says what this `preprocessor_config.json` of a model of this `model_type` says. How many channels
/// pictures have stands elsewhere.
///
/// # Errors
/// The key that cannot be followed.
pub(crate) fn shown(said: &Config, kind: &str) -> Result<Table, Unfit> {
    let Shown { fit, normalization } = foreign::shown(said, kind)?;
    let unfit = |error| whole(format!("cannot be followed: {error}"));
    Recipe::new(Some(fit), Vec::new(), normalization, None).map_err(unfit)?;
    let name = Normalization::NAMED.iter().find(|(_, known)| *known == normalization).map(|(name, _)| *name);
    let numbers = |numbers: [f32; 3]| name.is_none().then(|| numbers.map(shortest).to_vec());
    let written = PicturesConfig {
        normalize: name.map(str::to_owned),
        mean: numbers(normalization.mean),
        deviation: numbers(normalization.deviation),
        ..fitted(fit)?
    };
    Ok(Table::try_from(written).expect("sides and numbers are in range"))
}

/// How pictures come to their size.
fn fitted(fit: Fit) -> Result<PicturesConfig, Unfit> {
    let [size, width] = fit.size();
    if size != width {
        return Err(whole(format!("makes pictures {size} high and {width} wide, and only squares are supported")));
    }
    let (kind, shorter, stretched, filter) = match fit {
        Fit::Stretch { filter, .. } => (FitKind::Stretch, None, None, filter),
        Fit::Center { before: Before::Shorter(length), filter, .. } => (FitKind::Center, Some(length), None, filter),
        Fit::Center { before: Before::Stretch { height, width }, filter, .. } => {
            (FitKind::Center, None, Some([height, width]), filter)
        }
        Fit::Center { before: Before::Own, .. } | Fit::Middle { .. } => {
            return Err(whole("crops pictures in a way that is not supported; resize them first".to_owned()));
        }
    };
    let filter = Some(filter_kind(filter)?);
    Ok(PicturesConfig { size: Some(size), fit: Some(kind), shorter, stretched, filter, ..PicturesConfig::default() })
}

fn filter_kind(filter: Filter) -> Result<FilterKind, Unfit> {
    match filter {
        Filter::Nearest => Ok(FilterKind::Nearest),
        Filter::Bilinear => Ok(FilterKind::Bilinear),
        Filter::Bicubic => Ok(FilterKind::Bicubic),
        Filter::Lanczos => Ok(FilterKind::Lanczos),
        Filter::Box => Err(Unfit::new("resample", "takes the mean of old pixels; 0 to 3 are supported")),
    }
}

/// An error about no key alone.
fn whole(reason: String) -> Unfit {
    Unfit::new("preprocessor_config.json", reason)
}

/// What is left of a folder's table `[pictures]` where a config writes these keys of it, too: what it writes says what is excluded.
pub(crate) fn beneath(mut shown: Table, writes: impl Fn(&str) -> bool) -> Table {
    for (_, excluded) in EXCLUDED.iter().filter(|(key, _)| writes(key)) {
        excluded.iter().for_each(|key| drop(shown.remove(*key)));
    }
    shown
}

/// The `preprocessor_config.json` that shows a model of this `model_type` pictures as this plan does.
///
/// # Errors
/// The key for which transformers has no way.
pub(crate) fn processor(plan: &PicturesPlan, kind: &str) -> Result<Map<String, Value>, Unfit> {
    if plan.blank {
        return Err(Unfit::new("pictures.blank", "is true, and transformers has no way to hide pictures"));
    }
    let unfit = |reason| Unfit::new("pictures", format!("cannot be shown so: {reason}"));
    let normalization = normalization(plan).map_err(unfit)?;
    foreign::processor(&Shown { fit: fit(plan), normalization }, plan.channels, kind)
}
