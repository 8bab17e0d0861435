//! Every family, small: on every backend that this build has the same run gives the same losses (initial weights, batches and dropout
//! come from the host, so that they agree up to the rounding of sums), and a run that was interrupted goes on to the same bits.

use std::{
    error::Error,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use attentive_engine::read_journal;
use attentive_trainer::{Checkpoints, Event, FitEvent, Prepared, Start, Wishes, prepare, train};

/// What all runs share.
const SHARED: &str = r#"
[training]
steps = 5
batch = 4
micro_batch = MICRO

[journal]
every = 1

[evaluation]
batches = 2
"#;

/// A family, rows of a micro-batch, and what its config says.
type Case = (&'static str, usize, &'static str);

const GPT: Case = (
    "gpt",
    3,
    r#"
[model]
family = "gpt"
layers = 1
heads = 2
width = 12
context = 8
dropout = 0.1

[data]
files = ["TEXT"]
tokenizer = "characters"

[sample]
tokens = 0
"#,
);

const OTHERS: [Case; 9] = [
    (
        "bert, masked",
        3,
        r#"
[model]
family = "bert"
layers = 1
heads = 2
width = 12
context = 16
dropout = 0.1

[data]
source = "stories"
stories = 20
vocabulary = 150
"#,
    ),
    (
        "bert, tags",
        4,
        r#"
[model]
family = "bert"
layers = 1
heads = 2
width = 12
context = 24
norm_place = "before"

[data]
source = "stories-tags"
rows = 20
vocabulary = 120
"#,
    ),
    (
        "seq2seq",
        4,
        r#"
[model]
family = "seq2seq"
layers = 1
heads = 2
width = 12
context = 64
dropout = 0.1

[data]
source = "numbers-en-de"
rows = 20
vocabulary = 257

[loss]
smoothing = 0.1
"#,
    ),
    (
        "seq2seq, t5, by tokens",
        1,
        r#"
[model]
family = "seq2seq"
style = "t5"
layers = 1
heads = 2
width = 12
context = 64

[data]
source = "numbers-en-de"
rows = 20
tokenizer = "words"
vocabulary = 100
batch_tokens = 30
"#,
    ),
    (
        "vit",
        3,
        r#"
[model]
family = "vit"
patch = 8
layers = 2
heads = 2
width = 12
depth = 0.2
layer_scale = 0.1

[data]
source = "shapes"
rows = 20

[pictures]
flip = 0.5
crop = 2
augment = [1, 5]
cutmix = 1.0

[loss]
smoothing = 0.1
"#,
    ),
    (
        "vit, blended",
        4,
        r#"
[model]
family = "vit"
patch = 16
layers = 1
heads = 2
width = 12

[[model.blend]]
patch = 8

[[model.blend]]
patch = 16
frozen = true

[data]
source = "shapes"
rows = 20
"#,
    ),
    (
        "multimodal, contrastive",
        4,
        r#"
[model]
family = "multimodal"
kind = "contrastive"

[model.picture]
patch = 16
layers = 1
heads = 2
width = 12

[model.text]
layers = 2
heads = 2
width = 12
context = 72

[data]
source = "scenes-captions"
rows = 20
vocabulary = 100

# Else the first updates are as large for gradients that are nothing but rounding, and the temperature makes much of that.
[optimizer]
epsilon = 1e-3
"#,
    ),
    (
        "multimodal, answers",
        4,
        r#"
[model]
family = "multimodal"
kind = "answers"
gated = true

[model.picture]
patch = 16
layers = 1
heads = 2
width = 12

[model.text]
layers = 2
heads = 2
width = 12
context = 72

[data]
source = "scenes-questions"
rows = 20
vocabulary = 100
"#,
    ),
    (
        "multimodal, statements",
        4,
        r#"
[model]
family = "multimodal"
kind = "statements"
fusion = "cross"

[model.picture]
patch = 16
layers = 1
heads = 2
width = 12

[model.text]
layers = 2
heads = 2
width = 12
context = 72

[data]
source = "scenes-statements"
rows = 20
vocabulary = 100
"#,
    ),
];

/// Losses near 3 in f32, after at most five updates that differ in the order of their sums; Adam raises the roundings of gradients that are
/// all but zero, as those of key biases.
const TOLERANCE: f64 = 1e-4;

fn prepared((_, micro, config): Case, device: &str, folder: &Path) -> Result<Prepared, Box<dyn Error>> {
    let text = folder.join("text.txt");
    fs::write(&text, "the quick brown fox jumps over the lazy dog\n".repeat(9))?;
    let path = folder.join("toy.toml");
    let config = config.replace("TEXT", &text.to_string_lossy());
    fs::write(&path, config + &SHARED.replace("MICRO", &micro.to_string()))?;
    let wishes = Wishes { sets: Vec::new(), device: Some(device.to_owned()) };
    Ok(prepare(&path, &wishes, &mut |_| {})?)
}

/// The losses of a run's steps and evaluations.
fn losses(run: &Path) -> Vec<f64> {
    let lines = read_journal(run);
    lines.iter().flat_map(|line| [Some(line.loss), line.validation_loss]).flatten().collect()
}

/// The losses of five steps and of the evaluation after them.
fn curve(case: Case, device: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let prepared = prepared(case, device, folder.path())?;
    let run = folder.path().join("run");
    train(&prepared, (&run, Start::Fresh), &AtomicBool::new(false), &mut |_| {})?;
    Ok(losses(&run))
}

/// Losses, and the files of the last checkpoint.
type Outcome = (Vec<f64>, Vec<Vec<u8>>);

/// What comes of a run, if need be one that is asked to stop after two steps and then goes on.
fn result(case: Case, interrupted: bool) -> Result<Outcome, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (prepared, run) = (prepared(case, "flex", folder.path())?, folder.path().join("run"));
    if interrupted {
        let asked = AtomicBool::new(false);
        let stop = &mut |event| {
            if matches!(event, Event::Fit(FitEvent::Step(report)) if report.step == 2) {
                asked.store(true, Ordering::Relaxed);
            }
        };
        train(&prepared, (&run, Start::Fresh), &asked, stop)?;
    }
    train(&prepared, (&run, Start::Resumed), &AtomicBool::new(false), &mut |_| {})?;
    let last = Checkpoints::of(&run).path(5);
    let files = ["model.safetensors", "optimizer.safetensors"].map(|name| fs::read(last.join(name)));
    Ok((losses(&run), files.into_iter().collect::<Result<_, _>>()?))
}

#[cfg_attr(
    not(any(feature = "ndarray", feature = "gpu")),
    expect(dead_code, reason = "there is nothing to compare with")
)]
fn assert_follows_flex(case: Case, device: &str) -> Result<(), Box<dyn Error>> {
    let (reference, other) = (curve(case, "flex")?, curve(case, device)?);
    assert_eq!(reference.len(), other.len());
    for (number, (reference, other)) in reference.iter().zip(&other).enumerate() {
        let name = case.0;
        assert!(
            (reference - other).abs() < TOLERANCE,
            "{name} on {device}, number {number}: {other}, on flex {reference}"
        );
    }
    Ok(())
}

#[test]
fn flex_repeats_itself_to_the_bit() -> Result<(), Box<dyn Error>> {
    let first = curve(GPT, "flex")?;
    assert_eq!(first.len(), 6, "five steps and one evaluation");
    assert_eq!(first, curve(GPT, "flex")?);
    Ok(())
}

#[test]
fn every_family_goes_on_to_the_same_bits() -> Result<(), Box<dyn Error>> {
    for case in OTHERS {
        assert!(result(case, true)? == result(case, false)?, "{}: an interrupted run ends otherwise", case.0);
    }
    Ok(())
}

#[test]
fn every_family_passes_its_preflight() -> Result<(), Box<dyn Error>> {
    for case in [GPT].into_iter().chain(OTHERS) {
        let folder = tempfile::tempdir()?;
        let prepared = prepared(case, "flex", folder.path())?;
        let checks = prepared.run.preflight(&prepared.chosen.device)?;
        let failed: Vec<_> = checks.iter().filter(|check| !check.passed).collect();
        assert!(failed.is_empty(), "{}: {failed:?}", case.0);
    }
    Ok(())
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_follows_flex() -> Result<(), Box<dyn Error>> {
    [GPT].into_iter().chain(OTHERS).try_for_each(|case| assert_follows_flex(case, "ndarray"))
}

/// Shaders take minutes to compile in software: one family here, the others where `ATTENTIVE_GPU_FAMILIES` is set, as
/// `scripts/check-gpu` does.
#[cfg(feature = "gpu")]
#[test]
#[expect(clippy::print_stdout, reason = "a test that cannot run here should say so")]
fn wgpu_follows_flex_where_there_is_an_adapter() -> Result<(), Box<dyn Error>> {
    use attentive_trainer::device::{Offer, Standing, offers};
    let ready = |offer: &Offer| offer.name.starts_with("wgpu") && matches!(offer.standing, Standing::Ready(_));
    if !offers().iter().any(ready) {
        println!("no adapter here: install mesa-vulkan-drivers to test wgpu in software");
        return Ok(());
    }
    assert_follows_flex(GPT, "wgpu")?;
    let others = if std::env::var_os("ATTENTIVE_GPU_FAMILIES").is_some() { &OTHERS[..] } else { &[] };
    others.iter().try_for_each(|case| assert_follows_flex(*case, "wgpu"))
}
