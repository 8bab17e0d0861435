//! Values that cannot be.

use super::{meet, untouched};
use crate::bench::Bench;

#[rustfmt::skip] // a line is a case
const OVERRIDES: &[&[&str]] = &[
    // Not an assignment.
    &["training"], &["=5"], &["training.steps="], &["training=5"], &["training.steps.x=5"],
    // Unknown keys.
    &["training.stpes=5"], &["trainning.steps=5"], &["extends=base.toml"], &["model.colour=red"],
    // The wrong kind of value.
    &["training.steps=1.5"], &["training.steps=-1"], &["training.steps=ten"], &["training.steps=true"],
    &["training.steps=99999999999999999999"], &["data.files=text.txt"], &["optimizer.betas=[0.9]"],
    &["training.recompute=1"], &["training.clip=of"],
    // Not one of the names.
    &["model.family=mamba"], &["model.style=lama"], &["data.order=sorted"], &["schedule.kind=cosin"],
    &["optimizer.kind=adagrad"], &["training.precision=f16"], &["model.positions=sinus"],
    &["data.tokenizer=charcters"],
    // Out of range.
    &["training.steps=0"], &["training.steps=1000000001"], &["training.batch=0"], &["training.learning_rate=0"],
    &["training.learning_rate=inf"], &["training.learning_rate=nan"], &["training.seed=-3"], &["training.clip=0"],
    &["schedule.decay=2"], &["schedule.floor=1"], &["optimizer.betas=[0.9, 1.0]"], &["optimizer.epsilon=0"],
    &["optimizer.decay=-1"], &["average.decay=1"], &["guard.spike=0"], &["guard.patience=0"],
    &["evaluation.every=0"], &["evaluation.batches=0"], &["evaluation.patience=0"], &["checkpoint.every=0"],
    &["checkpoint.keep=0"], &["journal.every=0"], &["sample.temperature=-1"], &["sample.top_k=0"],
    &["model.layers=0"], &["model.heads=0"], &["model.width=1000000000000"], &["model.context=0"], &["model.dropout=1"],
    &["model.dropout=nan"], &["model.norm_epsilon=0"], &["model.rotary_theta=1"], &["model.window=0"],
    // Values that do not fit each other.
    &["model.heads=3"], &["model.key_value_heads=3"], &["model.positions=rotary", "model.width=6"],
    &["model.vocabulary=3"], &["model.context=5000"], &["training.micro_batch=8"], &["data.source=stories"],
    &["data.stories=5"], &["data.vocabulary=500"], &["data.tokenizer=bytes", "data.vocabulary=100"],
    &["data.tokenizer=bytes", "data.vocabulary=5000000000"], &["data.sha256=abc"], &["sample.prompt=€"],
    // More than any machine has.
    &["model.layers=1000", "model.width=100000"], &["training.batch=1000000000"],
    // Devices.
    &["device=gpu"], &["device=flex:1"], &["device=quantum"], &["device=5"],
];

#[test]
fn overrides() {
    let assigned = |sets: &&[&'static str]| -> Vec<&str> {
        ["train", "tiny.toml"].into_iter().chain(sets.iter().flat_map(|set| ["--set", set])).collect()
    };
    let arguments: Vec<Vec<&str>> = OVERRIDES.iter().map(assigned).collect();
    let cases: Vec<super::Case<'_>> =
        arguments.iter().map(|arguments| ("", untouched as fn(&Bench), &arguments[..])).collect();
    meet("overrides", Bench::new, &cases);
}

/// Backends that this binary may lack: which ones depends on how it was built.
#[test]
fn devices_that_are_not_here() {
    let bench = Bench::new();
    for (name, feature) in [("ndarray", "ndarray"), ("wgpu", "gpu"), ("cuda", "cuda")] {
        let said = bench.run(&["train", "tiny.toml", "--device", name, "--dry-run"]);
        if said.err.contains("this binary was built without") {
            super::assert_decent(name, &said);
            assert_eq!(said.code, 2);
            let start = format!(
                "attentive: --device {name}: this binary was built without `{name}`; build one with `cargo build --release --features "
            );
            let rest = said.err.strip_prefix(&start).expect("the command that adds it");
            assert!(rest.contains(feature) && rest.ends_with(", then run the same command again\n"), "{rest}");
        }
    }
}
