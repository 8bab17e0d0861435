//! What each command does when nothing is wrong.

use std::{collections::BTreeSet, fs, io::Read, process::Stdio};

use serde_json::Value;

use crate::bench::Bench;

fn generated(bench: &Bench, arguments: &[&str]) -> String {
    let said = bench.run(&[&["generate", "run"], arguments].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.starts_with("[step 6, ") && said.err.ends_with(" tokens/s]\n"), "{}", said.err);
    said.out
}

#[test]
fn a_run_folder_has_the_promised_files() {
    let bench = Bench::trained();
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(bench.path(folder)).expect("a folder of the run");
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| !name.starts_with('.')).collect()
    };
    assert_eq!(names("run"), ["checkpoints", "metrics.jsonl", "plan.toml", "tokenizer.json"].map(str::to_owned).into());
    assert_eq!(names("run/checkpoints"), ["step-00000004", "step-00000006"].map(str::to_owned).into());
    let files = ["manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"];
    assert_eq!(names("run/checkpoints/step-00000006"), files.map(str::to_owned).into());
    let journal = bench.journal("run");
    let steps: Vec<&Value> = journal.iter().map(|line| &line["step"]).collect();
    assert_eq!(steps, [1, 3, 6], "first, evaluated and last steps have a line");
    assert!(journal.iter().all(|line| line["loss"].is_f64()));
}

#[test]
fn a_plan_trains_as_its_config_did() {
    let bench = Bench::trained();
    fs::copy(bench.path("run/plan.toml"), bench.path("plan.toml")).expect("a file of ours");
    let said = bench.run(&["train", "plan.toml", "--run", "again"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let model = |run: &str| bench.bytes(&format!("{run}/checkpoints/step-00000006/model.safetensors"));
    assert!(model("run") == model("again"), "the same plan came to another model");
    assert_eq!(bench.text("run/plan.toml"), bench.text("again/plan.toml"));
}

/// The name of the folder that one works in is not part of a pattern.
#[test]
fn the_working_folder_may_be_called_anything() {
    let bench = Bench::new();
    fs::create_dir(bench.path("my [old] *texts*")).expect("the bench can be written to");
    bench.write("my [old] *texts*/mine.txt", "a text of my own\n".repeat(50).as_bytes());
    let mut command = bench.command(&["train", "../tiny.toml", "--run", "../run", "--set", "data.files=[\"*.txt\"]"]);
    let output = command.current_dir(bench.path("my [old] *texts*")).output().expect("the program starts");
    let said = bench.said(output);
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn a_dry_run_tells_where_each_value_comes_from() {
    let bench = Bench::new();
    bench.write("top.toml", b"extends = \"tiny.toml\"\n\n[training]\nbatch = 3\n");
    let said = bench.run(&["train", "top.toml", "--set", "training.seed=7", "--device", "flex", "--dry-run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let origin = |path: &str| {
        let line = said.out.lines().find(|line| line.split(' ').next() == Some(path));
        let (value, origin) = line.and_then(|line| line.split_once('=')?.1.split_once('#')).expect(path);
        format!("{} from {}", value.trim(), origin.trim())
    };
    assert_eq!(origin("model.width"), "8 from tiny.toml:6:9");
    assert_eq!(origin("training.batch"), "3 from top.toml:4:9");
    assert_eq!(origin("training.seed"), "7 from --set training.seed=7");
    assert_eq!(origin("device"), "\"flex\" from --device flex");
    assert_eq!(origin("schedule.kind"), "\"cosine\" from default");
    for told in ["parameters ", "FLOPs per step ", "predicted memory ", "predicted time "] {
        assert!(said.out.contains(&format!("\n{told}")), "{told}\n{}", said.out);
    }
    assert!(!bench.path("runs").exists(), "a dry run leaves nothing behind");
}

#[test]
fn generating_begins_with_the_prompt_and_follows_the_seed() {
    let bench = Bench::trained();
    let write = |seed: &str| generated(&bench, &["--prompt", "small text", "--tokens", "30", "--seed", seed]);
    let first = write("1");
    assert!(first.starts_with("small text") && first.ends_with('\n'), "{first}");
    assert_eq!(first.chars().count(), "small text".len() + 30 + 1, "a text of characters without an end is this long");
    assert_eq!(write("1"), first);
    assert_ne!(write("2"), first);
}

#[test]
fn at_temperature_0_the_seed_does_not_matter() {
    let bench = Bench::trained();
    let write = |seed: &str, more: &[&str]| {
        generated(&bench, &[&["--prompt", "a", "--tokens", "20", "--seed", seed], more].concat())
    };
    let greedy = write("1", &["--temperature", "0"]);
    assert_eq!(write("2", &["--temperature", "0"]), greedy);
    assert_eq!(write("3", &["--top-k", "1"]), greedy);
    assert_eq!(write("4", &["--top-p", "1e-9"]), greedy);
}

#[test]
fn generating_goes_on_beyond_the_context() {
    let bench = Bench::trained();
    let prompt = "a small text, with words and numbers and more"; // five contexts long
    let text = generated(&bench, &["--prompt", prompt, "--tokens", "100"]);
    assert_eq!(text.chars().count(), prompt.len() + 100 + 1);
}

#[test]
fn no_tokens_are_no_text() {
    let bench = Bench::trained();
    assert_eq!(generated(&bench, &["--prompt", "words", "--tokens", "0"]), "words\n");
}

#[test]
fn the_checkpoint_can_be_chosen() {
    let bench = Bench::trained();
    for (which, step) in [("best", 6), ("last", 6), ("4", 4), ("mean-2", 6)] {
        let said = bench.run(&["generate", "run", "--tokens", "5", "--checkpoint", which]);
        assert!(said.err.starts_with(&format!("[step {step}, 5 tokens in ")), "{which}: {}", said.err);
    }
}

/// As in `attentive … | head -c 3`: whoever reads has seen enough, and that is no error.
#[test]
fn stdout_may_be_closed_early() {
    let bench = Bench::trained();
    for arguments in [
        &["generate", "run", "--tokens", "3000"][..],
        &["train", "tiny.toml", "--dry-run"],
        &["preflight", "tiny.toml"],
        &["bench", "step", "--steps", "1", "--batch", "1", "--context", "2"],
        &["devices"],
        &["schema"],
        &["completions", "bash"],
    ] {
        let mut command = bench.command(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut out = process.stdout.take().expect("it is piped");
        let mut start = [0; 3];
        out.read_exact(&mut start).expect("three bytes at least");
        drop(out);
        let said = bench.said(process.wait_with_output().expect("a process of ours"));
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        assert!(!said.err.contains("error") && !said.err.contains("panic"), "{arguments:?}: {}", said.err);
    }
}

const STORIES: &str = r#"device = "flex"

[model]
layers = 1
heads = 1
width = 8
context = 64

[data]
source = "stories"
stories = 120
vocabulary = 300

[training]
steps = 3
batch = 16

[sample]
tokens = 0
"#;

/// Told in training and afterwards, by two ways through the program.
#[test]
fn evaluating_agrees_with_the_journal() {
    let bench = Bench::new();
    bench.write("stories.toml", STORIES.as_bytes());
    assert_eq!(bench.run(&["train", "stories.toml", "--run", "run"]).code, 0);
    let said = bench.run(&["evaluate", "run", "--on", "stories", "--json", "--device", "flex"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let scores: Value = serde_json::from_str(&said.out).expect("one JSON object");
    let journal = bench.journal("run");
    let told = journal.last().and_then(|line| line["validation_loss"].as_f64()).expect("the last step is evaluated");
    let loss = scores["loss"].as_f64().expect("a number");
    assert!((loss - told).abs() < 1e-6, "{loss} afterwards, {told} in training"); // rows may be grouped otherwise
    assert!((scores["perplexity"].as_f64().expect("a number") - loss.exp()).abs() < 1e-6 * loss.exp());
    assert_eq!((&scores["on"], &scores["step"]), (&Value::from("stories:validation"), &Value::from(3)));
    let table = bench.run(&["evaluate", "run", "--on", "stories:validation", "--device", "flex"]);
    assert!(table.out.lines().any(|line| line.starts_with("loss ") && line.ends_with(&scores["loss"].to_string())));
}

#[test]
fn preflight_finds_nothing_wrong() {
    let bench = Bench::new();
    let said = bench.run(&["preflight", "tiny.toml"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(said.out.lines().count(), 4);
    assert!(said.out.lines().all(|line| line.starts_with("ok     ")), "{}", said.out);
    assert!(!bench.path("runs").exists(), "a preflight leaves nothing behind");
}

#[test]
fn devices_are_listed_with_the_one_that_is_picked() {
    let said = Bench::new().run(&["devices"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for name in ["flex ", "ndarray", "wgpu", "cuda", "\nauto picks "] {
        assert!(said.out.contains(name), "{name}\n{}", said.out);
    }
}

/// What lies at `#/…` of a schema.
fn resolved<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let Some(place) = node["$ref"].as_str() else { return node };
    let place = place.strip_prefix('#').expect("references stay within the schema");
    schema.pointer(place).unwrap_or_else(|| panic!("{place} is not in the schema"))
}

fn assert_described(schema: &Value, node: &Value, path: &str) {
    let node = resolved(schema, node);
    for choice in ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| node[key].as_array()).flatten() {
        assert_described(schema, choice, path);
    }
    // What a tag that tells variants apart stands for, each variant says itself.
    let properties = node["properties"].as_object().into_iter().flatten();
    for (key, property) in properties.filter(|(_, property)| property.get("const").is_none()) {
        let path = format!("{path}.{key}");
        let told = [property, resolved(schema, property)].iter().any(|node| node["description"].is_string());
        assert!(told, "{path} has no description");
        assert_described(schema, property, &path);
    }
}

#[test]
fn the_schema_describes_every_key() {
    let said = Bench::new().run(&["schema"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&said.out).expect("a schema is JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_described(&schema, &schema, "");
    for table in ["model", "data", "training", "schedule", "optimizer", "evaluation", "checkpoint", "extends"] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
}

#[test]
fn completions_for_three_shells() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let said = bench.run(&["completions", shell]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{shell}");
        for word in ["train", "generate", "bench", "bf16", "dry-run", "checkpoint"] {
            assert!(said.out.contains(word), "{shell}: {word}");
        }
    }
}
