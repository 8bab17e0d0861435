//! The lines of docs/finetuning.md, run against a hub on this machine; and the real models that it speaks of, where they are at hand.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

use crate::{
    bench::{Bench, Said},
    folders::{GPT2, MASKED, folder, well},
    hub::Hub,
    scores::mirror,
};

const DOCUMENT: &str = include_str!("../../../../docs/finetuning.md");
/// Names of models that the document speaks of.
const NAMES: [&str; 2] = ["ORG/NAME", "sentence-transformers/all-MiniLM-L6-v2"];

/// The blocks of the document, each with its language, in order.
fn blocks() -> impl Iterator<Item = (&'static str, &'static str)> {
    DOCUMENT.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'))
}

/// A line of the document for a model of a few thousand numbers: its words, or nothing where the program is not what it calls.
fn words(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next()?.trim().strip_prefix("attentive ")?;
    let mut words: Vec<String> = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    let (writes, from) = (words[0] == "generate", if words[0] == "generate" { "gpt" } else { "model" });
    for word in &mut words {
        match word.as_str() {
            "FOLDER" if line.starts_with("export") => *word = "handed".to_owned(),
            "FOLDER" => *word = from.to_owned(),
            "RUN" => *word = "runs/reviews".to_owned(),
            _ => {}
        }
    }
    let fewer: &[&str] = match words[0].as_str() {
        "train" => &["--set", "training.steps=2", "--set", "device=\"flex\""],
        "evaluate" => &["--limit", "20"],
        _ if writes => &["--tokens", "3"],
        _ => &[],
    };
    Some(words.into_iter().chain(fewer.iter().map(|word| (*word).to_owned())).collect())
}

/// A folder `model` without a head, as encoders of sentences are, a folder `gpt`, and reviews to learn from.
fn desk() -> Bench {
    let bench = folder(MASKED);
    let gpt = folder(GPT2);
    fs::rename(gpt.path("model"), bench.path("gpt")).expect("both lie on one disk");
    let rows: String = (0..40).map(|row| format!("w{} w{} w9\t{}\n", row % 7 + 3, row % 5 + 4, row % 2)).collect();
    bench.write("reviews.tsv", format!("text\tlabel\n{rows}").as_bytes());
    bench
}

#[test]
fn the_lines_of_the_document_run() {
    let (bench, mut ran) = (desk(), 0);
    let hub = Hub::start(&bench.path("model"));
    let cache = bench.path("cache");
    for (language, block) in blocks() {
        if language == "toml" && block.starts_with("# tune.toml") {
            bench.write("tune.toml", block.as_bytes());
        }
        for words in block.lines().filter(|_| language == "sh").filter_map(words) {
            let sets = block.contains("glue-") || words.iter().any(|word| word.starts_with("glue-"));
            let Some(mirror) = mirror().or((!sets).then(PathBuf::new)) else { continue };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let mut command = bench.command(&words);
            command.env("HF_ENDPOINT", &hub.address).env("ATTENTIVE_CACHE", &cache).env("ATTENTIVE_MIRROR", mirror);
            let said = bench.said(command.output().expect("the program starts"));
            assert_eq!(said.code, 0, "{words:?}\n{}", said.err);
            ran += 1;
        }
    }
    assert!(ran >= 10, "{ran} lines");
    for name in NAMES {
        let wanted = format!("/{name}/resolve/");
        assert!(mirror().is_none() || hub.asked().iter().any(|path| path.starts_with(&wanted)), "{name}");
    }
}

/// stories260K as a model folder, where its file and Python are at hand.
fn storyteller(bench: &Bench) -> Option<PathBuf> {
    let published = mirror()?.join("checkpoints/stories260K");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/golden/stories260k.py");
    let files = ["stories260K.bin", "tok512.bin"].map(|name| published.join(name));
    let made = Command::new("python3").arg(script).args(files).arg(bench.path("storyteller")).status();
    made.is_ok_and(|status| status.success()).then_some(published)
}

#[test]
fn stories260k_goes_on_where_it_stands() {
    let bench = Bench::new();
    let Some(published) = storyteller(&bench) else { return };
    let reference: Value =
        serde_json::from_slice(&fs::read(published.join("reference.json")).expect("it is there")).expect("JSON");
    let told = well(bench.run(&["generate", "storyteller", "--temperature", "0", "--tokens", "199"]));
    let story = reference["greedy_text"].as_str().expect("a story").trim_start();
    assert!(story.starts_with(told.trim_end()) && told.len() > story.len() - 12, "{told}");

    bench.write("on.toml", b"device = \"flex\"\n[initialize]\nfrom = \"storyteller\"\n[model]\ncontext = 64\n[data]\nfiles = [\"told.txt\"]\n\
        [training]\nsteps = 1\nbatch = 4\nlearning_rate = 1e-12\n[evaluation]\nbatches = 2\n[sample]\ntokens = 0\n");
    bench.write("told.txt", [story; 60].join("\n").as_bytes());
    well(bench.run(&["train", "on.toml", "--run", "on"]));
    let step = &bench.journal("on")[0];
    let [first, held] = ["loss", "validation_loss"].map(|key| step[key].as_f64().expect("a number"));
    assert!(first < 1.3 && (first - held).abs() < 0.5, "what it wrote itself surprises it little: {first}, {held}");
    // Trained on, or used as it is: the same loss on the same texts.
    let loss = |run: &str| {
        let said = well(bench.run(&["evaluate", run, "--on", "tinyshakespeare:validation", "--limit", "2", "--json"]));
        serde_json::from_str::<Value>(&said).expect("JSON")["loss"].as_f64().expect("a number")
    };
    well(bench.run(&["train", "on.toml", "--run", "whole", "--set", "model.context=512", "--set", "training.batch=1"]));
    let [before, after] = ["storyteller", "whole"].map(loss);
    assert!((before - after).abs() < 1e-5, "{before} before, {after} after");

    // On other stories it learns from its first step on, and unlearns at none.
    bench.write("stories.toml", b"device = \"flex\"\n[initialize]\nfrom = \"storyteller\"\n[model]\ncontext = 128\n[data]\nsource = \"stories\"\n\
        [training]\nsteps = 24\nbatch = 8\nlearning_rate = 1e-3\n[schedule]\nwarmup = 4\n[evaluation]\nevery = 4\nbatches = 4\n[sample]\ntokens = 0\n");
    well(bench.run(&["train", "stories.toml", "--run", "learns"]));
    let held: Vec<f64> = bench.journal("learns").iter().filter_map(|step| step["validation_loss"].as_f64()).collect();
    assert!(held.len() == 6 && held.windows(2).all(|pair| pair[1] < pair[0]), "{held:?}");
}

#[test]
fn a_run_that_is_not_here_is_not_looked_for_in_silence() {
    let bench = Bench::trained();
    let from = |name: &str| format!("initialize.from={name:?}");
    let said = |arguments: &[&str]| {
        let mut command = bench.command(arguments);
        bench.said(command.env("ATTENTIVE_OFFLINE", "1").output().expect("the program starts"))
    };
    for arguments in [
        &["generate", "runs/lost"][..],
        &["train", "tiny.toml", "--run", "on", "--set", &from("runs/lost")],
        &["train", "tiny.toml", "--run", "on", "--set", "teacher.from=\"runs/lost\""],
    ] {
        let Said { code, err, .. } = said(arguments);
        let told = "attentive: no folder runs/lost is here, so it was taken for a model of the hub: `runs/lost` with revision `main` was";
        assert!(code == 2 && err.starts_with(told), "{arguments:?}: {err}");
    }
    let Said { code, err, .. } = said(&["train", "tiny.toml", "--run", "on", "--set", &from("run/lost")]);
    assert!(code == 2 && err.starts_with("attentive: run/lost is neither a run nor a model folder"), "{err}");
}

/// The published encoder, which `.ci/run` brings where PyPI can be reached.
#[test]
fn minilm_makes_the_vectors_that_transformers_makes() {
    let Some(model) = std::env::var_os("ATTENTIVE_MINILM").map(PathBuf::from) else { return };
    let golden: Value = serde_json::from_str(include_str!("golden/minilm.json")).expect("JSON");
    let (bench, list) = (Bench::new(), |value: &Value| value.as_array().expect("a list").clone());
    let model = model.to_str().expect("a plain path");
    for (sentence, wanted) in list(&golden["sentences"]).iter().zip(list(&golden["vectors"])) {
        let said = well(bench.run(&["embed", model, sentence.as_str().expect("a text")]));
        let found: Vec<f64> = serde_json::from_str(&said).expect("numbers");
        let apart = found.iter().zip(list(&wanted)).map(|(one, other)| (one - other.as_f64().expect("a number")).abs());
        assert!(found.len() == 384 && apart.fold(0.0, f64::max) < 1e-5, "{sentence}");
    }
    // A copy in the layout that it has.
    well(bench.run(&["export", model, "--to", "copy"]));
    for name in ["modules.json", "sentence_bert_config.json", "1_Pooling/config.json"] {
        let json = |folder: PathBuf| {
            serde_json::from_slice::<Value>(&fs::read(folder.join(name)).expect("it is there")).expect("JSON")
        };
        assert_eq!(json(bench.path("copy")), json(model.into()), "{name}");
    }
    let text = golden["sentences"][0].as_str().expect("a text");
    let [one, other] = [model, "copy"].map(|folder| well(bench.run(&["embed", folder, text])));
    assert_eq!(one, other);
}

/// As many pairs as the split has, so that the figure is the one of docs/finetuning.md.
#[test]
fn minilm_tells_likeness_as_transformers_does() {
    let (Some(model), Some(mirror)) = (std::env::var_os("ATTENTIVE_MINILM"), mirror()) else { return };
    let bench = Bench::new();
    let mut command =
        bench.command(&["evaluate", model.to_str().expect("a plain path"), "--on", "glue-stsb:validation", "--json"]);
    let Said { out, err, code } =
        bench.said(command.env("ATTENTIVE_MIRROR", mirror).output().expect("the program starts"));
    assert_eq!(code, 0, "{err}");
    let said: Value = serde_json::from_str(&out).expect("JSON");
    let spearman = said["spearman"].as_f64().expect("a number");
    assert!((spearman - 0.86716).abs() < 1e-5, "{spearman}");
}
