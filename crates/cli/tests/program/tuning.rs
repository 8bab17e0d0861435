//! Parts of a folder's model that learn: low-rank paths, what is not frozen, what learns slower.

use std::fs;

use serde_json::Value;

use crate::folders::{GPT2, MASKED, ROWS, TEXTS, folder, tensors, tuning, well};

#[test]
fn low_rank_paths_learn_alone_and_are_multiplied_out() {
    let bench = folder(GPT2);
    let said = tuning(&bench, &format!("{TEXTS}\n[adapter]\nrank = 2\ntargets = [\"query\", \"feed_forward.up\"]"));
    assert_eq!(said.code, 0, "{}", said.err);
    well(bench.run(&["export", "run", "--to", "out"]));
    let [before, after] = ["model", "out"].map(|folder| tensors(&bench.path(folder).join("model.safetensors")));
    assert!(before.keys().eq(after.keys()));
    let changed: Vec<&str> =
        before.iter().filter(|(name, tensor)| after[*name] != **tensor).map(|(name, _)| name.as_str()).collect();
    let expected = ["h.0.attn.c_attn.weight", "h.0.mlp.c_fc.weight", "h.1.attn.c_attn.weight", "h.1.mlp.c_fc.weight"];
    assert_eq!(changed, expected.map(|name| format!("transformer.{name}")));
    well(bench.run(&["preflight", "tune.toml"]));
    // Apart from its model, and added to it again.
    well(bench.run(&["export", "run", "--to", "adapter", "--adapter"]));
    let apart = tensors(&bench.path("adapter/adapter_model.safetensors"));
    assert!(apart.keys().all(|name| name.contains(".lora_")) && apart.len() == 8, "{:?}", apart.keys());
    let again = format!("{TEXTS}\n[schedule]\nwarmup = 0\nfloor = 0.0");
    fs::rename(bench.path("run"), bench.path("first")).expect("it is there");
    let config = fs::read_to_string(bench.path("tune.toml")).expect("it was written");
    let config = config.split("[adapter]").next().expect("it begins somewhere");
    bench.write(
        "again.toml",
        config.replace("from = \"model\"", "from = \"model\"\nadapter = \"adapter\"").replace(TEXTS, &again).as_bytes(),
    );
    let sets = ["--set", "training.steps=1", "--set", "training.learning_rate=1e-12"];
    let said = bench.run(&[&["train", "again.toml", "--run", "again"], &sets[..]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    well(bench.run(&["export", "again", "--to", "back"]));
    let back = tensors(&bench.path("back/model.safetensors"));
    for (name, (_, _, bytes)) in &after {
        let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("four bytes"));
        let off = bytes.chunks(4).zip(back[name].2.chunks(4)).map(|(one, other)| (number(one) - number(other)).abs());
        assert!(off.fold(0.0, f32::max) < 1e-6, "{name}");
    }
}

/// What a path drops is written where PEFT reads it, and going on from it draws the same.
#[test]
fn low_rank_paths_drop_what_they_read() {
    let bench = folder(GPT2);
    let said =
        tuning(&bench, &format!("{TEXTS}\n[checkpoint]\nevery = 1\nkeep = 9\n[adapter]\nrank = 2\ndropout = 0.3"));
    assert_eq!(said.code, 0, "{}", said.err);
    let last = "run/checkpoints/step-00000003";
    let whole = bench.bytes(&format!("{last}/model.safetensors"));
    fs::remove_dir_all(bench.path(last)).expect("it was saved");
    well(bench.run(&["train", "tune.toml", "--run", "run", "--resume"]));
    assert!(bench.bytes(&format!("{last}/model.safetensors")) == whole, "the run went on to other bits");
    well(bench.run(&["train", "tune.toml", "--run", "dense", "--set", "adapter.dropout=0"]));
    assert!(bench.bytes("dense/checkpoints/step-00000003/model.safetensors") != whole);
    well(bench.run(&["export", "run", "--to", "adapter", "--adapter"]));
    let mut said: Value = serde_json::from_slice(&bench.bytes("adapter/adapter_config.json")).expect("JSON");
    assert_eq!(said["lora_dropout"], 0.3);
    let again = ["train", "tune.toml", "--dry-run", "--set", "initialize.adapter=adapter"];
    well(bench.run(&again));
    said["lora_dropout"] = 1.5.into();
    bench.write("adapter/adapter_config.json", said.to_string().as_bytes());
    let unfit = bench.run(&again);
    assert!(unfit.code == 2 && unfit.err.contains("`lora_dropout` must be at least 0"), "{}", unfit.err);
}

#[test]
fn what_cannot_learn_is_refused() {
    let bench = folder(MASKED);
    for (more, part) in [
        ("[tuning]\nfrozen = [\"*\"]", "nothing learns"),
        ("[adapter]\nrank = 2\ntargets = []", "`adapter.targets` is empty"),
        ("[adapter]\nrank = 2\ntargets = [\"queries\"]", "no layer of the model is called `queries`"),
    ] {
        let said = tuning(&bench, &format!("{ROWS}\n{more}"));
        assert!(said.code == 2 && said.err.contains(part), "{more}: {} {}", said.code, said.err);
    }
}

/// One table more makes low-rank paths of a full fine-tune, whatever that had frozen.
#[test]
fn beside_low_rank_paths_all_stays_as_it_is() {
    let bench = folder(MASKED);
    let more = format!("{ROWS}\n[tuning]\nfrozen = [\"tokens.*\"]\n[adapter]\nrank = 2");
    assert_eq!(tuning(&bench, &more).code, 0);
    let tuning = |run: &str| {
        let plan = bench.text(&format!("{run}/plan.toml"));
        let (_, tuning) = plan.split_once("[tuning]").expect("it has the table");
        tuning.split_once("\n[").map_or(tuning, |(tuning, _)| tuning).split_whitespace().collect::<String>()
    };
    let left = "frozen=[\"tokens.*\",\"*\",]learning=[\"*.adapter.down\",\"*.adapter.up\",\"head.*\",]";
    assert_eq!(tuning("run"), left);
    assert_eq!(bench.run(&["train", "run/plan.toml", "--run", "again"]).code, 0);
    assert_eq!(tuning("again"), left);
}

#[test]
fn parts_stay_frozen_or_learn_slower() {
    let bench = folder(MASKED);
    let frozen = "[tuning]\nfrozen = [\"tokens.*\", \"blocks.0.*\"]\nlayer_decay = 0.5";
    assert_eq!(tuning(&bench, &format!("{ROWS}\n{frozen}")).code, 0);
    well(bench.run(&["export", "run", "--to", "out"]));
    let [before, after] = ["model", "out"].map(|folder| tensors(&bench.path(folder).join("model.safetensors")));
    let same = |name: &str| before[name] == after[name];
    assert!(same("bert.embeddings.word_embeddings.weight") && same("bert.encoder.layer.0.intermediate.dense.weight"));
    assert!(!same("bert.encoder.layer.1.intermediate.dense.weight"));
    fs::remove_dir_all(bench.path("run")).expect("it is there");
    let unknown = tuning(&bench, &format!("{ROWS}\n[tuning]\nfrozen = [\"layers.*\"]"));
    assert!(
        unknown.code == 2 && unknown.err.contains("no parameter of the model is like `layers.*`"),
        "{}",
        unknown.err
    );
}
