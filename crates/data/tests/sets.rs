//! The known data sets whose files are at hand, beside the checkout or in `ATTENTIVE_MIRROR`: every row is read and
//! counted, and the first ones are looked at.

use std::path::PathBuf;

use attentive_data::{Cell, DataError, Picture, Row, Source, Task, card, cards, read, sets};
use attentive_files::Fetching;

/// Files from the mirror alone. What is unpacked stays between runs, as it does for users.
fn fetching() -> Option<Fetching> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/datasets"));
    let named = std::env::var_os("ATTENTIVE_MIRROR").map(PathBuf::from);
    let mirror = named.into_iter().chain([beside]).find(|folder| folder.join("glue").is_dir());
    if mirror.is_none() {
        skipped();
    }
    let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sets");
    Some(Fetching { cache, mirror: Some(mirror?), offline: true, token: None })
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped() {
    eprintln!("skipped: there are no data sets in ATTENTIVE_MIRROR or in ../shared/datasets beside the checkout");
}

/// The first row of `name:split`.
fn first(typed: &str, fetching: &Fetching) -> Row {
    let (name, split) = sets::parts(typed);
    let mut rows = sets::open(name, split.expect("a split"), fetching, &mut |_| ()).expect("opened");
    rows.next().expect("a row").expect("read")
}

#[track_caller]
fn assert_text(row: &Row, column: &str, expected: &str) {
    assert_eq!(row.text(column).expect("text"), expected);
}

/// Reads and counts the splits of the cards for these tasks; those whose files cannot be had must be the ones named.
fn counted(tasks: &[Task], absent: &[&str]) {
    let Some(fetching) = fetching() else { return };
    let mut missed = Vec::new();
    for card in cards().filter(|card| tasks.contains(&card.task) && card.layout.is_some()) {
        for split in &card.splits {
            let typed = format!("{}:{}", card.name, split.name);
            match sets::rows(&card, split, &fetching, &mut |_| ()) {
                Ok(rows) => {
                    let rows: Result<Vec<()>, DataError> = rows.map(|row| row.map(drop)).collect();
                    let count = rows.unwrap_or_else(|error| panic!("{typed}: {error}")).len() as u64;
                    assert_eq!(split.rows.unwrap_or(1), count, "{typed}");
                }
                Err(DataError::Fetch { .. } | DataError::Placed { .. }) => missed.push(typed),
                Err(error) => panic!("{typed}: {error}"),
            }
        }
    }
    let unexpected = missed.iter().find(|typed| !absent.iter().any(|start| typed.starts_with(start)));
    assert_eq!(unexpected, None, "its files are in the mirror, but were not found");
}

#[test]
fn language_models_get_every_document() {
    let absent = ["wikitext-2:train", "wikitext-2-raw:train", "wikitext-103:train", "wikitext-103-raw:train"];
    let never = ["ptb:", "enwik8:", "text8:", "tinystories:"];
    counted(&[Task::LanguageModelling], &[absent, never].concat());
}

#[test]
fn classes_and_scores_are_counted() {
    let absent = ["glue-qnli:train", "glue-mnli:", "glue-qqp:", "glue-mrpc:", "ag-news:train", "imdb:"];
    counted(&[Task::Classification, Task::Regression], &absent);
}

#[test]
fn translations_are_counted() {
    counted(&[Task::Translation], &["wmt14-de-en:"]);
}

#[test]
fn pictures_are_counted() {
    counted(&[Task::ImageClassification, Task::ImageText], &["cifar10:", "cifar100:", "flickr8k:"]);
}

#[test]
fn questions_are_counted() {
    let tasks = [Task::MultipleChoice, Task::Completion, Task::SequenceToSequence, Task::Reading];
    counted(&tasks, &["hellaswag-original:", "cogs:", "squad:", "squad-v2:"]);
}

#[test]
fn texts_of_classes_and_pairs_are_those_published() {
    let Some(fetching) = fetching() else { return };
    let row = first("glue-cola:train", &fetching);
    assert_text(&row, "text", "Our friends won't buy this analysis, let alone the next one we propose.");
    assert_eq!(row.integer("label").expect("a label"), 1);
    let row = first("glue-cola:test", &fetching);
    assert_text(&row, "text", "Bill whistled past the house.");
    assert!(row.cell("label").is_none());
    let row = first("glue-rte:train", &fetching);
    assert_text(&row, "second", "Weapons of Mass Destruction Found in Iraq.");
    assert_eq!(row.integer("label").expect("a label"), 1);
    assert_eq!(first("glue-stsb:validation", &fetching).number("score").expect("a score"), 5.0);
    let row = first("trec-fine:test", &fetching);
    assert_text(&row, "text", "How far is it from Denver to Aspen ?");
    assert_eq!(card("trec-fine").expect("known").labels[row.integer("label").expect("a label") as usize], "NUM:dist");
    let row = first("ag-news:test", &fetching);
    assert!(row.text("text").expect("text").starts_with("Fears for T N pension after talks Unions"));
    assert_eq!(row.integer("label").expect("a label"), 2);
}

#[test]
fn translations_are_those_published_in_either_direction() {
    let Some(fetching) = fetching() else { return };
    let row = first("multi30k:train", &fetching);
    assert_text(&row, "source", "Two young, White males are outside near many bushes.");
    assert_text(&row, "target", "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche.");
    let mut card = card("multi30k").expect("known");
    card.columns = [("source", "fr"), ("target", "en")].map(|(role, column)| (role.into(), column.into())).into();
    let split = card.split("train").expect("known").clone();
    let mut rows = sets::rows(&card, &split, &fetching, &mut |_| ()).expect("opened");
    let row = rows.next().expect("a row").expect("read");
    assert_text(&row, "target", "Two young, White males are outside near many bushes.");
    assert!(row.text("source").expect("text").starts_with("Deux jeunes hommes blancs"));
}

/// The expected digits are those with which descriptions of MNIST begin.
#[test]
fn pictures_have_their_sizes_and_labels() {
    let Some(fetching) = fetching() else { return };
    let row = first("mnist:train", &fetching);
    assert_eq!(row.integer("label").expect("a label"), 5);
    assert!(matches!(row.picture("picture"), Ok(Picture::Pixels { height: 28, width: 28, channels: 1, .. })));
    let row = first("cifar10-1000:test", &fetching);
    assert_eq!(row.integer("label").expect("a label"), 3);
    let row = first("cifar10-jpeg:test", &fetching);
    assert_eq!(row.integer("label").expect("a label"), 0);
    let Ok(Picture::Encoded(jpeg)) = row.picture("picture") else { panic!("a JPEG file") };
    assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]));
    let row = first("nlvr:validation", &fetching);
    assert_text(&row, "sentence", "Each grey box contains atleast one yellow object touching the edge");
    assert!(matches!(row.cell("pictures"), Some(Cell::List(pictures)) if pictures.len() == 6));
    let row = first("emoji:train", &fetching);
    assert!(matches!(row.picture("picture"), Ok(Picture::Encoded(png)) if png.starts_with(b"\x89PNG")));
    assert!(!row.text("caption").expect("text").is_empty() && row.integer("label").is_ok());
}

#[test]
fn questions_are_asked_as_lm_evaluation_harness_asks_them() {
    let Some(fetching) = fetching() else { return };
    let row = first("arc-easy:test", &fetching);
    let question = "Question: Which statement best explains why photosynthesis is the foundation of most food webs?";
    assert_text(&row, "context", &format!("{question}\nAnswer:"));
    assert_eq!(row.texts("endings").expect("texts")[3], "The producers in all ecosystems are plants.");
    let row = first("piqa:validation", &fetching);
    assert_text(&row, "context", "Question: How do I ready a guinea pig cage for it's new occupants?\nAnswer:");
    let row = first("boolq:validation", &fetching);
    let context = row.text("context").expect("text");
    assert!(context.starts_with("All biomass goes through"), "{context}");
    assert!(context.ends_with(".\nQuestion: does ethanol take more energy make that produces?\nAnswer:"), "{context}");
    let row = first("copa:validation", &fetching);
    assert_text(&row, "context", "The man turned on the faucet therefore");
    assert_eq!(row.texts("endings").expect("texts")[1], " water flowed from the spout.");
    assert_text(&first("wsc273:test", &fetching), "ending", " feared violence.");
    let row = first("winogrande:validation", &fetching);
    assert_eq!(row.texts("contexts").expect("texts")[1], "Sarah was a much better surgeon than Maria so Maria");
    assert_text(&first("lambada:test", &fetching), "completion", " signs");
    assert_eq!(first("gsm8k:test", &fetching).texts("answers").expect("texts"), ["18"]);
}

#[test]
fn commands_and_passages_are_those_published() {
    let Some(fetching) = fetching() else { return };
    let row = first("scan-simple:test", &fetching);
    assert_text(&row, "source", "turn opposite right thrice and turn opposite left");
    assert_eq!(row.text("target").expect("text").split(' ').count(), 8);
    let row = first("xquad-en:test", &fetching);
    assert_text(&row, "question", "How many points did the Panthers defense surrender?");
    assert_eq!(row.texts("answers").expect("texts"), ["308"]);
    assert_eq!(row.cell("starts"), Some(&Cell::List(vec![Cell::Integer(34)])));
}

#[test]
fn language_models_read_any_card_with_a_text() {
    let Some(fetching) = fetching() else { return };
    let documents = |typed: &str| {
        let (name, split) = sets::parts(typed);
        let source = Source::Known { name: name.to_owned(), seed: 0, stories: 0 };
        read(&source, split.expect("a split"), &fetching, &mut |_| ()).expect("read")
    };
    let articles = documents("wikitext-2:test");
    assert_eq!((articles.documents.len(), articles.bytes()), (60, 1_256_449));
    assert!(articles.documents[1].starts_with(" = "));
    assert_eq!(documents("classics:validation").bytes(), 360_549);
    assert_eq!(documents("sst2-sentences:test").documents.len(), 1821);
    assert!(
        documents("names:test").documents.iter().all(|name| name.chars().all(|letter| letter.is_ascii_lowercase()))
    );
}
