//! Questions to a language model that others trained, item by item as lm-evaluation-harness scores it through transformers
//! (`scripts/golden/harness.py`), where the checkpoint and the questions are at hand.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{
    bench::Bench,
    folders::{Tensor, tensors, written},
    scores::mirror,
};

/// Sums of some hundred logarithms in f32, in another order.
const NEAR: f64 = 1e-4;
/// Goes on with the folder for a step that is too small to change a weight, so that what is kept of each item lies in a run.
const TUNE: &str = r#"device = "flex"

[initialize]
from = "model"

[data]
files = ["text.txt"]

[training]
steps = 1
batch = 1
learning_rate = 1e-30

[optimizer]
kind = "sgd"
decay = 0.0

[evaluation]
batches = 1

[sample]
tokens = 0
"#;
/// llama2.c's names, and those of transformers.
const NAMES: [(&str, &str); 10] = [
    ("tok_embeddings", "embed_tokens"),
    ("attention.wq", "self_attn.q_proj"),
    ("attention.wk", "self_attn.k_proj"),
    ("attention.wv", "self_attn.v_proj"),
    ("attention.wo", "self_attn.o_proj"),
    ("feed_forward.w1", "mlp.gate_proj"),
    ("feed_forward.w2", "mlp.down_proj"),
    ("feed_forward.w3", "mlp.up_proj"),
    ("attention_norm", "input_layernorm"),
    ("ffn_norm", "post_attention_layernorm"),
];
/// Of a head.
const CHANNELS: usize = 8;

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/harness.json");
    serde_json::from_slice(&fs::read(path).expect("a golden file")).expect("JSON")
}

/// The checkpoint under the names and in the order of transformers, where rotated pairs of channels are halves of a head.
fn weights(checkpoint: &Path) -> BTreeMap<String, Tensor> {
    let renamed = |(name, (kind, shape, bytes)): (String, Tensor)| {
        let (theirs, ours) = NAMES.iter().find(|(theirs, _)| name.contains(&format!("{theirs}."))).unwrap_or(&("", ""));
        let rotated = ours.ends_with("q_proj") || ours.ends_with("k_proj");
        let bytes = if rotated { halved(&bytes, shape[0] as usize) } else { bytes };
        (format!("model.{}", name.replacen(theirs, ours, 1)), (kind, shape, bytes))
    };
    tensors(checkpoint).into_iter().map(renamed).collect()
}

fn halved(bytes: &[u8], rows: usize) -> Vec<u8> {
    let row = |row: usize| {
        let (head, place) = (row / CHANNELS * CHANNELS, row % CHANNELS);
        let from = head + 2 * (place % (CHANNELS / 2)) + place / (CHANNELS / 2);
        &bytes[from * bytes.len() / rows..(from + 1) * bytes.len() / rows]
    };
    (0..rows).flat_map(row).copied().collect()
}

/// With the model in a folder, and a run that goes on with it.
fn bench(golden: &Value, checkpoint: &Path) -> Bench {
    let bench = Bench::new();
    fs::create_dir(bench.path("model")).expect("a folder");
    bench.write("model/config.json", golden["config"].to_string().as_bytes());
    bench.write("model/tokenizer.json", golden["tokenizer"].to_string().as_bytes());
    bench.write("model/model.safetensors", &written(&weights(checkpoint)));
    bench.write("text.txt", "Once upon a time there was a little girl named Lily. ".repeat(600).as_bytes());
    bench.write("tune.toml", TUNE.as_bytes());
    let said = bench.run(&["train", "tune.toml", "--run", "run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    bench
}

fn close(found: &Value, expected: &Value, what: &str) {
    let [found, expected] = [found, expected].map(|value| value.as_f64().unwrap_or_else(|| panic!("{what}: {value}")));
    assert!((found - expected).abs() <= NEAR * expected.abs(), "{what}: {found} and {expected}");
}

/// Item by item: what a measure has kept of it.
fn items<'a>(kept: &'a Value, measure: &str) -> &'a [Value] {
    let measures = kept["measures"].as_array().expect("measures");
    let found = measures.iter().find(|known| known["name"] == measure).expect("the measure is there");
    found["items"].as_array().expect("a list")
}

#[test]
fn questions_score_as_with_lm_evaluation_harness() {
    let Some(mirror) = mirror() else { return };
    let golden = golden();
    let bench = bench(&golden, &mirror.join("checkpoints/stories260K/stories260K.safetensors"));
    let limit = golden["limit"].to_string();
    for (name, expected) in golden["tasks"].as_object().expect("scores by task") {
        let mut command = bench.command(&["evaluate", "run", "--on", name, "--limit", &limit, "--json"]);
        let said = bench.said(command.env("ATTENTIVE_MIRROR", &mirror).output().expect("the program starts"));
        assert_eq!(said.code, 0, "{name}: {}", said.err);
        let found: Value = serde_json::from_str(&said.out).expect("JSON");
        for (measure, score) in expected["scores"].as_object().expect("scores") {
            close(&found[ours(name, measure)], score, &format!("{name}, {measure}"));
        }
        let file =
            format!("run/evaluations/{}.json", found["on"].as_str().expect("a name").replace([':', ',', ' '], "-"));
        let kept: Value = serde_json::from_slice(&bench.bytes(&file)).expect("JSON");
        same_items(name, &kept, expected["items"].as_array().expect("a list"));
    }
}

/// The harness says `acc` of LAMBADA too.
fn ours<'a>(name: &str, measure: &'a str) -> &'a str {
    if (name, measure) == ("lambada", "acc") { "accuracy" } else { measure }
}

fn same_items(name: &str, kept: &Value, expected: &[Value]) {
    for measure in ["acc", "acc_norm"] {
        let Some(_) = expected[0].get(measure) else { continue };
        let found = items(kept, ours(name, measure)).iter().map(|item| &item[0]);
        assert!(found.eq(expected.iter().map(|item| &item[measure])), "{name}, {measure}");
    }
    if name == "lambada" {
        for (index, (found, expected)) in items(kept, "perplexity").iter().zip(expected).enumerate() {
            let nats = Value::from(-found[0].as_f64().expect("a number"));
            close(&nats, &expected["log_likelihoods"][0], &format!("{name}, item {index}"));
        }
    }
}
