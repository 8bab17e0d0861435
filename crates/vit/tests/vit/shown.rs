//! How the folders of transformers show pictures to their models.

use std::path::PathBuf;

use attentive_attention::Pass;
use attentive_hub::Config;
use attentive_pictures::{Before, Color, Filter, Fit, Limits, Normalization, Planes, Recipe, open};
use attentive_random::Key;
use attentive_testkit::{assert_slices_close, host};
use attentive_vit::foreign::{Shown, processor, shown};
use burn::tensor::{Tensor, TensorData};
use serde_json::{Value, json};

use crate::published::Published;

/// That of the logits of given numbers: bytes become the same ones up to a rounding.
const FORWARD: f32 = 1e-5;
/// Resizing rounds some near halves otherwise than Pillow, of these pictures those in color: a few bytes are off by one, and logits by up
/// to 0.0037. Another filter changes them by 0.02 at least.
const RESIZED: f32 = 0.005;

const DEIT: Fit = Fit::Center {
    before: Before::Stretch { height: 256, width: 256 },
    height: 224,
    width: 224,
    filter: Filter::Bicubic,
};
const CLIP: Fit = Fit::Center { before: Before::Shorter(224), height: 224, width: 224, filter: Filter::Bicubic };

fn table(said: Value) -> Config {
    Config::new(said.as_object().expect("a table").clone())
}

fn square(side: usize, filter: Filter) -> Fit {
    Fit::Stretch { height: side, width: side, filter }
}

/// As versions 2 to 5 have written them.
#[test]
fn files_of_all_times_are_read() {
    let wide = Normalization { mean: [0.5; 3], deviation: [0.25, 0.5, 1.0] };
    let files = [
        ("vit", json!({}), square(224, Filter::Bilinear), Normalization::HALF),
        ("clip", json!({}), CLIP, Normalization::CLIP),
        ("deit", json!({}), DEIT, Normalization::HALF),
        ("siglip", json!({}), square(224, Filter::Bicubic), Normalization::HALF),
        (
            "vit",
            json!({"feature_extractor_type": "ViTFeatureExtractor", "size": 384, "resample": 3, "image_std": [0.25, 0.5, 1]}),
            square(384, Filter::Bicubic),
            wide,
        ),
        (
            "vit",
            json!({
                "feature_extractor_type": "DeiTFeatureExtractor", "crop_size": 224, "do_center_crop": true, "size": 256,
                "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
            }),
            DEIT,
            Normalization::IMAGENET,
        ),
        (
            "clip",
            json!({"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224, "resample": 3}),
            CLIP,
            Normalization::CLIP,
        ),
        (
            "clip",
            json!({"size": [224, 224], "do_center_crop": false}),
            square(224, Filter::Bicubic),
            Normalization::CLIP,
        ),
        (
            "clip",
            json!({
                "image_processor_type": "CLIPImageProcessorFast", "size": {"shortest_edge": 256, "longest_edge": null},
                "crop_size": {"height": 240, "width": 248}, "do_normalize": false, "do_pad": null,
                "rescale_factor": 0.00392156862745098,
            }),
            Fit::Center { before: Before::Shorter(256), height: 240, width: 248, filter: Filter::Bicubic },
            Normalization::NONE,
        ),
        (
            "clip",
            json!({"do_center_crop": false, "size": {"height": 336, "width": 336}, "resample": 1, "image_mean": 0.5, "image_std": [0.5]}),
            square(336, Filter::Lanczos),
            Normalization::HALF,
        ),
    ];
    for (kind, said, fit, normalization) in files {
        assert_eq!(shown(&table(said.clone()), kind), Ok(Shown { fit, normalization }), "{said}");
    }
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let refused = [
        (
            json!({"image_processor_type": "BeitImageProcessor"}),
            "`image_processor_type` is BeitImageProcessor; those of ViT, DeiT, CLIP and SigLIP are supported",
        ),
        (json!({"do_resize": false}), "`do_resize` is false, and only true is supported"),
        (json!({"do_pad": true}), "`do_pad` is true, and only false is supported"),
        (json!({"rescale_factor": 0.5}), "`rescale_factor` is 0.5, and only 1 / 255 is supported"),
        (json!({"resample": 5}), "`resample` is 5; 0 to 3 are supported"),
        (
            json!({"size": {"shortest_edge": 224}}),
            "`size` keeps proportions without a center crop, and only squares are supported",
        ),
        (
            json!({"size": {"longest_edge": 224}}),
            "`size.longest_edge` is not supported; `height` and `width`, or `shortest_edge`, are",
        ),
        (json!({"size": {"height": 224}}), "`size.width` is absent, and nothing can be said for it"),
        (
            json!({"image_mean": [0.5, 0.5]}),
            "`image_mean` is neither a number nor a list of one or three, which is supported",
        ),
    ];
    for (said, expected) in refused {
        assert_eq!(shown(&table(said), "vit").expect_err(expected).to_string(), expected);
    }
}

#[test]
fn what_is_written_is_read_back() {
    for (kind, fit) in [("vit", square(192, Filter::Bilinear)), ("vit", DEIT), ("clip", CLIP), ("deit", DEIT)] {
        for (normalization, channels) in [(Normalization::CLIP, 3), (Normalization::MNIST, 1)] {
            let own = Shown { fit, normalization };
            let written = processor(&own, channels, kind).expect("transformers knows it");
            assert_eq!(shown(&Config::new(written), kind), Ok(own));
        }
    }
    let own = Shown { fit: DEIT, normalization: Normalization::IMAGENET };
    let written = processor(&own, 3, "deit").expect("transformers knows it");
    assert_eq!(written["image_mean"], json!([0.485, 0.456, 0.406]), "no digits that say nothing");
    let torchvision = Fit::Middle { shorter: 8, height: 8, width: 8, filter: Filter::Box };
    assert!(processor(&Shown { fit: torchvision, ..own }, 3, "vit").is_err());
    assert!(processor(&Shown { fit: square(8, Filter::Box), ..own }, 3, "vit").is_err());
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A picture as this processor shows it to this model.
fn seen(case: &Published, picture: &str, file: &Value) -> Planes {
    let kind = case.said.text("model_type").expect("text").expect("it has one");
    let Shown { fit, normalization } = shown(&table(file.clone()), kind).expect("it can be followed");
    let color = if case.plan.channels == 1 { Color::Gray } else { Color::Rgb };
    let pixels = open(&golden(picture), color, &Limits::default()).expect("a picture");
    let recipe = Recipe::new(Some(fit), Vec::new(), normalization, None).expect("settings in range");
    recipe.apply(Key::new(0), pixels).expect("it is small")
}

/// `scripts/golden/shown.py`: pictures of odd sizes through each image processor.
#[test]
fn a_file_of_a_picture_gives_the_logits_of_transformers() {
    let golden = std::fs::read(golden("shown.json")).expect("it is there");
    let golden: Value = serde_json::from_slice(&golden).expect("it is JSON");
    for case in Published::all() {
        let record = &golden["shown"][case.name];
        let planes = seen(&case, record["picture"].as_str().expect("a name"), &record["processor"]);
        let model = case.model();
        let [channels, height, width] = planes.shape;
        let batch = TensorData::new(planes.values, [1, channels, height, width]);
        let logits = model.logits(Tensor::from_data(batch, &model.device()), &mut Pass::evaluation());
        let expected = record["logits"].as_array().expect("a list").iter();
        let expected: Vec<f32> = expected.map(|logit| logit.as_f64().expect("a number") as f32).collect();
        let tolerance = if case.plan.channels == 1 { FORWARD } else { RESIZED };
        assert_slices_close(&host(logits), &expected, tolerance, case.name);
    }
}
