//! Students and their teachers through the program.

use std::fs;

use crate::bench::{Bench, Said, shared};

/// Narrower than the teacher of `tiny.toml`, whose tokenizer it takes over.
const STUDENT: &str = r#"extends = "tiny.toml"
model.width = 4
model.dropout = 0.1
checkpoint.keep = 9
journal.every = 1
training.micro_batch = 3
[teacher]
from = "run"
learns = ["logits", "states", "attention"]
weight = 0.25
temperature = 3.0
"#;

fn well(said: Said) -> String {
    assert_eq!(said.code, 0, "{}", said.err);
    said.out
}

fn refused(said: &Said, part: &str) {
    assert!(said.code == 2 && said.err.contains(part), "wanted {part}: {} {}", said.code, said.err);
}

/// A trained run, and a config that learns from it.
fn school() -> Bench {
    let bench = Bench::trained();
    bench.edit("tiny.toml", "tokenizer = \"characters\"\n", "");
    bench.write("student.toml", STUDENT.as_bytes());
    bench
}

fn taught() -> Bench {
    let bench = school();
    well(bench.run(&["train", "student.toml", "--run", "student"]));
    bench
}

#[test]
fn a_student_learns_from_a_run() {
    let bench = taught();
    for line in bench.journal("student") {
        let number = |value: &serde_json::Value| value.as_f64().expect("a number");
        let [task, teacher] = ["task", "teacher"].map(|part| number(&line["parts"][part]));
        assert!(task > 0.0 && teacher > 0.0);
        assert!((0.75 * task + 0.25 * teacher - number(&line["loss"])).abs() < 1e-5, "{line}");
    }
    let plan = bench.text("student/plan.toml");
    assert!(plan.contains("[teacher]") && plan.contains("width = 8") && plan.contains("sha256 = "), "{plan}");
    // It is used, and handed on, without its teacher and what compared the two.
    fs::rename(bench.path("run"), bench.path("gone")).expect("it is there");
    well(bench.run(&["generate", "student", "--prompt", "Line", "--tokens", "3"]));
    well(bench.run(&["export", "student", "--to", "out"]));
    let holds = |file: &str| bench.bytes(file).windows(5).any(|bytes| bytes == b"lens.");
    assert!(holds("student/checkpoints/step-00000006/model.safetensors") && !holds("out/model.safetensors"));
}

#[test]
fn a_student_goes_on_to_the_same_bits_and_with_the_same_teacher() {
    let bench = taught();
    let last = "student/checkpoints/step-00000006";
    let files = ["model.safetensors", "optimizer.safetensors", "state.json"].map(|name| format!("{last}/{name}"));
    let whole = files.clone().map(|file| bench.bytes(&file));
    for step in [4, 6] {
        fs::remove_dir_all(bench.path(&format!("student/checkpoints/step-0000000{step}"))).expect("it was saved");
    }
    let again = ["train", "student.toml", "--run", "student", "--resume"];
    well(bench.run(&again));
    assert!(files.map(|file| bench.bytes(&file)) == whole, "the run went on to other bits");
    let more = ["train", "tiny.toml", "--run", "run", "--resume", "--set", "training.steps=9"];
    bench.edit("tiny.toml", "[data]\n", "[data]\ntokenizer = \"characters\"\n");
    well(bench.run(&more));
    bench.edit("tiny.toml", "tokenizer = \"characters\"\n", "");
    refused(&bench.run(&again), "teacher.sha256");
}

#[test]
fn gradients_of_a_student_are_proved_before_a_run() {
    let bench = school();
    let said = bench.run(&["preflight", "student.toml"]);
    assert_eq!(said.code, 0, "{} {}", said.out, said.err);
    well(bench.run(&["preflight", "student.toml", "--set", "training.recompute=true", "--set", "adapter.rank=2"]));
}

#[test]
fn teachers_of_another_kind_are_refused() {
    let bench = school();
    for (set, part) in [
        ("model.heads=1", "`model.heads = 1`, and the teacher in FOLDER/run has 2"),
        ("model.context=16", "more than the 8 tokens that the teacher"),
        ("model.vocabulary=99", "`model.vocabulary = 99`"),
        ("data.tokenizer=bytes", "the teacher reads by another tokenizer; set `data.tokenizer = "),
        ("teacher.from=nowhere", "neither a run nor a model folder"),
        ("teacher.learns=[]", "`teacher.learns` wants one or more"),
        ("teacher.learns=[\"states\", \"states\"]", "each once"),
        ("teacher.learns=looks", "give \"logits\", \"states\", \"attention\", or a list of them"),
        ("teacher.weight=1.5", "give at most 1"),
        ("teacher.weight=0", "above 0"),
        ("teacher.temperature=nan", "teacher.temperature"),
        ("teacher.sha256=abc", "they have changed since"),
    ] {
        refused(&bench.run(&["train", "student.toml", "--dry-run", "--set", set]), part);
    }
    for (family, sizes, part) in [
        ("bert", "context = 8", "FOLDER/run holds a language model, which cannot teach this model"),
        ("seq2seq", "context = 8", "families gpt, bert and vit alone"),
    ] {
        let model = format!("[model]\nfamily = \"{family}\"\nlayers = 1\nheads = 2\nwidth = 8\n{sizes}\n");
        let data = format!("[data]\nfiles = [\"{}/text.txt\"]\n", shared());
        let rest = "[teacher]\nfrom = \"run\"\n[training]\nsteps = 1\n";
        bench.write("other.toml", format!("{model}{data}{rest}").as_bytes());
        refused(&bench.run(&["train", "other.toml", "--dry-run"]), part);
    }
}

#[test]
fn encoders_teach_classes() {
    let bench = Bench::new();
    let rows: String = (0..40).map(|row| format!("a{} b{}\t{}\n", row % 7, row % 5, ["no", "yes"][row % 2])).collect();
    bench.write("rows.tsv", format!("text\tlabel\n{rows}").as_bytes());
    let config = |width: usize, more: &str| {
        format!(
            "[model]\nfamily = \"bert\"\nlayers = 1\nheads = 2\nwidth = {width}\ncontext = 16\n[data]\nfiles = [\"rows.tsv\"]\n\
             format = \"tsv\"\ncolumns = {{ text = \"text\", label = \"label\" }}\n{more}\n[training]\nsteps = 3\nbatch = 4\n"
        )
    };
    bench.write("teacher.toml", config(8, "vocabulary = 60").as_bytes());
    well(bench.run(&["train", "teacher.toml", "--run", "teacher"]));
    let teacher = "[teacher]\nfrom = \"teacher\"\nlearns = [\"logits\", \"states\", \"attention\"]";
    bench.write("student.toml", config(6, teacher).as_bytes());
    well(bench.run(&["train", "student.toml", "--run", "student"]));
    well(bench.run(&["preflight", "student.toml"]));
    assert!(well(bench.run(&["classify", "student", "a1 b1"])).contains("yes"));
    let turned = ["train", "student.toml", "--dry-run", "--set", "data.labels=[\"yes\", \"no\"]"];
    refused(&bench.run(&turned), "set `data.labels = [\"no\", \"yes\"]`");
}

#[test]
fn models_of_pictures_teach() {
    let bench = Bench::new();
    let config = |sizes: &str, more: &str| {
        format!(
            "[model]\nfamily = \"vit\"\nlayers = 2\nheads = 2\n{sizes}\n[data]\nsource = \"shapes\"\nrows = 20\n{more}\n[training]\nsteps = 3\nbatch = 4\n"
        )
    };
    bench.write(
        "teacher.toml",
        config("patch = 8\nwidth = 16", "[pictures]\nnormalize = \"imagenet\"\nmixup = 0.8").as_bytes(),
    );
    well(bench.run(&["train", "teacher.toml", "--run", "teacher"]));
    let learns = |what: &str| format!("[teacher]\nfrom = \"teacher\"\nlearns = [{what}]");
    bench.write(
        "student.toml",
        config("patch = 8\nwidth = 8\ndepth = 0.2", &learns("\"logits\", \"states\", \"attention\"")).as_bytes(),
    );
    well(bench.run(&["train", "student.toml", "--run", "student"]));
    for line in bench.journal("student") {
        assert!(line["parts"]["task"].as_f64() > Some(0.0) && line["parts"]["teacher"].as_f64() > Some(0.0), "{line}");
    }
    let plan = bench.text("student/plan.toml");
    assert!(
        plan.contains("normalize = \"imagenet\"") && !plan.contains("mixup"),
        "it sees as its teacher does: {plan}"
    );
    well(bench.run(&["preflight", "student.toml"]));
    well(bench.run(&["evaluate", "student", "--on", "shapes:test", "--limit", "8"]));
    // Other patches, and several encoders, take scores alone.
    bench.write("finer.toml", config("patch = 4\nwidth = 8", &learns("\"logits\"")).as_bytes());
    well(bench.run(&["train", "finer.toml", "--run", "finer"]));
    let blend = "width = 8\n[[model.blend]]\npatch = 8\nlayers = 1\nheads = 2\nwidth = 8\n[[model.blend]]\npatch = 4\nlayers = 1\nheads = 2\nwidth = 8";
    bench.write("blend.toml", config(&format!("patch = 8\n{blend}"), &learns("\"logits\"")).as_bytes());
    well(bench.run(&["train", "blend.toml", "--run", "blend"]));
    for (file, set, part) in [
        ("finer.toml", "teacher.learns=states", "the student reads a picture as"),
        ("blend.toml", "teacher.learns=attention", "the student reads a picture by several encoders"),
        ("student.toml", "model.heads=4", "`model.heads = 4`, and the teacher in"),
        ("student.toml", "pictures.size=16", "`pictures.size = 16`, and the teacher in"),
        ("student.toml", "pictures.normalize=half", "sees pictures normalized otherwise"),
    ] {
        refused(&bench.run(&["train", file, "--dry-run", "--set", set]), part);
    }
}

/// The student of the repository learns from the model that its config names.
#[test]
fn the_shipped_student_has_a_teacher() {
    let bench = Bench::new();
    let config = |name| format!("{}/../../configs/gpt/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let short = ["--set", "training.steps=1", "--set", "evaluation.batches=1", "--set", "data.stories=200"];
    well(
        bench.run(
            &[&["train", &config("stories"), "--run", "teacher", "--set", "sample.tokens=0"], &short[..]].concat(),
        ),
    );
    let student = ["train", &config("stories-student"), "--run", "student", "--set", "teacher.from=teacher"];
    well(bench.run(&[&student[..], &short[..]].concat()));
}
