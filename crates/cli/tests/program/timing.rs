//! What `attentive bench` measures, and how many threads do it.

use serde_json::Value;

use crate::bench::Bench;

/// The smallest size, one step of it, and less where the arguments say so.
fn timed(arguments: &[&str]) -> Value {
    let one = ["bench", "step", "--model", "tiny", "--steps", "1", "--device", "flex", "--json"];
    let said = Bench::new().run(&[&one[..], arguments].concat());
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{arguments:?}");
    serde_json::from_str(&said.out).expect("one JSON object")
}

#[test]
fn a_step_is_timed() {
    let told = timed(&[]);
    for (key, wanted) in [("batch", 12), ("context", 64), ("steps", 1), ("parameters", 809_856)] {
        assert_eq!(told[key], wanted, "{key}");
    }
    for (key, wanted) in [("model", "tiny"), ("precision", "f32"), ("device", "flex")] {
        assert_eq!(told[key], wanted, "{key}");
    }
    let number =
        |key: &str| told[key].as_f64().filter(|number| *number > 0.0).unwrap_or_else(|| panic!("{key}: {told}"));
    let rate = 12.0 * 64.0 / (1e-3 * number("median_ms"));
    assert!((number("tokens_per_second") / rate - 1.0).abs() < 0.01, "{told}");
    assert!((number("flops") / number("peak_flops") - number("share_of_peak")).abs() < 0.01, "{told}");
    assert!(number("work_mib") <= number("peak_mib"), "{told}");
    assert_eq!(told["recompute"], false);
}

#[test]
fn what_is_asked_for_is_timed() {
    let arguments = ["--precision", "bf16", "--threads", "3", "--batch", "2", "--context", "5", "--recompute"];
    let told = timed(&arguments);
    for (key, wanted) in [("threads", 3), ("batch", 2), ("context", 5)] {
        assert_eq!(told[key], wanted, "{key}");
    }
    assert_eq!((&told["precision"], &told["recompute"]), (&Value::from("bf16"), &Value::from(true)));
}

#[test]
fn without_json_it_is_a_table() {
    let small = ["--steps", "1", "--batch", "1", "--context", "2", "--device", "flex"];
    let said = Bench::new().run(&[&["bench", "step"], &small[..]].concat());
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for line in ["model  ", "step  ", "tokens/s  ", "FLOP/s  ", "peak FLOP/s  ", "share of peak  ", "peak memory  "] {
        assert!(said.out.lines().any(|told| told.starts_with(line)), "{line}\n{}", said.out);
    }
}

#[test]
fn threads_change_no_bit_of_a_run() {
    let bench = Bench::new();
    let weights = [("one", "1"), ("three", "3")].map(|(run, threads)| {
        let said = bench.run(&["train", "tiny.toml", "--run", run, "--threads", threads]);
        assert_eq!(said.code, 0, "{}", said.err);
        bench.bytes(&format!("{run}/checkpoints/step-00000006/model.safetensors"))
    });
    assert!(weights[0] == weights[1], "another number of threads came to another model");
    for command in [&["generate", "one"][..], &["evaluate", "one", "--on", "tinyshakespeare"]] {
        let said = bench.run(&[command, &["--threads", "0"]].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""));
    }
}

#[test]
fn precision_is_part_of_the_plan() {
    let bench = Bench::new();
    let said = bench.run(&["train", "tiny.toml", "--run", "run", "--set", "training.precision=bf16"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(bench.text("run/plan.toml").contains("precision = \"bf16\""));
    let resumed = bench.run(&["train", "tiny.toml", "--run", "run", "--resume"]);
    assert_eq!(resumed.code, 2, "a run does not go on in another precision");
    assert!(resumed.err.contains("training.precision"), "{}", resumed.err);
}
