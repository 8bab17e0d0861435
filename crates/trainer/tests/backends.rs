//! The same run on every backend that this build has: initial weights, batches and dropout come from the host, so the loss
//! curves agree up to the rounding of sums.

use std::{error::Error, sync::atomic::AtomicBool};

use attentive_engine::read_journal;
use attentive_trainer::{Start, Wishes, prepare, train};

const CONFIG: &str = r#"
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

[training]
steps = 5
batch = 3
micro_batch = 2

[sample]
tokens = 0

[journal]
every = 1
"#;

/// Losses near 3 in f32, after at most five updates that differ in the order of their sums.
const TOLERANCE: f64 = 1e-5;

/// The losses of five steps and of the evaluation after them.
fn curve(device: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "the quick brown fox jumps over the lazy dog\n".repeat(9))?;
    let config = folder.path().join("toy.toml");
    std::fs::write(&config, CONFIG.replace("TEXT", &text.to_string_lossy()))?;
    let wishes = Wishes { sets: Vec::new(), device: Some(device.to_owned()) };
    let prepared = prepare(&config, &wishes, &mut |_| {})?;
    let run = folder.path().join("run");
    train(&prepared, (&run, Start::Fresh), &AtomicBool::new(false), &mut |_| {})?;
    let lines = read_journal(&run);
    Ok(lines.iter().flat_map(|line| [Some(line.loss), line.validation_loss]).flatten().collect())
}

#[cfg_attr(
    not(any(feature = "ndarray", feature = "gpu")),
    expect(dead_code, reason = "there is nothing to compare with")
)]
fn assert_follows_flex(device: &str) -> Result<(), Box<dyn Error>> {
    let (reference, other) = (curve("flex")?, curve(device)?);
    assert_eq!(reference.len(), other.len());
    for (number, (reference, other)) in reference.iter().zip(&other).enumerate() {
        assert!((reference - other).abs() < TOLERANCE, "{device}, number {number}: {other}, on flex {reference}");
    }
    Ok(())
}

#[test]
fn flex_repeats_itself_to_the_bit() -> Result<(), Box<dyn Error>> {
    let first = curve("flex")?;
    assert_eq!(first.len(), 6, "five steps and one evaluation");
    assert_eq!(first, curve("flex")?);
    Ok(())
}

#[cfg(feature = "ndarray")]
#[test]
fn ndarray_follows_flex() -> Result<(), Box<dyn Error>> {
    assert_follows_flex("ndarray")
}

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
    assert_follows_flex("wgpu")
}
