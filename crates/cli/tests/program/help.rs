//! The help of every command, word for word, at a fixed width.

use crate::{bench::Bench, snapshot::assert_matches};

#[test]
fn help() {
    let bench = Bench::new();
    let commands = ["train", "generate", "evaluate", "preflight", "devices", "completions", "schema"];
    for command in commands {
        let said = bench.run(&[command, "--help"]);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{command}");
        assert_matches(&format!("help/{command}.txt"), &said.out);
    }
    let said = bench.run(&["--help"]);
    assert!(commands.iter().all(|command| said.out.contains(&format!("\n  {command} "))), "{}", said.out);
    assert_matches("help/attentive.txt", &said.out);
}
