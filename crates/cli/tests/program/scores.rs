//! `score`, `data` and `compare`: the reference programs' numbers through our program, and runs beside each other.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::{Bench, Said};

/// With a run that can read any text.
fn reader() -> Bench {
    let bench = Bench::new();
    bench.edit("tiny.toml", "tokenizer = \"characters\"", "tokenizer = \"bytes\"");
    let said = bench.run(&["train", "tiny.toml", "--run", "run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    bench
}

fn json(said: &Said) -> Value {
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    serde_json::from_str(&said.out).expect("one JSON object")
}

/// `sacrebleu r.txt -i p.txt -m bleu chrf ter -w 10` of sacreBLEU 2.6.0.
#[test]
fn translations_score_as_with_sacrebleu() {
    let bench = Bench::new();
    bench.write("p.txt", b"a b c d\nthe cat sat on mat\n");
    bench.write("r.txt", b"a b c e\nthe cat sat on the mat\n");
    let files = ["--predictions", "p.txt", "--references", "r.txt", "--json"];
    let score = |name: &str| json(&bench.run(&[&["score", name], &files[..]].concat()));
    let bleu = score("bleu");
    let near =
        |value: &Value, expected: f64| assert!((value.as_f64().expect("a score") - expected).abs() < 1e-9, "{value}");
    near(&bleu["score"], 53.417_359_568_998_51);
    assert_eq!(bleu["signature"], "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
    assert_eq!(bleu["items"], 2);
    let bounds = bleu["interval"].as_array().expect("two bounds");
    assert!(bounds[0].as_f64() <= bleu["score"].as_f64() && bleu["score"].as_f64() <= bounds[1].as_f64());
    near(&score("ter")["score"], 20.0);
    assert_eq!(score("chrf")["name"], "chrF2");
    near(&score("accuracy")["score"], 0.0);
}

#[test]
fn a_table_tells_score_and_baseline() {
    let bench = Bench::new();
    bench.write("p.txt", b"1\n0\n1\n1\n");
    bench.write("r.txt", b"1\n0\n1\n0\n");
    bench.write("b.txt", b"0\n0\n0\n0\n");
    let said = bench.run(&["score", "f1", "--predictions", "p.txt", "--references", "r.txt", "--baseline", "b.txt"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.starts_with("F1                   0.800000\n"), "{}", said.out);
    assert!(said.out.contains("\nbaseline             0.000000\n"), "{}", said.out);
}

#[test]
fn lines_that_do_not_pair_are_the_users_matter() {
    let bench = Bench::new();
    bench.write("p.txt", b"1\n0\n");
    bench.write("r.txt", b"1\n");
    let said = bench.run(&["score", "pearson", "--predictions", "p.txt", "--references", "r.txt"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert_eq!(
        said.err,
        "attentive: p.txt has 2 lines and r.txt has 1; each line of the one answers a line of the other\n"
    );
}

#[test]
fn data_sets_are_listed_shown_and_sampled() {
    let bench = Bench::new();
    let listed = bench.run(&["data", "list", "--task", "translation"]);
    assert!(listed.out.lines().any(|line| line.starts_with("multi30k ")), "{}", listed.out);
    assert!(!listed.out.contains("tinyshakespeare"));
    let unknown = bench.run(&["data", "list", "--task", "cooking"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("no data set has this task; there are classification, "), "{}", unknown.err);
    let shown = bench.run(&["data", "show", "glue-cola"]);
    assert!(shown.out.contains("test                 1063 rows, answers not published"), "{}", shown.out);
    let sampled = json(&bench.run(&["data", "sample", "numbers-en-de:test", "-n", "1", "--json"]));
    assert!(sampled["source"].is_string() && sampled["target"].is_string(), "{sampled}");
    let verified = bench.run(&["data", "verify", "numbers-en-de"]);
    assert!(verified.out.contains("test                 1000 rows, as on the card"), "{}", verified.out);
}

#[test]
fn pictures_are_drawn_or_put_on_a_sheet() {
    let bench = Bench::new();
    let drawn = bench.run(&["data", "sample", "shapes:test", "-n", "1"]);
    assert!(drawn.out.contains("label        \"") && drawn.out.lines().count() > 20, "{}", drawn.out);
    let sheet = bench.run(&["data", "sample", "scenes-captions:test", "-n", "12", "--png", "sheet.png"]);
    assert_eq!((sheet.code, sheet.out.as_str(), sheet.err.as_str()), (0, "", ""));
    assert_eq!(&bench.bytes("sheet.png")[1..4], b"PNG");
}

#[test]
fn a_language_model_answers_questions_and_runs_are_compared() {
    let bench = reader();
    let said = bench.run(&["train", "tiny.toml", "--run", "other", "--set", "training.seed=2"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for run in ["run", "other"] {
        let text = json(&bench.run(&["evaluate", run, "--on", "stories", "--json", "--device", "flex"]));
        let [low, high] = [0, 1].map(|bound| text["intervals"]["loss"][bound].as_f64().expect("a bound"));
        let loss = text["loss"].as_f64().expect("a loss");
        assert!(low < loss && loss < high, "{text}");
        let pairs =
            bench.run(&["evaluate", run, "--on", "numbers-en-de", "--limit", "3", "--json", "--device", "flex"]);
        assert_eq!(pairs.code, 2, "{}", pairs.out);
        assert!(pairs.err.contains("whose task is translation"), "{}", pairs.err);
    }
    let compared = json(&bench.run(&["compare", "run", "other", "--json"]));
    assert_eq!(compared["plans"], serde_json::json!([{ "key": "training.seed", "values": ["1", "2"] }]));
    let row = &compared["scores"][0];
    assert_eq!((row["on"].as_str(), row["measure"].as_str()), (Some("stories:validation"), Some("loss")));
    assert!(row["runs"][0]["p_value"].is_null() && row["runs"][1]["p_value"].is_number(), "{row}");
    let table = bench.run(&["compare", "run", "other"]);
    assert!(table.out.contains("  training.seed                    1  |  2\n"), "{}", table.out);
}

#[test]
fn unpublished_answers_are_named() {
    let bench = Bench::trained();
    let said = bench.run(&["evaluate", "run", "--on", "glue-cola:test", "--device", "flex"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("the answers of `glue-cola:test` are not published"), "{}", said.err);
}

pub(crate) fn mirror() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    let mirror = std::env::var_os("ATTENTIVE_MIRROR").map_or(beside, PathBuf::from);
    mirror.join("zero-shot-lm").is_dir().then_some(mirror)
}

/// Where the data sets are at hand.
#[test]
fn zero_shot_questions_are_scored() {
    let Some(mirror) = mirror() else { return };
    let bench = reader();
    let evaluate = |on: &str, limit: &str| {
        let mut command =
            bench.command(&["evaluate", "run", "--on", on, "--limit", limit, "--json", "--device", "flex"]);
        let output = command.env("ATTENTIVE_MIRROR", &mirror).output().expect("the program starts");
        json(&bench.said(output))
    };
    let lambada = evaluate("lambada", "5");
    assert!(lambada["perplexity"].as_f64() > Some(1.0) && lambada["items"] == 5, "{lambada}");
    let copa = evaluate("copa", "8");
    assert!((0.0..=1.0).contains(&copa["acc"].as_f64().expect("a share")) && copa["acc_norm"].is_number(), "{copa}");
    assert!(evaluate("winogrande", "4")["acc"].is_number());
    assert_eq!(evaluate("scan-simple:test", "2")["exact_match"], 0.0);
}
