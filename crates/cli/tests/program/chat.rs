//! Conversations: the examples of docs/chat.md, run, and what a model learns from a few of them.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::{Value, json};

use crate::bench::{Bench, Said};

const DOCUMENT: &str = include_str!("../../../../docs/chat.md");

const NUMBERS: [(&str, &str); 20] = [
    ("one", "eins"),
    ("two", "zwei"),
    ("three", "drei"),
    ("four", "vier"),
    ("five", "fünf"),
    ("six", "sechs"),
    ("seven", "sieben"),
    ("eight", "acht"),
    ("nine", "neun"),
    ("ten", "zehn"),
    ("eleven", "elf"),
    ("twelve", "zwölf"),
    ("thirteen", "dreizehn"),
    ("fourteen", "vierzehn"),
    ("fifteen", "fünfzehn"),
    ("sixteen", "sechzehn"),
    ("seventeen", "siebzehn"),
    ("eighteen", "achtzehn"),
    ("nineteen", "neunzehn"),
    ("twenty", "zwanzig"),
];

const MODEL: &str = r#"device = "flex"

[model]
layers = 1
heads = 2
width = 32
context = 64

[training]
steps = 2
batch = 4

[sample]
tokens = 0
"#;

/// Long enough to know the answers by heart.
const LEARNING: [&str; 8] = [
    "--set",
    "training.steps=150",
    "--set",
    "training.batch=19",
    "--set",
    "training.learning_rate=5e-3",
    "--set",
    "schedule.warmup=10",
];

/// A bench with a model that was trained on the first of the document's examples, in the folder that its commands name.
static TAUGHT: LazyLock<Bench> = LazyLock::new(|| {
    let bench = filled();
    bench.write("numbers.toml", format!("{MODEL}\n{}", blocks("toml")[0]).as_bytes());
    let said = bench.run(&[&["train", "numbers.toml"][..], &LEARNING].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    bench
});

fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    DOCUMENT.split(&start).skip(1).map(|rest| rest.split("```").next().expect("a split has a first part")).collect()
}

fn question(number: &str) -> String {
    format!("What is {number} in German?")
}

fn filled() -> Bench {
    let bench = Bench::new();
    let lines = |row: &dyn Fn(&str, &str) -> Value| -> String {
        NUMBERS.iter().map(|(number, word)| format!("{}\n", row(number, word))).collect()
    };
    let pair = |number: &str, word: &str| json!({"question": question(number), "answer": word});
    let talk = |number: &str, word: &str| {
        json!({"conversation": [
            {"role": "system", "content": "Translate."},
            {"role": "user", "content": number},
            {"role": "assistant", "content": word},
            {"role": "user", "content": "Thank you!"},
            {"role": "assistant", "content": "Gladly."},
        ]})
    };
    bench.write("numbers.jsonl", lines(&pair).as_bytes());
    bench.write("talks.jsonl", lines(&talk).as_bytes());
    bench
}

/// What is answered to this input.
fn answered(bench: &Bench, mut command: Command, input: &str) -> Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the program starts");
    // Who refuses reads nothing.
    let _ = process.stdin.take().expect("it is piped").write_all(input.as_bytes());
    bench.said(process.wait_with_output().expect("a process of ours"))
}

fn chat(bench: &Bench, arguments: &[&str], input: &str) -> String {
    let said = answered(bench, bench.command(&[&["chat", "runs/numbers"], arguments].concat()), input);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    said.out
}

#[test]
fn what_was_taught_is_answered() {
    let asked: String = NUMBERS[..5].iter().map(|(number, _)| format!("{}\n/reset\n\n", question(number))).collect();
    let known: String = NUMBERS[..5].iter().map(|(_, word)| format!("{word}\n")).collect();
    assert_eq!(chat(&TAUGHT, &["--temperature", "0"], &asked), known);
    assert_eq!(chat(&TAUGHT, &[], ""), "");
}

/// The template alone would fill the context several times.
#[test]
fn what_no_longer_fits_is_forgotten() {
    let (number, word) = NUMBERS[6];
    let asked = format!("{}\n", question(number)).repeat(12);
    let told = chat(&TAUGHT, &["--temperature", "0", "--tokens", "30"], &asked);
    assert_eq!(told.lines().count(), 12, "{told}");
    assert!(told.starts_with(&format!("{word}\n")), "{told}");
}

#[test]
fn the_seed_decides_what_is_drawn() {
    let drawn = |seed: &str| chat(&TAUGHT, &["--temperature", "5", "--seed", seed, "--tokens", "20"], "Well?\n");
    assert_eq!(drawn("3"), drawn("3"));
    assert_ne!(drawn("3"), drawn("4"));
}

#[test]
fn the_run_folder_holds_the_template() {
    let template = TAUGHT.text("runs/numbers/chat_template.jinja");
    assert!(template.contains("### {{ message.role }}:"), "{template}");
    assert!(TAUGHT.text("runs/numbers/plan.toml").contains("learn = \"answers\""));
    let bench = filled();
    copied(&TAUGHT, &bench);
    bench.write("run/chat_template.jinja", b"{{ raise_exception('nobody speaks') }}");
    let said = answered(&bench, bench.command(&["chat", "run"]), "Well?\n");
    assert_eq!(said.code, 2);
    let refusal = "attentive: the chat template cannot be used: nobody speaks in its line 1; mend it";
    assert!(said.err.starts_with(refusal), "{}", said.err);
}

fn copied(from: &Bench, to: &Bench) {
    let copy = Command::new("cp").arg("-r").arg(from.path("runs/numbers")).arg(to.path("run")).status();
    assert!(copy.expect("there is cp").success());
}

#[test]
fn examples_of_the_document_train() {
    let bench = filled();
    let blocks = blocks("toml");
    assert_eq!(blocks.len(), 2);
    for (block, learn) in blocks.into_iter().zip(["answers", "all"]) {
        bench.write("config.toml", format!("{MODEL}\n{block}").as_bytes());
        let set = format!("data.learn=\"{learn}\"");
        let said = bench.run(&["train", "config.toml", "--set", &set, "--set", "sample.tokens=4", "--run", learn]);
        assert_eq!(said.code, 0, "{learn}\n{}", said.err);
        assert!(said.err.contains("  | ###"), "{}", said.err);
    }
}

/// Those of a shell, with the program in the place of its name.
#[test]
fn commands_of_the_document_run() {
    let commands = blocks("sh").concat();
    assert_eq!(commands.lines().count(), 3);
    for line in commands.lines() {
        let mut command = Command::new("sh");
        let same = TAUGHT.command(&[]);
        command.args(["-c", &line.replace("attentive", env!("CARGO_BIN_EXE_attentive"))]).current_dir(TAUGHT.path(""));
        command.envs(same.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let said = answered(&TAUGHT, command, "What is two in German?\n");
        assert_eq!((said.code, said.err.as_str(), said.out.lines().count()), (0, "", 1), "{line}\n{}", said.out);
    }
}

#[test]
fn long_conversations_are_counted() {
    let bench = filled();
    bench.write("config.toml", format!("{MODEL}\n{}", blocks("toml")[1]).as_bytes());
    let said = bench.run(&["preflight", "config.toml", "--set", "model.context=20"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let note = "note: 19 of 19 conversations are longer than `model.context`, and their beginning is left out: 20 tokens fit\n";
    assert!(said.err.contains(note), "{}", said.err);
}

#[test]
fn what_cannot_talk_says_so() {
    let bench = Bench::trained();
    let said = answered(&bench, bench.command(&["chat", "run"]), "Hello?\n");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.starts_with("attentive: this language model knows no conversations"), "{}", said.err);
    assert!(said.err.ends_with("let it write on with `attentive generate RUN`\n"), "{}", said.err);
}

#[test]
fn wrong_conversations_are_named() {
    let bench = filled();
    let error = |data: &str, sets: &[&str]| {
        bench.write("config.toml", format!("{MODEL}\n[data]\n{data}\n").as_bytes());
        let said = bench.run(&[&["train", "config.toml", "--run", "run"], sets].concat());
        assert_eq!(said.code, 2, "{}", said.err);
        said.err
    };
    let rows = |columns: &str| format!("files = [\"numbers.jsonl\"]\nformat = \"jsonl\"\ncolumns = {columns}");
    let alone = error(&rows("{ completion = \"answer\" }"), &[]);
    assert!(
        alone.contains("numbers.jsonl:1: there is no conversation; `messages`, or `prompt` and `completion`"),
        "{alone}"
    );
    let text = error(&rows("{ messages = \"answer\" }"), &[]);
    assert!(text.contains("the column `messages` should hold a list of messages, found text"), "{text}");
    let pairs = rows("{ prompt = \"question\", completion = \"answer\" }");
    let endless = error(&pairs, &["--set", "data.tokenizer=\"characters\""]);
    assert!(endless.contains("the tokenizer has no token that ends a text"), "{endless}");
    let ordered = error(&pairs, &["--set", "data.order=\"shuffled\""]);
    assert!(ordered.contains("`data.order` only speaks to running text"), "{ordered}");
    let other = error(&pairs, &["--set", "model.family=\"bert\"", "--set", "data.learn=\"all\""]);
    assert!(other.contains("`data.learn` only speaks to language models"), "{other}");
}
