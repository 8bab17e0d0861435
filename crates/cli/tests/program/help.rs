//! The help of every command, word for word, at a fixed width.

use crate::{bench::Bench, snapshot::assert_matches};

#[test]
fn help() {
    let bench = Bench::new();
    let commands = [
        "train",
        "generate",
        "chat",
        "classify",
        "fill-mask",
        "embed",
        "translate",
        "retrieve",
        "caption",
        "ask",
        "evaluate",
        "compare",
        "score",
        "data",
        "preflight",
        "bench",
        "devices",
        "completions",
        "schema",
    ];
    let further = [
        "bench step",
        "bench kernels",
        "score bleu",
        "score chrf",
        "score ter",
        "score f1",
        "data list",
        "data sample",
    ];
    for command in commands.into_iter().chain(further) {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let said = bench.run(&words);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{command}");
        assert_matches(&format!("help/{}.txt", command.replace(' ', "-")), &said.out);
    }
    let said = bench.run(&["--help"]);
    assert!(commands.iter().all(|command| said.out.contains(&format!("\n  {command} "))), "{}", said.out);
    assert_matches("help/attentive.txt", &said.out);
}
