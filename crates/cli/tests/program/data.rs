//! The examples of docs/data.md, run; and each format and tokenizer that it names.

use crate::{bench::Bench, scores::mirror};

const DOCUMENT: &str = include_str!("../../../../docs/data.md");

const MODEL: &str = r#"device = "flex"

[model]
layers = 1
heads = 2
width = 8
context = 8

[training]
steps = 1
batch = 2

[evaluation]
batches = 1

[sample]
tokens = 0
"#;

/// What stands in the document's blocks of this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    DOCUMENT.split(&start).skip(1).map(|rest| rest.split("```").next().expect("a split has a first part")).collect()
}

fn trains(bench: &Bench, data: &str) {
    bench.write("config.toml", format!("{MODEL}\n{data}").as_bytes());
    let _ = std::fs::remove_dir_all(bench.path("run"));
    let said = bench.run(&["train", "config.toml", "--run", "run"]);
    assert_eq!(said.code, 0, "{data}\n{}", said.err);
}

fn reviews() -> Vec<String> {
    (0..40)
        .map(|number| format!("Review {number} says that seat {} was fine, and so was the view.", number % 7))
        .collect()
}

fn filled() -> Bench {
    let bench = Bench::new();
    let reviews = reviews();
    let lines = |line: &dyn Fn(&String) -> String| reviews.iter().map(line).collect::<String>();
    std::fs::create_dir(bench.path("texts")).expect("the bench can be written to");
    bench.write("texts/a.txt", reviews.join("\n").as_bytes());
    bench.write("texts/held-out.txt", reviews.join(" ").as_bytes());
    bench.write("reviews.csv", format!("id,review\n{}", lines(&|text| format!("1,\"{text}\"\n"))).as_bytes());
    bench.write("reviews.tsv", format!("review\tid\n{}", lines(&|text| format!("{text}\t1\n"))).as_bytes());
    bench.write("reviews.jsonl", lines(&|text| format!("{{\"review\": \"{text}\"}}\n")).as_bytes());
    let table = lines(&|text| format!("1;{text} \"Caf\u{e9}\n"));
    bench.write("table.csv", &table.chars().map(|character| character as u8).collect::<Vec<u8>>());
    let list: Vec<String> = reviews.iter().map(|text| format!("{{\"review\": \"{text}\"}}")).collect();
    bench.write("reviews.json", format!("[{}]", list.join(",")).as_bytes());
    bench
}

#[test]
fn examples_of_the_document_train() {
    let bench = filled();
    let blocks = blocks("toml");
    assert!(blocks.len() >= 2);
    for block in blocks {
        trains(&bench, block);
    }
}

#[test]
fn every_format_of_rows_trains() {
    let bench = filled();
    for format in ["csv", "tsv", "jsonl", "json"] {
        let columns = "columns = { text = \"review\" }";
        trains(&bench, &format!("[data]\nfiles = [\"reviews.{format}\"]\nformat = \"{format}\"\n{columns}\n"));
    }
    let pairs = "columns = { source = \"id\", target = \"review\" }";
    trains(&bench, &format!("[data]\nfiles = [\"reviews.csv\"]\nformat = \"csv\"\n{pairs}\n"));
}

#[test]
fn every_learned_tokenizer_trains() {
    let bench = filled();
    for tokenizer in ["characters", "bytes", "wordpiece", "unigram"] {
        let vocabulary = if tokenizer == "characters" { "" } else { "vocabulary = 300\n" };
        trains(&bench, &format!("[data]\nfiles = [\"texts/a.txt\"]\ntokenizer = \"{tokenizer}\"\n{vocabulary}"));
    }
}

#[test]
fn wrong_rows_are_named() {
    let bench = filled();
    let error = |data: &str| {
        bench.write("config.toml", format!("{MODEL}\n[data]\n{data}\n").as_bytes());
        let said = bench.run(&["train", "config.toml", "--run", "run"]);
        assert_eq!(said.code, 2, "{}", said.err);
        said.err
    };
    let absent = error("files = [\"reviews.csv\"]\nformat = \"csv\"\ncolumns = { text = \"reviews\" }");
    let expected =
        "there is no column `reviews` to be `text`; did you mean `review`? The columns are `id` and `review`";
    assert!(absent.contains(expected), "{absent}");
    let plain = error("files = [\"reviews.csv\"]\ncolumns = { text = \"review\" }");
    assert!(plain.contains("`data.columns` names columns of rows; say which with `data.format = \"csv\"`"), "{plain}");
    let known = error("source = \"stories\"\nformat = \"csv\"");
    assert!(known.contains("`data.format` goes with `data.files`"), "{known}");
    let dialect = error("files = [\"reviews.csv\"]\nformat = \"csv\"\ndialect = { delimiter = \"::\" }");
    assert!(dialect.contains("`data.dialect.delimiter = \"::\"` cannot stand between fields"), "{dialect}");
    let dialect = error("files = [\"reviews.jsonl\"]\nformat = \"jsonl\"\ndialect = { header = false }");
    assert!(dialect.contains("goes with `data.format = \"csv\"`"), "{dialect}");
    bench.write("broken.jsonl", b"{\"review\": \"fine\"}\n{\"review\": \n");
    let broken = error("files = [\"broken.jsonl\"]\nformat = \"jsonl\"\ncolumns = { text = \"review\" }");
    assert!(broken.contains("broken.jsonl:2"), "{broken}");
}

/// Those that fetch need the mirror.
#[test]
fn commands_of_the_document_run() {
    let bench = Bench::new();
    let commands = blocks("sh").concat();
    let commands = commands.lines().filter_map(|line| line.split(" #").next()?.trim().strip_prefix("attentive data "));
    for command in commands {
        let needs_files = command.contains("multi30k") && !command.starts_with("show");
        let Some(mirror) = mirror().or((!needs_files).then(Default::default)) else { continue };
        let words: Vec<&str> = ["data"].into_iter().chain(command.split_whitespace()).collect();
        let output = bench.command(&words).env("ATTENTIVE_MIRROR", &mirror).output().expect("the program starts");
        let said = bench.said(output);
        assert_eq!(said.code, 0, "{command}\n{}", said.err);
    }
}
