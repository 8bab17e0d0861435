//! From a folder's image processor to the table `[pictures]`, to a plan, and back.

use std::fs;

use attentive_hub::Config;
use attentive_pictures::{Before, Filter, Fit, Normalization};
use attentive_vit::foreign::{self, Shown};
use serde_json::{Value, json};
use tempfile::TempDir;
use toml::Table;

use super::{beneath, processor, recipes, shown};
use crate::{RunConfig, TrainerError, document::Document, material::Facts, plan::PicturesPlan, resolve::Resolver};

const MODEL: &str = "[model]\nfamily = \"vit\"\npatch = 1\nlayers = 1\nheads = 1\nwidth = 4\n\n[training]\nsteps = 1\n";

fn said(value: Value) -> Config {
    Config::new(value.as_object().expect("a table").clone())
}

fn table(text: &str) -> Table {
    text.parse().expect("it is TOML")
}

/// The plan of a config with this table `[pictures]`.
fn resolved(pictures: &Table) -> Result<PicturesPlan, TrainerError> {
    let folder = TempDir::new().expect("a folder for tests");
    let path = folder.path().join("run.toml");
    fs::write(&path, format!("{MODEL}\n[pictures]\n{pictures}")).expect("it can be written to");
    let document = Document::read(&path)?;
    let config = RunConfig::read(&document)?;
    let resolver = Resolver { config: &config, document: &document, notes: Vec::new() };
    Ok(resolver.pictures(&Facts::default())?.expect("a model that sees pictures"))
}

fn plan(pictures: &Table) -> PicturesPlan {
    resolved(pictures).expect("it can be")
}

/// What a plan is refused with, without its place.
fn refused(pictures: &str) -> String {
    match resolved(&table(pictures)) {
        Err(TrainerError::Refused { message, .. }) => message,
        other => panic!("{pictures} gave {other:?}"),
    }
}

/// Files of image processors with the `model_type` of their models.
fn files() -> [(&'static str, Value); 9] {
    [
        ("vit", json!({})),
        ("deit", json!({})),
        ("clip", json!({})),
        ("siglip", json!({})),
        ("vit", json!({"size": 30, "resample": 0, "do_normalize": false})),
        (
            "vit",
            json!({"size": {"height": 31, "width": 31}, "resample": 1, "image_mean": 0.1307, "image_std": [0.3081]}),
        ),
        (
            "deit",
            json!({"size": {"height": 33, "width": 29}, "crop_size": 27, "image_mean": [0.1, 0.2, 1e-3], "image_std": [0.25, 0.7, 3]}),
        ),
        ("clip", json!({"size": {"shortest_edge": 17}, "crop_size": {"height": 19, "width": 19}, "resample": 2})),
        ("clip", json!({"do_center_crop": false, "size": {"height": 336, "width": 336}, "image_std": [0.5]})),
    ]
}

#[test]
fn a_processor_goes_through_a_plan_and_back() {
    for (kind, file) in files() {
        let theirs = foreign::shown(&said(file.clone()), kind).expect("it is known");
        for channels in [1, 3] {
            let mut pictures = shown(&said(file.clone()), kind).expect("it can be followed");
            pictures.insert("channels".to_owned(), (channels as i64).into());
            let plan = plan(&pictures);
            assert_eq!(recipes(&plan).expect("it is checked").fit, theirs.fit, "{file}");
            let back = processor(&plan, kind).expect("transformers has it");
            let mut expected = theirs;
            if channels == 1 {
                let [mean, deviation] = [theirs.normalization.mean, theirs.normalization.deviation];
                expected.normalization = Normalization { mean: [mean[0]; 3], deviation: [deviation[0]; 3] };
            }
            assert_eq!(foreign::shown(&Config::new(back), kind), Ok(expected), "{file}");
        }
    }
}

#[test]
fn a_plan_reads_back() {
    for (kind, file) in files() {
        let plan = plan(&shown(&said(file), kind).expect("it can be followed"));
        let written = Table::try_from(&plan).expect("a plan is plain data");
        assert_eq!(resolved(&written).expect("it was resolved"), plan, "{written}");
    }
}

#[test]
fn a_plan_from_before_there_was_a_choice_stretches() {
    let old = "size = 28\nchannels = 1\nnormalize = \"mnist\"\nflip = 0.0\ncrop = 0\nerase = 0.0\nblank = false";
    let plan = plan(&table(old));
    let fit = Fit::Stretch { height: 28, width: 28, filter: Filter::Bilinear };
    assert_eq!(recipes(&plan).expect("it is checked").fit, fit);
    let written = processor(&plan, "vit").expect("transformers has it");
    let back = foreign::shown(&Config::new(written), "vit");
    assert_eq!(back, Ok(Shown { fit, normalization: Normalization::MNIST }));
}

#[test]
fn tables_say_what_is_needed() {
    let text = |kind, file| shown(&said(file), kind).expect("it can be followed").to_string();
    assert_eq!(
        text("clip", json!({})),
        "filter = \"bicubic\"\nfit = \"center\"\nnormalize = \"clip\"\nshorter = 224\nsize = 224\n"
    );
    assert_eq!(
        text("deit", json!({"image_mean": [0.1, 0.2, 0.3], "image_std": 0.7})),
        "deviation = [0.7, 0.7, 0.7]\nfilter = \"bicubic\"\nfit = \"center\"\nmean = [0.1, 0.2, 0.3]\nsize = 224\nstretched = [256, 256]\n"
    );
}

#[test]
fn the_shorter_side_is_the_size_where_nothing_is_said() {
    let plan = plan(&table("size = 9\nfit = \"center\""));
    let fit = Fit::Center { before: Before::Shorter(9), height: 9, width: 9, filter: Filter::Bilinear };
    assert_eq!(recipes(&plan).expect("it is checked").fit, fit);
}

#[test]
fn what_a_config_writes_excludes_what_a_folder_says() {
    let left = |kind, written: &str| {
        let written = table(written);
        let mut all =
            beneath(shown(&said(json!({"image_std": 2})), kind).expect("it is known"), |key| written.contains_key(key));
        all.extend(written);
        plan(&all)
    };
    let stretched = left("clip", "fit = \"stretch\"\nnormalize = \"mnist\"");
    assert_eq!((stretched.shorter, stretched.mean, stretched.normalize), (None, None, Some("mnist".to_owned())));
    assert_eq!(left("clip", "stretched = [3, 5]").shorter, None);
    assert_eq!(left("deit", "shorter = 7").stretched, None);
    assert_eq!(left("siglip", "mean = [2]").deviation, Some(vec![2.0; 3]));
}

#[test]
fn contradictions_are_refused() {
    let expected = [
        ("shorter = 3", "`pictures.shorter` only speaks to `pictures.fit = \"center\"`; remove it"),
        (
            "fit = \"stretch\"\nstretched = [3, 5]",
            "`pictures.stretched` only speaks to `pictures.fit = \"center\"`; remove it",
        ),
        (
            "fit = \"center\"\nshorter = 3\nstretched = [3, 5]",
            "`pictures.stretched` and `pictures.shorter` exclude each other; remove one of them",
        ),
        (
            "normalize = \"half\"\nmean = [0.5]\ndeviation = [0.5]",
            "`pictures.mean` and `pictures.normalize` exclude each other; remove one of them",
        ),
        ("mean = [0.5]", "`pictures.mean` goes with `pictures.deviation`; give both"),
        ("deviation = [0.5]", "`pictures.deviation` goes with `pictures.mean`; give both"),
        ("mean = [0.5, 0.5]\ndeviation = [0.5]", "`[pictures]`: `mean` lists 2 numbers; give one, or three"),
        ("mean = [0.5]\ndeviation = [0.0]", "`[pictures]`: `deviation = 0` where a number above zero was expected"),
        ("fit = \"center\"\nshorter = 9000", "`pictures.shorter = 9000` is out of range; give 1 to 8192"),
        ("fit = \"center\"\nstretched = [8, 0]", "`pictures.stretched = 0` is out of range; give 1 to 8192"),
    ];
    for (written, message) in expected {
        assert_eq!(refused(written), message);
    }
}

#[test]
fn what_no_plan_says_is_refused() {
    let expected = [
        (
            json!({"size": 18_446_744_073_709_551_615_u64}),
            "`preprocessor_config.json` cannot be followed: `height = 18446744073709551615` where a size from 1 to 8192 was expected",
        ),
        (
            json!({"image_std": 0}),
            "`preprocessor_config.json` cannot be followed: `deviation = 0` where a number above zero was expected",
        ),
        (
            json!({"size": {"height": 3, "width": 5}}),
            "`preprocessor_config.json` makes pictures 3 high and 5 wide, and only squares are supported",
        ),
        (json!({"resample": 4}), "`resample` is 4; 0 to 3 are supported"),
    ];
    for (file, message) in expected {
        assert_eq!(shown(&said(file), "vit").expect_err(message).to_string(), message);
    }
    let blank = plan(&table("size = 8\nblank = true"));
    assert_eq!(
        processor(&blank, "vit").expect_err("hidden").to_string(),
        "`pictures.blank` is true, and transformers has no way to hide pictures"
    );
}
