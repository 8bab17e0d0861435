//! Every family through the program: trained on what the program makes itself, used by its commands, refused by the others.

use std::{fs, io::Write, process::Stdio};

use serde_json::Value;

use crate::bench::{Bench, Said};

const TRAINING: &str = r#"
[training]
steps = 4
batch = 4

[evaluation]
batches = 1
"#;

/// A run of a few steps in the folder `run`.
fn trained(config: &str) -> Bench {
    training(config).0
}

/// A run, and what was said on the way.
fn training(config: &str) -> (Bench, String) {
    let bench = Bench::new();
    bench.write("family.toml", format!("{config}{TRAINING}").as_bytes());
    let said = bench.run(&["train", "family.toml", "--run", "run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    (bench, said.err)
}

fn well(said: Said) -> String {
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    said.out
}

fn evaluated(bench: &Bench, on: &str) -> Value {
    let said = bench.run(&["evaluate", "run", "--on", on, "--limit", "20", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).expect("one JSON object")
}

/// The command is not for this run, and another one is named.
fn refused(bench: &Bench, arguments: &[&str], named: &str) {
    let said = bench.run(arguments);
    assert!(said.code == 2 && said.err.contains(named), "{arguments:?}: {} {}", said.code, said.err);
}

fn encoder(data: &str) -> Bench {
    trained(&format!(
        "[model]\nfamily = \"bert\"\nlayers = 1\nheads = 2\nwidth = 8\ncontext = 300\n[data]\nvocabulary = 200\n{data}\n"
    ))
}

#[test]
fn an_encoder_fills_gaps_and_turns_texts_into_vectors() {
    let bench = encoder("source = \"stories\"\nstories = 20");
    let filled = well(bench.run(&["fill-mask", "run", "the [MASK] sat on the [MASK].", "--json", "--top", "2"]));
    assert_eq!(filled.lines().count(), 2, "a line a gap: {filled}");
    let words: Value = serde_json::from_str(filled.lines().next().expect("two lines")).expect("a list");
    assert!(words.as_array().is_some_and(|words| words.len() == 2 && words[0]["probability"].is_f64()));
    refused(&bench, &["fill-mask", "run", "nothing to fill"], "[MASK]");
    for pooling in ["mean", "class"] {
        let vectors = well(bench.run(&["embed", "run", "a cat", "two dogs", "--pooling", pooling]));
        for line in vectors.lines() {
            let vector: Vec<f64> = serde_json::from_str(line).expect("a list of numbers");
            let square: f64 = vector.iter().map(|entry| entry * entry).sum();
            assert!(vector.len() == 8 && (square - 1.0).abs() < 1e-5, "{line}");
        }
    }
    assert!(evaluated(&bench, "stories")["accuracy"].is_f64());
    refused(&bench, &["generate", "run"], "attentive fill-mask");
    refused(&bench, &["evaluate", "run", "--on", "shapes"], "image-classification");
}

#[test]
fn an_encoder_tells_classes_and_tags() {
    let bench = encoder("source = \"stories-statements\"\nrows = 20");
    let told = well(bench.run(&["classify", "run", "Anna ran home.\tAnna slept.", "--json"]));
    let told: Value = serde_json::from_str(&told).expect("one JSON object");
    assert!(["false", "true"].contains(&told["class"].as_str().expect("a class")), "{told}");
    let scores = evaluated(&bench, "stories-statements:test");
    assert!(["accuracy", "f1", "loss"].iter().all(|name| scores[name].is_f64()), "{scores}");
    refused(&bench, &["fill-mask", "run", "a [MASK]"], "attentive classify");

    let bench = encoder("source = \"stories-tags\"\nrows = 20");
    let told = well(bench.run(&["classify", "run", "The cat sat ."]));
    let words: Vec<&str> = told.split_whitespace().collect();
    assert!(words.len() == 4 && words[1].starts_with("cat/"), "{told}");
    assert!(evaluated(&bench, "stories-tags:test")["accuracy"].is_f64());
}

#[test]
fn rows_of_ones_own_become_classes() {
    let bench = Bench::new();
    let rows = (0..40)
        .map(|row| format!("{{\"words\": \"text number {row}\", \"kind\": \"{}\"}}\n", ["odd", "even"][row % 2]));
    bench.write("rows.jsonl", rows.collect::<String>().as_bytes());
    let config = "[model]\nfamily = \"bert\"\nlayers = 1\nheads = 2\nwidth = 8\ncontext = 16\n[data]\nfiles = [\"rows.jsonl\"]\n\
                  format = \"jsonl\"\ncolumns = { text = \"words\", label = \"kind\" }\nvocabulary = 60\n";
    bench.write("family.toml", format!("{config}{TRAINING}").as_bytes());
    let said = bench.run(&["train", "family.toml", "--run", "run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let told = well(bench.run(&["classify", "run", "text number 3"]));
    assert!(told.contains("odd ") && told.contains("even "), "{told}");
}

#[test]
fn an_encoder_decoder_translates_lines_as_they_come() {
    let config = "[model]\nfamily = \"seq2seq\"\nlayers = 1\nheads = 2\nwidth = 8\ncontext = 64\n[data]\nrows = 20\nvocabulary = 257\n";
    let bench = trained(config);
    let written = well(bench.run(&["translate", "run", "seven", "twenty-two", "--tokens", "5", "--beams", "2"]));
    assert_eq!(written.lines().count(), 2, "{written:?}");
    let best = well(bench.run(&["translate", "run", "seven", "--tokens", "4", "--best", "3"]));
    let scores: Vec<f64> = best.lines().filter_map(|line| line.split('\t').next()?.parse().ok()).collect();
    assert!(scores.len() == 3 && scores.is_sorted_by(|left, right| left >= right), "{best}");
    let drawn = |seed: &str| {
        well(bench.run(&[
            "translate",
            "run",
            "seven",
            "--tokens",
            "6",
            "--sample",
            "1.0",
            "--seed",
            seed,
            "--best",
            "2",
        ]))
    };
    assert!(drawn("1") == drawn("1") && drawn("1") != drawn("2"));
    assert!(evaluated(&bench, "numbers-en-de:test")["bleu"].is_f64());
    refused(&bench, &["classify", "run", "seven"], "attentive translate");

    let mut child = bench
        .command(&["translate", "run", "--tokens", "3"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("it reads").write_all(b"one\ntwo\nthree\n").expect("it listens");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3, "a line out for each line in");
}

#[test]
fn a_plan_says_how_answers_are_searched_for_and_arguments_say_otherwise() {
    let config = "[model]\nfamily = \"seq2seq\"\nlayers = 1\nheads = 2\nwidth = 8\ncontext = 64\n[data]\nrows = 20\nvocabulary = 257\n\
                  [generation]\nbeams = 2\nearly = true\n";
    let bench = trained(config);
    let tokenizer: Value = serde_json::from_slice(&bench.bytes("run/tokenizer.json")).expect("JSON");
    let letter = tokenizer["model"]["vocab"]["h"].as_u64().expect("every byte has an id");
    let end = tokenizer["added_tokens"][0]["id"].as_u64().expect("the end is a token");
    let others: Vec<u64> = (0..257).filter(|id| ![letter, end].contains(id)).collect();
    let rules = format!("least = 4\nmost = 5\nforced_first = {}\nruled_out = {others:?}", others[7]);
    bench.edit("run/plan.toml", "least = 0", &rules);
    let forced = well(bench.run(&["translate", "run", "seven", "--tokens", "1"]));
    bench.edit("run/plan.toml", &format!("forced_first = {}", others[7]), &format!("forced_first = {letter}"));
    assert!(!forced.starts_with('h'), "what is forced is not ruled out: {forced}");
    let written = well(bench.run(&["translate", "run", "seven"]));
    assert!(["hhhh\n", "hhhhh\n"].contains(&written.as_str()), "{written}");
    assert_eq!(well(bench.run(&["translate", "run", "seven", "--tokens", "2"])), "hh\n");
    bench.edit("run/plan.toml", "most = 5", "most = 6\nno_repeat = 3");
    assert_eq!(well(bench.run(&["translate", "run", "seven"])), "hhh\n");
    assert_eq!(well(bench.run(&["translate", "run", "seven", "--sample", "1"])), "hhh\n", "what is drawn obeys, too");
}

#[test]
fn answers_of_models_that_learned_elsewhere_show_no_special_tokens() {
    let config = "[model]\nfamily = \"seq2seq\"\nlayers = 1\nheads = 2\nwidth = 8\ncontext = 24\nvocabulary = 80\nstart = 0\nend = 3\n[data]\nrows = 20\n\
                  tokenizer = \"wordpiece\"\nvocabulary = 80\n[generation]\nforced_first = 2\nleast = 2\nmost = 4\n";
    let bench = trained(config);
    let tokenizer: Value = serde_json::from_slice(&bench.bytes("run/tokenizer.json")).expect("JSON");
    for (name, id) in [("[PAD]", 0), ("[CLS]", 2), ("[SEP]", 3)] {
        assert_eq!(tokenizer["model"]["vocab"][name], id);
    }
    let written = well(bench.run(&["translate", "run", "seven", "eight", "--best", "2"]));
    assert!(written.lines().count() == 4 && !written.contains('['), "{written}");
}

#[test]
fn a_search_that_cannot_be_is_refused() {
    let bench = Bench::new();
    let config = "[model]\nfamily = \"seq2seq\"\nlayers = 1\nheads = 2\nwidth = 8\ncontext = 16\n[data]\nrows = 5\nvocabulary = 257\n";
    bench.write("family.toml", format!("{config}{TRAINING}").as_bytes());
    let cases = [
        ("beams=1001", "`generation.beams = 1001` is out of range; give 1 to 1000"),
        ("most=0", "`generation.most = 0` is out of range"),
        ("length_penalty=inf", "`generation.length_penalty = inf` must be a number"),
        ("forced_last=257", "`generation.forced_last` holds 257, which is beyond the 257 ids of the vocabulary"),
        ("ruled_out=[3, 999]", "`generation.ruled_out` holds 999, which is beyond the 257 ids of the vocabulary"),
    ];
    for (set, named) in cases {
        refused(&bench, &["train", "family.toml", "--run", "run", "--set", &format!("generation.{set}")], named);
    }
    bench.edit("family.toml", "seq2seq", "gpt");
    bench.edit("family.toml", "rows = 5\n", "");
    let set = ["train", "family.toml", "--run", "run", "--set", "generation.beams=2"];
    refused(&bench, &set, "`[generation]` says nothing to a model of this family; remove it");
}

#[test]
fn a_vision_transformer_tells_pictures_apart() {
    let config = "[model]\nfamily = \"vit\"\npatch = 8\nlayers = 1\nheads = 2\nwidth = 8\n[data]\nrows = 20\n";
    let (bench, said) = training(config);
    assert!(said.contains(" pictures/s  "), "{said}");
    // The smallest GIF: one white pixel.
    let pixel = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
    fs::write(bench.path("white.gif"), pixel).expect("the bench can be written to");
    let told = well(bench.run(&["classify", "run", "white.gif", "--top", "10"]));
    assert!(told.contains("circle ") && told.contains("bar "), "{told}");
    let scores = evaluated(&bench, "shapes:test");
    assert!(scores["accuracy"].is_f64() && scores["top_5"].is_f64(), "{scores}");
    refused(&bench, &["classify", "run", "a text"], "picture files");
    refused(&bench, &["classify", "run", "gone.png"], "gone.png cannot be read");
    bench.write("cut.gif", &pixel[..20]);
    refused(&bench, &["classify", "run", "cut.gif"], "cut.gif is not a picture that can be used: the GIF");
    refused(&bench, &["embed", "run", "white.gif"], "attentive classify");
}

#[test]
fn an_encoder_that_another_run_trained_is_blended() {
    let own = "[model]\nfamily = \"vit\"\npatch = 8\nlayers = 1\nheads = 2\nwidth = 8\n[data]\nrows = 20\n";
    let bench = trained(own);
    let blend = "[model]\nfamily = \"vit\"\npatch = 8\nlayers = 1\nheads = 2\nwidth = 8\n[[model.blend]]\nfrom = \"run\"\nfrozen = true\n\
                 [[model.blend]]\npatch = 16\n[data]\nrows = 20\n";
    bench.write("blend.toml", format!("{blend}{TRAINING}").as_bytes());
    let said = bench.run(&["train", "blend.toml", "--run", "blended"]);
    assert_eq!(said.code, 0, "{}", said.err);
    bench.edit("blend.toml", "from = \"run\"", "from = \"run\"\nlayers = 2");
    let said = bench.run(&["train", "blend.toml", "--run", "other"]);
    assert!(said.code != 0 && said.err.contains("model.blend.0.from"), "{}", said.err);
}

#[test]
fn data_that_a_model_cannot_learn_from_is_named_with_what_it_wants() {
    let bench = Bench::new();
    let models = [
        ("family = \"seq2seq\"\ncontext = 16\n", "shapes", "`source` and `target`"),
        (
            "family = \"bert\"\ncontext = 16\n",
            "shapes",
            "`text` and `label`, or `text` and `score`, or `words` and `tags`",
        ),
        ("family = \"vit\"\npatch = 4\n", "stories-tags", "`picture` and `label`"),
        ("family = \"vit\"\npatch = 4\n", "scenes-questions", "`picture` and `label`"),
    ];
    for (model, source, wanted) in models {
        let config = format!(
            "[model]\nlayers = 1\nheads = 2\nwidth = 8\n{model}[data]\nrows = 5\nsource = \"{source}\"\n{TRAINING}"
        );
        bench.write("family.toml", config.as_bytes());
        refused(&bench, &["train", "family.toml", "--run", "run"], wanted);
    }
}

#[test]
fn a_key_that_would_be_ignored_is_refused() {
    let bench = Bench::new();
    let config =
        "[model]\nfamily = \"vit\"\npatch = 8\nlayers = 1\nheads = 2\nwidth = 8\n[data]\nrows = 5\nbatch_tokens = 9\n";
    bench.write("family.toml", format!("{config}{TRAINING}").as_bytes());
    refused(&bench, &["train", "family.toml", "--run", "run"], "family.toml:9:16: `data.batch_tokens`");
}
