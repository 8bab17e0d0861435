//! How a folder's pictures are shown to its model: a `preprocessor_config.json`, read and written.

use attentive_hub::{Config, Unfit};
use attentive_pictures::{Before, Filter, Fit, Normalization};
use serde_json::{Map, Value, json};

use super::{read::side, write::table};

/// The way of a picture into a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    pub fit: Fit,
    pub normalization: Normalization,
}

/// Pillow's numbers of the filters that give what Pillow's give.
const FILTERS: [(usize, Filter); 4] =
    [(0, Filter::Nearest), (1, Filter::Lanczos), (2, Filter::Bilinear), (3, Filter::Bicubic)];

/// Bytes become numbers from 0 to 1.
const FACTOR: f64 = 1.0 / 255.0;

/// What an image processor does where its file says nothing.
struct Usual {
    size: Before,
    crop: bool,
    filter: Filter,
    normalization: Normalization,
}

impl Usual {
    /// Of an image processor by its class, or of the one that goes with a `model_type`.
    fn of(said: &Config, kind: &str) -> Result<Self, Unfit> {
        const KEYS: [&str; 2] = ["image_processor_type", "feature_extractor_type"];
        let [newer, older] = KEYS.map(|key| said.text(key).map(|name| name.map(|name| (key, name))));
        let (key, name) = newer?.or(older?).unwrap_or(("image_processor_type", kind));
        let half =
            Self { size: square(224), crop: false, filter: Filter::Bilinear, normalization: Normalization::HALF };
        let bicubic = Self { filter: Filter::Bicubic, ..half };
        let model = ["ImageProcessorFast", "ImageProcessorPil", "ImageProcessor", "FeatureExtractor"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name);
        match model.to_lowercase().as_str() {
            "vit" => Ok(half),
            "deit" => Ok(Self { size: square(256), crop: true, ..bicubic }),
            "clip" => {
                Ok(Self { size: Before::Shorter(224), crop: true, normalization: Normalization::CLIP, ..bicubic })
            }
            "siglip" => Ok(bicubic),
            _ => Err(said.unfit(key, &format!("is {name}; those of ViT, DeiT, CLIP and SigLIP are supported"))),
        }
    }
}

/// What this `preprocessor_config.json` of a model of this `model_type` says.
///
/// # Errors
/// The key that cannot be followed.
pub fn shown(said: &Config, kind: &str) -> Result<Shown, Unfit> {
    let usual = Usual::of(said, kind)?;
    for (key, followed) in [("do_resize", true), ("do_rescale", true), ("do_pad", false)] {
        said.only(key, said.flag(key)?, followed)?;
    }
    rescaled(said)?;
    let size = size(said, usual.size)?;
    let filter = filter(said, usual.filter)?;
    let fit = match (cropped(said, usual.crop)?, size) {
        (Some([height, width]), before) => Fit::Center { before, height, width, filter },
        (None, Before::Stretch { height, width }) => Fit::Stretch { height, width, filter },
        (None, _) => {
            return Err(said.unfit("size", "keeps proportions without a center crop, and only squares are supported"));
        }
    };
    Ok(Shown { fit, normalization: normalization(said, usual.normalization)? })
}

fn size(said: &Config, usual: Before) -> Result<Before, Unfit> {
    const KNOWN: [&str; 3] = ["height", "width", "shortest_edge"];
    match (said.raw("size"), usual) {
        (Some(Value::Object(_)), _) => {}
        (None, _) => return Ok(usual),
        // A number is the shorter side, or both, as is the custom of the image processor; a list is both.
        (Some(Value::Number(_)), Before::Shorter(length)) => return Ok(Before::Shorter(side(said, "size", length)?)),
        _ => return Ok(square(side(said, "size", 224)?)),
    }
    let sizes = said.table("size")?.unwrap_or_default();
    if let Some(other) = sizes.keys().find(|key| !KNOWN.contains(key) && sizes.raw(key).is_some()) {
        return Err(sizes.unfit(other, "is not supported; `height` and `width`, or `shortest_edge`, are"));
    }
    match sizes.count("shortest_edge")? {
        Some(length) => Ok(Before::Shorter(length)),
        None => Ok(Before::Stretch { height: sizes.needed("height")?, width: sizes.needed("width")? }),
    }
}

const fn square(side: usize) -> Before {
    Before::Stretch { height: side, width: side }
}

/// `[height, width]` of the middle that is cut out, if one is.
fn cropped(said: &Config, usual: bool) -> Result<Option<[usize; 2]>, Unfit> {
    if !said.flag("do_center_crop")?.unwrap_or(usual) {
        return Ok(None);
    }
    let Some(Value::Object(_)) = said.raw("crop_size") else {
        return Ok(Some([side(said, "crop_size", 224)?; 2]));
    };
    let sizes = said.table("crop_size")?.unwrap_or_default();
    Ok(Some([sizes.needed("height")?, sizes.needed("width")?]))
}

fn filter(said: &Config, usual: Filter) -> Result<Filter, Unfit> {
    let Some(number) = said.count("resample")? else { return Ok(usual) };
    let known = FILTERS.into_iter().find(|(known, _)| *known == number);
    known.map(|(_, filter)| filter).ok_or_else(|| said.unfit("resample", &format!("is {number}; 0 to 3 are supported")))
}

fn rescaled(said: &Config) -> Result<(), Unfit> {
    let factor = said.number("rescale_factor")?.unwrap_or(FACTOR);
    if (factor - FACTOR).abs() < 1e-9 {
        return Ok(());
    }
    Err(said.unfit("rescale_factor", &format!("is {factor}, and only 1 / 255 is supported")))
}

fn normalization(said: &Config, usual: Normalization) -> Result<Normalization, Unfit> {
    if said.flag("do_normalize")? == Some(false) {
        return Ok(Normalization::NONE);
    }
    Ok(Normalization {
        mean: channels(said, "image_mean", usual.mean)?,
        deviation: channels(said, "image_std", usual.deviation)?,
    })
}

/// A number for each channel, or one for all of them.
fn channels(said: &Config, key: &str, usual: [f32; 3]) -> Result<[f32; 3], Unfit> {
    let Some(value) = said.raw(key) else { return Ok(usual) };
    let numbers: Option<Vec<f32>> = match value {
        Value::Array(all) => all.iter().map(|number| number.as_f64().map(|number| number as f32)).collect(),
        one => one.as_f64().map(|number| vec![number as f32]),
    };
    match numbers.as_deref() {
        Some(&[one]) => Ok([one; 3]),
        Some(&[red, green, blue]) => Ok([red, green, blue]),
        _ => Err(said.unfit(key, "is neither a number nor a list of one or three, which is supported")),
    }
}

/// The `preprocessor_config.json` that says the same, for a model of this `model_type`.
///
/// # Errors
/// Where transformers has no such way.
pub fn processor(shown: &Shown, channels: usize, kind: &str) -> Result<Map<String, Value>, Unfit> {
    let (size, crop, filter) = match shown.fit {
        Fit::Stretch { height, width, filter } => (Before::Stretch { height, width }, None, filter),
        Fit::Center { before, height, width, filter } => (before, Some([height, width]), filter),
        Fit::Middle { .. } => {
            return Err(Unfit::new(
                "pictures",
                "are cropped as torchvision does it, and transformers rounds otherwise",
            ));
        }
    };
    let sides = |[height, width]: [usize; 2]| json!({"height": height, "width": width});
    let size = match size {
        Before::Shorter(length) => json!({"shortest_edge": length}),
        Before::Stretch { height, width } => sides([height, width]),
        Before::Own => return Err(Unfit::new("pictures", "are not resized, and transformers needs a size")),
    };
    let Normalization { mean, deviation } = shown.normalization;
    let number = FILTERS.into_iter().find(|(_, known)| *known == filter);
    let (number, _) =
        number.ok_or_else(|| Unfit::new("pictures", "are resized by a filter that Pillow's is not equal to"))?;
    // Of the two, CLIP's has always known how to crop.
    let class = if kind == "clip" || crop.is_some() { "CLIPImageProcessor" } else { "ViTImageProcessor" };
    let mut said = table([
        ("image_processor_type", json!(class)),
        ("do_resize", json!(true)),
        ("size", size),
        ("resample", json!(number)),
        ("do_center_crop", json!(crop.is_some())),
        ("do_rescale", json!(true)),
        ("rescale_factor", json!(FACTOR)),
        ("do_normalize", json!(true)),
        ("image_mean", written(mean, channels)),
        ("image_std", written(deviation, channels)),
        ("do_convert_rgb", json!(channels == 3)),
    ]);
    said.extend(crop.map(|size| ("crop_size".to_owned(), sides(size))));
    Ok(said)
}

fn written(numbers: [f32; 3], channels: usize) -> Value {
    numbers.iter().take(channels).map(|number| shortest(*number)).collect()
}

/// The number of fewest digits that rounds to this one, where a wider number would show digits that say nothing.
pub fn shortest(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}
